"""The cap on evaluations is hard: for every rule, any number of workers, and across resumptions."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from toy_world import CASES, Stepper, ToyEvaluator, number, opened, problem, toy_run

from cladogen.archives import NAMES
from cladogen.errors import ConfigError
from cladogen.evaluation import Status
from cladogen.proposal import Proposal
from cladogen.search.budget import Caps
from cladogen.task import Propose

SEED = 3 * len(CASES)  # the seed's own evaluations, where whole programs are measured


class Mixed(Stepper):
    """Propose children that fail, repeat one another, are refused or leave the proposer with trials made."""

    def __init__(self, budget=None):
        super().__init__()
        self.budget = budget

    async def propose(self, task, record, rng):
        for _ in range(int(rng.integers(4))):
            await asyncio.sleep(0)
        kind = int(rng.integers(5))
        if kind == 0:
            return Proposal(
                task.ticket, "none", task.parents, code="no-child", reason="nothing came"
            )
        tried = (
            self.budget.reserve_trials(task.ticket, int(rng.integers(3)), len(CASES))
            if kind == 1
            else 0
        )
        proposal = await super().propose(task, record, rng)
        return Proposal(task.ticket, "step", task.parents, proposal.patch, trials=tried)

    async def repair(self, proposal, failure, record, rng):
        return await super().propose(Propose(proposal.ticket, proposal.parents), record, rng)


def searched(folder: Path, cap: int, archive: str, workers: int, seed: int):
    """Search under a cap; return how it ended, the evaluations on disk, and what the budget counts."""
    store = opened(folder)
    evaluator = ToyEvaluator(lambda x: Status.CRASH if int(1000 * x) % 4 == 1 else Status.OK)
    run = toy_run(
        store,
        Caps(evaluations=cap, failing=None),
        archive=archive,
        workers=workers,
        seed=seed,
        evaluator=evaluator,
    )
    run.proposer = Mixed(run.budget)
    ending = asyncio.run(asyncio.wait_for(run.search(), 60))
    rows = sum(1 for _ in store.evaluations())
    store.close()
    return ending, rows, run.budget.spend


@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from(sorted(NAMES)), st.integers(SEED, 60), st.integers(1, 4), st.integers(0, 1000)
)
def test_no_run_makes_more_evaluations_than_its_cap(
    archive: str, cap: int, workers: int, seed: int
) -> None:
    with tempfile.TemporaryDirectory() as name:
        ending, rows, spend = searched(Path(name) / "run", cap, archive, workers, seed)
        assert ending.stop.kind == "evaluations" and "budget" in ending.stop.text
        assert rows <= cap and spend.evaluations + spend.trials <= cap
        assert spend.evaluations + spend.trials > cap - len(
            CASES
        )  # what is left pays for no program
        _, again, _ = searched(Path(name) / "run", cap, archive, workers, seed)
        assert again == rows  # resumed under the same cap, it ends at once
        _, more, _ = searched(Path(name) / "run", cap + 7, archive, workers, seed)
        assert more <= cap + 7


def test_a_task_that_did_not_fit_is_taken_up_by_a_run_with_more_room(tmp_path) -> None:
    odd = SEED + 2 * len(CASES) + 1
    ending, rows, _ = searched(tmp_path / "run", odd, "greedy", 1, 1)
    assert "the next program may take 2" in ending.stop.text and rows < odd
    searched(tmp_path / "run", 40, "greedy", 1, 1)
    searched(tmp_path / "whole", 40, "greedy", 1, 1)
    pieces, whole = opened(tmp_path / "run"), opened(tmp_path / "whole")
    assert [node.program for node in pieces.nodes()] == [node.program for node in whole.nodes()]
    pieces.close()
    whole.close()


async def test_a_cap_below_the_seeds_own_evaluations_is_one_line_before_anything_runs(
    tmp_path,
) -> None:
    store = opened(tmp_path / "run")
    evaluator = ToyEvaluator()
    run = toy_run(
        store, Caps(evaluations=7), problem=problem((number(0.0), number(1.0))), evaluator=evaluator
    )
    with pytest.raises(
        ConfigError, match="--max-evaluations 7: measuring the seeds alone takes 8 "
    ):
        await run.search()
    assert evaluator.made == []
    store.close()
