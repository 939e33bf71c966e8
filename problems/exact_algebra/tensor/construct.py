"""The product of an n x m and an m x p matrix as a sum of products of two: one for each a[i, j]
b[j, k].
"""

import numpy as np


def construct(n, m, p):
    """Return u, v, w: in each term, the weights of the entries of a, of b, and of the transposed
    result.
    """
    terms = [(i, j, k) for i in range(n) for j in range(m) for k in range(p)]
    u, v, w = (
        np.zeros((n * m, len(terms))),
        np.zeros((m * p, len(terms))),
        np.zeros((p * n, len(terms))),
    )
    for term, (i, j, k) in enumerate(terms):
        u[i * m + j, term] = v[j * p + k, term] = w[k * n + i, term] = 1.0
    return [u, v, w]
