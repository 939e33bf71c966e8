"""Build the cap set from the returned order of vectors, and count it."""

import numpy as np

from cladogen.kernels.cap_set import greedy_cap
from cladogen.scoring import Case, Invalid, Scored, integers, program_size


def cases(parameters):
    """Return one case."""
    return [Case(f"n{parameters['n']}", {"n": parameters["n"]})]


def score(case, output):
    """Return the size of the greedy cap set, and how its vectors look."""
    n = case.input["n"]
    order = integers(output, (3**n,), 0, 3**n - 1, "the order")
    try:
        cap = greedy_cap(order.astype(np.int32), n)
    except ValueError as error:
        raise Invalid(str(error)) from None
    digits = cap[:, None] // 3 ** np.arange(n - 1, -1, -1) % 3
    zeros = float((digits == 0).sum(axis=1).mean())
    return Scored(
        {"cap": float(len(cap)), "zeros": zeros},
        f"{len(cap)} vectors with {zeros:.2f} zeros on average",
    )


def describe(texts):
    """Return the size of the function."""
    return {"size": program_size(texts["priority.py"])}
