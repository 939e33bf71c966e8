"""Certify what a packing is worth: exact, repaired by uniform deflation."""

from cladogen.drawing import Canvas
from cladogen.kernels.circles import in_rectangle, in_unit_square
from cladogen.scoring import Case, Invalid, Scored, array, program_size

ROUNDING = 1e-14  # overlaps that come of the last bits
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
    feedback = f"no overlap; smallest gap {max(packing.slack, 0.0):.3g}"
    if packing.loss > ROUNDING:
        feedback = f"overlaps: every radius was lowered by {packing.loss:.3g}"
    return Scored(metrics, feedback, lambda: drawn(circles, case.answer))


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
