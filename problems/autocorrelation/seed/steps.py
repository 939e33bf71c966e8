"""The heights of a step function with a flat autoconvolution: equal ones, then random
improvement.
"""

import numpy as np


def steps(constant):
    """Return the heights, from one end of the interval to the other."""
    rng = np.random.default_rng(0)
    count = 60
    heights = np.ones(count)
    best = peak(heights)
    for step in range(500):
        moved = np.abs(heights + 0.1 * 0.99**step * rng.normal(size=count))
        value = peak(moved)
        if value < best:
            heights, best = moved, value
    return heights


def peak(heights):
    """Return the largest value of the autoconvolution when the integral is one."""
    return (2 * len(heights) * np.convolve(heights, heights) / heights.sum() ** 2).max()
