"""A series of Hermite polynomials H_0, H_4, H_8, ...; the scorer chooses the last coefficient."""


def find():
    """Return the first coefficients."""
    return [0.3, -0.01]
