"""Vectors that are far apart: two coordinates of each are 1 or -1, the others 0."""

from itertools import combinations, product

import numpy as np


def construct(dimension):
    """Return the vectors, as integers."""
    vectors = []
    for places in combinations(range(dimension), 2):
        for signs in product((1, -1), repeat=2):
            vector = np.zeros(dimension, dtype=int)
            vector[list(places)] = signs
            vectors.append(vector)
    return np.array(vectors)
