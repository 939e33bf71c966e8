"""The fold over a run's results: what is recorded becomes what is known, in the same order."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterator
from typing import NamedTuple

from cladogen.evaluation import Evaluation
from cladogen.proposal import Cost, Outcome, Proposal
from cladogen.record.memory import RunRecord
from cladogen.record.results import StoredResult
from cladogen.record.store import Store
from cladogen.result import Result

Made = dict[tuple[int, int | None], list[Evaluation]]  # by ticket and program


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
    train, duplicate = _by_task(store, "train"), _by_task(store, "duplicate")
    for stored in store.history():
        number = -1 if stored.result.program is None else stored.result.program
        for node in nodes[record.size() : number + 1]:
            record.add(node)
        made = duplicate if stored.result.outcome is Outcome.DUPLICATE else train
        yield Folded(_as_result(stored, made), stored.result.round, stored.proposal)
    for node in nodes[record.size() :]:
        record.add(node)


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
        evaluations=tuple(made.pop((row.ticket, row.program), ())),
        cost_usd=cost.usd,
        operator=operator,
        reason=row.reason,
        last=row.last,
    )


def _by_task(store: Store, split: str) -> Made:
    found: Made = {}
    for stored in store.evaluations(split=split):
        found.setdefault((stored.ticket, stored.program), []).append(stored.evaluation)
    return found
