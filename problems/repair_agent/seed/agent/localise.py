"""Which lines are suspicious?"""


def suspicious(source, tests):
    """Return the numbers of the lines to look at, most suspicious first."""
    return range(1, len(source.splitlines()) + 1)
