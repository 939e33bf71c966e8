"""Pace: the defaults of a search, from how many proposals it can expect.

A search of sixty proposals must go on from what it has, one of ten thousand must not settle early.
So islands, migration, exploration, the share of the best and patience are no fixed numbers but
follow the budget; docs/archives.md states the rule. An option that is given wins.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVar

ISLANDS = 3
ALONE, PAIR = 150, 400  # proposals below which there is one island, and two
# Proposals below which most parents are of the three best, and no operator only simplifies.
FEW = 200
ELITE, EXPLORE = 0.7, 0.5
FREE = 500  # proposals from which exploration is not held back
VISITS = 20  # migrations of an island in a search
LEAST_BETWEEN, LEAST_UNPLANNED = 5, 25  # results between two migrations at least
PATIENCE = (8, 60)  # proposals without a better program until something else is tried
_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True)
class Pace:
    """What follows from the ``proposals`` that are expected; None: not known, many.

    ``islands`` is their number, ``explore`` the chance of a parent drawn uniformly over cells,
    ``elite`` the share of parents that are among the three best programs, ``patience`` how many
    proposals without a better program are borne before something else is tried.
    """

    proposals: int | None
    islands: int = ISLANDS
    explore: float = EXPLORE
    elite: float = 0.0
    patience: int = PATIENCE[1]

    def migrate_after(self, results: int) -> int:
        """Return how many results an island that has had ``results`` takes until its best leave.

        A twentieth of what the island can expect; without a budget a tenth of what it has seen.
        """
        if self.proposals is None:
            return max(LEAST_UNPLANNED, results // 10)
        return max(LEAST_BETWEEN, self.proposals // (VISITS * self.islands))


@lru_cache(maxsize=16)  # each proposal asks for it
def pace(proposals: int | None) -> Pace:
    """Return the pace of a search that can expect so many proposals."""
    if proposals is None:
        return Pace(None)
    return Pace(
        proposals,
        islands=1 + (proposals >= ALONE) + (proposals >= PAIR),
        explore=EXPLORE * min(1.0, proposals / FREE),
        elite=ELITE * min(1.0, FEW / max(proposals, 1)),
        patience=min(max(proposals // 6, PATIENCE[0]), PATIENCE[1]),
    )


def given(option: _Value | None, default: _Value) -> _Value:
    """Return an option, or the default where none was given."""
    return default if option is None else option


def turn(ticket: int, share: float) -> bool:
    """Tell whether a ticket is one of a ``share`` of all tickets, spread evenly over them."""
    return math.floor((ticket + 1) * share) > math.floor(ticket * share)
