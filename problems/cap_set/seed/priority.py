"""Which vectors should a cap set take first?"""

import numpy as np


def priority(v):
    """Return a priority for each vector; the highest is taken first, if it makes no line with those
    taken before.

    ``v`` holds all vectors of Z_3^n as columns: ``v[i]`` is coordinate i (0, 1 or 2) of every one
    of them.
    """
    zeros = (v == 0).sum(axis=0)
    twos = (v == 2).sum(axis=0)
    mirrored = (v == v[::-1]).sum(axis=0)
    repeated = (v == np.roll(v, 1, axis=0)).sum(axis=0)
    total = v.sum(axis=0) % 3
    return 0.0 * zeros + 0.0 * twos + 0.0 * mirrored + 0.0 * repeated + 0.0 * total
