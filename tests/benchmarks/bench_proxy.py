"""What a proxy gains where the objective takes long: the best program at equal evaluations.

    python tests/benchmarks/bench_proxy.py [--seeds 30] [--evaluations 1500]

A world without a model: 24 numbers move at random, six at once, the objective is their closeness to 3 and takes nine evaluations; a
proxy takes one, and is the objective with an error of its own for each program. Arms: no proxy, a good one, a poor one and
one that has nothing to do with the objective. The table goes to docs/mechanisms.md.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from arms import measure
from page import difference

ROOT = Path(__file__).parents[2]
sys.path.append(str(ROOT / "tests" / "support"))
from toy_world import Caps, Stepper, ToyEvaluator, opened, problem, toy_run  # noqa: E402

from cladogen.patch import make_diff  # noqa: E402
from cladogen.problem.values import NO_PROXY, Proxy, Stage  # noqa: E402
from cladogen.program import File, Program  # noqa: E402
from cladogen.proposal import Proposal  # noqa: E402
from cladogen.search.proxy import agreement  # noqa: E402

HEADING = "A proxy: measured"
OUTER = tuple("bcdefghij")
ARMS = {
    "no proxy": None,
    "error 1": 1.0,
    "error 10": 10.0,
    "unrelated": np.inf,
}  # as the error's size
NUMBERS, MOVED = 24, 6
SPREAD = 20.0  # of the unrelated one


def numbers(values) -> Program:
    return Program.of({"x.txt": File((json.dumps(list(values)) + "\n").encode())})


def closeness(program: Program) -> float:
    return -float(((np.array(json.loads(program.text("x.txt"))) - 3.0) ** 2).sum())


class Mover(Stepper):
    """Move some of the numbers."""

    async def propose(self, task, record, rng):
        parent = record.program(task.parents[0])
        values = json.loads(parent.text("x.txt"))
        for at in rng.integers(len(values), size=MOVED):
            values[at] += float(rng.normal(0.0, 0.7))
        child = numbers(round(value, 6) for value in values)
        return Proposal(task.ticket, "step", task.parents, make_diff(parent, child))


class World(ToyEvaluator):
    def __init__(self, error: float | None) -> None:
        super().__init__()
        self.error = error
        self.train = OUTER if error is None else ("a", *OUTER)

    async def evaluate(self, program, cases=None, *, seed=0, fresh=False, known=None):
        first = cases or self.train[:1]
        rows = tuple(self._evaluation(program, case, seed, fresh) for case in first)
        if cases is not None or (known is not None and known(rows)):
            return rows
        rest = self.train[1:]
        return rows + tuple(self._evaluation(program, case, seed, fresh) for case in rest)

    def _evaluation(self, program, case, seed, fresh):
        value = closeness(program)
        if case == "a":
            chance = np.random.default_rng(int(program.id[:12], 16)).normal()
            value = chance * SPREAD if np.isinf(self.error) else value + self.error * chance
        row = super()._evaluation(replace(program, files=ZERO.files), case, seed, fresh)
        return replace(row, metrics={"closeness": value}, output=f"{program.id} {case}")


ZERO = Program.of({"x.txt": File(b"0.0\n")})


@dataclass(frozen=True)
class Found:
    best: float
    programs: int
    correlation: float | None


def search(arm: str, seed: int, evaluations: int) -> Found:
    error = ARMS[arm]
    proxy = NO_PROXY if error is None else Proxy(("a",), 0.25)
    stages = () if error is None else (Stage("proxy", ("a",)),)
    with tempfile.TemporaryDirectory() as folder:
        store = opened(Path(folder) / "run")
        goal = replace(problem((numbers([0.0] * NUMBERS),)), proxy=proxy, stages=stages)
        caps = Caps(evaluations=evaluations, failing=None)
        parts = {"problem": goal, "evaluator": World(error), "proposer": Mover()}
        run = toy_run(store, caps, seed=seed, archive="greedy", **parts)
        asyncio.run(run.search())
        best = closeness(run.record.program(run.record.best()[0]))
        rows = [run.record.evaluations(number) for number in range(run.record.size())]
        found = Found(best, run.record.size(), agreement(goal, rows).correlation)
        store.close()
    return found


def table(found: dict[str, list[Found]], evaluations: int) -> str:
    base = [each.best for each in found["no proxy"]]
    lines = [
        f"{len(base)} random seeds, {evaluations:,} evaluations each; the objective takes {len(OUTER)} of them, the proxy one. The best",
        "possible is 0. Difference: to no proxy, paired by seed, with its 95 % interval.",
        "",
        "| the proxy's error | programs | best, mean | rank correlation seen | difference |",
        "|---|---|---|---|---|",
    ]
    for arm, runs in found.items():
        best = [each.best for each in runs]
        seen = [each.correlation for each in runs if each.correlation is not None]
        shown = f"{np.mean(seen):.2f}" if seen else ""
        lines.append(
            f"| {arm} | {np.mean([each.programs for each in runs]):.0f} | {np.mean(best):.3f} "
            f"| {shown} | {difference(best, base)} |"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    measure(__doc__, HEADING, ARMS, search, table, seeds=30, evaluations=1500)
