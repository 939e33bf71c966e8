"""The heights of a step function with a flat autoconvolution."""

import numpy as np


def steps(constant):
    """Return the heights, from one end of the interval to the other."""
    x = np.linspace(-1.0, 1.0, 120)
    edge = 1.0 - np.abs(x)
    return 1.0 + 0.0 * x + 0.0 * edge**2
