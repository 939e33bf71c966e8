"""A law as a sum of terms, whose weights are fitted to the measurements."""

import numpy as np


def law(a, b, c):
    """Return the law; ``a``, ``b`` and ``c`` are arrays of the first, second and last variable.

    Signs and factors of the sum's terms do not matter: each term gets the weight that fits best,
    and so does a constant.
    """
    found = a + b + c
    return found
