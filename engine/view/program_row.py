"""Programs as a list shows them: a row each, read with few columns."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from cladogen.evaluation import Score, Status
from cladogen.program import Node
from cladogen.record.store import Store

UNSCORED = Score(Status.INFRA)
SELECT = """
SELECT p.number, p.tree, p.parents, p.ticket, p.round, o.operator, o.model,
    json_extract(o.body, '$.summary'), r.standing, r.reason
FROM programs p
LEFT JOIN proposals o ON o.ticket = p.ticket AND o.round = p.round
LEFT JOIN results r ON r.ticket = p.ticket AND r.round = p.round
ORDER BY p.number
"""


@dataclass(frozen=True, slots=True)
class ProgramRow:
    """A program, how it was made and what it scored.

    ``standing`` and ``reason`` are "" while its first result is not recorded yet.
    """

    node: Node
    round: int
    operator: str
    model: str
    summary: str
    standing: str
    reason: str
    score: Score

    @property
    def number(self) -> int:
        return self.node.number

    @property
    def failed(self) -> bool:
        return self.score.fitness is None

    @property
    def status(self) -> str:
        """What became of it, in a word: a status, or "in flight"."""
        return self.score.status.value if self.standing else "in flight"


def read_programs(store: Store, scores: Mapping[int, Score]) -> list[ProgramRow]:
    """Return every program, by number, with its score from ``scores``."""
    found = []
    for number, tree, parents, ticket, round_, *rest in store.database.execute(SELECT):
        operator, model, summary, standing, reason = (text or "" for text in rest)
        node = Node(number, tree, tuple(json.loads(parents)), ticket)
        score = scores.get(number, UNSCORED)
        how = (operator or "seed", model, summary, standing, reason)
        found.append(ProgramRow(node, round_, *how, score))
    return found
