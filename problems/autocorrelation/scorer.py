"""Bounds from the autoconvolution of a step function, exactly."""

from fractions import Fraction
from itertools import pairwise

from cladogen.kernels.exact import convolution, grid
from cladogen.scoring import Case, Invalid, Scored, array, program_size

MOST_STEPS = 60_000
CONSTANTS = ("C1", "C2", "C3'")


def cases(parameters):
    """Return one case."""
    if parameters["constant"] not in CONSTANTS:
        raise ValueError(
            f"constant = {parameters['constant']!r} is not one of {', '.join(CONSTANTS)}"
        )
    return [Case(parameters["constant"], {"constant": parameters["constant"]})]


def score(case, output):
    """Return the bound that the step function proves."""
    heights = array(output, (None,), "the heights")
    if not 2 <= len(heights) <= MOST_STEPS:
        raise Invalid(f"{len(heights)} heights, wanted 2 to {MOST_STEPS}")
    try:
        values = grid(heights)[0].tolist()
    except ValueError as error:
        raise Invalid(str(error)) from None
    constant, below = case.input["constant"], sum(value < 0 for value in values)
    words = ""
    if constant != "C3'":
        words = f"{below} of {len(values)} heights were negative and count as 0" if below else ""
        values = [max(value, 0) for value in values]
    if sum(values) == 0:
        raise Invalid("the function's integral is 0")
    # Between multiples of a step's width the autoconvolution is linear; at both ends of its support
    # it is 0.
    corners = [0, *convolution(values, values), 0]
    bound = flatness(corners) if constant == "C2" else peak(corners, values)
    return Scored({"bound": float(bound), "steps": float(len(values))}, words)


def peak(corners, values):
    """Return the maximum of |f*f| over the square of the integral of f, for steps on an interval of
    length 1/2.
    """
    return Fraction(2 * len(values) * max(map(abs, corners)), sum(values) ** 2)


def flatness(corners):
    """Return |f*f|_2^2 / (|f*f|_1 |f*f|_inf) of a piecewise linear f*f >= 0."""
    squares = sum(a * a + a * b + b * b for a, b in pairwise(corners))
    return Fraction(squares, 3 * sum(corners) * max(corners))


def describe(texts):
    """Return the size of the program."""
    return {"size": program_size(texts["steps.py"])}
