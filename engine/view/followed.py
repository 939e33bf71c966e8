"""A run that is followed while it goes on: what a page or a watching terminal shows of it.

It reads each row once. A look at a run of a hundred thousand programs then costs what is new.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from cladogen.evaluation import Evaluation, Score
from cladogen.proposal import Cost, Outcome
from cladogen.record.changes import Position
from cladogen.record.model_calls import StoredCalls
from cladogen.view.credit import KEPT, Tally
from cladogen.view.result_row import ResultRow
from cladogen.view.run_reader import RunReader
from cladogen.view.told_again import told_again


@dataclass(frozen=True, slots=True)
class Step:
    """The best program so far, from this result on. ``at`` is in seconds since 1970; the counts
    are those of the run up to here.
    """

    program: int
    fitness: float
    at: float
    proposals: int
    evaluations: int
    tokens: int
    usd: float


@dataclass(frozen=True, slots=True)
class Came:
    """What came of one proposal, in what a list shows of it."""

    ticket: int
    round: int
    at: float
    word: str
    program: int | None
    operator: str
    model: str
    reason: str
    summary: str
    kept: bool


class FollowedRun:
    """A run, read once and then kept up. Not to be used by two threads."""

    def __init__(self, folder: Path) -> None:
        self.reader = RunReader(folder)
        self.folder = folder
        self.version = 0  # goes up with every change
        self.tally = Tally()
        self.steps: list[Step] = []
        self.came: list[Came] = []
        self.made_at: dict[int, float] = {}
        self.usd, self.unpriced = 0.0, 0
        self._log: list[tuple[int, int]] = []  # version and program, as programs changed
        self._read = Position()
        self._written = -1
        self._state = (False, "")
        self._waiting: set[int] = set()
        self._proposals = self._evaluations = self._tokens = 0
        self._priced = 0.0

    def close(self) -> None:
        self.reader.close()

    def refresh(self) -> bool:
        """Read what is new; tell whether anything was."""
        written = self.reader.store.data_version()
        if written == self._written and not self._turned():
            return False
        self._written = written
        newest = self.reader.store.newest()
        changed = self.reader.refresh()
        self._count(newest)
        state = (self.reader.running, self.reader.ending)
        if not changed and newest == self._read and state == self._state:
            return False
        self.version += 1
        self._log += [(self.version, number) for number in sorted(changed)]
        self._read, self._state = newest, state
        for name in ("recorded_costs", "seconds"):
            self.__dict__.pop(name, None)
        return True

    def changed_since(self, version: int) -> list[int]:
        """Return the programs that are new or changed since a version, by number."""
        if version <= 0:
            return list(range(len(self.reader.entries)))
        return sorted({number for at, number in self._log if at > version})

    @property
    def tokens(self) -> int:
        return self._tokens

    @property
    def evaluations(self) -> int:
        return self._evaluations

    @property
    def proposals(self) -> int:
        return self._proposals

    @cached_property
    def seconds(self) -> float:
        """How long the run took so far, all sessions together."""
        return self.reader.store.seconds()

    @cached_property
    def recorded_costs(self) -> tuple[float, int]:
        """The dollars that are known, evaluation's too, and how many calls have no price."""
        evaluation = self.reader.store.evaluation_usd()
        if self.usd or self.unpriced:
            return self.usd + evaluation, self.unpriced
        total = self.tally.total()
        return total.usd + evaluation, total.unpriced if total.calls else 0

    def _turned(self) -> bool:
        """Tell whether the run began or ended, which writes nothing."""
        self.reader.__dict__.pop("running", None)
        return self.reader.running != self._state[0]

    def _count(self, newest: Position) -> None:
        self._count_calls()
        made = self.reader.store.evaluations_by_ticket(self._read)
        # Read whole: scores are read while they are counted.
        rows = list(self.reader.results(after=self._read.result))
        for event, row in zip(
            told_again(rows, self._score_of, self._evaluations_of), rows, strict=True
        ):
            self.tally.add(event)
            self._evaluations += made.pop(row.ticket, 0)
            self._follow(row)
        self._evaluations += sum(made.values())

    def _count_calls(self) -> None:
        costs = StoredCalls(self.reader.store).costs(self._read.call, self._waiting)
        for ident, cost in costs.items():
            if cost is None:
                self._waiting.add(ident)
                continue
            self._waiting.discard(ident)
            self.unpriced += cost.usd is None
            self.usd += cost.usd or 0.0

    def _follow(self, row: ResultRow) -> None:
        cost = row.proposal.cost if row.proposal is not None else Cost()
        self._proposals += row.proposal is not None
        self._tokens += cost.prompt_tokens + cost.completion_tokens
        self._priced += cost.usd or 0.0
        score = None if row.program is None else self._score_of(row.program)
        self.came.append(_came(row, score))
        if row.program is None or row.outcome is Outcome.DUPLICATE:
            return
        self.made_at.setdefault(row.program, row.at)
        fitness = None if score is None else score.fitness
        if fitness is not None and (not self.steps or fitness > self.steps[-1].fitness):
            self.steps.append(
                Step(row.program, fitness, row.at, self._proposals, self._evaluations,
                     self._tokens, self._priced)
            )  # fmt: skip

    def _score_of(self, number: int) -> Score | None:
        return self.reader.entries[number].score

    def _evaluations_of(self, number: int) -> Sequence[Evaluation]:
        return self.reader.evaluations("train", number).get(number, ())


def _came(row: ResultRow, score: Score | None) -> Came:
    word = row.outcome.value
    if row.outcome is Outcome.ACCEPTED and score is not None:
        word = "ok" if score.fitness is not None else score.status.value
    proposal = row.proposal
    return Came(
        row.ticket, row.round, row.at, word, row.program, row.operator,
        proposal.model if proposal is not None else "", row.reason,
        proposal.summary if proposal is not None else "", row.standing in KEPT,
    )  # fmt: skip
