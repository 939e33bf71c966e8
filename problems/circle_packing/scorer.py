"""Certify what a packing is worth: exact, repaired by uniform deflation."""

import numpy as np

from cladogen.drawing import Canvas
from cladogen.kernels.circles import in_rectangle, in_unit_square
from cladogen.scoring import Case, Invalid, Scored, array, program_size

ROUNDING = 1e-14  # overlaps that come of the last bits
NEAR = 1e-7  # a gap below it is a contact
HELD = 3  # contacts that a circle needs to be held in its place
NAMED = 8
SHAPES = {"square": in_unit_square, "rectangle": in_rectangle}


def cases(parameters):
    """Return one case."""
    return [Case(f"n{parameters['n']}", {"n": parameters["n"]}, answer=SHAPES[parameters["shape"]])]


def score(case, output):
    """Return the certified sum of radii, the sum as returned, and the smallest gap as returned."""
    circles = array(output, (case.input["n"], 3), "the packing")
    try:
        packing = case.answer(circles)
    except ValueError as error:
        raise Invalid(str(error)) from None
    largest = circles[:, 2].max()
    metrics = {
        "radii": float(packing.certified),
        "raw": packing.raw,
        "slack": packing.slack,
        "evenness": float(circles[:, 2].min() / largest) if largest > 0 else 0.0,
    }
    gaps = gaps_of(circles, case.answer)
    if packing.loss > ROUNDING:
        feedback = f"overlaps: every radius was lowered by {packing.loss:.3g}; worst: {worst(gaps)}"
    else:
        feedback = f"no overlap; smallest gap {max(packing.slack, 0.0):.3g}; {contacts(gaps)}"
    return Scored(metrics, feedback, lambda: drawn(circles, case.answer))


def gaps_of(circles, shape):
    """Return the gap of each circle, by row, to each other and to the four walls; 9 to itself."""
    x, y, radius = circles.T
    low, high = np.zeros(2), np.ones(2)
    if shape is not in_unit_square:
        low = np.array([(x - radius).min(), (y - radius).min()])
        high = np.array([(x + radius).max(), (y + radius).max()])
    apart = np.hypot(x[:, None] - x, y[:, None] - y) - radius[:, None] - radius
    walls = [x - radius - low[0], high[0] - x - radius, y - radius - low[1], high[1] - y - radius]
    return np.column_stack([apart + 9.0 * np.eye(len(circles)), *walls])


def worst(gaps):
    """Name the two circles, or the circle and the wall, that overlap most, and by how much."""
    one, other = np.unravel_index(int(gaps.argmin()), gaps.shape)
    what = f"circle {other}" if other < len(gaps) else "a wall"
    return f"circle {one} and {what} by {-gaps[one, other]:.3g}"


def contacts(gaps):
    """Count contacts, beside what may move, and name the circles that are held by too few."""
    touching = gaps < NEAR
    pairs = int(touching[:, : len(gaps)].sum()) // 2 + int(touching[:, len(gaps) :].sum())
    loose = [str(row) for row in np.flatnonzero(touching.sum(axis=1) < HELD)]
    said = f"{pairs} contacts for {3 * len(gaps)} coordinates and radii"
    if not loose:
        return said
    more = ", ..." if len(loose) > NAMED else ""
    return f"{said}; with fewer than {HELD}: rows {', '.join(loose[:NAMED])}{more}"


def drawn(circles, shape):
    """Return a picture of a packing, as it was returned."""
    corner = (circles[:, :2] + circles[:, 2:]).max(axis=0).clip(0.0, 2.0)
    side = 1.0 if shape is in_unit_square else max(float(corner.max()), 1e-9)
    canvas = Canvas(-0.02 * side, 1.02 * side)
    for x, y, radius in circles:
        canvas.circle(x, y, radius)
    canvas.rectangle((0.0, 0.0), (side, side) if shape is in_unit_square else tuple(corner))
    return canvas.png()


def describe(texts):
    """Return the size of the program."""
    return {"size": program_size(texts["packing.py"])}
