"""What the fake provider does with a request, and scripts that decide it: by step, by rate, or by a function."""

import itertools
import json
import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Seen:
    """A request as it arrived: its place in the order of arrival, its path, body and headers."""

    step: int
    path: str
    body: dict[str, Any]
    headers: dict[str, str]

    @property
    def prompt(self) -> str:
        """All messages, one after the other."""
        return "\n".join(
            str(message.get("content", "")) for message in self.body.get("messages", [])
        )


@dataclass(frozen=True)
class Answer:
    """A whole reply. ``usage`` False forgets to say what it cost; ``finish`` "length" is a reply cut by its limit.
    ``tools`` are calls of tools, (name, arguments as the model wrote them)."""

    text: str
    reasoning: str = ""
    usage: bool = True
    cached: int = 0
    finish: str = "stop"
    pieces: int = 4
    tools: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Fault:
    """A failure. Kinds: status (an HTTP error), cut (the stream ends early), malformed (not JSON), closed (no answer
    at all), silent (headers, then nothing until the client leaves)."""

    kind: str = "status"
    status: int = 500
    message: str = "the fake provider fails, as told"
    retry_after: str = ""
    text: str = "half a rep"
    usage: bool = False  # cut only: usage said with every piece, as some servers do
    error: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Raw:
    """An answer byte for byte, as some server sends it; nothing is charged in the ledger."""

    body: bytes
    status: int = 200
    type: str = "text/event-stream"
    headers: dict[str, str] = field(default_factory=dict)


def events(*pieces: Any, done: bool = True) -> Raw:
    """A stream of these pieces: texts as they are, everything else as JSON."""
    lines = [piece if isinstance(piece, str) else f"data: {json.dumps(piece)}" for piece in pieces]
    return Raw("".join(f"{line}\n\n" for line in [*lines, *["data: [DONE]"] * done]).encode())


def whole(body: Any, status: int = 200, **headers: str) -> Raw:
    """A JSON answer."""
    return Raw(json.dumps(body).encode(), status, "application/json", headers)


Act = Answer | Fault | Raw
Script = Callable[[Seen], Act]

RATE_LIMITED = Fault(status=429, message="slow down", retry_after="0.01")
BROKEN = Fault(status=500)
OVERLOADED = Fault(status=503, message="overloaded")
CUT = Fault("cut")
CUT_WITH_USAGE = Fault("cut", usage=True)
MALFORMED = Fault("malformed")
CLOSED = Fault("closed")
SILENT = Fault("silent")
WRONG_KEY = Fault(status=401, message="Incorrect API key provided")
NO_MODEL = Fault(status=404, message="The model does not exist")
FAULTS = (RATE_LIMITED, BROKEN, OVERLOADED, CUT, CUT_WITH_USAGE, MALFORMED, CLOSED)


def by_step(*acts: Act | str) -> Script:
    """Play the acts in order, the last one for ever; a string is an answer with that text."""
    played = [Answer(act) if isinstance(act, str) else act for act in acts]
    return lambda seen: played[min(seen.step, len(played) - 1)]


def by_rate(answer: Script, rate: float, faults: Sequence[Act] = FAULTS, seed: int = 0) -> Script:
    """Fail a share of the requests, each kind of fault in turn; answer the others."""
    random_ = random.Random(seed)
    turn = itertools.cycle(faults)
    return lambda seen: next(turn) if random_.random() < rate else answer(seen)


def always(texts: Iterable[str]) -> Script:
    """Answer with the texts, round and round, in the order of the calls that reach it."""
    turn = itertools.cycle(list(texts))
    return lambda seen: Answer(next(turn))
