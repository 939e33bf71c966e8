"""A run that is followed while it goes on: what a page or a watching terminal shows of it.

It reads each row once. A look at a run of a hundred thousand programs then costs what is new; the
first reading can be made in parts, so that something is shown before all is read.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence, Set
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from cladogen.evaluation import Evaluation, Score, fitness_of
from cladogen.proposal import Outcome, Proposal
from cladogen.record.bests import NamedBest, without_return
from cladogen.record.changes import ReadPosition
from cladogen.record.credit import KEPT, Tally
from cladogen.record.model_calls import StoredCalls
from cladogen.search.budget import NO_PROPOSAL
from cladogen.view.columns import Columns
from cladogen.view.recorded_events import recorded_events
from cladogen.view.result_row import ResultRow, read_results
from cladogen.view.run_reader import RunReader

FIRST = 40  # programs, of which each case was one's
PART = 120  # programs that are read at once, before others are answered


@dataclass(frozen=True, slots=True)
class Step:
    """The best program so far, from this result on, with its fitness as it is known now. ``at`` is
    in seconds since 1970; the counts are those of the run up to here.
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
    better: bool  # whether its program was the best from then on


def _note(text: str) -> None:
    """Say on standard error what to know of what is shown."""
    sys.stderr.write(f"note: {text}\n")


