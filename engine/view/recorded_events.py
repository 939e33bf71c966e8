"""Recorded results, as those who watched the run were told of them; and their tally."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

from cladogen.evaluation import Evaluation, Score
from cladogen.events import Told
from cladogen.proposal import Outcome
from cladogen.record.bests import NamedBest
from cladogen.record.credit import Tally
from cladogen.result import Result
from cladogen.task import Propose
from cladogen.view.result_row import ResultRow

if TYPE_CHECKING:
    from cladogen.view.run_reader import RunReader


def tally_of(run: RunReader) -> Tally:
    """Return the tally of a recorded run: the one that is kept, else counted anew."""
    return run.store.tally() or run.store.recount(run.problem.score)


def tally_to_go_on(run: RunReader) -> Tally:
    """Return the same, to count more results with."""
    return run.store.tally_to_go_on() or run.store.recount(run.problem.score)


def recorded_events(
    rows: Iterable[ResultRow],
    score_of: Callable[[int], Score | None],
    evaluations_of: Callable[[int], Sequence[Evaluation]],
    named: Mapping[int, NamedBest] = MappingProxyType({}),
) -> Iterator[Told]:
    """Yield recorded results as those who watched the run were told of them.

    Evaluations are only there where a proposal stated an expectation of them. ``named`` is what
    results changed of the best, by their row, where an archive names it.
    """
    for row in rows:
        made = None if row.outcome is Outcome.DUPLICATE else row.program
        score = None if made is None else score_of(made)
        evaluations: tuple[Evaluation, ...] = ()
        if made is not None and row.expects:
            evaluations = tuple(evaluations_of(made))
        yield _told(row, score, evaluations, named.get(row.seq))


def _told(
    row: ResultRow,
    score: Score | None,
    evaluations: tuple[Evaluation, ...],
    named: NamedBest | None,
) -> Told:
    parents = row.proposal.parents if row.proposal is not None else ()
    task = Propose(row.ticket, parents)
    result = Result(task, row.outcome, row.program, parents, score, evaluations, reason=row.reason)
    return Told(result, row.standing, row.proposal, best=False, named=named)
