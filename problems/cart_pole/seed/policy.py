"""The policy: what to do about what is seen."""


def act(seen):
    """Return the force to use, from -1 to 1, as a share of the greatest."""
    x, _, cosine, sine, turn = seen
    if cosine > 0.9:
        return 2.0 * sine + 0.2 * turn
    return -0.3 * turn * cosine - 0.2 * x
