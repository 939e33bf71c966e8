"""Products of polynomials modulo a prime."""

import numpy as np


def solve(a, b, modulus):
    """Return the coefficients of the product, lowest first."""
    result = [0] * (len(a) + len(b) - 1)
    for i in range(len(a)):
        for j in range(len(b)):
            result[i + j] = (result[i + j] + int(a[i]) * int(b[j])) % modulus
    return result
