"""Connected components of a graph."""

import numpy as np


def solve(nodes, edges):
    """Return for each node the smallest node it is connected to."""
    label = list(range(nodes))
    changed = True
    while changed:
        changed = False
        for a, b in edges:
            smaller = min(label[a], label[b])
            if label[a] != smaller or label[b] != smaller:
                label[a] = label[b] = smaller
                changed = True
    return label