class FollowedRun:
    """A run, read once and then kept up. Not to be used by two threads."""

    def __init__(self, folder: Path) -> None:
        self.reader = RunReader(folder, warn=_note)
        self.folder = folder
        self.version = 0  # goes up with every change
        self.whole = False  # whether the first reading is done
        self.columns = Columns()
        self._counted = Tally()
        self.steps: list[Step] = []
        self.came: list[Came] = []
        self.made_at: dict[int, float] = {}
        self.usd, self.unpriced = 0.0, 0
        self._log: list[tuple[int, int]] = []  # version and program, as programs changed
        self._read = ReadPosition()
        self._written = -1
        self._state = (False, "")
        self._waiting: set[int] = set()
        self.answered = 0  # tasks of a child that came to an end, with a proposal or none
        self._proposals = self._evaluations = self._tokens = 0
        self._priced = 0.0
        self._evaluation_usd = 0.0
        self._took = (0.0, 0.0, -2)  # seconds, up to which row, in which session
        self._end = ReadPosition()  # of the first reading
        self._made: dict[int, int] = {}  # evaluations by task whose result is not read yet
        self._named: NamedBest | None = None  # where an archive measures case by case

    def close(self) -> None:
        self.reader.close()

    def read_on(self) -> bool:
        """Read the next programs of the first reading; tell whether there are more."""
        if self.whole:
            return False
        if self._end == ReadPosition():
            self._end = self.reader.store.newest()
        numbers = self.reader.read_on(PART, self._end)
        self._add_results(self._known_results())
        self.version += 1
        self.whole = len(self.reader.entries) > self._end.program
        self._changed(numbers)
        if self.whole:
            self._count_calls()
            self._evaluation_usd = self.reader.store.evaluation_usd()
            self._evaluations = self._evaluations_since(ReadPosition())
            self._evaluations -= self._evaluations_since(self._end)
            self._read, self._state = self._end, (self.reader.running, self.reader.ending)
        return not self.whole

    def _known_results(self) -> list[ResultRow]:
        """Return the next results up to the first of a program that is not read yet."""
        store, after = self.reader.store, self._read.result
        last = store.results_known(len(self.reader.entries), after, self._end.result)
        found = list(read_results(store, after=after, until=last))
        if found:
            self._read = self._read._replace(result=found[-1].seq)
            self._made = self._evaluations_under({row.ticket for row in found if row.round == 0})
        return found

    def _evaluations_since(self, position: ReadPosition) -> int:
        return sum(self.reader.store.evaluations_by_ticket(position).values())

    def _evaluations_under(self, tickets: set[int]) -> dict[int, int]:
        """Return how many evaluations were made under each of some tasks."""
        if not tickets:
            return {}
        made = self.reader.store.evaluations_of_tickets(min(tickets), max(tickets))
        return {ticket: made[ticket] for ticket in tickets & made.keys()}

    @property
    def share_read(self) -> float:
        """How much of the first reading is done, 0 to 1."""
        if self.whole or self._end.program < 0:
            return 1.0 if self.whole else 0.0
        return len(self.reader.entries) / (self._end.program + 1)

    def refresh(self) -> bool:
        """Read what is new, and what is left of the first reading; tell whether anything was."""
        if not self.whole:
            while self.read_on():
                pass
            return True
        written = self.reader.store.data_version()
        if written == self._written and not self._turned():
            return False
        self._written = written
        newest = self.reader.store.newest()
        changed = self.reader.refresh()
        self._count()
        state = (self.reader.running, self.reader.ending)
        if not changed and newest == self._read and state == self._state:
            return False
        self.version += 1
        self._changed(sorted(changed))
        self._read, self._state = newest, state
        return True

    def _changed(self, numbers: Sequence[int]) -> None:
        """Note which programs are another in this version."""
        self._log += [(self.version, number) for number in numbers]
        self.columns.put((self.reader.entries[number] for number in numbers), self.made_at)
        if self._named is not None:
            self._score_steps_anew(set(numbers))
        for name in ("recorded_costs", "seconds", "tally"):
            self.__dict__.pop(name, None)

    def changed_since(self, version: int) -> list[int]:
        """Return the programs that are new or changed since a version, by number."""
        if version <= 0:
            return list(range(len(self.reader.entries)))
        return sorted({number for at, number in self._log if at > version})

    @cached_property
    def tally(self) -> Tally:
        """What operators and models have done; until the run is read, in the results that are."""
        kept = self.reader.store.tally() if self.whole else None
        return kept or self._counted

    @property
    def tokens(self) -> int:
        return self._tokens

    @property
    def evaluations(self) -> int:
        """How many evaluations the search made, of children and of known programs; its final choice
        counts by itself, as in the run's last line.
        """
        return self._evaluations

    @property
    def trial_evaluations(self) -> int:
        """How many evaluations proposers made of what they tried."""
        trials = self.tally.total().trials
        return trials * self._cases if trials else 0

    @cached_property
    def _cases(self) -> int:
        """How many training cases there are, as the first programs were measured on them."""
        first = self.reader.store.brief_evaluations("train", range(FIRST))
        return len({evaluation.case for _, evaluation in first})

    @property
    def proposals(self) -> int:
        return self._proposals

    @cached_property
    def seconds(self) -> float:
        """How long the run took so far, all sessions together."""
        store = self.reader.store
        session, last = store.clock_row(), store.last_row_at()
        known, until, of = self._took
        took = known + last - until if of == session else store.seconds()
        self._took = (took, last, session)
        return took

    @cached_property
    def recorded_costs(self) -> tuple[float, int]:
        """The dollars that are known, evaluation's too, and how many calls have no price. Until
        the run is read, those of the proposals that are.
        """
        evaluation = self._evaluation_usd
        if self.usd or self.unpriced:
            return self.usd + evaluation, self.unpriced
        total = self.tally.total()
        return total.usd + evaluation, total.unpriced if total.calls else 0

    def _turned(self) -> bool:
        """Tell whether the run began or ended, which writes nothing."""
        self.reader.__dict__.pop("running", None)
        return self.reader.running != self._state[0]

    def _count(self) -> None:
        self._count_calls()
        self._evaluation_usd += self.reader.store.evaluation_usd(self._read.evaluation)
        self._made = self.reader.store.evaluations_by_ticket(self._read)
        # Read whole: scores are read while they are counted.
        self._add_results(list(self.reader.results(after=self._read.result)))
        self._evaluations += sum(self._made.values())

    def _add_results(self, rows: Sequence[ResultRow]) -> None:
        named = self._named_by(rows)
        events = recorded_events(rows, self._score_of, self._evaluations_of, named)
        for event, row in zip(events, rows, strict=True):
            self._counted.add(event)
            self._evaluations += self._made.pop(row.ticket, 0)
            self._follow(row, event.named)

    def _named_by(self, rows: Sequence[ResultRow]) -> dict[int, NamedBest]:
        """Return what is the best after each result, from where on an archive names it."""
        if not rows:
            return {}
        changed, found = self.reader.store.named_bests(rows[0].seq - 1), {}
        for row in rows:
            again = None if self._named is None else self._named.again
            self._named = changed.get(row.seq, again)
            if self._named is not None:
                found[row.seq] = self._named
        return found

    def _count_calls(self) -> None:
        costs = StoredCalls(self.reader.store).costs(self._read.call, self._waiting)
        for ident, cost in costs.items():
            if cost is None:
                self._waiting.add(ident)
                continue
            self._waiting.discard(ident)
            self.unpriced += cost.usd is None
            self.usd += cost.usd or 0.0

    def _follow(self, row: ResultRow, named: NamedBest | None) -> None:
        if row.proposal is not None:
            self._count_proposal(row.proposal, row.outcome)
        score = None if row.program is None else self._score_of(row.program)
        number = None if row.outcome is Outcome.DUPLICATE else row.program
        if number is not None:
            self.made_at.setdefault(number, row.at)
        better = named.program if named is not None else self._if_better(number, score)
        if better is None or (self.steps and better == self.steps[-1].program):
            self.came.append(_came(row, score, better=False))
            return
        self._step(better, row.at)
        self.came.append(_came(row, score, better=better == number))

    def _count_proposal(self, proposal: Proposal, outcome: Outcome) -> None:
        proposed = bool(proposal.parents)
        self.answered += proposed
        self._proposals += proposed and outcome not in NO_PROPOSAL
        self._tokens += proposal.cost.prompt_tokens + proposal.cost.completion_tokens
        self._priced += proposal.cost.usd or 0.0

    def _if_better(self, number: int | None, score: Score | None) -> int | None:
        """Return a result's program where it has a higher fitness than the best before."""
        fitness = fitness_of(score)
        if number is None or fitness is None:
            return None
        return number if not self.steps or fitness > self.steps[-1].fitness else None

    def _step(self, number: int, at: float) -> None:
        """Add a step, or go back to the one of a program that is the best again."""
        if self._named is not None:
            left = without_return([step.program for step in self.steps], number)
            del self.steps[len(left) :]
            if left[-1:] == [number]:
                return
        fitness = self.reader.fitness(number)
        assert fitness is not None, "the best has a score"
        counts = (self._proposals, self._evaluations, self._tokens, self._priced)
        self.steps.append(Step(number, fitness, at, *counts))

    def _score_steps_anew(self, numbers: Set[int]) -> None:
        """Give the steps of programs that were measured again the fitness that they have now."""
        for at, step in enumerate(self.steps):
            fitness = self.reader.fitness(step.program) if step.program in numbers else None
            if fitness is not None:
                self.steps[at] = replace(step, fitness=fitness)

    def _score_of(self, number: int) -> Score | None:
        return self.reader.entries[number].score

    def _evaluations_of(self, number: int) -> Sequence[Evaluation]:
        return self.reader.evaluations("train", number).get(number, ())


def word_of(row: ResultRow, score: Score | None) -> str:
    """Return in a word what came of a proposal whose program has this score."""
    if row.outcome is Outcome.ACCEPTED and score is not None:
        return "ok" if score.fitness is not None else score.status.value
    return row.outcome.value


def _came(row: ResultRow, score: Score | None, *, better: bool) -> Came:
    model = summary = ""
    if row.proposal is not None:
        model, summary = row.proposal.model, row.proposal.summary
    return Came(
        row.ticket, row.round, row.at, word_of(row, score), row.program, row.operator,
        model, row.reason, summary, row.standing in KEPT, better,
    )  # fmt: skip
