"""Calls: what was asked of a model and what came back, on disk before it is used.

A run's record implements `CallLog`. A call is named by its ticket, its round (0 proposes, 1 and 2
repair) and its attempt, so a run that was killed between a reply and its evaluation finds the reply
again, and a replay needs no model.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from cladogen.proposal import Cost

PICTURE_BYTES = 4_800  # of text that costs what a small picture does, about 1,600 tokens


class CallStatus(StrEnum):
    """How a call ended. REPLIED alone is an answer; the others are kept because they may have cost
    something.
    """

    REPLIED = "replied"
    CUT = "cut"  # the stream broke off, or the reply ran into the token limit
    FAILED = "failed"  # the provider refused or was not there


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A tool that a model calls in place of an answer; ``arguments`` is what it wrote, JSON if it
    kept to the protocol.
    """

    id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a prompt; ``role`` is system, user, assistant or tool. ``pictures`` are
    URLs of `cladogen.evaluators.picture`, shown after the text. ``tools`` are what an assistant
    called, ``of`` is the call that a tool's message answers.
    """

    role: str
    text: str
    pictures: tuple[str, ...] = ()
    tools: tuple[ToolCall, ...] = ()
    of: str = ""

    def to_list(self) -> list[Any]:
        """Return the message as it is recorded; what comes after the text only where there is
        any.
        """
        rest: list[Any] = [list(self.pictures)]
        if self.tools or self.of:
            rest += [[[each.id, each.name, each.arguments] for each in self.tools], self.of]
        return [self.role, self.text, *(rest if any(rest) else [])]

    @staticmethod
    def from_list(kept: Sequence[Any]) -> Message:
        """Return what `to_list` made."""
        role, text, *rest = kept
        pictures = tuple(rest[0]) if rest else ()
        if len(rest) < 2:
            return Message(role, text, pictures)
        return Message(role, text, pictures, tuple(ToolCall(*each) for each in rest[1]), rest[2])

    @property
    def shown(self) -> str:
        """The message for a person: its text, and the tools that it calls."""
        called = [f"[calls {each.name}]\n{each.arguments}" for each in self.tools]
        return "\n\n".join(filter(None, (self.text, *called)))

    @property
    def size(self) -> int:
        """How much a model reads, in bytes of text."""
        return len(self.shown.encode("utf-8", "replace")) + PICTURE_BYTES * len(self.pictures)


def prompt_text(messages: Sequence[Message]) -> str:
    """Return a prompt as one text, for a person."""
    return "\n\n".join(f"[{message.role}]\n{message.shown}" for message in messages)


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked of a model, by which part and for what. ``purpose`` is an operator's name, or
    "notes", "cases", "embed", "check", "gateway".

    ``parameters`` is JSON text (temperature, token limit, tools, ...). No key and no header is ever
    part of a request.
    """

    ticket: int
    round: int
    purpose: str
    model: str
    messages: tuple[Message, ...]
    parameters: str = "{}"

    @property
    def own(self) -> dict[str, Any]:
        """What goes along with this request beside its model's parameters: sampling, tools."""
        facts = json.loads(self.parameters)
        tools = facts.get("tools")
        return {**(facts.get("sampling") or {}), **({"tools": tools} if tools else {})}

    @property
    def key(self) -> str:
        """The SHA-256 of what is asked, whoever asks it: equal requests have equal keys."""
        return self.key_with(self.listed)

    @property
    def listed(self) -> str:
        """The messages as JSON text, which is long to make."""
        return json.dumps([message.to_list() for message in self.messages])

    def key_with(self, listed: str) -> str:
        """Return the key, from the messages as they are `listed`."""
        asked = f"[{json.dumps(self.model)}, {json.dumps(self.parameters)}, {listed}]"
        return hashlib.sha256(asked.encode("utf-8", "surrogateescape")).hexdigest()


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
    tools: tuple[ToolCall, ...] = ()  # that were offered, and called in place of an answer

    @staticmethod
    def from_json(values: Mapping[str, Any]) -> Reply:
        """Return a reply as it was recorded."""
        tools = tuple(ToolCall(**each) for each in values.get("tools", ()))
        return Reply(**{**values, "status": CallStatus(values["status"]), "tools": tools})


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
    """Where calls are kept. `begin` and `finish` return when what they were given is on disk, so
    that it survives a loss of power; where it is written ``soon``, that is so when `on_disk`
    returns, which waits beside the event loop.
    """

    def begin(
        self, request: Request, attempt: int, most_usd: float | None, *, soon: bool = False
    ) -> int:
        """Write down that a call is about to be made, and the most it can cost; return the call's
        number.
        """
        ...

    def finish(self, call: int, reply: Reply, cost: Cost, *, soon: bool = False) -> None:
        """Write down how a call ended and what it cost."""
        ...

    async def on_disk(self) -> None:
        """Return when all that was written is on disk."""
        ...

    def under(self, ticket: int, round: int) -> list[ModelCall]:  # noqa: A002
        """Return every call made under a ticket in a round, oldest first."""
        ...

    def spent(self, ticket: int, round: int) -> Cost:  # noqa: A002
        """Return what the calls under a ticket and round cost, failed ones too; unknown if one of
        them is.
        """
        ...

    def all(self) -> list[ModelCall]:
        """Return every call, oldest first."""
        ...

    def charges(self) -> Iterable[tuple[Cost | None, float | None]]:
        """Yield what each call cost (None: nobody saw its end) and the most that it could; without
        reading what was asked, which is long.
        """
        ...

    def of_purpose(self, purpose: str) -> list[ModelCall]:
        """Return the calls of one purpose, oldest first."""
        ...

    def latest_of(self, purpose: str) -> Iterable[ModelCall]:
        """Yield the calls of one purpose, newest first; each is read when it is its turn."""
        ...


