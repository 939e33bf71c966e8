"""Prompts, replies and what they were worth, a line each: in the chat format that trainers read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cladogen.models.calls import BESIDE
from cladogen.record.model_calls import StoredCalls
from cladogen.view.reports.plain import plain
from cladogen.view.result_row import ResultRow
from cladogen.view.run_reader import RunReader


def write_trace(run: RunReader, path: Path) -> int:
    """Write JSON lines and return how many. A line has ``messages`` (roles and contents, the reply
    last), ``reward`` (the gain of fitness over the first parent; None where there is no score) and
    what came of it. Held-out results are in no line.
    """
    count = 0
    with path.open("w", encoding="utf-8") as file:
        for line in lines(run):
            file.write(json.dumps(plain(line)) + "\n")
            count += 1
    return count


def lines(run: RunReader) -> Iterator[dict[str, Any]]:
    """Yield a line for each reply that a proposal came of, in the order of results."""
    calls = StoredCalls(run.store)
    for row in run.results():
        proposal = row.proposal and run.store.proposal(row.ticket, row.round)
        if proposal is None or not proposal.reply:
            continue
        asked = [
            call
            for call in calls.under(row.ticket, row.round)
            if call.reply is not None and call.request.purpose not in BESIDE
        ]
        messages = (
            [
                {"role": each.role, "content": _text(each.shown)}
                for each in asked[-1].request.messages
            ]
            if asked
            else [{"role": "user", "content": _text(proposal.prompt)}]
        )
        yield {
            "messages": [*messages, {"role": "assistant", "content": _text(proposal.reply)}],
            **_worth(run, row),
            "model": proposal.model,
            "operator": proposal.operator,
            "ticket": row.ticket,
            "round": row.round,
        }


def _text(text: str) -> str:
    """Return text whose bytes that are no text are question marks: JSON has no place for them."""
    return text.encode("utf-8", "replace").decode()


def _worth(run: RunReader, row: ResultRow) -> dict[str, Any]:
    """Return what a reply came to."""
    made = row.program if row.outcome.value == "accepted" else None
    fitness = run.fitness(made)
    parents = row.proposal.parents if row.proposal is not None else ()
    before = run.fitness(parents[0]) if parents else None
    reward = None if fitness is None or before is None else fitness - before
    status = "" if made is None else run.entries[made].status
    return {
        "reward": reward, "fitness": fitness, "parent_fitness": before, "program": made,
        "outcome": row.outcome.value, "status": status, "reason": row.reason,
    }  # fmt: skip
