"""How well a problem's evaluator tells programs apart: faults planted in the seed, numbers that a
program may write itself.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from cladogen.evaluation import Score, Status
from cladogen.evaluators.evaluator import ProblemEvaluator
from cladogen.evaluators.planted import planted
from cladogen.problem import Problem
from cladogen.sandboxes import wire

LONGEST_S = 60.0  # for all faults together
MOST_NUMBERS = 12  # of an output that are changed, one by one


@dataclass(frozen=True, slots=True)
class Discrimination:
    """What came of the faults. ``unnoticed`` changed what the program returned and were worth as
    much or more on every case; ``dull`` names cases and metrics that were the same for all.
    ``apart`` says of each case and metric how many of ``compared`` programs, which ran and returned
    something else, it tells from the seed.
    """

    faults: int = 0
    noticed: int = 0
    no_difference: int = 0
    unnoticed: tuple[str, ...] = ()
    dull: tuple[str, ...] = ()
    writable: tuple[str, ...] = field(default=())
    compared: int = 0
    apart: Mapping[str, int] = field(default_factory=dict)


async def discrimination(
    problem: Problem, evaluator: ProblemEvaluator, seed: Score, faults: int
) -> Discrimination:
    """Plant faults in the first seed program and measure them; the evaluator must have started."""
    tried = await _tried(problem, evaluator, faults)
    differing = [(words, score) for words, score in tried if score.signature != seed.signature]
    unnoticed = tuple(words for words, score in differing if _as_good(score, seed))
    ran = [score for _, score in differing if score.status is Status.OK]
    apart = _apart(seed, ran)
    return Discrimination(
        len(tried),
        len(differing) - len(unnoticed),
        len(tried) - len(differing),
        unnoticed,
        _telling_none(apart, len(ran)),
        compared=len(ran),
        apart=apart,
    )


def _telling_none(apart: Mapping[str, int], ran: int) -> tuple[str, ...]:
    """Return the cases and metrics that tell none of several programs from the seed."""
    if ran < 2:
        return ()
    return tuple(name for name, count in apart.items() if not count)


async def _tried(
    problem: Problem, evaluator: ProblemEvaluator, faults: int
) -> list[tuple[str, Score]]:
    """Return planted faults in words, each with its score, as many as there is time for."""
    program = problem.seeds[0]
    paths = list(filter(problem.may_change, program))
    deadline = time.monotonic() + LONGEST_S
    tried: list[tuple[str, Score]] = []
    for words, faulty in planted(program, paths, faults, np.random.default_rng(0)):
        if time.monotonic() > deadline:
            break
        tried.append((words, problem.score(await evaluator.evaluate(faulty))))
    return tried


def _as_good(score: Score, seed: Score) -> bool:
    """Tell whether a score is at least the seed's on every case."""
    return score.status is Status.OK and all(
        score.cases.get(case, float("-inf")) >= value for case, value in seed.cases.items()
    )


def _apart(seed: Score, others: Sequence[Score]) -> dict[str, int]:
    """Return how many other programs each case and each metric tells from the seed."""
    found = {}
    for case, value in seed.cases.items():
        found[f"case {case}"] = sum(other.cases.get(case) != value for other in others)
    for name, value in seed.metrics.items():
        found[f"metric {name}"] = sum(other.metrics.get(name) != value for other in others)
    return found


async def writable(evaluator: ProblemEvaluator, case: str, output: bytes) -> tuple[str, ...]:
    """Return the metrics that follow a number which the program returned: it writes its own
    score.
    """
    value = wire.decode(output)
    found: dict[str, None] = {}
    for number, changed, name in _changes(value):
        verdict = (await evaluator.scorer.verdicts([case], wire.encode(changed)))[case]
        followed = [metric for metric, each in verdict.metrics.items() if each == number]
        found |= dict.fromkeys(f"{metric} (from {name} of the output)" for metric in followed)
    return tuple(found)


def _changes(value: Any) -> Iterator[tuple[float, Any, str]]:
    """Yield the output with one of its own numbers replaced by one that nobody would compute."""
    places: list[Any] = []
    match value:
        case dict():
            places = list(value)
        case list():
            places = list(range(len(value)))
    for at, place in enumerate(places[:MOST_NUMBERS]):
        own = value[place]
        if isinstance(own, int | float) and not isinstance(own, bool):
            number = 4321.0625 + at
            changed = copy(value)
            changed[place] = number
            yield number, changed, repr(place)
