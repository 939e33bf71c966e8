"""The seconds of a run: until the search must end, and until all that comes after it must."""

from __future__ import annotations

from typing import Protocol

# What may follow a search whose seconds are capped, for work in flight, shortening and the final
# choice together: this share of the cap, and at least so many seconds.
SHARE, LEAST_S = 0.1, 15.0
# Starting comes out of that share, and so does stopping, which takes so long, or this part of what
# starting took. What is measured last keeps this part of the share, however long a busy machine
# took to start. What starting takes beyond the rest comes out of the search's own seconds, of which
# this part stays.
STOPPING_S, STOPPING, MEASURED_LAST, SEARCHED = 2.0, 0.3, 1 / 3, 1 / 3


class Clock(Protocol):
    """What is left of a run's seconds; None where nothing caps them."""

    def seconds_left(self) -> float | None:
        """Return how long the search may still go on."""
        ...

    def closing_s(self) -> float | None:
        """Return how long everything may still take, with what comes after the search."""
        ...


class Unhurried:
    """A clock without a cap."""

    def seconds_left(self) -> float | None:
        return None

    def closing_s(self) -> float | None:
        return None
