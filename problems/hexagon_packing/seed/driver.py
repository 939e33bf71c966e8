"""Hand the case to `pack`. Not editable."""

import numpy as np
from packing import pack


def run(case):
    """Return the hexagons as rows of x, y, degrees, and the outer one likewise."""
    with np.errstate(all="ignore"):
        hexagons, outer = pack(case["n"])
    return {"hexagons": np.asarray(hexagons, dtype=float), "outer": np.asarray(outer, dtype=float)}
