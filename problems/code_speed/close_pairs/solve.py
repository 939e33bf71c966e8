"""Count close pairs of points."""

import numpy as np


def solve(points, distance):
    """Return how many pairs of points are at most ``distance`` apart."""
    count = 0
    for i in range(len(points)):
        for j in range(i):
            dx = points[i][0] - points[j][0]
            dy = points[i][1] - points[j][1]
            if dx * dx + dy * dy <= distance * distance:
                count += 1
    return count
