"""Hand the samples of each signal to a filter of its own, one at a time. Not editable."""

import numpy as np
from filter import Filter


def run(case):
    """Return what the filter says after each sample, one row a signal."""
    rows = []
    for signal in case["signals"]:
        filtering = Filter()
        rows.append([float(filtering.step(float(sample))) for sample in signal])
    return np.array(rows)
