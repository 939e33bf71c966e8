"""Online bin packing by a tabulated priority: the NumPy meaning of ``csrc/bin_packing.cpp``."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from cladogen.kernels import native

RANKS = 1 << 10  # ranks are below this


def pack(ranks: NDArray[np.int32], instances: Sequence[NDArray[np.int32]]) -> NDArray[np.int64]:
    """Return, for each instance, the bins used and the items that opened a bin although a used one
    had room.

    ``ranks`` is square, row = item, column = what the bin has left; the last column is the empty
    bin. Each item goes to the bin with the highest rank of those it fits, the oldest of equals.
    """
    _check(ranks, instances)
    ranks = np.ascontiguousarray(ranks, np.int32)
    items = [np.ascontiguousarray(one, np.int32) for one in instances]
    if native is None:
        return pack_side_by_side(ranks, items)
    packed: NDArray[np.int64] = native.pack_bins(ranks, items)
    return packed


def _check(ranks: NDArray[np.int32], instances: Sequence[NDArray[np.int32]]) -> None:
    square = ranks.ndim == 2 and ranks.shape[0] == ranks.shape[1]
    if not square or ranks.min() < 0 or ranks.max() >= RANKS:
        raise ValueError(
            f"ranks must be square with values in 0..{RANKS - 1}, got shape {ranks.shape}"
        )
    if any(items.size and (items.min() < 1 or items.max() >= len(ranks)) for items in instances):
        raise ValueError(f"items must be in 1..{len(ranks) - 1}")


def pack_side_by_side(
    ranks: NDArray[np.int32], instances: Sequence[NDArray[np.int32]]
) -> NDArray[np.int64]:
    """Return what `pack_one` does for each instance; those of one length advance together, an item
    at a time.
    """
    result = np.zeros((len(instances), 2), np.int64)
    lengths = np.array(list(map(len, instances)), int)
    for length in np.unique(lengths):
        rows = np.flatnonzero(lengths == length).tolist()
        result[rows] = _pack_equal(
            ranks, np.array([instances[row] for row in rows]).reshape(len(rows), length)
        )
    return result


def _pack_equal(ranks: NDArray[np.int32], instances: NDArray[np.int32]) -> NDArray[np.int64]:
    count, length = instances.shape
    each = np.arange(count)
    left = np.full((count, length + 1), len(ranks) - 1)
    used, opened = np.zeros(count, int), np.zeros(count, int)
    for item in instances.T:
        offered = left[:, : used.max() + 1]
        fits = (offered >= item[:, None]) & (np.arange(offered.shape[1]) <= used[:, None])
        chosen = np.where(fits, ranks[item[:, None], offered], -1).argmax(axis=1)
        new = chosen == used
        opened += new & (fits.sum(axis=1) > 1)
        used += new
        left[each, chosen] -= item
    return np.column_stack([used, opened])


def pack_one(ranks: NDArray[np.int32], items: NDArray[np.int32]) -> tuple[int, int]:
    """Return (bins used, items that opened one needlessly) of one instance, bin by bin."""
    capacity = len(ranks) - 1
    # The first `used` bins are used; the next one is the empty bin on offer.
    left = np.full(len(items) + 1, capacity)
    used = opened = 0
    for item in items:
        fits = np.flatnonzero(left[: used + 1] >= item)
        chosen = fits[np.argmax(ranks[item, left[fits]])]
        opened += int(chosen == used and len(fits) > 1)
        used += int(chosen == used)
        left[chosen] -= item
    return used, opened
