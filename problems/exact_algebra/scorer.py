"""Sums and differences, kissing vectors, matrix-product tensors: each counted in integers."""

import math

import numpy as np
from scipy import fft

from cladogen.kernels.kissing import LARGEST, kissing_vectors
from cladogen.scoring import Case, Invalid, Scored, array, integers, program_size

MOST_NUMBERS, LARGEST_NUMBER = 60_000, 10_000_000
FEW_PAIRS = 20_000_000  # so many sums are counted one by one
MOST_VECTORS = 1000
LARGEST_PAIR = 1000  # so that squared distances stay below 2^31
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
    count = counted if len(unique) ** 2 <= FEW_PAIRS else transformed
    few, many = count(unique, largest)
    value = 1.0 + math.log(many / few) / math.log(2 * largest + 1)
    return Scored({"value": value, "items": float(len(unique))}, f"{many} differences, {few} sums")


def counted(unique, largest):
    """Return how many sums and differences there are, by marking each."""
    sums, differences = np.zeros(2 * largest + 1, bool), np.zeros(largest + 1, bool)
    for number in unique:
        sums[unique + number] = True
        differences[number - unique[unique <= number]] = True
    return int(sums.sum()), 2 * int(differences.sum()) - 1


def transformed(unique, largest):
    """Return the same by Fourier transforms of the set's 0/1 sequence.

    What is counted are whole numbers, and the transforms' error is below 1e-7: at most
    20 log2(length) 2^-53 times the number of elements. So a count above 1/2 is one that is not 0.
    """
    length = fft.next_fast_len(2 * largest + 1, real=True)
    marked = np.zeros(length)
    marked[unique] = 1.0
    spectrum = fft.rfft(marked)
    del marked
    few = int((fft.irfft(spectrum * spectrum, length) > 0.5).sum())
    many = int((fft.irfft(spectrum * spectrum.conj(), length) > 0.5).sum())
    return few, many


def kissing(output, dimension):
    """Return how many of the vectors form a kissing configuration."""
    if of_pairs(output):
        return kissing_root2(output, dimension)
    vectors = integers(output, (None, dimension), 1 - LARGEST, LARGEST - 1, "the vectors")
    if len(vectors) > MOST_VECTORS:
        raise Invalid(f"{len(vectors)} vectors, at most {MOST_VECTORS}")
    if not vectors.any():
        raise Invalid("there is no vector but zero")
    kept = kissing_vectors(vectors)
    metrics = {"value": float(len(kept)), "items": float(len(vectors))}
    return Scored(metrics, f"{len(kept)} of {len(vectors)} vectors kept")


def of_pairs(output):
    """Tell whether coordinates are pairs and not numbers."""
    if isinstance(output, np.ndarray):
        return output.ndim == 3
    first = output
    for _ in range(2):
        first = first[0] if isinstance(first, list | tuple) and first else None
    return isinstance(first, list | tuple | np.ndarray)


def kissing_root2(output, dimension):
    """Return the same for vectors of numbers a + b sqrt(2), given as pairs a, b."""
    pairs = integers(output, (None, dimension, 2), -LARGEST_PAIR, LARGEST_PAIR, "the vectors")
    if len(pairs) > MOST_VECTORS:
        raise Invalid(f"{len(pairs)} vectors, at most {MOST_VECTORS}")
    a, b = norms(pairs)
    longest = max(range(len(pairs)), key=lambda at: a[at] + b[at] * math.sqrt(2.0), default=0)
    if not pairs.any():
        raise Invalid("there is no vector but zero")
    for at in np.flatnonzero(not_below(a - a[longest], b - b[longest])):
        longest = int(at)  # the same within rounding, and not shorter
    kept = []
    for at, row in enumerate(pairs):
        da, db = norms(pairs[kept] - row)
        if row.any() and not_below(da - a[longest], db - b[longest]).all():
            kept.append(at)
    metrics = {"value": float(len(kept)), "items": float(len(pairs))}
    return Scored(metrics, f"{len(kept)} of {len(pairs)} vectors kept")


def norms(pairs):
    """Return the squared lengths of vectors as p and q of p + q sqrt(2)."""
    a, b = pairs[..., 0], pairs[..., 1]
    return (a * a + 2 * b * b).sum(axis=-1), (2 * a * b).sum(axis=-1)


def not_below(p, q):
    """Tell where p + q sqrt(2) >= 0, by whole numbers: both below 2^31 in size."""
    first, second = p * p, 2 * q * q
    return (
        ((p >= 0) & (q >= 0))
        | ((p >= 0) & (q < 0) & (first >= second))
        | ((p < 0) & (q > 0) & (second >= first))
    )


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
