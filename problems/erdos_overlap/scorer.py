"""The largest overlap of a step function with its complement, exactly."""

from fractions import Fraction

import numpy as np

from cladogen.kernels.exact import convolution
from cladogen.scoring import Case, Invalid, Scored, array, program_size

MOST_STEPS = 2000
ONE = 1 << 60
ROUNDING = 1e-9  # of a mean, that is not worth a word


def cases(parameters):
    """Return one case; its input is empty."""
    return [Case("overlap")]


def score(case, output):
    """Return the largest overlap over all shifts; between shifts by whole steps it is linear."""
    heights = array(output, (None,), "the heights")
    if not 2 <= len(heights) <= MOST_STEPS:
        raise Invalid(f"{len(heights)} heights, wanted 2 to {MOST_STEPS}")
    cut = int(((heights < 0) | (heights > 1)).sum())
    mean = float(np.clip(heights, 0.0, 1.0).mean())
    values, one = balanced(
        np.rint(np.clip(heights, 0.0, 1.0) * float(ONE)).astype(np.int64).tolist()
    )
    overlaps = convolution(values, [one - value for value in values][::-1])
    largest = max(overlaps)
    shift = overlaps.index(largest) - len(values) + 1
    overlap = Fraction(2 * largest, len(values) * one * one)
    return Scored(
        {"overlap": float(overlap), "steps": float(len(values))},
        f"{repaired(cut, mean)}largest at a shift of {shift} steps",
    )


def repaired(cut, mean):
    """Return what was changed of the heights before they were scored, where it is no rounding."""
    words = f"{cut} heights were cut off at 0 or 1; " if cut else ""
    if abs(mean - 0.5) > ROUNDING:
        words += f"the heights had a mean of {mean:.9g} and were moved to one of 1/2; "
    return words


def balanced(values):
    """Return whole heights with mean exactly one half of the second result, which stands for 1."""
    total, count = sum(values), len(values)
    if total == 0:
        raise Invalid("all heights are 0")
    if 2 * total >= count * ONE:
        return [value * count for value in values], 2 * total
    # h + t (1 - h) with t = (n/2 - sum h) / (n - sum h); everything times 2 (n - sum h).
    short, room = count * ONE - 2 * total, count * ONE - total
    return [2 * room * value + short * (ONE - value) for value in values], 2 * room * ONE


def describe(texts):
    """Return the size of the program."""
    return {"size": program_size(texts["steps.py"])}
