"""Points whose smallest triangle is large: a random start, then random improvement."""

from itertools import combinations

import numpy as np


def place(n, shape):
    """Return n rows: x, y."""
    rng = np.random.default_rng(1)
    triples = np.array(list(combinations(range(n), 3))).T
    points = fold(rng.random((n, 2)), shape)
    best = smallest(points, triples)
    for step in range(1000):
        moves = rng.normal(size=(n, 2)) * (rng.random((n, 1)) < 0.2)
        moved = fold(points + 0.1 * 0.997**step * moves, shape)
        value = smallest(moved, triples)
        if value > best:
            points, best = moved, value
    return points


def fold(points, shape):
    """Return the points moved into the unit square, or into the triangle below its diagonal."""
    points = np.clip(points, 0.0, 1.0)
    if shape == "triangle":
        points = points / np.maximum(points.sum(axis=1, keepdims=True), 1.0)
    return points


def smallest(points, triples):
    """Return the smallest area of all triangles, doubled."""
    a, b, c = points[triples]
    cross = (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (c[:, 0] - a[:, 0]) * (b[:, 1] - a[:, 1])
    return np.abs(cross).min()
