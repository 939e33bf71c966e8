"""Levenshtein distances."""

import numpy as np


def solve(pairs):
    """Return the distance of each pair of texts."""
    return [distance(left, right) for left, right in pairs]


def distance(left, right):
    """Return the least number of insertions, deletions and replacements that turn one text into the
    other.
    """
    table = [
        [i + j if i * j == 0 else 0 for j in range(len(right) + 1)] for i in range(len(left) + 1)
    ]
    for i in range(1, len(left) + 1):
        for j in range(1, len(right) + 1):
            replaced = table[i - 1][j - 1] + (left[i - 1] != right[j - 1])
            table[i][j] = min(replaced, table[i - 1][j] + 1, table[i][j - 1] + 1)
    return table[len(left)][len(right)]
