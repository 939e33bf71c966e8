"""The squared ratio of the largest to the smallest distance, exactly."""

from fractions import Fraction
from itertools import combinations

from cladogen.kernels.exact import grid
from cladogen.scoring import Case, Invalid, Scored, array, program_size


def cases(parameters):
    """Return one case."""
    n, dimensions = parameters["n"], parameters["dimensions"]
    return [Case(f"n{n}d{dimensions}", {"n": n, "dimensions": dimensions})]


def score(case, output):
    """Return the ratio, and between which points it lies."""
    points = array(output, (case.input["n"], case.input["dimensions"]), "the points")
    try:
        rows = grid(points)[0].tolist()
    except ValueError as error:
        raise Invalid(str(error)) from None
    pairs = list(combinations(range(len(rows)), 2))
    squares = [sum((a - b) ** 2 for a, b in zip(rows[i], rows[j], strict=True)) for i, j in pairs]
    near, far = min(squares), max(squares)
    if near == 0:
        raise Invalid(f"points {pairs[squares.index(0)]} are the same")
    feedback = f"closest points {pairs[squares.index(near)]}, farthest {pairs[squares.index(far)]}"
    return Scored({"ratio": float(Fraction(far, near))}, feedback)


def describe(texts):
    """Return the size of the program."""
    return {"size": program_size(texts["points.py"])}
