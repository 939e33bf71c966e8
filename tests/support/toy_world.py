"""A world small enough to search in a blink, for tests of the engine: one number in one file, best at 3.

The evaluator and the proposer run in this process; the loop, the store, the record and the archives are the real ones.
Run as a script, ``python toy_world.py FOLDER PROPOSALS [SEED]`` starts or resumes a search there.
"""

import asyncio
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from cladogen.archives.base import Result
from cladogen.archives.options import make_archive
from cladogen.evaluation import Evaluation, Score, Status, Usage
from cladogen.events import Silent
from cladogen.patch import make_diff
from cladogen.problem import Metric, Problem
from cladogen.problem.aggregate import score
from cladogen.program import File, Program
from cladogen.proposal import Cost, Proposal
from cladogen.proposers.base import Record
from cladogen.record.credit import Tally
from cladogen.record.store import Store
from cladogen.run import Run
from cladogen.search.budget import Budget, Caps
from cladogen.search.workers import Workers
from cladogen.task import Propose

CASES = ("a", "b")


def number(value: float) -> Program:
    return Program.of({"x.txt": File(f"{value!r}\n".encode())})


def problem(seeds: Sequence[Program] = (number(0.0),)) -> Problem:
    metric = Metric("closeness")
    return Problem("toy", Path("toy"), "Get close to 3.", tuple(seeds), ("x.txt",), "x.py:run", (), Path("scorer.py"),
                   False, metric, (metric,))  # fmt: skip


class ToyEvaluator:
    """Closeness to 3. ``status_of`` may make a program fail; ``made`` lists what was evaluated, in order."""

    train = CASES
    heldout: tuple[str, ...] = ()

    def __init__(self, status_of: Callable[[float], Status] = lambda x: Status.OK) -> None:
        self.status_of = status_of
        self.made: list[tuple[str, str, int]] = []

    async def evaluate(
        self,
        program: Program,
        cases: Sequence[str] | None = None,
        *,
        seed: int = 0,
        fresh: bool = False,
        known: Callable[[tuple[Evaluation, ...]], bool] | None = None,
    ) -> tuple[Evaluation, ...]:
        await asyncio.sleep(0)
        return tuple(self._evaluation(program, case, seed, fresh) for case in cases or self.train)

    def _evaluation(self, program: Program, case: str, seed: int, fresh: bool) -> Evaluation:
        if not fresh:
            self.made.append((program.id, case, seed))
        value = float(program.text("x.txt"))
        status = self.status_of(value)
        metrics = {"closeness": -((value - 3.0) ** 2)} if status is Status.OK else {}
        output = repr(value) if status is Status.OK else ""
        return Evaluation(
            program.id,
            case,
            seed,
            status,
            metrics,
            f"x is {value}",
            output=output,
            usage=Usage(0.001, 0.001),
        )

    async def trials(
        self, base: Program, variants: Sequence[Program], *, seed: int = 0
    ) -> tuple[Score, ...]:
        return tuple([score(problem(), await self.evaluate(variant)) for variant in variants])


class Stepper:
    """Move the number a little, by a real git diff."""

    def __init__(self, cost: Cost = Cost()) -> None:
        self.cost = cost
        self.told: list[tuple[Proposal, Result]] = []

    async def propose(self, task: Propose, record: Record, rng: np.random.Generator) -> Proposal:
        await asyncio.sleep(0)
        parent = record.program(task.parents[0])
        child = number(round(float(parent.text("x.txt")) + float(rng.normal(0.0, 0.7)), 6))
        return Proposal(task.ticket, "step", task.parents, make_diff(parent, child), cost=self.cost)

    async def repair(self, proposal, failure, record, rng):
        return None

    def tell(self, proposal: Proposal, result: Result) -> None:
        self.told.append((proposal, result))


def toy_run(
    store: Store,
    caps: Caps,
    *,
    seed: int = 0,
    workers: int | Workers = 1,
    archive: str = "map_elites",
    options: Mapping[str, object] | None = None,
    expected: int | None = None,
    **parts,
) -> Run:
    """Return a search of the toy world over an open store; ``parts`` replace its problem, evaluator, proposer...
    ``expected`` is how many proposals its archive paces itself by.
    """
    made = {
        "problem": problem(),
        "evaluator": ToyEvaluator(),
        "proposer": Stepper(),
        "observer": Silent(),
        "budget": Budget(caps),
        "workers": Workers(workers, grace_s=5.0) if isinstance(workers, int) else workers,
        **parts,
    }
    evaluations = None if expected is None else len(CASES) * expected
    space = replace(made["problem"].space(CASES), proposals=expected, max_evaluations=evaluations)
    return Run(archive=make_archive(archive, space, options), store=store, seed=seed, **made)


def opened(folder: Path) -> Store:
    return (
        Store.open(folder, write=True) if (folder / "run.db").exists() else Store.create(folder, {})
    )


def tree_of(store: Store) -> list[tuple]:
    """Return what must not depend on interruptions: programs, lineage, evaluations and results, in order."""
    programs = [(node.number, node.program, node.parents, node.ticket) for node in store.nodes()]
    rows = [(n, e.case, e.seed, e.status, dict(e.metrics)) for _, n, _, _, e in store.evaluations()]
    results = [(row.ticket, row.outcome, row.program, row.standing) for row in store.results()]
    return [*programs, *rows, *results]


if __name__ == "__main__":
    target = Path(sys.argv[1])
    with_store = opened(target)
    print("started", flush=True)
    run = toy_run(
        with_store, Caps(proposals=int(sys.argv[2])), seed=int((sys.argv[3:] or ["0"])[0])
    )
    asyncio.run(run.search())
    with_store.close()


def tally(run: Run) -> Tally:
    """Return the credit of everything that a run has recorded."""
    return run.store.tally() or run.store.recount(run.problem.score)
