"""Numbers the improver works with. It may change them, as everything in agent/ and meta/."""

CHANGES = 2  # that are made at once
CURIOSITY = 1.0  # how much a change that was seldom made is preferred
FORGETTING = 0.9  # what an older gain counts, for each generation since
NEED = 0.2  # how much a change is preferred that the results ask for
