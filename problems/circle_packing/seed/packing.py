"""Place circles in the unit square so that the sum of their radii is large: staggered rows, then
random improvement.
"""

import numpy as np


def pack(n):
    """Return n rows: x, y, radius."""
    rng = np.random.default_rng(0)
    centres = rows(n)
    radius = radii(centres)
    for step in range(400):
        moved = np.clip(centres + 0.01 * 0.995**step * rng.normal(size=(n, 2)), 0.0, 1.0)
        grown = radii(moved)
        if grown.sum() > radius.sum():
            centres, radius = moved, grown
    return np.column_stack([centres, radius])


def rows(n):
    """Return n centres in staggered rows."""
    count = round(n**0.5)
    ranks = np.arange(n) * count // n
    columns = np.array([np.sum(ranks[:k] == ranks[k]) for k in range(n)])
    lengths = np.array([np.sum(ranks == rank) for rank in ranks])
    x = (columns + 0.5 + 0.2 * (ranks % 2 - 0.5)) / (lengths + 0.1)
    y = (ranks + 0.5) / count
    return np.column_stack([x, y])


def radii(centres):
    """Return radii that grow one by one until each circle touches another or a wall."""
    offset = centres[:, None, :] - centres[None, :, :]
    distance = np.sqrt((offset**2).sum(axis=2)) + 9.0 * np.eye(len(centres))
    wall = np.minimum(centres, 1.0 - centres).min(axis=1)
    radius = np.minimum(wall, 0.5 * distance.min(axis=1))
    for k in np.argsort(-wall):
        radius[k] = min(wall[k], (distance[k] - radius).min())
    return radius
