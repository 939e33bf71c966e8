"""Calls of models, kept in the run's record: a reply is on disk before anybody reads it."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from cladogen.models.calls import CallStatus, Message, ModelCall, Reply, Request
from cladogen.proposal import Cost
from cladogen.record.store import Store

RELEASED = "nobody saw its end; what was reserved for it was released by hand"


class StoredCalls:
    """The `CallLog` of a run. Every write is synchronous: it survives a loss of power, for it was
    paid for.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def begin(self, request: Request, attempt: int, most_usd: float | None) -> int:
        body = {
            "attempt": attempt,
            "most_usd": most_usd,
            "purpose": request.purpose,
            "model": request.model,
        }
        with self._store.durably():
            asked = self._store.texts.put_text(_request_text(request))
            cursor = self._store.database.execute(
                "INSERT INTO calls (at, ticket, round, key, request, body) VALUES (?, ?, ?, ?, ?, "
                "?)",
                (time.time(), request.ticket, request.round, request.key, asked, json.dumps(body)),
            )
        assert cursor.lastrowid is not None
        return cursor.lastrowid

    def finish(self, call: int, reply: Reply, cost: Cost) -> None:
        with self._store.durably():
            text = self._store.texts.put_text(
                json.dumps({"reply": asdict(reply), "cost": asdict(cost)})
            )
            self._store.database.execute("UPDATE calls SET reply = ? WHERE id = ?", (text, call))

    def under(self, ticket: int, round: int) -> list[ModelCall]:  # noqa: A002
        return self._read("ticket = ? AND round = ?", (ticket, round))

    def all(self) -> list[ModelCall]:
        """Return every call, oldest first."""
        return self._read("1", ())

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
        rows = self._store.database.execute(
            f"SELECT id, ticket, round, request, reply, body FROM calls WHERE {where} ORDER BY id",
            values,
        )
        return [self._call(*row) for row in rows.fetchall()]

    def _call(
        self, ident: int, ticket: int, round_: int, asked: int, reply: int | None, body: str
    ) -> ModelCall:
        facts = json.loads(body)
        request = json.loads(self._store.texts.get_text(asked))
        messages = tuple(Message(role, text) for role, text in request["messages"])
        made = Request(
            ticket, round_, facts["purpose"], facts["model"], messages, request["parameters"]
        )
        if reply is None:
            return ModelCall(ident, made, facts["attempt"], most_usd=facts["most_usd"])
        ended = json.loads(self._store.texts.get_text(reply))
        answer = Reply(**{**ended["reply"], "status": CallStatus(ended["reply"]["status"])})
        return ModelCall(
            ident, made, facts["attempt"], answer, Cost(**ended["cost"]), facts["most_usd"]
        )


def _request_text(request: Request) -> str:
    messages = [[message.role, message.text] for message in request.messages]
    return json.dumps({"messages": messages, "parameters": request.parameters})
