"""Call `solve` with the case's input. Not editable."""

from solve import solve


def run(case):
    """Return what `solve` returns."""
    return solve(**case)
