"""What happened in a run, read back from its record as the events that listeners were given."""

from __future__ import annotations

import heapq
from collections.abc import Iterator

from cladogen.events import Asked, Event, Proposed, Told, from_row
from cladogen.record.fold import folded
from cladogen.record.memory import RunRecord
from cladogen.record.store import Store

Row = tuple[float, int, int, Event]  # seconds since 1970, what comes first of one moment, order


def happened(store: Store, record: RunRecord) -> Iterator[tuple[float, Event]]:
    """Yield (seconds since 1970, event) in order, growing a fresh ``record`` on the way.

    What a proposal came to is told with its `Told`; which results were the best when they were told
    is not recorded, so their ``best`` is False.
    """
    kinds = (_asked(store), _proposed(store), _told(store, record), _others(store))
    for at, *_, event in heapq.merge(*kinds, key=lambda row: row[:3]):
        yield at, event


def _asked(store: Store) -> Iterator[Row]:
    rows = sorted((each.at, 0, each.task.ticket, each) for each in store.tasks())
    return ((at, rank, order, Asked(each.task, each.asker)) for at, rank, order, each in rows)


def _proposed(store: Store) -> Iterator[Row]:
    for order, (at, ticket, round_) in enumerate(store.proposal_times()):
        proposal = store.proposal(ticket, round_)
        assert proposal is not None
        yield at, 1, order, Proposed(proposal, round_)


def _told(store: Store, record: RunRecord) -> Iterator[Row]:
    for row, (result, round_, proposal) in zip(
        store.results(), folded(store, record), strict=False
    ):
        told = Told(record.absorb(result, round_), row.standing, proposal, best=False)
        yield row.at, 2, row.seq, told


def _others(store: Store) -> Iterator[Row]:
    for order, (at, kind, body) in enumerate(store.events()):
        event = from_row(kind, body)
        if event is not None:
            yield at, 3, order, event
