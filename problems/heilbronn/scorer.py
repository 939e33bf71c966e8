"""The smallest triangle of a set of points, exactly."""

from fractions import Fraction
from itertools import combinations, pairwise

import numpy as np

from cladogen.drawing import MARK, Canvas
from cladogen.kernels.exact import grid
from cladogen.scoring import Case, Invalid, Scored, array, program_size

NEAR, NEARLY = 1e-6, 1e-2  # of the smallest area, by which others are larger


def cases(parameters):
    """Return one case."""
    if parameters["shape"] not in ("triangle", "convex"):
        raise ValueError(f"shape = {parameters['shape']!r} is not triangle or convex")
    return [Case(f"n{parameters['n']}", {"n": parameters["n"], "shape": parameters["shape"]})]


def score(case, output):
    """Return the smallest triangle's share of the region, and the points it is made of."""
    points = array(output, (case.input["n"], 2), "the points")
    try:
        integers, one = grid(points)
    except ValueError as error:
        raise Invalid(str(error)) from None
    rows = [tuple(row) for row in integers.tolist()]
    moved = ""
    if case.input["shape"] == "triangle":
        given, rows = rows, [inside(x, y, one) for x, y in rows]
        outside = sum(a != b for a, b in zip(given, rows, strict=True))
        moved = f"{outside} of {len(rows)} points were outside and moved in; " if outside else ""
        region = one * one
    else:
        region = hull_area(rows)
        if region == 0:
            raise Invalid("all points are on one line")
    areas = [abs(doubled(*corners)) for corners in combinations(rows, 3)]
    area = min(areas)
    names = list(combinations(range(len(rows)), 3))[areas.index(area)]
    radius = float(np.sqrt(((points - points.mean(axis=0)) ** 2).sum(axis=1)).mean())
    return Scored(
        {"area": float(Fraction(area, region)), "radius": radius},
        f"{moved}smallest triangle: points {names}; {as_small(areas, area)} "
        f"for {2 * len(rows)} coordinates{on_border(rows, one, case.input['shape'])}",
        lambda: drawn(points, names),
    )


def as_small(areas, area):
    """Say how many triangles are as small as the smallest: at an optimum as many as hold the points
    in their places.
    """
    near = sum(each - area <= NEAR * area for each in areas)
    nearly = sum(each - area <= NEARLY * area for each in areas)
    share = f"{100 * NEARLY:g} %"
    count = "1 triangle is" if near == 1 else f"{near} triangles are"
    return f"{count} as small to a millionth, {nearly} of {len(areas)} to {share},"


def on_border(rows, one, shape):
    """Say how many points are held by the border of a region that is given."""
    if shape != "triangle":
        return ""
    slack = one // 10**9
    held = sum((x <= slack) + (y <= slack) + (x + y >= one - slack) for x, y in rows)
    return f", {held} of which the border holds"


def drawn(points, smallest):
    """Return a picture of the points, with the smallest triangle."""
    low, high = points.min(), points.max()
    margin = 0.05 * max(high - low, 1e-9)
    canvas = Canvas(low - margin, high + margin)
    corners = [tuple(points[name]) for name in smallest]
    for at, corner in enumerate(corners):
        canvas.line(corner, corners[at - 1], MARK)
    for x, y in points:
        canvas.dot(x, y)
    return canvas.png()


def describe(texts):
    """Return the size of the program."""
    return {"size": program_size(texts["points.py"])}


def inside(x, y, one):
    """Return the point moved into the right triangle, rounded towards its corner."""
    x, y = max(x, 0), max(y, 0)
    return (x, y) if x + y <= one else (x * one // (x + y), y * one // (x + y))


def doubled(a, b, c):
    """Return twice the signed area of a triangle."""
    return (b[0] - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (b[1] - a[1])


def hull_area(points):
    """Return twice the area of the convex hull."""
    ordered = sorted(set(points))
    lower, upper = half_hull(ordered), half_hull(ordered[::-1])
    corners = lower[:-1] + upper[:-1]
    return sum(doubled(corners[0], b, c) for b, c in pairwise(corners[1:]))


def half_hull(points):
    """Return the corners of one side of the hull, left to right in the given order."""
    corners = []
    for point in points:
        while len(corners) > 1 and doubled(corners[-2], corners[-1], point) <= 0:
            corners.pop()
        corners.append(point)
    return corners
