"""The nearest of many known rows to one, every row looked at: what novelty compares a new program
with.

Known rows lie side by side in one array, (rows, width): unit vectors of float32 (embeddings), whose
likeness is the cosine in [-1, 1], or MinHash sketches of uint32, whose likeness is the share of
equal positions in [0, 1], an estimate of the Jaccard similarity. Both functions return the rows
found, most like first and the earlier among equals, and their likenesses; fewer than ``count``
where fewer are known. A likeness that is not a number counts as the least.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cladogen.kernels import native

Found = tuple[list[int], list[float]]


def nearest_vectors(
    known: NDArray[np.float32], wanted: NDArray[np.float32], count: int = 1
) -> Found:
    """Return the ``count`` rows of ``known`` with the largest cosine to ``wanted``; all are unit
    vectors.
    """
    _check(known, wanted, np.float32)
    if native is None:
        return numpy_nearest_vectors(known, wanted, count)
    found: Found = native.nearest_vectors(known, wanted, count)
    return found


def nearest_sketches(
    known: NDArray[np.uint32], wanted: NDArray[np.uint32], count: int = 1
) -> Found:
    """Return the ``count`` rows of ``known`` that equal the sketch ``wanted`` in the largest share
    of positions.
    """
    _check(known, wanted, np.uint32)
    if native is None:
        return numpy_nearest_sketches(known, wanted, count)
    found: Found = native.nearest_sketches(known, wanted, count)
    return found


def numpy_nearest_vectors(
    known: NDArray[np.float32], wanted: NDArray[np.float32], count: int = 1
) -> Found:
    """The meaning of `nearest_vectors`."""
    return _largest((known @ wanted).astype("f8"), count)


def numpy_nearest_sketches(
    known: NDArray[np.uint32], wanted: NDArray[np.uint32], count: int = 1
) -> Found:
    """The meaning of `nearest_sketches`."""
    return _largest((known == wanted).sum(axis=1) / len(wanted), count)


def _largest(likeness: NDArray[np.float64], count: int) -> Found:
    likeness = np.where(np.isnan(likeness), -np.inf, likeness)
    count = min(count, len(likeness))
    if count <= 0:
        return [], []
    least = np.partition(likeness, len(likeness) - count)[len(likeness) - count]
    rows = np.flatnonzero(likeness >= least)
    rows = rows[np.argsort(-likeness[rows], kind="stable")][:count]
    return rows.tolist(), likeness[rows].tolist()


def _check(known: NDArray[np.generic], wanted: NDArray[np.generic], kind: type[np.generic]) -> None:
    if known.ndim != 2 or wanted.shape != known.shape[1:] or not wanted.size:
        raise ValueError(
            f"rows must be as wide as the one looked for: got {known.shape} and {wanted.shape}"
        )
    if known.dtype != kind or wanted.dtype != kind:
        raise ValueError(f"must be {kind.__name__}: got {known.dtype} and {wanted.dtype}")
