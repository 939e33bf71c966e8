"""What a problem's scorer says of a solution from anywhere, without a program."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cladogen.errors import ConfigError
from cladogen.evaluators.evaluator import ProblemEvaluator
from cladogen.evaluators.scorer import Verdict
from cladogen.problem import Problem
from cladogen.problem.values import Constraint
from cladogen.sandboxes import wire


@dataclass(frozen=True, slots=True)
class Certificate:
    """The verdict on one case. ``slack`` is what the scorer calls so, None where it says nothing;
    ``violated`` are the problem's constraints that the solution breaks.
    """

    case: str
    valid: bool
    value: float | None
    metrics: Mapping[str, float]
    feedback: str
    slack: float | None
    violated: tuple[str, ...]
    gain: float | None  # over the best known, in the objective's own direction: above 0 is better


async def certify(
    problem: Problem,
    evaluator: ProblemEvaluator,
    solution: Any,
    case: str = "",
    heard: Callable[[], object] = lambda: None,
) -> list[Certificate]:
    """Score a solution on one case, or on every one, after each of which ``heard`` is called; the
    evaluator must have started.
    """
    cases = cases_of(evaluator, case)
    if case and case not in evaluator.scorer.inputs:
        raise ConfigError(f"no case {case!r}; there are: {', '.join(evaluator.scorer.inputs)}")
    data = encoded(solution)
    found = []
    for name in cases:
        verdict = (await evaluator.scorer.verdicts([name], data))[name]
        heard()
        if verdict.error:
            raise ConfigError(verdict.error)
        found.append(_certificate(problem, name, verdict))
    return found


def _certificate(problem: Problem, case: str, verdict: Verdict) -> Certificate:
    value = verdict.metrics.get(problem.objective.name)
    return Certificate(
        case,
        not verdict.invalid,
        value,
        verdict.metrics,
        verdict.invalid or verdict.feedback,
        verdict.metrics.get("slack"),
        _violated(problem, verdict.metrics),
        _gain(problem, value),
    )


def _gain(problem: Problem, value: float | None) -> float | None:
    """Return by how much a value is better than the best one known, None where one is unknown."""
    if value is None or problem.best_known is None:
        return None
    return problem.objective.sign * (value - problem.best_known)


def cases_of(evaluator: ProblemEvaluator, case: str) -> tuple[str, ...]:
    """Return the one case that is named, or all."""
    return (case,) if case else (*evaluator.train, *evaluator.heldout)


def encoded(solution: Any) -> bytes:
    """Return a solution as a program would return it; raises ConfigError for what none could."""
    try:
        return wire.encode(_plain(solution))
    except wire.WireError as error:
        raise ConfigError(f"the solution cannot be handed to the scorer: {error}") from None


def _plain(value: Any) -> Any:
    """Return tuples and sets as lists."""
    if isinstance(value, dict):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return list(map(_plain, value))
    return value


def _violated(problem: Problem, metrics: Mapping[str, float]) -> tuple[str, ...]:
    words: list[str] = []
    for bound in problem.constraints:
        value = metrics.get(bound.metric)
        if value is not None:  # None is of a program's text, which a solution has not
            words += _outside(bound, value)
    return tuple(words)


def _outside(bound: Constraint, value: float) -> Iterator[str]:
    if bound.low is not None and value < bound.low:
        yield f"{bound.metric} = {value:g}, below {bound.low:g}"
    if bound.high is not None and value > bound.high:
        yield f"{bound.metric} = {value:g}, above {bound.high:g}"
