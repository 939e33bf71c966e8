"""Compare a program's integers with the right ones. The sandbox measures time and memory."""

import secrets

import numpy as np

from cladogen.kernels.exact import convolution
from cladogen.scoring import Case, Invalid, Scored, integers, program_size


def cases(parameters):
    """Return a case to train on and a held-out one, new at every start: their answers are in
    nobody's program.
    """
    task = parameters["task"]
    if task not in TASKS:
        raise ValueError(f"task = {task!r} is not one of {', '.join(TASKS)}")
    draw, solve = TASKS[task]
    rng = np.random.default_rng(secrets.randbits(128))
    found = []
    for split in ("train", "heldout"):
        seen = draw(rng)
        found.append(
            Case(f"{task}-{split}", seen, split, np.asarray(solve(**seen), dtype=np.int64))
        )
    return found


def score(case, output):
    """Refuse anything but the right numbers."""
    limit = 2**62
    result = integers(output, case.answer.shape, -limit, limit, "the result")
    wrong = np.argwhere(np.atleast_1d(result != case.answer))
    if len(wrong):
        at = int(wrong[0][0])
        # Not what it should be: the next program would return that, and be the fastest of all.
        got = np.atleast_1d(result)[at]
        raise Invalid(f"{len(wrong)} of {result.size} numbers are wrong, the first at {at}: {got}")
    return Scored({"right": 1.0})


def describe(texts):
    """Return the size of the program."""
    return {"size": program_size(texts["solve.py"])}


def draw_points(rng):
    return {"points": rng.integers(0, 10_000, size=(700, 2)), "distance": 200}


def close_pairs(points, distance):
    offsets = points[:, None, :] - points[None, :, :]
    near = (offsets**2).sum(axis=2) <= distance**2
    return (int(near.sum()) - len(points)) // 2


def draw_texts(rng):
    letters = np.array(list("abcd"))
    return {
        "pairs": [
            ["".join(rng.choice(letters, size=rng.integers(40, 70))) for _ in "ab"]
            for _ in range(100)
        ]
    }


def edit_distances(pairs):
    return [edit_distance(left, right) for left, right in pairs]


def edit_distance(left, right):
    """Return the distance, a row at a time: insertions within a row are a running minimum."""
    columns = np.arange(len(right) + 1)
    letters = np.array(list(right))
    row = columns.copy()
    for at, letter in enumerate(left, 1):
        best = np.minimum(row[:-1] + (letters != letter), row[1:] + 1)
        row = np.minimum.accumulate(np.concatenate([[at], best]) - columns) + columns
    return int(row[-1])


def draw_polynomials(rng):
    modulus = 2_147_483_629
    return {
        "a": rng.integers(0, modulus, 600),
        "b": rng.integers(0, modulus, 600),
        "modulus": modulus,
    }


def product(a, b, modulus):
    return [value % modulus for value in convolution(a.tolist(), b.tolist())]


def draw_graph(rng):
    nodes = 6000
    return {"nodes": nodes, "edges": rng.integers(0, nodes, size=(nodes * 9 // 10, 2))}


def components(nodes, edges):
    """Return the smallest node of each node's component: union-find, the smaller root wins."""
    root = list(range(nodes))

    def find(node):
        while root[node] != node:
            root[node] = root[root[node]]
            node = root[node]
        return node

    for edge in edges.tolist():
        small, large = sorted(map(find, edge))
        root[large] = small
    return [find(node) for node in range(nodes)]


TASKS = {
    "close_pairs": (draw_points, close_pairs),
    "edit_distance": (draw_texts, edit_distances),
    "polynomial": (draw_polynomials, product),
    "components": (draw_graph, components),
}
