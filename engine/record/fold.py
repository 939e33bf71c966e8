"""The fold over a run's results: what is recorded becomes what is known, in the same order."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from cladogen.evaluation import Evaluation, Score
from cladogen.proposal import Cost, Outcome, Proposal
from cladogen.record.later import Later
from cladogen.record.memory import RunRecord
from cladogen.record.recorded import RecordedResult
from cladogen.record.results import StoredResult
from cladogen.record.store import Store
from cladogen.result import Result

Made = dict[tuple[int, int | None], Sequence[Evaluation]]  # by ticket and program
TOGETHER = 512  # results, at most
MANY = 1000  # programs, from which on reading all evaluations takes less time than each one's


class Folded(NamedTuple):
    """A recorded result, without its score, the round it came of, and its proposal."""

    result: Result
    round: int
    proposal: Proposal | None


def folded(store: Store, record: RunRecord) -> Iterator[Folded]:
    """Yield the recorded results in order, growing ``record`` by their programs on the way.

    A program whose result is not on disk yet is added at the end, without evaluations, so that
    numbers have no gaps.
    """
    nodes = list(store.nodes())
    train, duplicate = _train(store, record), _by_task(store, "duplicate")
    for stored in store.history():
        number = -1 if stored.result.program is None else stored.result.program
        for node in nodes[record.size() : number + 1]:
            record.add(node)
        made = duplicate if stored.result.outcome is Outcome.DUPLICATE else train
        yield Folded(_as_result(stored, made), stored.result.round, stored.proposal)
    for node in nodes[record.size() :]:
        record.add(node)


def recorded(
    store: Store, record: RunRecord, after: int = 0
) -> Iterator[list[RecordedResult] | Folded]:
    """Yield the recorded results in order, as many as there are together whose programs have one
    result and a recorded score; others one by one, as `folded` gives them. ``record`` knows the
    programs already; it is for the caller to let it absorb the results. ``after`` is the row of the
    last one that it knows.
    """
    if after:
        yield from _recorded_after(store, record, after)
        return
    # Where there is no score a program may have several results all the same.
    odd = store.with_several_results() | set(store.unscored())
    if len(odd) > MANY or not store.has_scores or store.costly_evaluations():
        yield from folded(store, record)
        return
    record.add_all(store.places())
    yield from _apart_and_together(store, record, odd)


def _recorded_after(
    store: Store, record: RunRecord, after: int
) -> Iterator[list[RecordedResult] | Folded]:
    record.add_all(store.places(record.size() - 1))
    counts = store.results_after(after)
    odd = {number for number, count in counts.items() if count > 1 or record.has_result(number)}
    odd |= counts.keys() & store.unscored()
    record.behind = True
    try:
        costly = store.costly_evaluations()
        yield from _apart_and_together(store, record, set(counts) if costly else odd, after)
    finally:
        record.behind = False


def _apart_and_together(
    store: Store, record: RunRecord, odd: set[int], after: int = 0
) -> Iterator[list[RecordedResult] | Folded]:
    """Yield the results of ``odd`` programs one by one, others together."""
    apart = _Apart(store, odd)
    record.recorded = apart.scores()
    together: list[RecordedResult] = []
    for row in store.recorded(record, after):
        if row.program in odd and row.outcome is not Outcome.DUPLICATE:
            if together:
                yield together
            together = []
            yield apart.folded(row)
            continue
        together.append(row)
        if len(together) == TOGETHER:
            yield together
            together = []
    if together:
        yield together


class _Apart:
    """The results of programs whose score is not simply what is recorded."""

    def __init__(self, store: Store, numbers: Iterable[int]) -> None:
        self._store, self._numbers = store, set(numbers)
        self._made: Made = {}
        for number in self._numbers:
            self._made |= _by_task(store, "train", number)

    def scores(self) -> dict[tuple[int, int], Score]:
        """Return the recorded scores by the ticket and round of their programs' last results."""
        last = self._store.last_results(self._numbers)
        late = set(self._store.unscored())
        return {
            last[number][:2]: score
            for number, score in self._store.scores(self._numbers)
            if number in last and number not in late
        }

    def folded(self, row: RecordedResult) -> Folded:
        """Return a result with its evaluations, without a score."""
        whole = row.whole()
        made = self._made.pop((row.ticket, row.program), ())
        return Folded(replace(whole, evaluations=made, score=None), row.round, row.proposal())


@contextlib.contextmanager
def uncollected() -> Iterator[None]:
    """Keep the garbage collector away while a fold makes much that stays: it would visit all of it
    again and again.
    """
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _as_result(stored: StoredResult, made: Made) -> Result:
    row, task, proposal = stored
    parents: tuple[int, ...] = ()
    cost, operator = Cost(), ""
    if proposal is not None:
        parents, cost, operator = proposal.parents, proposal.cost, proposal.operator
    return Result(
        task=task,
        outcome=row.outcome,
        program=row.program,
        parents=parents,
        evaluations=made.pop((row.ticket, row.program), ()),
        cost_usd=cost.usd,
        operator=operator,
        reason=row.reason,
        last=row.last,
    )


def _train(store: Store, record: RunRecord) -> Made:
    """Return the training evaluations, to be read later where a program's score is recorded and it
    has one result; ``record`` is given these scores.
    """
    last, late = store.last_results(), set(store.unscored())
    again = [number for number, (_, _, results) in last.items() if results > 1]
    if len(again) + len(late) > MANY:
        return _by_task(store, "train")
    now = {*again, *late}
    record.recorded = {
        last[number][:2]: score
        for number, score in store.scores()
        if number in last and number not in late
    }
    free = not store.costly_evaluations()
    found: Made = {
        (ticket, number): Later(store, number, ticket, count, free)
        for (ticket, number), count in store.made().items()
        if number not in now
    }
    for number in now:
        found |= _by_task(store, "train", number)
    return found


def _by_task(store: Store, split: str, number: int | None = None) -> Made:
    found: dict[tuple[int, int | None], list[Evaluation]] = {}
    for stored in store.evaluations(number, split=split):
        found.setdefault((stored.ticket, stored.program), []).append(stored.evaluation)
    return {key: tuple(rows) for key, rows in found.items()}
