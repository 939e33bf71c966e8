"""Upper bounds for the uncertainty inequality (arXiv:1703.04680), exactly: the last sign change of
a function that is its own Fourier transform.

On the line, f(x) = g(2 pi x^2) exp(-pi x^2) equals its transform when g is spanned by the Laguerre
polynomials L_k^(-1/2) of even degree. If f(0) = 0 and f keeps one sign from r on, r^2 is a bound.
"""

from fractions import Fraction
from math import factorial

from polynomials import (
    at,
    combined,
    derivative,
    divided,
    laguerre,
    last_sign_change,
    scaled,
    solved,
)

from cladogen.scoring import Case, Invalid, Scored, array, program_size

MOST_ROOTS, LARGEST_ROOT = 14, 1000.0
MOST_COEFFICIENTS = 20
BITS = 60
LARGEST_COEFFICIENT = 1e6
GRID = 1 << 36  # roots and coefficients are rounded to multiples of 1 / GRID
PI = Fraction(3141592653589793238462643383279502884197, 10**39)  # below pi by less than 1e-38


def cases(parameters):
    """Return one case."""
    if parameters["form"] not in FORMS:
        raise ValueError(f"form = {parameters['form']!r} is not one of {', '.join(FORMS)}")
    return [Case(parameters["form"], {"form": parameters["form"]})]


def score(case, output):
    """Return the certified bound."""
    g, factors, unit = FORMS[case.input["form"]](output)
    for factor in factors:
        g, rest = divided(g, factor)
        if rest:
            raise Invalid("the roots asked for are not double roots")  # no arithmetic gets here
    if len(g) < 2:
        raise Invalid("the function never changes its sign")
    interval = last_sign_change(g, BITS)
    if interval is None:
        raise Invalid("the function never changes its sign")
    low, high = (each / (2 * PI * unit) for each in interval)
    metrics = {"bound": float(high), "slack": float(high - low), "terms": float(len(output))}
    roots = checked_roots(output).tolist() if case.input["form"] == "laguerre" else []
    among = among_roots(roots, float(high * 2 * PI)) if roots else ""
    return Scored(metrics, f"last sign change at r^2 = {float(high):.15g}{among}")


def among_roots(roots, last):
    """Say where the last sign change is among the double roots, in their units."""
    above = sum(root > last for root in roots)
    return f", in the units of the roots at {last:.9g}: {above} of {len(roots)} lie above it"


def checked_roots(output):
    roots = array(output, (None,), "the roots")
    if not 1 <= len(roots) <= MOST_ROOTS:
        raise Invalid(f"{len(roots)} roots, wanted 1 to {MOST_ROOTS}")
    if roots.min() <= 0 or roots.max() > LARGEST_ROOT:
        least, most = float(roots.min()), float(roots.max())
        raise Invalid(
            f"the roots go from {least:.6g} to {most:.6g}, wanted above 0 and at most "
            f"{LARGEST_ROOT:g}"
        )
    return roots


def from_roots(output):
    """Return the one combination with g(0) = 0, g'(0) = 1 and the given double roots, and the
    factors that it is known to have.
    """
    roots = checked_roots(output)
    places = [round(each * GRID) for each in roots.tolist()]
    # In units of 1 / GRID everything is whole.
    basis = [scaled(laguerre(2 * k)[0], GRID) for k in range(2 * len(places) + 2)]
    tables = (basis, [derivative(each) for each in basis])
    rows = [[at(each, place) for each in table] for place in (0, *places) for table in tables]
    found = solved(rows, [0, 1, *[0] * (2 * len(places))])
    if found is None:
        raise Invalid("two roots are the same, so there is not one such function")
    double = [[place * place, -2 * place, 1] for place in places]
    return combined(found, basis), [[0, 1], *double], GRID


def from_coefficients(output):
    """Return the Hermite series c_0 H_0 + c_1 H_4 + ... with the last term that makes it 0 at 0."""
    given = array(output, (None,), "the coefficients")
    if not 1 <= len(given) <= MOST_COEFFICIENTS:
        raise Invalid(f"{len(given)} coefficients, wanted 1 to {MOST_COEFFICIENTS}")
    if abs(given).max() > LARGEST_COEFFICIENT:
        raise Invalid(f"a coefficient above {LARGEST_COEFFICIENT:g} in size")
    basis = [hermite(k) for k in range(len(given) + 1)]
    factors = [round(each * GRID) for each in given.tolist()]
    rest = sum(factor * each[0] for factor, each in zip(factors, basis, strict=False))
    last = basis[-1][0]
    g = combined([*(factor * last for factor in factors), -rest], basis)
    return g, [[0, 1]], 1


def hermite(k):
    """Return H_4k as a polynomial of the square of its argument."""
    polynomial, scale = laguerre(2 * k)
    factor = 16**k * factorial(2 * k)
    return [factor * each // scale for each in polynomial]


FORMS = {"laguerre": from_roots, "hermite": from_coefficients}


def describe(texts):
    """Return the size of the program."""
    return {"size": program_size(texts["find.py"])}
