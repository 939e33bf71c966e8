"""Transfer: what the best programs of a run are worth on another problem, against its seed.

Nothing of the other problem chose these programs, so all its cases count, training and held-out
alike, each program matched with the seed case by case (`cladogen.search.matched_test`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from cladogen.errors import ConfigError
from cladogen.evaluation import Evaluation, Status
from cladogen.evaluators.base import Evaluator
from cladogen.final import Choice, Comparison
from cladogen.formatting import named, number, one_line
from cladogen.problem import Metric, Problem
from cladogen.program import Program
from cladogen.search.matched_test import ALPHA, choose


@dataclass(frozen=True, slots=True)
class Transferred:
    """What came of a transfer: the seed's mean (None where it fails on a case), a row for each
    program by its number in its own run, best first there, and a sentence.
    """

    problem: str
    objective: Metric
    cases: int
    seed: float | None
    rows: tuple[Comparison, ...]
    failures: Mapping[int, str]
    sentence: str


async def transfer(
    problem: Problem, programs: Mapping[int, Program], evaluator: Evaluator
) -> Transferred:
    """Measure programs and the seed on every case of ``problem``; raises ConfigError when the world
    fails, for then nothing is known.
    """
    cases = (*evaluator.train, *evaluator.heldout)
    seed = await _measured(evaluator, problem.seeds[0], cases)
    rows = {each: await _measured(evaluator, program, cases) for each, program in programs.items()}
    choice = choose(problem.objective, rows, seed)
    failures = {each: _failure(found) for each, found in rows.items()}
    return Transferred(
        problem.name + (f", variant {problem.variant}" if problem.variant else ""),
        problem.objective,
        len(cases),
        choice.seed_mean,
        choice.trials,
        {each: why for each, why in failures.items() if why},
        _sentence(problem, choice),
    )


async def _measured(
    evaluator: Evaluator, program: Program, cases: tuple[str, ...]
) -> tuple[Evaluation, ...]:
    found = await evaluator.evaluate(program, cases)
    infra = next((row for row in found if row.status is Status.INFRA), None)
    if infra is not None:
        raise ConfigError(f"case {infra.case}: {infra.feedback}")
    return found


def _failure(rows: tuple[Evaluation, ...]) -> str:
    """Return on which case a program fails first, and how; "" when on none."""
    failed = next((row for row in rows if row.status is not Status.OK), None)
    if failed is None:
        return ""
    return f"fails on {failed.case}: {failed.status.value}: {failed.feedback}"


def _sentence(problem: Problem, choice: Choice) -> str:
    better = [row for row in choice.trials if row.p_adjusted <= ALPHA and row.gain > 0]
    if better:
        listed = ", ".join(f"#{row.number}" for row in better)
        return f"better than the seed of {problem.name} at the level {ALPHA:g}: {listed}"
    if choice.trials and all(row.gain < 0 or row.failed for row in choice.trials):
        return f"nothing transfers: each is worse than the seed of {problem.name}, or fails"
    return f"no significant gain over the seed of {problem.name}"


def transfer_lines(found: Transferred) -> Iterator[str]:
    """Yield the table and the sentence."""
    metric = found.objective
    unit = f" {metric.unit}" if metric.unit else ""
    seed = "fails" if found.seed is None else number(found.seed)
    yield named("problem", f"{found.problem}: {metric.direction} {metric.name}{unit}")
    yield named("cases", f"{found.cases}, none of which chose these programs")
    yield ""
    rows: list[tuple[str, ...]] = [
        ("program", metric.name, "gain", "better", "worse", "test", "p", "p, whole list")
    ]
    rows.append(("seed", seed, "", "", "", "", "", ""))
    rows += [_row(row, found.failures) for row in found.rows]
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    for row in rows:
        yield "  ".join(cell.ljust(size) for cell, size in zip(row, widths, strict=True)).rstrip()
    for each, why in found.failures.items():
        yield named(f"#{each}", one_line(why, 200))
    yield ""
    yield named("verdict", found.sentence)


def _row(row: Comparison, failures: Mapping[int, str]) -> tuple[str, ...]:
    if row.number in failures or row.mean is None:
        return (f"#{row.number}", "fails", "", "", "", "", "", "")
    return (
        f"#{row.number}", number(row.mean), f"{row.gain:+.4g}", f"{row.wins} of {row.pairs}",
        str(row.losses), row.test, f"{row.p:.2g}", f"{row.p_adjusted:.2g}",
    )  # fmt: skip
