"""What a run says of itself: to its observer at once, and to the record where it must not be
lost.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from cladogen.archives.base import migrated
from cladogen.events import (
    Ended,
    Ending,
    Event,
    Flagged,
    Listener,
    Observer,
    Recorded,
    Told,
    as_row,
)
from cladogen.final import Final
from cladogen.ledger import Stop
from cladogen.search.interrupts import acknowledgement
from cladogen.search.overview import Overview


@dataclass(frozen=True, slots=True)
class Announcer:
    """Tell an observer and ``listeners`` what happens in a run. ``in_flight`` are the tickets of
    open work.
    """

    overview: Overview
    observer: Observer
    in_flight: Collection[int]
    listeners: Sequence[Listener] = ()

    def happened(self, event: Event) -> None:
        """Tell listeners; record what has no row yet."""
        if isinstance(event, Recorded):
            self.overview.store.add_event(*as_row(event))
        for listener in self.listeners:
            listener(event)

    def notice(self, text: str) -> None:
        """Say something that only matters now."""
        self.observer.notice(text)

    def flag(self, text: str) -> None:
        """Record a difference that must not be hidden, and say it."""
        self.happened(Flagged(text))
        self.observer.notice(text)

    def flag_if(self, text: str) -> None:
        """Record and say a text, where there is one."""
        if text:
            self.flag(text)

    def told(self, event: Told) -> None:
        """Say what came of a task, and what it made migrate."""
        self.happened(event)
        for moved in migrated(self.overview.archive):
            self.happened(moved)
        self.observer.told(event, self.overview.progress)

    def interrupted(self, times: int) -> None:
        """Say at once that an interrupt was heard, and what is still awaited."""
        awaited = ", ".join(f"task {ticket}" for ticket in sorted(self.in_flight))
        searched = self.overview.budget.spend.proposals
        phase = "the final choice" if searched else "the seed programs"
        grace_s = self.overview.workers.grace_s
        self.observer.notice(acknowledgement(times, awaited or phase, grace_s))

    def ended(self, stop: Stop, final: Final | None) -> Ending:
        """Record why the run ended, say it, and return it with what ships."""
        overview = self.overview
        overview.final = final
        if not overview.record.size() and stop.kind == "seconds":
            stop = Stop(stop.kind, f"{stop.text}, before a seed program was measured")
        self.happened(Ended(stop.kind, stop.text, overview.best()))
        ending = overview.ending(stop)
        self.observer.end(ending, overview.progress)
        return ending
