"""The activation of the hidden units."""

import numpy as np


def hidden(values):
    """Return what the hidden units give on."""
    return np.tanh(values)
