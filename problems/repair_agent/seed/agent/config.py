"""Numbers the agent works with."""

MOST_PATCHES = 30
STEPS = (1, -1)
