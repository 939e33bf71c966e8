"""Unit hexagons in a hexagon, exactly: every direction is a rational point of the circle, every
coordinate a number a + b sqrt(3).

An angle is taken by the tangent of its half, the double nearest to it: from there on nothing is
rounded. Hexagons that overlap are repaired in one way: all centres move away from one another by
the least common factor that separates every pair.
"""

from fractions import Fraction
from itertools import combinations
from math import radians, tan

from root3 import HALF_ROOT3, Root3

from cladogen.scoring import Case, Invalid, Scored, array, program_size

LARGEST = 1e6
SIXTY = (Root3(Fraction(1, 2)), HALF_ROOT3)


def cases(parameters):
    """Return one case."""
    return [Case(f"n{parameters['n']}", {"n": parameters["n"]})]


def score(case, output):
    """Return the side of the outer hexagon that holds the repaired packing."""
    if not isinstance(output, dict) or output.keys() != {"hexagons", "outer"}:
        raise Invalid("the output must be a table with hexagons and outer")
    inner = array(output["hexagons"], (case.input["n"], 3), "hexagons")
    outer = array(output["outer"], (3,), "outer")
    if max(abs(inner).max(), abs(outer).max()) > LARGEST:
        raise Invalid(f"a number above {LARGEST:g}")
    hexagons = [(exact(x), exact(y), direction(angle)) for x, y, angle in inner.tolist()]
    factor = spreading(hexagons)
    if factor is None:
        raise Invalid("two hexagons have the same centre")
    x, y, angle = outer.tolist()
    centre = exact(x), exact(y)
    side = needed_side(spread(hexagons, centre, factor), centre, direction(angle))
    spreads = float(factor - 1)
    feedback = (
        f"overlaps: all centres moved apart by {spreads:.3g}" if spreads > 0 else "no overlap"
    )
    return Scored({"side": float(side), "spread": spreads, "turn": turn(inner)}, feedback)


def exact(value):
    """Return a double as it is."""
    return Root3(Fraction(value))


def direction(degrees):
    """Return cosine and sine of an angle, which counts up to sixths of a turn, as fractions whose
    squares sum to 1.
    """
    half = Fraction(tan(radians(degrees % 60.0) / 2))
    below = 1 + half * half
    return Root3((1 - half * half) / below), Root3(2 * half / below)


def turned(vector, by):
    """Return a vector turned by a direction."""
    (x, y), (c, s) = vector, by
    return x * c - y * s, x * s + y * c


def corners(way):
    """Return the six corners of a unit hexagon about 0."""
    found = [way]
    for _ in range(5):
        found.append(turned(found[-1], SIXTY))
    return found


def normals(way):
    """Return the six outward normals of a hexagon's sides."""
    return corners(turned(way, (HALF_ROOT3, Root3(Fraction(1, 2)))))


def dot(one, other):
    """Return the scalar product."""
    return one[0] * other[0] + one[1] * other[1]


def spreading(hexagons):
    """Return the least factor, 1 or more, by which centres must move apart so that no pair
    overlaps; None when two are the same.
    """
    factor = Root3(1)
    for (x, y, way), (x2, y2, way2) in combinations(hexagons, 2):
        apart = (x2 - x, y2 - y)
        axes = [*normals(way)[:3], *normals(way2)[:3]]
        least = None
        for axis in axes:
            gap = abs(dot(apart, axis))
            if gap.sign():
                needed = (reach(way, axis) + reach(way2, axis)) / gap
                least = needed if least is None or needed < least else least
        if least is None:
            return None
        factor = least if least > factor else factor
    return factor


def reach(way, axis):
    """Return how far a unit hexagon reaches along an axis."""
    return largest(dot(corner, axis) for corner in corners(way))


def largest(numbers):
    """Return the largest of some numbers."""
    found = None
    for each in numbers:
        found = each if found is None or each > found else found
    return found


def spread(hexagons, centre, factor):
    """Return the hexagons with their centres moved away from a point by a factor."""
    return [
        (centre[0] + (x - centre[0]) * factor, centre[1] + (y - centre[1]) * factor, way)
        for x, y, way in hexagons
    ]


def needed_side(hexagons, centre, way):
    """Return the side of the hexagon about ``centre`` that holds all others."""
    heights = (
        dot((x - centre[0], y - centre[1]), axis) + reach(own, axis)
        for x, y, own in hexagons
        for axis in normals(way)
    )
    return largest(heights) / HALF_ROOT3


def turn(inner):
    """Return how differently the hexagons are turned: the spread of their angles, in degrees."""
    return float((inner[:, 2] % 60.0).std())


def describe(texts):
    """Return the size of the program."""
    return {"size": program_size(texts["packing.py"])}
