"""A set with many differences and few sums: digits from a small set, in a large base."""

import numpy as np


def construct():
    """Return the set's numbers."""
    digits = np.array([0, 1, 3])
    base = 7
    numbers = digits
    for _ in range(3):
        numbers = (numbers[:, None] * base + digits).ravel()
    return np.unique(numbers[numbers <= 4_000_000]).astype(int)
