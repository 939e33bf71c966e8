"""Calls of models, kept in the run's record: a reply is on disk before anybody reads it."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict, fields
from functools import lru_cache
from typing import Any

from cladogen.models.calls import CallStatus, Message, ModelCall, Reply, Request
from cladogen.proposal import Cost
from cladogen.record.call_texts import CallTexts
from cladogen.record.checksums import computed, insert
from cladogen.record.store import Store

_FINISHED = (
    f"UPDATE calls SET reply = :reply, checksum = {computed('calls', reply=':reply')} "
    "WHERE id = :call"
)
_COLUMNS, _OF_PURPOSE = (
    "id, ticket, round, request, reply, body", "json_extract(body, '$.purpose') = ?",
)  # fmt: skip
_REPLY, _COST = ([each.name for each in fields(kind)] for kind in (Reply, Cost))
KEPT = 32  # calls: a proposal asks again for the one that was just made
RELEASED = "nobody saw its end; what was reserved for it was released by hand"


class StoredCalls:
    """The `CallLog` of a run. What is written survives a loss of power, for it was paid for: at
    once, or, where it is written ``soon``, when `on_disk` returns.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self.on_disk = store.on_disk
        self._call = lru_cache(maxsize=KEPT)(self._read_call)
        self._costs: dict[int | None, Cost] = {}  # of the latest replies, by their text
        self._under: dict[int, tuple[int, int]] = {}  # ticket and round of calls in flight

    def begin(
        self, request: Request, attempt: int, most_usd: float | None, *, soon: bool = False
    ) -> int:
        body = {
            "attempt": attempt,
            "most_usd": most_usd,
            "purpose": request.purpose,
            "model": request.model,
        }
        self._store.unwritten.wrote("calls", request.ticket)
        listed = request.listed
        with self._written(soon):
            asked = self._store.texts.put_text(_request_text(request, listed))
            under = (request.ticket, request.round, request.key_with(listed))
            row = (time.time(), *under, asked, None, json.dumps(body))
            number = insert(self._store.database, "calls", row)
        self._under[number] = request.ticket, request.round
        self._store.latest_calls.keep(*self._under[number], CallTexts(asked, request.messages))
        return number

    def finish(self, call: int, reply: Reply, cost: Cost, *, soon: bool = False) -> None:
        with self._written(soon):
            text = self._store.texts.put_text(_ending_text(reply, cost))
            self._store.database.execute(_FINISHED, {"reply": text, "call": call})
        if (under := self._under.pop(call, None)) is not None:
            self._store.latest_calls.ended(*under, text, reply.text)
        self._costs[text] = cost
        if len(self._costs) > KEPT:
            del self._costs[next(iter(self._costs))]

    def _written(self, soon: bool) -> contextlib.AbstractContextManager[None]:
        return self._store.transaction() if soon else self._store.durably()

    def under(self, ticket: int, round: int) -> list[ModelCall]:  # noqa: A002
        if self._store.unwritten.nothing("calls", ticket):
            return []
        return self._read("ticket = ? AND round = ?", (ticket, round))

    def spent(self, ticket: int, round: int) -> Cost:  # noqa: A002
        source = "FROM calls WHERE ticket = ? AND round = ? ORDER BY id"
        costs = self._store.select("reply", source, (ticket, round), self._cost, calls="calls")
        return sum((cost or Cost() for cost in costs), Cost())

    def all(self) -> list[ModelCall]:
        """Return every call, oldest first."""
        return self._read("1", ())

    def of_purpose(self, purpose: str) -> list[ModelCall]:
        """Return the calls that were made for one purpose, oldest first."""
        return self._read(_OF_PURPOSE, (purpose,))

    def latest_of(self, purpose: str) -> Iterator[ModelCall]:
        """Yield the calls that were made for one purpose, newest first."""
        source = f"FROM calls WHERE {_OF_PURPOSE} ORDER BY id DESC"
        return self._store.select(_COLUMNS, source, (purpose,), self._call, calls="calls")

    def charges(self) -> Iterable[tuple[Cost | None, float | None]]:
        """Yield what each call cost, and the most that it could, without reading what was asked."""

        charges = self._store.select(
            "id, reply, body", "FROM calls ORDER BY id", (), self.charge_of, calls="calls"
        )
        return ((cost, most) for _, cost, most in charges)

    def charge_of(
        self, call: int, reply: int | None, body: str
    ) -> tuple[int, Cost | None, float | None]:
        """Return a call's number with what it cost (None: it is not over), and the most that it
        could cost.
        """
        return call, self._cost(reply), json.loads(body)["most_usd"]

    def costs(self, after: int, waiting: Iterable[int] = ()) -> dict[int, Cost | None]:
        """Return what the calls after a row, and the calls in ``waiting``, cost; None: not over."""
        rows = self._store.database.execute(
            "SELECT id, reply FROM calls WHERE id > ? OR id IN (SELECT value FROM json_each(?))",
            (after, json.dumps(list(waiting))),
        )
        return {ident: self._cost(reply) for ident, reply in rows.fetchall()}

    def _cost(self, reply: int | None) -> Cost | None:
        if reply is None:
            return None
        if (known := self._costs.get(reply)) is not None:
            return known
        return Cost(**json.loads(self._store.texts.get_text(reply))["cost"])

    def in_flight(self) -> list[ModelCall]:
        """Return the calls that nobody saw the end of, tasks that a person has taken apart."""
        return [call for call in self._read("reply IS NULL", ()) if call.most_usd != 0.0]

    def release(self) -> list[ModelCall]:
        """Record that the calls that nobody saw the end of cost nothing; return them."""
        calls = self.in_flight()
        for call in calls:
            self.finish(call.id, Reply(CallStatus.FAILED, error=RELEASED), Cost(0.0, calls=1))
        return calls

    def _read(self, where: str, values: tuple[Any, ...]) -> list[ModelCall]:
        source = f"FROM calls WHERE {where} ORDER BY id"
        return list(self._store.select(_COLUMNS, source, values, self._call, calls="calls"))

    def _read_call(
        self, ident: int, ticket: int, round_: int, asked: int, reply: int | None, body: str
    ) -> ModelCall:
        facts = json.loads(body)
        request = json.loads(self._store.texts.get_text(asked))
        messages = tuple(map(Message.from_list, request["messages"]))
        made = Request(
            ticket, round_, facts["purpose"], facts["model"], messages, request["parameters"]
        )
        if reply is None:
            return ModelCall(ident, made, facts["attempt"], most_usd=facts["most_usd"])
        ended = json.loads(self._store.texts.get_text(reply))
        answer = Reply.from_json(ended["reply"])
        return ModelCall(
            ident, made, facts["attempt"], answer, Cost(**ended["cost"]), facts["most_usd"]
        )


class CountedCalls(StoredCalls):
    """The calls of a run for one more who asks: what earlier sessions spent is counted already."""

    def charges(self) -> Iterable[tuple[Cost | None, float | None]]:
        return ()


def _ending_text(reply: Reply, cost: Cost) -> str:
    """Return the JSON of how a call ended."""
    # By hand, for `asdict` copies each value in ten times as long.
    said = {name: getattr(reply, name) for name in _REPLY}
    said["tools"] = list(map(asdict, reply.tools))
    return json.dumps({"reply": said, "cost": {name: getattr(cost, name) for name in _COST}})


def _request_text(request: Request, listed: str) -> str:
    """Return the JSON of a request, from its messages as they are ``listed``."""
    return f'{{"messages": {listed}, "parameters": {json.dumps(request.parameters)}}}'
