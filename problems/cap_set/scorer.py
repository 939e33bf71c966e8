"""Build the cap set from the returned order of all vectors, or from a set of some, and count it."""

import numpy as np

from cladogen.kernels.cap_set import greedy_cap
from cladogen.scoring import Case, Invalid, Scored, integers, program_size


def cases(parameters):
    """Return one case."""
    return [Case(f"n{parameters['n']}", {"n": parameters["n"]})]


def score(case, output):
    """Return the size of the greedy cap set, and how its vectors look."""
    n = case.input["n"]
    rows = isinstance(output, list) and bool(output) and isinstance(output[0], list)
    if rows or getattr(output, "ndim", 1) == 2:
        order = numbers_of(integers(output, (None, n), 0, 2, "the set"), n)
    else:
        order = integers(output, (3**n,), 0, 3**n - 1, "the order")
    try:
        cap = greedy_cap(order.astype(np.int32), n)
    except ValueError as error:
        raise Invalid(str(error)) from None
    digits = cap[:, None] // 3 ** np.arange(n - 1, -1, -1) % 3
    zeros = float((digits == 0).sum(axis=1).mean())
    return Scored(
        {"cap": float(len(cap)), "zeros": zeros},
        f"{len(cap)} vectors{left_out(order, cap, n)} with {zeros:.2f} zeros on average",
    )


def numbers_of(vectors, n):
    """Return the numbers of a set's vectors, as an order that names no others."""
    return vectors @ 3 ** np.arange(n - 1, -1, -1)


def left_out(order, cap, n):
    """Return how many vectors of a set make a line with those before, in words."""
    wrong = len(order) - len(cap)
    return f" of {len(order)} ({wrong} make lines)" if wrong and len(order) < 3**n else ""


def describe(texts):
    """Return the size of the function."""
    return {"size": program_size(texts["priority.py"])}
