"""The journal: what is recorded under a name is returned; anything else is made and recorded.

One verb for all that a run does and pays for, so that being killed has one place to be right. Until
an entry is written nothing was done; from then on it is never done again. What an entry is called,
how it is read and written, its class says (`cladogen.record.entries`, `cladogen.models.calls`).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

Made_contra = TypeVar("Made_contra", contravariant=True)
Stored_co = TypeVar("Stored_co", covariant=True)
Value = TypeVar("Value")
Kept = TypeVar("Kept")


class Entry(Protocol[Made_contra, Stored_co]):
    """Something that is recorded once, under a name of its own."""

    def read(self) -> Stored_co | None:
        """Return what is recorded, None when nothing is."""
        ...

    def write(self, made: Made_contra) -> Stored_co:
        """Record what was made, and return it as it is recorded.

        What must not be kept (the world failed, there was nothing to make) is returned unwritten:
        it is made again the next time.
        """
        ...


async def once(entry: Entry[Value, Kept], make: Callable[[], Awaitable[Value]]) -> Kept:
    """Return what is recorded under an entry, or make it and record it.

    Whatever ``make`` raises leaves the entry unwritten.
    """
    recorded = entry.read()
    if recorded is not None:
        return recorded
    return entry.write(await make())
