"""Proposals in the record, with their prompt, reply and patch as texts."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import asdict, fields
from functools import cached_property
from typing import Any

from cladogen.proposal import Cost, Proposal
from cladogen.record.call_texts import FROM_CALL
from cladogen.record.checksums import OnKnownKey, insert
from cladogen.record.decode import as_proposal
from cladogen.record.schema import COSTS
from cladogen.record.tables import Tables

_COLUMNS = "ticket, operator, model, prompt, reply, patch, body"
_APART = ("prompt", "reply", "patch", "ticket", "operator", "model")  # in columns of their own
_COST = tuple(each.name for each in fields(Cost))
_IN_BODY = tuple(each.name for each in fields(Proposal) if each.name not in _APART)


class ProposalTable(Tables):
    """The table of proposals."""

    def add_proposal(self, proposal: Proposal, round_: int) -> None:
        body = {name: getattr(proposal, name) for name in _IN_BODY}
        body["cost"] = {name: getattr(proposal.cost, name) for name in _COST}
        if proposal.expectation is not None:
            body["expectation"] = asdict(proposal.expectation)
        if stored := self.latest_calls.of(proposal, round_):
            body[FROM_CALL] = list(stored)
        self.unwritten.wrote("proposals", proposal.ticket)
        with self.transaction():
            put = self.texts.put_text
            row = (
                proposal.ticket,
                round_,
                time.time(),
                proposal.operator,
                proposal.model,
                stored.get("prompt") or put(proposal.prompt),
                stored.get("reply") or put(proposal.reply),
                put(proposal.patch),
                json.dumps(body),
            )
            insert(self.database, "proposals", row, OnKnownKey.REPLACED)
        self._waiting[proposal.ticket, round_] = proposal

    @cached_property
    def _waiting(self) -> dict[tuple[int, int], Proposal]:
        """Proposals that were recorded here and whose result was not yet, by ticket and round."""
        return {}

    def proposal(self, ticket: int, round_: int = 0) -> Proposal | None:
        if self.unwritten.nothing("proposals", ticket):
            return None
        return next(self._proposals("WHERE ticket = ? AND round = ?", (ticket, round_)), None)

    def proposal_summary(self, ticket: int, round_: int = 0) -> Proposal | None:
        """Return a proposal without its prompt, reply and patch, which are long: what a list of
        many shows.
        """
        source = "FROM proposals WHERE ticket = ? AND round = ?"
        columns, asked = "ticket, operator, model, body", (ticket, round_)
        return next(self.select(columns, source, asked, as_proposal, proposals="proposals"), None)

    def proposals(self) -> Iterator[Proposal]:
        """Yield every proposal, by ticket and round."""
        return self._proposals()

    def proposal_times(self) -> list[tuple[float, int, int]]:
        """Return (seconds since 1970, ticket, round) of every proposal, oldest first."""
        rows = self.database.execute("SELECT at, ticket, round FROM proposals ORDER BY at, ticket")
        return rows.fetchall()

    def proposals_of(self, ticket: int) -> list[Proposal]:
        """Return the proposals made under a ticket: the first, then its repairs."""
        return list(self._proposals("WHERE ticket = ?", (ticket,)))

    def proposal_costs(self) -> list[float | None]:
        """Return the dollars of every proposal that took a call; None where nobody knows them."""
        rows = self.database.execute(
            f"SELECT json_extract(body, '$.cost.usd') FROM proposals WHERE {COSTS}"
        )
        return [usd for (usd,) in rows]

    def asked_anybody(self) -> bool:
        """Return whether anything was proposed, or a model asked."""
        query = "SELECT EXISTS (SELECT 1 FROM proposals) OR EXISTS (SELECT 1 FROM calls)"
        return bool(self.value(query))

    def _proposals(self, where: str = "", values: tuple[Any, ...] = ()) -> Iterator[Proposal]:
        source = f"FROM proposals {where} ORDER BY ticket, round"
        return self.select(_COLUMNS, source, values, self._whole, proposals="proposals")

    def _whole(self, ticket: int, operator: str, model: str, *rest: Any) -> Proposal:
        *long, body = rest
        texts = tuple(map(self.texts.get_text, long))
        return as_proposal(ticket, operator, model, body, texts)
