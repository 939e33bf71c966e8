"""The seconds of a run: until the search must end, and until all that comes after it must."""

from __future__ import annotations

from typing import Protocol

# What may follow a search whose seconds are capped, for work in flight, shortening and the final
# choice together: this share of the cap, and at least so many seconds.
SHARE, LEAST_S = 0.1, 15.0


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
