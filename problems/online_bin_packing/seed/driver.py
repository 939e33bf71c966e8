"""Tabulate `priority`, so that packing needs no further call of it. Not editable.

Only the order of the priorities decides, so that is what is returned: for each item size the rank
of every remaining capacity, 0 the lowest, equal priorities equal ranks. A priority that is not a
number counts as the lowest.
"""

import numpy as np
from priority import priority


def run(case):
    """Return ranks, one row for each of the case's item sizes, one column for each remaining
    capacity 0..capacity.
    """
    capacity, sizes = case["capacity"], case["sizes"]
    table = np.full((len(sizes), capacity + 1), -np.inf)
    with np.errstate(all="ignore"):
        for row, size in zip(table, sizes, strict=True):
            remaining = np.arange(size, capacity + 1, dtype=float)
            row[size:] = priority(float(size), remaining)
    return ranks(table)


def ranks(table):
    """Return the dense rank of each entry within its row."""
    table = np.where(np.isnan(table), -np.inf, table)
    order = np.argsort(table, axis=1)
    ordered = np.take_along_axis(table, order, axis=1)
    steps = np.zeros(table.shape, dtype=np.int16)
    steps[:, 1:] = ordered[:, 1:] != ordered[:, :-1]
    result = np.empty_like(steps)
    np.put_along_axis(result, order, np.cumsum(steps, axis=1, dtype=np.int16), axis=1)
    return result
