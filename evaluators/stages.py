"""Stages: cheap cases first, so that a program that fails on them is not run on the rest."""

from __future__ import annotations

from collections.abc import Sequence

from cladogen.errors import ProblemError
from cladogen.evaluation import Evaluation, Status
from cladogen.problem import Problem, Stage
from cladogen.problem.spelling import nearest


def stages_of(problem: Problem, train: tuple[str, ...]) -> tuple[Stage, ...]:
    """Return the problem's stages; training cases that none of them names form a last one."""
    named = [case for stage in problem.stages for case in stage.cases]
    fault = _fault(problem, named, train)
    if fault:
        raise ProblemError(f"{problem.folder / 'problem.toml'}: {fault}")
    rest = tuple(case for case in train if case not in named)
    return (*problem.stages, Stage("rest", rest)) if rest else problem.stages


def _fault(problem: Problem, named: Sequence[str], train: tuple[str, ...]) -> str:
    """Return why the cases that stages and a proxy name do not go together, "" when they do."""
    unknown = next((case for case in named if case not in train), None)
    if unknown is not None:
        return f"stage names no training case {unknown!r}{nearest(unknown, train)}"
    if problem.proxy.cases and set(problem.proxy.cases) == set(train):
        return "[proxy] names every training case; none is left for the objective"
    return "a case is in two stages" if len(set(named)) < len(named) else ""


def passed(problem: Problem, stage: Stage, rows: Sequence[Evaluation]) -> bool:
    """Tell whether a program with these evaluations of a stage goes on to the next one."""
    if any(row.status is not Status.OK for row in rows):
        return False
    values = [row.metrics[problem.objective.name] for row in rows]
    return _is_within(stage, sum(values) / len(values))


def _is_within(stage: Stage, mean: float) -> bool:
    if stage.at_least is not None and mean < stage.at_least:
        return False
    return stage.at_most is None or mean <= stage.at_most
