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
    left = np.maximum(circles[:, 2] - packing.loss, 0.0)
    if packing.loss > ROUNDING:
        feedback = (
            f"overlaps: every radius was lowered by {packing.loss:.3g}{gone(left)}; "
            f"worst: {worst(gaps)}"
        )
    elif not left.any():
        feedback = f"all radii are 0; {room(gaps)}"
    else:
        feedback = (
            f"no overlap; smallest gap {max(packing.slack, 0.0):.3g}{gone(left)}; "
            f"{contacts(gaps, left > 0.0)}"
        )
    return Scored(metrics, feedback, lambda: drawn(circles, case.answer))


def gone(left):
    """Say how many circles have no radius, in words; "" where all have one."""
    none = np.flatnonzero(left <= 0.0)
    return f"; {len(none)} of {len(left)} radii are 0 then: {rows(none)}" if len(none) else ""


def room(gaps):
    """Say of points without radii which have no room to grow: those on another one or on a wall."""
    shut = np.flatnonzero(gaps.min(axis=1) < NEAR)
    if not len(shut):
        all_at_once = min(gaps[:, : len(gaps)].min() / 2, gaps[:, len(gaps) :].min())
        return f"all may be {all_at_once:.3g} at once"
    return f"{len(shut)} of {len(gaps)} centres lie on another one or on a wall: {rows(shut)}"


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


def contacts(gaps, real):
    """Count contacts of the circles that have a radius, beside what may move, and name those that
    are held by too few.
    """
    count = len(gaps)
    touching = gaps < NEAR
    touching[~real] = False
    touching[:, :count][:, ~real] = False
    pairs = int(touching[:, :count].sum()) // 2 + int(touching[:, count:].sum())
    loose = np.flatnonzero(real & (touching.sum(axis=1) < HELD))
    said = f"{pairs} contacts for {3 * int(real.sum())} coordinates and radii"
    return f"{said}; with fewer than {HELD}: {rows(loose)}" if len(loose) else said


def rows(numbers):
    """Name rows, the first few of many."""
    more = ", ..." if len(numbers) > NAMED else ""
    return f"rows {', '.join(map(str, numbers[:NAMED]))}{more}"


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
