"""Stages: cheap cases first, so that a program that fails on them is not run on the rest."""

from __future__ import annotations

from collections.abc import Sequence

from cladogen.errors import ProblemError
from cladogen.evaluation import Evaluation, Status
from cladogen.problem import Problem, Stage
from cladogen.problem.spelling import nearest


def stages_of(problem: Problem, train: tuple[str, ...]) -> tuple[Stage, ...]:
    """Return the problem's stages; training cases that none of them names form a last one."""
    where = problem.folder / "problem.toml"
    named = [case for stage in problem.stages for case in stage.cases]
    unknown = next((case for case in named if case not in train), None)
    if unknown is not None:
        raise ProblemError(
            f"{where}: stage names no training case {unknown!r}{nearest(unknown, train)}"
        )
    if problem.proxy.cases and set(problem.proxy.cases) == set(train):
        raise ProblemError(
            f"{where}: [proxy] names every training case; none is left for the objective"
        )
    if len(set(named)) < len(named):
        raise ProblemError(f"{where}: a case is in two stages")
    rest = tuple(case for case in train if case not in named)
    return (*problem.stages, Stage("rest", rest)) if rest else problem.stages


def passed(problem: Problem, stage: Stage, rows: Sequence[Evaluation]) -> bool:
    """Tell whether a program with these evaluations of a stage goes on to the next one."""
    if any(row.status is not Status.OK for row in rows):
        return False
    values = [row.metrics[problem.objective.name] for row in rows]
    mean = sum(values) / len(values)
    return (stage.at_least is None or mean >= stage.at_least) and (
        stage.at_most is None or mean <= stage.at_most
    )
