"""Hand the case to `steps`. Not editable."""

import numpy as np
from steps import steps


def run(case):
    """Return the heights of the steps."""
    with np.errstate(all="ignore"):
        return np.asarray(steps(case["constant"]), dtype=float)
