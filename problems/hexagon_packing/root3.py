"""Numbers a + b sqrt(3) with fractions a and b: exact sums, products, quotients and signs."""

from fractions import Fraction
from math import isqrt


class Root3:
    """One such number."""

    __slots__ = ("a", "b")

    def __init__(self, a, b=0):
        self.a, self.b = Fraction(a), Fraction(b)

    def __add__(self, other):
        other = number(other)
        return Root3(self.a + other.a, self.b + other.b)

    def __sub__(self, other):
        other = number(other)
        return Root3(self.a - other.a, self.b - other.b)

    def __neg__(self):
        return Root3(-self.a, -self.b)

    def __mul__(self, other):
        other = number(other)
        return Root3(self.a * other.a + 3 * self.b * other.b, self.a * other.b + self.b * other.a)

    def __truediv__(self, other):
        other = number(other)
        norm = other.a * other.a - 3 * other.b * other.b
        return self * Root3(other.a / norm, -other.b / norm)

    def sign(self):
        """Return 1, 0 or -1."""
        a, b = sign(self.a), sign(self.b)
        if b in (a, 0):
            return a
        return b if a == 0 else (a if self.a * self.a > 3 * self.b * self.b else b)

    def __lt__(self, other):
        return (self - other).sign() < 0

    def __gt__(self, other):
        return (self - other).sign() > 0

    def __float__(self):
        return float(self.a + self.b * SQRT3)

    def __abs__(self):
        return self if self.sign() >= 0 else -self


def number(value):
    """Return a number of this kind."""
    return value if isinstance(value, Root3) else Root3(value)


def sign(value):
    """Return 1, 0 or -1."""
    return (value > 0) - (value < 0)


DIGITS = 80
SQRT3 = Fraction(isqrt(3 * 10 ** (2 * DIGITS)), 10**DIGITS)
HALF_ROOT3 = Root3(0, Fraction(1, 2))
