"""Compare a kernel's results, bit for bit, with NumPy's on small integers. The sandbox measures the
time.
"""

import secrets

import numpy as np

from cladogen.scoring import Case, Invalid, Scored, array, token_count


def cases(parameters):
    """Return a case to train on and one of another size; inputs are drawn, on both sides, from a
    case's seed.

    The seeds are new at every start: a kernel that knew them could have the compiler compute the
    results.
    """
    kernel, n, rounds = parameters["kernel"], parameters["n"], parameters["rounds"]
    if kernel not in KERNELS:
        raise ValueError(f"kernel = {kernel!r} is not one of {', '.join(KERNELS)}")
    train, other = (
        {"kernel": kernel, "n": size, "rounds": rounds, "seed": secrets.randbits(53)}
        for size in (n, n - 19)
    )
    return [Case(kernel, train), Case(f"{kernel}-other", other, "heldout")]


def score(case, output):
    """Refuse anything but the right numbers."""
    n, rounds = case.input["n"], case.input["rounds"]
    results = array(output, (rounds, n, n), "the results")
    wanted = expected(case.input)
    wrong = np.argwhere(results.view(np.int64) != wanted.view(np.int64))
    if len(wrong):
        at, i, j = wrong[0]
        raise Invalid(
            f"{len(wrong)} of {results.size} numbers are wrong, the first in round {at} at row "
            f"{i}, column {j}: "
            f"{results[at, i, j]:g}, wanted {wanted[at, i, j]:g}"
        )
    return Scored({"right": 1.0})


def expected(seen):
    """Return the right results of every round."""
    n, rounds = seen["n"], seen["rounds"]
    inputs = numbers(seen["seed"], rounds * 2 * n * n).reshape(rounds, 2, n, n)
    kernel = KERNELS[seen["kernel"]]
    return np.array([kernel(*pair) for pair in inputs]) + 0.0  # no negative zeros


def numbers(seed, count):
    """Return the integers from -8 to 8 that host.cpp makes of a seed: SplitMix64 (Steele, Lea,
    Flood 2014).
    """
    z = np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(seed)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z ^= z >> np.uint64(31)
    return ((z >> np.uint64(33)) % np.uint64(17)).astype(float) - 8.0


def describe(texts):
    """Return how many tokens the kernel has, comments not counted."""
    return {"size": token_count(texts["kernel.cpp"])}


KERNELS = {"matmul": lambda a, b: a @ b, "prefix_sum": lambda a, b: a.cumsum(axis=0).cumsum(axis=1)}
