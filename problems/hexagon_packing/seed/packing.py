"""Unit hexagons in a small hexagon: those cells of a honeycomb that are nearest to a point."""

import numpy as np


def pack(n):
    """Return n rows x, y, degrees, and the outer hexagon's x, y, degrees."""
    steps = np.arange(-4, 5)
    column, row = np.meshgrid(steps, steps)
    x = 1.5 * column.ravel()
    y = np.sqrt(3.0) * (row.ravel() + 0.5 * (column.ravel() % 2))
    middle = np.array([0.0, 0.0])
    distance = np.hypot(x - middle[0], y - middle[1])
    nearest = np.argsort(distance, kind="stable")[:n]
    hexagons = np.stack([x[nearest], y[nearest], np.zeros(n)], axis=1)
    centre = (hexagons[:, :2].max(axis=0) + hexagons[:, :2].min(axis=0)) / 2
    return hexagons, [centre[0], centre[1], 30.0]
