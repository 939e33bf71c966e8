"""Programs as a list shows them: a row each, read with few columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from cladogen.evaluation import Score, Status
from cladogen.program import Node
from cladogen.record.store import Store

UNSCORED = Score(Status.INFRA)


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


def read_programs(
    store: Store, scores: Mapping[int, Score], numbers: Iterable[int] | None = None
) -> list[ProgramRow]:
    """Return every program, or those of these numbers, by number, with its score from
    ``scores``.
    """
    return [
        ProgramRow(
            each.node,
            each.round,
            each.operator or "seed",
            each.model,
            each.summary,
            each.standing,
            each.reason,
            scores.get(each.node.number, UNSCORED),
        )
        for each in store.stored_programs(numbers)
    ]
