"""What racing gains where scores are noisy: the true fitness of the best program at equal evaluations; and how often
it gives a program up that is worse by so much, beside the error that is stated.

    python tests/benchmarks/bench_racing.py [--seeds 40] [--evaluations 3000]

A world without a model: a number moves at random, closeness to 3 is seen through noise of a stated size. Arms: each
case once, each case five times, and a race of up to five rounds. The table goes to docs/mechanisms.md.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from arms import measure
from page import difference

ROOT = Path(__file__).parents[2]
sys.path.append(str(ROOT / "tests" / "support"))
from toy_world import Caps, ToyEvaluator, number, opened, problem, toy_run  # noqa: E402

from cladogen.evaluation import Evaluation, Status  # noqa: E402
from cladogen.problem import Metric  # noqa: E402
from cladogen.problem.values import ONE_ROUND, Race  # noqa: E402
from cladogen.search.racing import lost  # noqa: E402

HEADING = "Racing: measured"
NOISE = 1.0
CASES = tuple("abcdef")
ROUNDS, TIMES = 5, 2000
ERRORS, BEHIND = (0.05, 0.2), (0, 0.25, 0.5, 1, 2)
METRIC = Metric("closeness")
ARMS = {
    "each case once": (1, ONE_ROUND),
    "each case five times": (5, ONE_ROUND),
    "a race of up to five": (1, Race(ROUNDS)),
}


class Noisy(ToyEvaluator):
    """Noise that depends on program, case and random seed alone."""

    train = CASES

    def __init__(self, repeats: int) -> None:
        super().__init__()
        self.repeats = repeats

    async def evaluate(self, program, cases=None, *, seed=0, **how):
        rows = ()
        for at in range(seed * self.repeats, (seed + 1) * self.repeats):
            rows += await super().evaluate(program, cases or CASES, seed=at, **how)
        return rows

    def _evaluation(self, program, case, seed, fresh):
        row = super()._evaluation(program, case, seed, fresh)
        noise = np.random.default_rng([int(program.id[:12], 16), ord(case), seed]).normal()
        return replace(row, metrics={"closeness": row.metrics["closeness"] + NOISE * float(noise)})


@dataclass(frozen=True)
class Found:
    """What one run found: the best program's true fitness, what it claims, and how many programs it measured."""

    true: float
    claimed: float
    programs: int


def search(arm: str, seed: int, evaluations: int) -> Found:
    repeats, race = ARMS[arm]
    with tempfile.TemporaryDirectory() as folder:
        store = opened(Path(folder) / "run")
        goal = replace(problem((number(0.0),)), repeats=repeats, race=race)
        caps = Caps(evaluations=evaluations, failing=None)
        run = toy_run(
            store, caps, seed=seed, problem=goal, evaluator=Noisy(repeats), archive="greedy"
        )
        asyncio.run(run.search())
        best = run.record.best()[0]
        value = float(run.record.program(best).text("x.txt"))
        claimed = run.record.score(best).fitness
        found = Found(-((value - 3.0) ** 2), claimed, run.record.size())
        store.close()
    return found


def table(found: dict[str, list[Found]], evaluations: int) -> str:
    base = [each.true for each in found["each case five times"]]
    lines = [
        f"{len(base)} random seeds, {evaluations:,} evaluations each over {len(CASES)} cases, noise {NOISE:g} (standard deviation of one evaluation);",
        "the true fitness of the best is 0 at most. Difference: to five times each, paired by seed, with its 95 % interval.",
        "",
        "| each program is measured | programs | true fitness of the best, mean | what it claims, mean | difference |",
        "|---|---|---|---|---|",
    ]
    for arm, runs in found.items():
        true = [each.true for each in runs]
        lines.append(
            f"| {arm} | {np.mean([each.programs for each in runs]):.0f} | {np.mean(true):.3f} "
            f"| {np.mean([each.claimed for each in runs]):.3f} | {difference(true, base)} |"
        )
    return "\n".join([*lines, "", *rates()])


def rates() -> list[str]:
    """Return a table: how often programs that are worse by so much are given up, and after how many rounds."""
    lines = [
        f"How often a race of up to {ROUNDS} rounds gives a program up that is worse than the best by so many standard deviations",
        f"of one evaluation, over {TIMES:,} races each, and after how many rounds a race ends (mean). At 0 this is the error: `error` states",
        "how often it may come at most, over all looks together.",
        "",
        "| worse by | "
        + " | ".join(f"`error = {error}`, given up | rounds" for error in ERRORS)
        + " |",
        "|---|" + "---|---|" * len(ERRORS),
    ]
    for behind in BEHIND:
        cells = (
            f"{100 * share:.1f} % | {rounds:.2f}"
            for share, rounds in (raced(behind, error) for error in ERRORS)
        )
        lines.append(f"| {behind:g} | " + " | ".join(cells) + " |")
    return lines


def raced(behind: float, error: float) -> tuple[float, float]:
    """Return the share of races in which a program is given up, and the rounds of a race (mean)."""
    rng, race, ends = np.random.default_rng(0), Race(ROUNDS, error), []
    for _ in range(TIMES):
        best, mine = _rows(rng, 0.0, ROUNDS), _rows(rng, -behind, 0)
        looks = range(1, ROUNDS)
        given = [n for n in looks if lost(race, METRIC, mine[: len(CASES) * n], best)]
        ends.append(given[0] if given else 0)
    return float(np.mean([end > 0 for end in ends])), float(
        np.mean([end or ROUNDS for end in ends])
    )


def _rows(rng: np.random.Generator, mean: float, first: int) -> list[Evaluation]:
    return [
        Evaluation("p", case, seed, Status.OK, {METRIC.name: mean + NOISE * float(rng.normal())})
        for seed in range(first, first + ROUNDS)
        for case in CASES
    ]


if __name__ == "__main__":
    measure(__doc__, HEADING, ARMS, search, table, seeds=40, evaluations=3000)
