"""Polynomials with whole coefficients, lowest power first: linear systems, last sign changes.

Everything is whole numbers: a polynomial counts up to a positive factor, since only its signs do.
"""

from fractions import Fraction
from itertools import pairwise
from math import gcd, lcm


def laguerre(degree):
    """Return L_degree^(-1/2), times a number that makes its coefficients whole; and that number."""
    found = []
    for power in range(degree + 1):
        value = Fraction((-1) ** power)
        for step in range(degree - power):  # binomial(degree - 1/2, degree - power)
            value *= (Fraction(2 * degree - 1, 2) - step) / (step + 1)
        for step in range(power):
            value /= step + 1
        found.append(value)
    scale = lcm(*(each.denominator for each in found))
    return [int(each * scale) for each in found], scale


def scaled(polynomial, unit):
    """Return p(x / unit) times unit^degree."""
    degree = len(polynomial) - 1
    return [each * unit ** (degree - power) for power, each in enumerate(polynomial)]


def at(polynomial, x):
    """Return the value at x."""
    result = 0
    for coefficient in reversed(polynomial):
        result = result * x + coefficient
    return result


def derivative(polynomial):
    """Return the derivative."""
    return [power * each for power, each in enumerate(polynomial)][1:] or [0]


def divided(polynomial, divisor):
    """Return the quotient by a divisor whose leading coefficient is 1, and the remainder."""
    rest = list(polynomial)
    quotient = [0] * max(1, len(polynomial) - len(divisor) + 1)
    for place in range(len(polynomial) - len(divisor), -1, -1):
        factor = quotient[place] = rest[place + len(divisor) - 1]
        for power, each in enumerate(divisor):
            rest[place + power] -= factor * each
    return quotient, any(rest)


def combined(factors, polynomials):
    """Return a linear combination, without common factors and leading zeros."""
    length = max(map(len, polynomials))
    rows = [[*each, *[0] * (length - len(each))] for each in polynomials]
    pairs = list(zip(factors, rows, strict=True))
    found = [sum(factor * row[power] for factor, row in pairs) for power in range(length)]
    while found and found[-1] == 0:
        found.pop()
    common = gcd(*found) or 1
    return [each // common for each in found]


def solved(rows, values):
    """Return the solution of a square system times a positive or negative number, None when there
    is not exactly one (elimination without fractions, by Bareiss).
    """
    table = [[*row, value] for row, value in zip(rows, values, strict=True)]
    size, before = len(table), 1
    for column in range(size):
        pivot = next((row for row in range(column, size) if table[row][column]), None)
        if pivot is None:
            return None
        table[column], table[pivot] = table[pivot], table[column]
        head = table[column]
        for row in range(size):
            if row != column:
                own, factor = table[row], table[row][column]
                table[row] = [
                    (head[column] * a - factor * b) // before
                    for a, b in zip(own, head, strict=True)
                ]
        before = head[column]
    return [row[size] for row in table]


def last_sign_change(polynomial, bits):
    """Return an interval, at most 2^-bits of itself wide, beyond which a polynomial keeps its sign;
    None when it does so from 0 on.

    Descartes' rule of signs on ever smaller intervals, from above: where it counts no root there is
    none, where it counts one there is one, and where the intervals end before that, there may be.
    """
    degree, reach = len(polynomial) - 1, bound_bits(polynomial)
    unit = [each << (reach * power) for power, each in enumerate(polynomial)]  # on (0, 1)
    waiting = [
        (unit, 0, 0)
    ]  # a polynomial on (0, 1), which stands for (place, place + 1) / 2^depth
    while waiting:
        here, place, depth = waiting.pop()
        roots = changes(shifted(here[::-1])) + (here[0] == 0 and place > 0)
        if roots == 1 or (roots and depth > reach + bits):
            return refined(polynomial, place, depth - reach, bits, certain=roots == 1)
        if roots:
            left = [each << (degree - power) for power, each in enumerate(here)]
            right = shifted(left)
            waiting.append((left, 2 * place, depth + 1))
            waiting.append((right, 2 * place + 1, depth + 1))
    return None


def bound_bits(polynomial):
    """Return b such that every root is below 2^b."""
    lead = abs(polynomial[-1]).bit_length() - 1
    return max(1, max(abs(each).bit_length() for each in polynomial) - lead + 1)


def shifted(polynomial):
    """Return p(x + 1)."""
    found = list(polynomial)
    for start in range(len(found) - 1):
        for power in range(len(found) - 2, start - 1, -1):
            found[power] += found[power + 1]
    return found


def changes(polynomial):
    """Return how often the sign of the coefficients changes."""
    signs = [each > 0 for each in polynomial if each]
    return sum(a is not b for a, b in pairwise(signs))


def refined(polynomial, place, depth, bits, *, certain):
    """Return a narrower interval with the one root of (place, place + 1) / 2^depth."""
    low = Fraction(place) / Fraction(2) ** depth
    high = Fraction(place + 1) / Fraction(2) ** depth
    above = at(polynomial, high) > 0
    while certain and high - low > high / 2**bits:
        middle = (low + high) / 2
        value = at(polynomial, middle)
        low, high = (low, middle) if value == 0 or (value > 0) is above else (middle, high)
    return low, high
