"""Hand the case to `find`. Not editable."""

import numpy as np
from find import find


def run(case):
    """Return the numbers."""
    with np.errstate(all="ignore"):
        return np.asarray(find(), dtype=float)
