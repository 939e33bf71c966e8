"""Call `construct` with the case's input. Not editable."""

from construct import construct


def run(case):
    """Return the construction."""
    return construct(**case)
