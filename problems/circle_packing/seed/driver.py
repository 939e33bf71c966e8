"""Hand the case to `pack`. Not editable."""

import numpy as np
from packing import pack


def run(case):
    """Return the packing as rows of x, y, radius."""
    with np.errstate(all="ignore"):
        return np.asarray(pack(case["n"]), dtype=float)
