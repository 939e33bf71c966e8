"""Online bin packing by a tabulated priority: the NumPy meaning of ``csrc/bin_packing.cpp``."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from cladogen.kernels import native

RANKS = 1 << 10  # ranks are below this


def pack(ranks: NDArray[np.int32], instances: Sequence[NDArray[np.int32]]) -> NDArray[np.int64]:
    """Return, for each instance, the bins used and the items that opened a bin although a used one had room.

    ``ranks`` is square, row = item, column = what the bin has left; the last column is the empty bin. Each item goes to
    the bin with the highest rank of those it fits, the oldest of equals.
    """
    if ranks.ndim != 2 or ranks.shape[0] != ranks.shape[1] or ranks.min() < 0 or ranks.max() >= RANKS:
        raise ValueError(f"ranks must be square with values in 0..{RANKS - 1}, got shape {ranks.shape}")
    if any(items.size and (items.min() < 1 or items.max() >= len(ranks)) for items in instances):
        raise ValueError(f"items must be in 1..{len(ranks) - 1}")
    ranks = np.ascontiguousarray(ranks, np.int32)
    items = [np.ascontiguousarray(one, np.int32) for one in instances]
    if native is None:
        return np.array([pack_one(ranks, one) for one in items], np.int64).reshape(-1, 2)
    packed: NDArray[np.int64] = native.pack_bins(ranks, items)
    return packed


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
