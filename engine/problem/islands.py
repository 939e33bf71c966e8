"""What a problem states of islands: ``[[islands]]``, a table for each."""

from __future__ import annotations

from collections.abc import Sequence

from cladogen.errors import ProblemError
from cladogen.problem.space import ALIKE, Axis, IslandPlan
from cladogen.problem.spelling import nearest
from cladogen.problem.strict_toml import Table


def read_islands(top: Table) -> tuple[IslandPlan, ...]:
    """Return what is each island's own."""
    return tuple(map(_read_island, top.tables("islands")))


def _read_island(table: Table) -> IslandPlan:
    seeds = tuple(table.take("seeds", list, []))
    if not all(isinstance(each, int) and not isinstance(each, bool) for each in seeds):
        raise ProblemError(f"{table.where}: seeds must be numbers of seed programs, from 0")
    focus = table.name("focus") if "focus" in table.values else ""
    table.known.append("focus")
    plan = IslandPlan(focus, seeds, table.names("features"))
    table.done()
    if plan == ALIKE:
        raise ProblemError(f"{table.where}: says nothing; give focus, seeds or features")
    return plan


def check_islands(plans: Sequence[IslandPlan], axes: Sequence[Axis], seeds: int, path: str) -> None:
    """Raise ProblemError for an island of features, or of seed programs, that there are not;
    ``seeds`` 0: nobody has read them.
    """
    metrics = [axis.metric for axis in axes]
    for at, plan in enumerate(plans, 1):
        where = f"{path}: [[islands]] {at}"
        _check_features(plan, metrics, where)
        if seeds:
            _check_seeds(plan, seeds, where)


def _check_features(plan: IslandPlan, metrics: Sequence[str], where: str) -> None:
    unknown = next((name for name in plan.features if name not in metrics), None)
    if unknown is not None:
        raise ProblemError(f"{where}: no [[features]] on {unknown!r}{nearest(unknown, metrics)}")


def _check_seeds(plan: IslandPlan, seeds: int, where: str) -> None:
    wrong = [seed for seed in plan.seeds if not 0 <= seed < seeds]
    if wrong:
        raise ProblemError(f"{where}: no seed program {wrong[0]}; there are 0 to {seeds - 1}")
