"""Choices among several proposers, recorded before anybody works on them.

What a bandit would choose depends on what came back meanwhile; so a task that was under way when a
run was killed goes to the proposer that it was given to, which finds what was paid for already.
"""

from __future__ import annotations

from dataclasses import dataclass

from cladogen.record.store import Store

EVENT = "specialist"


class StoredChoices:
    """Who was given each task of a run."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._given: dict[int, str] | None = None

    def entry(self, ticket: int) -> ChoiceEntry:
        """Return the choice of a task, as an entry of the journal."""
        return ChoiceEntry(self, ticket)

    def read(self, ticket: int) -> str | None:
        """Return who was given a task, None where nobody was."""
        if self._given is None:
            rows = self._store.events(EVENT)
            self._given = {row.body["ticket"]: row.body["name"] for row in rows}
        return self._given.get(ticket)

    def write(self, ticket: int, name: str) -> None:
        """Record who is given a task."""
        self._store.add_event(EVENT, {"ticket": ticket, "name": name})
        if self._given is not None:
            self._given[ticket] = name


@dataclass(frozen=True, slots=True)
class ChoiceEntry:
    """Who is given a task."""

    choices: StoredChoices
    ticket: int

    def read(self) -> str | None:
        return self.choices.read(self.ticket)

    def write(self, made: str) -> str:
        self.choices.write(self.ticket, made)
        return made
