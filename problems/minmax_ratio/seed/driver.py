"""Hand the case to `place`. Not editable."""

import numpy as np
from points import place


def run(case):
    """Return the points as rows of coordinates."""
    with np.errstate(all="ignore"):
        return np.asarray(place(case["n"], case["dimensions"]), dtype=float)
