"""How often a run's notes are written anew."""

from __future__ import annotations

BY_BUDGET = -1  # as often as the budget asks for
OFTEN, SELDOM, UNKNOWN = 8, 25, 15  # proposals between notes: in a short run, at most in any, else
SHORT_RUN = 200  # proposals


def interval(option: int, proposals: int | None) -> int:
    """Return how many proposals lie between two notes: what the user said (0: none at all), or a
    tenth of what the run can expect, in a short run 8: each costs a call that could propose.
    """
    if option != BY_BUDGET:
        return option
    if proposals is None:
        return UNKNOWN
    return OFTEN if proposals < SHORT_RUN else min(proposals // 10, SELDOM)
