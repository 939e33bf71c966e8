"""Children that wait for a person before anything is run of them, and what the person said.

That a child waits is an event of its run; what is said of it is a steer, recorded by whoever says
it, so that a run which goes on later, or is replayed, knows it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from cladogen.errors import ConfigError, RunError
from cladogen.record.steering import Steer, given
from cladogen.record.store import Store

WAITS = "waits"  # the kind of the events
VERDICTS = ("approve", "refuse")


@dataclass(frozen=True, slots=True)
class Waiting:
    """A child that waits: the round of a task that would make it, its first parent, what its
    proposal says of itself, and lines of it that are worth a look.
    """

    ticket: int
    round: int
    parent: int
    summary: str = ""
    look_at: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Say it in words."""
        words = f"task {self.ticket}, a child of #{self.parent}"
        return f"{words}: {self.summary}" if self.summary else words


def wait_for(store: Store, child: Waiting) -> bool:
    """Record that a child waits; False when that is recorded already."""
    if any(_key(each.body) == (child.ticket, child.round) for each in store.events(WAITS)):
        return False
    store.add_event(WAITS, asdict(child))
    return True


def waiting(store: Store) -> list[Waiting]:
    """Return the children of which nothing is said yet, oldest first."""
    asked = [each.body for each in store.events(WAITS)]
    said = {(each.steer.ticket, each.steer.round) for each in _verdicts(store)} if asked else set()
    rows = [row for row in asked if _key(row) not in said and not _over(store, row)]
    return [Waiting(**{**row, "look_at": tuple(row["look_at"])}) for row in rows]


def verdict(store: Store, ticket: int, round_: int) -> Steer | None:
    """Return what a person said of a child, the first word; None while nobody said anything."""
    found = (each.steer for each in _verdicts(store))
    return next((each for each in found if (each.ticket, each.round) == (ticket, round_)), None)


def chosen(store: Store, tickets: Sequence[int]) -> list[Waiting]:
    """Return the waiting children of these tasks, all of them where none is named; raises RunError
    for a task of which none waits.
    """
    there = {each.ticket: each for each in waiting(store)}
    for ticket in tickets:
        if ticket not in there:
            known = ", ".join(map(str, there)) or "none"
            raise RunError(f"{store.folder}: no child of task {ticket} waits; waiting: {known}")
    return [there[ticket] for ticket in dict.fromkeys(tickets)] if tickets else list(there.values())


def said_of(store: Store, values: Mapping[str, Any]) -> Steer:
    """Return the verdict that plain values mean, of a child that waits and whose task the engine
    works on itself; raises CladogenError for any other.
    """
    ticket, text = values.get("ticket"), values.get("text", "")
    if not isinstance(ticket, int) or isinstance(ticket, bool) or not isinstance(text, str):
        raise ConfigError(f"{values.get('do')}: {ticket!r} is no task")
    (row,) = chosen(store, [ticket])
    if any(each.asker for each in store.open_tasks() if each.task.ticket == ticket):
        raise RunError(f"task {ticket} was taken by hand: evolve approve {store.folder} {ticket}")
    do, words = str(values["do"]), " ".join(text.split())
    return Steer(do, text=words if do == "refuse" else "", ticket=ticket, round=row.round)


def _verdicts(store: Store) -> list[Any]:
    return [each for each in given(store) if each.steer.do in VERDICTS]


def _over(store: Store, row: Mapping[str, Any]) -> bool:
    """Tell whether the round has its result, which a run that ended meanwhile may give it."""
    return bool(store.rounds_done(row["ticket"]) > row["round"])


def _key(body: dict[str, Any]) -> tuple[int, int]:
    return body["ticket"], body["round"]
