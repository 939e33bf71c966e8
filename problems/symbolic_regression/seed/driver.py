"""Fit the law to the measurements, and return it as text. Not editable."""

import numpy as np
from column import Column
from fit import fitted
from model import law


def run(case):
    """Return an expression for the targets."""
    columns = [
        Column(name, values)
        for name, values in zip(case["variables"], case["inputs"].T, strict=True)
    ]
    with np.errstate(all="ignore"):
        found = law(*columns[:2], columns[-1])
        terms = found.terms() if isinstance(found, Column) else []
        different = {str(term): term for term in terms}
        return fitted(list(different.values()), case["targets"])
