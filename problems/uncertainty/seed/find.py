"""Double roots of a function that is its own Fourier transform."""


def find():
    """Return the places of the double roots, in units of 2 pi x^2."""
    return [4.0, 20.0, 40.0]
