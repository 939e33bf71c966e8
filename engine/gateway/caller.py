"""Who asks models from inside a sandbox: a program, and the task that it was started for."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import asdict, dataclass
from typing import Any

EVALUATE = "evaluate"
_ticket: ContextVar[int] = ContextVar("ticket", default=0)


@dataclass(frozen=True, slots=True)
class Caller:
    """A program that was started for one thing: ``kind`` "propose", "check" or "evaluate" under a
    task's ``ticket``.

    ``program`` is its tree's id, ``about`` what tells apart what the ticket starts it for: an input
    and a seed.
    """

    kind: str
    ticket: int
    program: str
    about: str = ""

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


@contextlib.contextmanager
def under(ticket: int) -> Iterator[None]:
    """Note for which task programs are evaluated meanwhile: evaluators are not told, and calls are
    recorded under it.
    """
    token = _ticket.set(ticket)
    try:
        yield
    finally:
        _ticket.reset(token)


def ticket_in_hand() -> int:
    """Return the task for which programs are evaluated, 0 where nobody said."""
    return _ticket.get()
