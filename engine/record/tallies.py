"""The tally of a run in the record: what each operator and model has done, counted when a result is
recorded, in the same transaction.

Derived, and no more than that: results stay the truth. A row is of one maker of proposals; together
they say how many results they count, and up to which, so a tally that an earlier version has not
kept on, or that lost a row, is seen by these numbers. It is then counted from the results, and
recorded again when the run goes on.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from cladogen.evaluation import Evaluation, Score
from cladogen.proposal import Outcome, Proposal
from cladogen.record.bests import Maker, NamedBest
from cladogen.record.checksums import OnKnownKey, insert
from cladogen.record.credit import Counts, Tally
from cladogen.record.decode import read_json
from cladogen.record.evaluations import EvaluationTable
from cladogen.record.named_bests import NamedBestTable
from cladogen.record.proposals import ProposalTable
from cladogen.record.results import TaskResult
from cladogen.record.scores import ScoreTable
from cladogen.result import Result, Standing
from cladogen.task import Propose

ScoreOf = Callable[[Sequence[Evaluation]], Score]
_ROW = "operator, model, specialist, in_vain, results, result, body"


@dataclass(frozen=True, slots=True)
class _Came:
    """A recorded result with its proposal."""

    result: Result
    standing: Standing
    proposal: Proposal | None
    named: NamedBest | None = None


@dataclass(slots=True)
class _Kept:
    """The tally as it is recorded, and the last result that it counts: -1 while that is not
    known.
    """

    tally: Tally
    row: int = -1


class TallyTable(ProposalTable, EvaluationTable, NamedBestTable, ScoreTable):
    """The table of tallies."""

    @cached_property
    def has_tallies(self) -> bool:
        """Whether there is such a table: this version has written to the run."""
        return bool(self.value("SELECT 1 FROM sqlite_master WHERE name = 'tallies'"))

    def count(
        self,
        row: int,
        result: Result,
        round_: int,
        standing: Standing,
        named: NamedBest | None = None,
    ) -> None:
        """Count a result that was recorded in a row, before its program's score is. One that does
        not say its program's score is left to `recount`.
        """
        if result.score is None and self._has_score(result):
            return
        known = self._kept if self._kept.row == row - 1 else self._read_kept()
        key = result.task.ticket, round_
        proposal = self._waiting.pop(key, None) or self.proposal_summary(*key)
        came = self._with_evaluations(_Came(result, standing, proposal, named))
        maker = known.tally.add(came)
        known.row = row
        self._put(maker, known.tally.makers[maker], row, known.tally.best)

    def tally(self) -> Tally | None:
        """Return the tally of all results as it is here; None where it is not of all of them."""
        if not self.has_tallies:
            return None
        found = Tally()
        results = last = 0
        with self.one_moment():
            for named in self.named_bests().values():
                found.follow(named)
            known = ((number, self.fitness_of(number)) for number in found.bests)
            found.take_up(None, [(n, value) for n, value in known if value is not None])
            for maker, many, newest, counts in self._rows():
                found.put(maker, counts)
                results, last = results + many, max(last, newest)
            recorded = int(self.value("SELECT COALESCE(MAX(seq), 0) FROM results"))
        return found if results == last == recorded else None

    def tally_to_go_on(self) -> Tally | None:
        """Return the tally of all results with what it takes to count more of them; None as for
        `tally`.
        """
        with self.one_moment():
            found = self.tally()
            if found is not None:
                query = "SELECT program, fitness FROM scores WHERE fitness IS NOT NULL"
                found.take_up(self._best(), self.database.execute(f"{query} ORDER BY program"))
        return found

    def recount(self, score_of: ScoreOf) -> Tally:
        """Count all results anew, whatever is recorded of their tally."""
        with self.one_moment():
            return Tally(came for _, came in self._counted(score_of))

    def heal_tally(self, score_of: ScoreOf) -> None:
        """Record the tally anew where it is not of all results."""
        with self.transaction():
            if self.tally() is not None:
                return
            self.database.execute("DELETE FROM tallies")
            tally = Tally()
            last: dict[Maker, tuple[int, float | None]] = {}
            for row, came in self._counted(score_of):
                last[tally.add(came)] = row, tally.best
            for maker, counts in tally.makers.items():
                self._put(maker, counts, *last[maker])
            self.__dict__.pop("_kept", None)

    def _has_score(self, result: Result) -> bool:
        if result.program is None or result.outcome is Outcome.DUPLICATE:
            return False
        query = "SELECT 1 FROM evaluations WHERE program = ? AND split = 'train' LIMIT 1"
        return self.value(query, (result.program,)) is not None

    @cached_property
    def _kept(self) -> _Kept:
        return self._read_kept()

    def _read_kept(self) -> _Kept:
        """Read what is recorded: nothing was counted here yet, or others have counted since, or
        what was counted last has been rolled back.
        """
        tally = Tally(fitness_of=self.fitness_of)
        for maker, _, _, counts in self._rows():
            tally.put(maker, counts)
        tally.take_up(self._best())
        self._kept = _Kept(tally)
        return self._kept

    def _rows(self) -> Iterator[tuple[Maker, int, int, Counts]]:
        """Yield what is recorded: who, of how many results, up to which, and the counts."""
        return self.select(_ROW, "FROM tallies ORDER BY id", (), _as_row, tallies="tallies")

    def _best(self) -> float | None:
        found: float | None = self.value("SELECT MAX(best) FROM tallies")
        return found

    def _put(self, maker: Maker, counts: Counts, row: int, best: float | None) -> None:
        values = (*maker, counts["results"], row, best, json.dumps(counts))
        insert(self.database, "tallies", values, OnKnownKey.REPLACED)

    def _counted(self, score_of: ScoreOf) -> Iterator[tuple[int, _Came]]:
        """Yield the recorded results in order, by row, each with its program's score as it was
        then.
        """
        scores, named = _ScoresThen(self, score_of), self.named_bests()
        best: NamedBest | None = None
        for row, proposal in self.results_with_proposals():
            parents = () if proposal is None else proposal.parents
            task, score = Propose(row.ticket, parents), scores.after(row)
            result = Result(task, row.outcome, row.program, parents, score, reason=row.reason)
            best = named.get(row.seq, None if best is None else best.again)
            yield row.seq, self._with_evaluations(_Came(result, row.standing, proposal, best))

    def _with_evaluations(self, came: _Came) -> _Came:
        """Return a result with its evaluations, where it is counted by them."""
        result = came.result
        expects = came.proposal is not None and came.proposal.expectation is not None
        if not expects or result.evaluations or result.program is None:
            return came
        made = self.evaluations(result.program, ticket=result.task.ticket)
        rows = tuple(each.evaluation for each in made)
        whole = Result(
            result.task, result.outcome, result.program, result.parents, result.score, rows
        )
        return replace(came, result=whole)


class _ScoresThen:
    """Programs' scores as they were after each result, asked for in the order of results: what is
    recorded where a program has one result, else what its evaluations added up to by then.
    """

    def __init__(self, table: TallyTable, score_of: ScoreOf) -> None:
        self._table, self._score_of = table, score_of
        late = set(table.unscored())
        late |= {number for number, (*_, many) in table.last_results().items() if many > 1}
        self._known = {n: score for n, score in table.brief_scores() if n not in late}
        self._made: dict[int, list[Evaluation]] = {}

    def after(self, row: TaskResult) -> Score | None:
        number = row.program
        if number is None or row.outcome is Outcome.DUPLICATE:
            return None
        if number in self._known:
            return self._known[number]
        made = self._made.setdefault(number, [])
        found = self._table.evaluations(number, ticket=row.ticket)
        made += [each.evaluation for each in found]
        return self._score_of(made) if made else None


def _as_row(
    operator: str, model: str, specialist: str, in_vain: str, results: int, row: int, body: str
) -> tuple[Maker, int, int, Counts]:
    return Maker(operator, model, specialist, in_vain), results, row, dict(read_json(body))
