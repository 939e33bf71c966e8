"""Sums and differences, kissing vectors, matrix-product tensors: each counted in integers."""

import math

import numpy as np

from cladogen.kernels.kissing import LARGEST, kissing_vectors
from cladogen.scoring import Case, Invalid, Scored, array, integers, program_size

MOST_NUMBERS, LARGEST_NUMBER = 10_000, 5_000_000
MOST_VECTORS = 1000
MOST_TERMS, FINEST, LARGEST_ENTRY = 200, 256, 128


def cases(parameters):
    """Return one case."""
    task = parameters["task"]
    seen = {"sums_differences": {}, "kissing": {"dimension": parameters.get("dimension")},
            "tensor": dict(zip("nmp", parameters.get("shape", ()), strict=False))}  # fmt: skip
    if task not in seen:
        raise ValueError(f"task = {task!r} is not one of {', '.join(seen)}")
    return [Case(task, seen[task])]


def score(case, output):
    """Return the value of the construction that the case asks for."""
    return {"sums_differences": sums_differences, "kissing": kissing, "tensor": tensor}[case.name](
        output, **case.input
    )


def sums_differences(output):
    """Return how many more differences than sums a set has."""
    numbers = integers(output, (None,), 0, LARGEST_NUMBER, "the set")
    unique = np.unique(numbers)
    if not 2 <= len(unique) <= MOST_NUMBERS or unique[0] != 0:
        raise Invalid(f"the set must hold 0 and have 2 to {MOST_NUMBERS} different numbers")
    largest = int(unique[-1])
    sums, differences = np.zeros(2 * largest + 1, bool), np.zeros(largest + 1, bool)
    for number in unique:
        sums[unique + number] = True
        differences[number - unique[unique <= number]] = True
    many, few = 2 * int(differences.sum()) - 1, int(sums.sum())
    value = 1.0 + math.log(many / few) / math.log(2 * largest + 1)
    return Scored({"value": value, "items": float(len(unique))}, f"{many} differences, {few} sums")


def kissing(output, dimension):
    """Return how many of the vectors form a kissing configuration."""
    vectors = integers(output, (None, dimension), 1 - LARGEST, LARGEST - 1, "the vectors")
    if len(vectors) > MOST_VECTORS:
        raise Invalid(f"{len(vectors)} vectors, at most {MOST_VECTORS}")
    if not vectors.any():
        raise Invalid("there is no vector but zero")
    kept = kissing_vectors(vectors)
    metrics = {"value": float(len(kept)), "items": float(len(vectors))}
    return Scored(metrics, f"{len(kept)} of {len(vectors)} vectors kept")


def tensor(output, n, m, p):
    """Return the number of terms, repairs included."""
    if not isinstance(output, list | tuple) or len(output) != 3:
        raise Invalid("the output must be the three arrays u, v, w")
    factors = [factor(one, rows) for one, rows in zip(output, (n * m, m * p, p * n), strict=True)]
    terms = factors[0].shape[1]
    if not all(one.shape[1] == terms for one in factors) or not 1 <= terms <= MOST_TERMS:
        raise Invalid(f"u, v and w must have one number of columns, 1 to {MOST_TERMS}")
    # Entries are below 2^15 in size, so products of three, 200 of them, are exact in 64 bits.
    product = np.einsum("ar,br,cr->abc", *factors, optimize=True)
    wrong = int((product != FINEST**3 * wanted(n, m, p)).sum())
    metrics = {"value": float(terms + wrong), "items": float(terms)}
    return Scored(metrics, f"{terms} terms, {wrong} entries of the tensor wrong")


def factor(value, rows):
    """Return one factor in units of 1/256."""
    entries = array(value, (rows, None), "a factor")
    if entries.shape[1] > MOST_TERMS or np.abs(entries).max(initial=0.0) >= LARGEST_ENTRY:
        raise Invalid(
            f"a factor has more than {MOST_TERMS} columns, or an entry of {LARGEST_ENTRY} or more"
        )
    return np.rint(entries * FINEST).astype(np.int64)


def wanted(n, m, p):
    """Return the tensor of the product."""
    result = np.zeros((n * m, m * p, p * n), np.int64)
    for i, j, k in np.ndindex(n, m, p):
        result[i * m + j, j * p + k, k * n + i] = 1
    return result


def describe(texts):
    """Return the size of the program."""
    return {"size": program_size(texts["construct.py"])}
