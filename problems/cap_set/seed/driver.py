"""Sort the vectors by `priority`, highest first, equals in lexicographic order. Not editable."""

import numpy as np
from priority import priority


def run(case):
    """Return the vectors in order; a vector is the number whose base-3 digits are its
    coordinates.
    """
    n = case["n"]
    count = 3**n
    vectors = np.arange(count) // 3 ** np.arange(n - 1, -1, -1)[:, None] % 3
    with np.errstate(all="ignore"):
        values = np.broadcast_to(np.asarray(priority(vectors), dtype=float), (count,))
    return np.argsort(-np.nan_to_num(values, nan=-np.inf), kind="stable").astype(np.int32)
