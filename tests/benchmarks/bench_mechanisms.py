"""What mechanisms that are switched on by options gain in a world without a model, at equal evaluations.

    python tests/benchmarks/bench_mechanisms.py [--seeds 30] [--only NAME]

A program is a file of twelve numbers, each with a hidden best value; four cases look at three of them each. The real
loop, archives and proposers search in this process. Each arm is paired by seed with the run without the mechanism.
The table goes to docs/mechanisms.md.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from page import difference, write_part

ROOT = Path(__file__).parents[2]
sys.path.append(str(ROOT / "tests" / "support"))
from toy_world import Caps, ToyEvaluator, opened, problem, toy_run  # noqa: E402

from cladogen.evaluation import Evaluation, Status, Usage  # noqa: E402
from cladogen.problem import Metric  # noqa: E402
from cladogen.program import File, Program  # noqa: E402
from cladogen.proposers.mutate import Mutate  # noqa: E402
from cladogen.proposers.syntax.table import NAMES  # noqa: E402

HEADING = "Without a model: measured"
NUMBERS = 12
CASES = tuple("abcd")
CONSTANTS = {name: float(name == "constant") for name in NAMES}


class Numbers(ToyEvaluator):
    """Closeness of twelve numbers to their hidden best values: each case looks at three of them."""

    train = CASES

    def __init__(self, seed: int) -> None:
        super().__init__()
        self.wanted = np.random.default_rng([seed, 17]).normal(0.0, 3.0, NUMBERS)

    def _evaluation(self, program, case, seed, fresh):
        lines = program.text("x.py").splitlines()
        at = CASES.index(case)
        metrics = {}
        if len(lines) == NUMBERS:
            values = np.array([float(line.split("=")[1]) for line in lines])
            near = -((values - self.wanted) ** 2)[at::4].mean()
            metrics = {"closeness": float(near)}
        status = Status.OK if metrics else Status.INVALID
        return Evaluation(
            program.id, case, seed, status, metrics, output=repr(metrics), usage=Usage(0.001)
        )


@dataclass(frozen=True)
class Arm:
    """What is compared, on what rule, and how its proposer is made."""

    name: str
    archive: str
    options: dict
    proposer: Callable


def mutation(**options):
    weights = {**CONSTANTS, "splice": float(options.get("splice", 0.0))}
    given = {name: value for name, value in options.items() if name != "splice"}
    return lambda problem, trials, budget: Mutate(
        problem, trials, budget, weights=weights, probes=1, **given
    )


PLAIN = {name: Arm(name, name, {}, mutation()) for name in ("map_elites", "gepa")}
ARMS = (
    Arm("crossover by hunks (`splice=1`)", "map_elites", {}, mutation(splice=1)),
    Arm("an inner population of 8 (`inner=8`)", "map_elites", {}, mutation(inner=8)),
    Arm("fronts by what cases tell (`curriculum`)", "gepa", {"curriculum": True}, mutation()),
    Arm("restarts (`restarts=0.3`)", "map_elites", {"restarts": 0.3}, mutation()),
    Arm("restarts (`restarts=0.3`)", "gepa", {"restarts": 0.3}, mutation()),
)  # fmt: skip


def search(arm: Arm, seed: int, evaluations: int) -> float:
    """Return the fitness of the best program of one run."""
    start = Program.of({"x.py": File("".join(f"x{at} = 1.0\n" for at in range(NUMBERS)).encode())})
    metric = Metric("closeness")
    goal = replace(problem((start,)), editable=("x.py",), objective=metric, metrics=(metric,))
    evaluator, caps = Numbers(seed), Caps(evaluations=evaluations, failing=None)
    with tempfile.TemporaryDirectory() as folder:
        store = opened(Path(folder) / "run")
        parts = {"problem": goal, "evaluator": evaluator, "archive": arm.archive}
        run = toy_run(store, caps, seed=seed, options=arm.options, **parts)
        run.proposer = arm.proposer(goal, evaluator, run.budget)
        asyncio.run(run.search())
        best = run.record.best()[0]
        found = run.record.score(best).fitness
        store.close()
    return found


def row(arm: Arm, found: list[float], base: list[float]) -> str:
    return (
        f"| {arm.name} | {arm.archive} | {np.mean(found):.2f} | {np.mean(base):.2f} "
        f"| {difference(found, base)} |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=30)
    parser.add_argument("--evaluations", type=int, default=1200)
    parser.add_argument("--only", default="")
    asked = parser.parse_args()
    arms = [arm for arm in ARMS if asked.only in arm.name]
    found: dict[tuple[str, str], list[float]] = {}
    for seed in range(asked.seeds):  # interleaved
        for arm in dict.fromkeys([*(PLAIN[arm.archive].name for arm in arms)]):
            found.setdefault(("", arm), []).append(search(PLAIN[arm], seed, asked.evaluations))
        for arm in arms:
            found.setdefault((arm.name, arm.archive), []).append(
                search(arm, seed, asked.evaluations)
            )
    rows = [row(arm, found[arm.name, arm.archive], found["", arm.archive]) for arm in arms]
    text = "\n".join([
        f"{asked.seeds} random seeds, {asked.evaluations:,} evaluations each, the best program's fitness (0 at most) in the world of",
        "`tests/benchmarks/bench_mechanisms.py`; the difference is paired by seed, with its 95 % interval.",
        "",
        "| mechanism | on | with it | without | difference |",
        "|---|---|--:|--:|--:|",
        *rows,
    ])  # fmt: skip
    print(text)
    if not asked.only:
        write_part(HEADING, text, ROOT / "docs" / "mechanisms.md")


if __name__ == "__main__":
    main()