@dataclass(slots=True)
class MemoryLog:
    """A log that forgets with the process; for tests and for `evolve check`."""

    calls: list[ModelCall]

    def __init__(self) -> None:
        self.calls = []

    def begin(
        self, request: Request, attempt: int, most_usd: float | None, *, soon: bool = False
    ) -> int:
        self.calls.append(ModelCall(len(self.calls), request, attempt, most_usd=most_usd))
        return len(self.calls) - 1

    def finish(self, call: int, reply: Reply, cost: Cost, *, soon: bool = False) -> None:
        begun = self.calls[call]
        self.calls[call] = ModelCall(
            call, begun.request, begun.attempt, reply, cost, begun.most_usd
        )

    async def on_disk(self) -> None:
        pass

    def under(self, ticket: int, round: int) -> list[ModelCall]:  # noqa: A002
        return [
            call
            for call in self.calls
            if (call.request.ticket, call.request.round) == (ticket, round)
        ]

    def spent(self, ticket: int, round: int) -> Cost:  # noqa: A002
        return sum((call.cost for call in self.under(ticket, round)), Cost())

    def all(self) -> list[ModelCall]:
        return list(self.calls)

    def charges(self) -> Iterable[tuple[Cost | None, float | None]]:
        return [
            (call.cost if call.reply is not None else None, call.most_usd) for call in self.calls
        ]

    def of_purpose(self, purpose: str) -> list[ModelCall]:
        return [call for call in self.calls if call.request.purpose == purpose]

    def latest_of(self, purpose: str) -> Iterable[ModelCall]:
        return reversed(self.of_purpose(purpose))


GATEWAY = "gateway"  # what a program asked of a model from inside its sandbox
BESIDE = frozenset(
    {"notes", "wording", "cases", "embed", "check", "judge", GATEWAY}
)  # purposes that make no proposal


def answer(log: CallLog, ticket: int, round: int, purpose: str = "") -> ModelCall | None:  # noqa: A002
    """Return the call that was answered under a ticket and round, or None.

    ``purpose`` "" means any operator; those of `BESIDE` are found under their own word only.
    """
    for call in reversed(log.under(ticket, round)):
        if _is_for(call.request.purpose, purpose) and answered(call):
            return call
    return None


def _is_for(purpose: str, wanted: str) -> bool:
    return purpose == wanted or (not wanted and purpose not in BESIDE)


@dataclass(frozen=True, slots=True)
class AnsweredCall:
    """The answered call under a ticket and round, as an entry of the journal.

    Whoever asks writes each call down while it makes it, so that nothing is left to write: a call
    that failed, or words for why there is none (a str), are asked for anew the next time.
    """

    log: CallLog
    ticket: int
    round: int
    purpose: str = ""  # as `answer` takes it
    key: str = ""  # of the request, where another one under the same ticket is no answer to this

    def read(self) -> ModelCall | str | None:
        known = answer(self.log, self.ticket, self.round, self.purpose)
        if known is not None and self.key not in ("", known.request.key):
            return None
        return known

    def write(self, made: ModelCall | str) -> ModelCall | str:
        return made


def answered(call: ModelCall) -> bool:
    """Return whether a call gave something to use."""
    reply = call.reply
    if reply is None or reply.status is CallStatus.FAILED:
        return False
    return bool(reply.text or reply.tools)
