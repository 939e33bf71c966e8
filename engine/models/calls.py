"""Calls: what was asked of a model and what came back, on disk before it is used.

A run's record implements `CallLog`. A call is named by its ticket, its round (0 proposes, 1 and 2
repair) and its attempt, so a run that was killed between a reply and its evaluation finds the reply
again, and a replay needs no model.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from cladogen.proposal import Cost


class CallStatus(StrEnum):
    """How a call ended. REPLIED alone is an answer; the others are kept because they may have cost
    something.
    """

    REPLIED = "replied"
    CUT = "cut"  # the stream broke off, or the reply ran into the token limit
    FAILED = "failed"  # the provider refused or was not there


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a prompt; ``role`` is system, user or assistant."""

    role: str
    text: str


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked of a model, by whom and for what. ``purpose`` is an operator's name, or
    "notes", "embed", "check".

    ``parameters`` is JSON text (temperature, token limit, ...). No key and no header is ever part
    of a request.
    """

    ticket: int
    round: int
    purpose: str
    model: str
    messages: tuple[Message, ...]
    parameters: str = "{}"

    @property
    def key(self) -> str:
        """The SHA-256 of what is asked, whoever asks it: equal requests have equal keys."""
        asked = [
            self.model,
            self.parameters,
            [[message.role, message.text] for message in self.messages],
        ]
        return hashlib.sha256(json.dumps(asked).encode("utf-8", "surrogateescape")).hexdigest()


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back. ``reasoning`` is what the model thought aloud; it is kept, and is no part of
    the answer.
    """

    status: CallStatus
    text: str = ""
    reasoning: str = ""
    finish: str = ""  # the provider's word: stop, length, ...
    error: str = ""
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class ModelCall:
    """A call as recorded. ``reply`` is None while it is in flight, or when the engine died before
    it ended.

    ``cost.usd`` None is an unknown price, which is then at most ``most_usd`` where that is known.
    """

    id: int
    request: Request
    attempt: int = 0
    reply: Reply | None = None
    cost: Cost = field(default_factory=Cost)
    most_usd: float | None = None


class CallLog(Protocol):
    """Where calls are kept. Each method returns only when what it was given is on disk
    (synchronous=FULL).
    """

    def begin(self, request: Request, attempt: int, most_usd: float | None) -> int:
        """Write down that a call is about to be made, and the most it can cost; return the call's
        number.
        """
        ...

    def finish(self, call: int, reply: Reply, cost: Cost) -> None:
        """Write down how a call ended and what it cost."""
        ...

    def under(self, ticket: int, round: int) -> list[ModelCall]:  # noqa: A002
        """Return every call made under a ticket in a round, oldest first."""
        ...

    def all(self) -> list[ModelCall]:
        """Return every call, oldest first."""
        ...


@dataclass(slots=True)
class MemoryLog:
    """A log that forgets with the process; for tests and for `evolve check`."""

    calls: list[ModelCall]

    def __init__(self) -> None:
        self.calls = []

    def begin(self, request: Request, attempt: int, most_usd: float | None) -> int:
        self.calls.append(ModelCall(len(self.calls), request, attempt, most_usd=most_usd))
        return len(self.calls) - 1

    def finish(self, call: int, reply: Reply, cost: Cost) -> None:
        begun = self.calls[call]
        self.calls[call] = ModelCall(
            call, begun.request, begun.attempt, reply, cost, begun.most_usd
        )

    def under(self, ticket: int, round: int) -> list[ModelCall]:  # noqa: A002
        return [
            call
            for call in self.calls
            if (call.request.ticket, call.request.round) == (ticket, round)
        ]

    def all(self) -> list[ModelCall]:
        return list(self.calls)


BESIDE = frozenset({"notes", "embed", "check"})  # purposes that make no proposal


def answer(log: CallLog, ticket: int, round: int, purpose: str = "") -> ModelCall | None:  # noqa: A002
    """Return the call that was answered under a ticket and round, or None.

    ``purpose`` "" means any operator; those of `BESIDE` are found under their own word only.
    """
    for call in reversed(log.under(ticket, round)):
        of_purpose = call.request.purpose == purpose or (
            not purpose and call.request.purpose not in BESIDE
        )
        if of_purpose and answered(call):
            return call
    return None


def spent(log: CallLog, ticket: int, round: int) -> Cost:  # noqa: A002
    """Return what the calls under a ticket and round cost, failed ones too; unknown if one of them
    is.
    """
    return sum((call.cost for call in log.under(ticket, round)), Cost())


def answered(call: ModelCall) -> bool:
    """Return whether a call gave something to use."""
    reply = call.reply
    return reply is not None and reply.status is not CallStatus.FAILED and bool(reply.text)
