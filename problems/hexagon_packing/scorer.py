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
ROUNDING = 1e-12  # by which centres may be moved apart without a word
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
    factor, pair = spreading(hexagons)
    if factor is None:
        raise Invalid(f"hexagons {pair[0]} and {pair[1]} have the same centre")
    x, y, angle = outer.tolist()
    centre = exact(x), exact(y)
    sides = needed_sides(spread(hexagons, centre, factor), centre, direction(angle))
    side = largest(side for side, _ in sides)
    spreads = float(factor - 1)
    return Scored(
        {"side": float(side), "spread": spreads, "turn": turn(inner)},
        f"{overlaps(spreads, pair)}; the side that each way needs, and which hexagon is outermost "
        f"there: {outermost(sides, angle)}",
    )


def overlaps(spreads, pair):
    """Say by how much centres were moved apart, and for which pair."""
    if spreads <= ROUNDING:
        return "no overlap"
    return (
        f"overlaps: all centres moved apart by {spreads:.3g}, for hexagons {pair[0]} and {pair[1]}"
    )


def outermost(sides, angle):
    """Say what each way needs, the one that decides first."""
    ways = [
        (
            float(side),
            f"{(angle % 60 + 30 + 60 * at) % 360:.1f} degrees {float(side):.6g} (hexagon {which})",
        )
        for at, (side, which) in enumerate(sides)
    ]
    return ", ".join(words for _, words in sorted(ways, key=lambda way: -way[0]))


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
    overlaps, and the pair that needs it; None when two are the same.
    """
    factor, pair = Root3(1), (0, 0)
    for (at, (x, y, way)), (at2, (x2, y2, way2)) in combinations(enumerate(hexagons), 2):
        apart = (x2 - x, y2 - y)
        axes = [*normals(way)[:3], *normals(way2)[:3]]
        least = None
        for axis in axes:
            gap = abs(dot(apart, axis))
            if gap.sign():
                needed = (reach(way, axis) + reach(way2, axis)) / gap
                least = needed if least is None or needed < least else least
        if least is None:
            return None, (at, at2)
        if least > factor:
            factor, pair = least, (at, at2)
    return factor, pair


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


def needed_sides(hexagons, centre, way):
    """Return for each way that a side of the hexagon about ``centre`` faces how long a side the
    others need there, and which of them does.
    """
    found = []
    for axis in normals(way):
        heights = [
            dot((x - centre[0], y - centre[1]), axis) + reach(own, axis) for x, y, own in hexagons
        ]
        top = largest(heights)
        found.append((top / HALF_ROOT3, next(at for at, each in enumerate(heights) if each is top)))
    return found


def turn(inner):
    """Return how differently the hexagons are turned: the spread of their angles, in degrees."""
    return float((inner[:, 2] % 60.0).std())


def describe(texts):
    """Return the size of the program."""
    return {"size": program_size(texts["packing.py"])}
