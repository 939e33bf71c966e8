"""Build the cap set from the returned order of all vectors, or from a set of some, and count it."""

import numpy as np

from cladogen.kernels.cap_set import greedy_cap
from cladogen.scoring import Case, Invalid, Scored, integers, program_size

EARLY = (100, 200, 400, 800)  # of the order, of which is said how many were kept


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
    zeros = (digits == 0).sum(axis=1)
    return Scored(
        {"cap": float(len(cap)), "zeros": float(zeros.mean())},
        f"{len(cap)} vectors{left_out(order, cap, n)} with {zeros.mean():.2f} zeros on average; "
        f"{with_zeros(zeros, n)}{kept_early(order, cap, n)}",
    )


def with_zeros(zeros, n):
    """Say how many vectors of a set have how many zeros."""
    counts = np.bincount(zeros, minlength=n + 1)
    return f"with 0 to {n} zeros: {' '.join(map(str, counts))}"


def kept_early(order, cap, n):
    """Say how many of the first vectors in an order of all are kept, and which is the first that
    is not; "" for a set.
    """
    if len(order) < 3**n:
        return ""
    kept = np.isin(order, cap)
    early = [f"{kept[:first].sum()} of the first {first}" for first in EARLY if first < len(order)]
    first = order[int(np.argmin(kept))] // 3 ** np.arange(n - 1, -1, -1) % 3
    refused = f"number {int(np.argmin(kept)) + 1} ({''.join(map(str, first))})"
    return f"; kept are {', '.join(early)}; the first that makes a line is {refused}"


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
