"""Work in flight: several askers at one run, repairs, a run that is opened anew for each ask."""

from pathlib import Path

import numpy as np
import pytest
from toy_world import Stepper, ToyEvaluator, number, opened, toy_run, tree_of

from cladogen.archives.base import Result, Space
from cladogen.archives.clade import Clade
from cladogen.archives.simple import BestOfN
from cladogen.evaluation import Score, Status
from cladogen.patch import make_diff
from cladogen.proposal import Outcome, Proposal
from cladogen.search.budget import Caps
from cladogen.task import Measure, Propose


class Mender(Stepper):
    """Proposes what fails, and repairs it once."""

    async def propose(self, task, record, rng):
        parent = record.program(task.parents[0])
        return Proposal(
            task.ticket, "break", task.parents, make_diff(parent, number(100.0 + task.ticket))
        )

    async def repair(self, proposal, failure, record, rng):
        if proposal.repairs:
            return None
        patch = make_diff(record.program(failure.program), number(3.0 + 1 / proposal.ticket))
        return Proposal(proposal.ticket, "repair", (failure.program,), patch, repairs=1)


class Breaking(ToyEvaluator):
    """``dies`` as a killed engine does, while it evaluates the repair of that ticket."""

    def __init__(self, dies: int = 0) -> None:
        super().__init__(lambda x: Status.CRASH if x >= 100 else Status.OK)
        self.dies = 3.0 + 1 / dies if dies else None

    async def evaluate(self, program, cases=None, **more):
        if float(program.text("x.txt")) == self.dies:
            raise RuntimeError("killed")
        return await super().evaluate(program, cases, **more)


@pytest.mark.parametrize("archive", ["map_elites", "clade", "best_of_n"])
async def test_run_killed_in_the_middle_of_a_repair_can_be_resumed(
    tmp_path: Path, archive: str
) -> None:
    whole, killed = opened(tmp_path / "whole"), opened(tmp_path / "killed")
    try:
        parts = {"archive": archive, "proposer": Mender()}
        await toy_run(whole, Caps(proposals=12), evaluator=Breaking(), **parts).search()
        with pytest.raises(RuntimeError, match="killed"):
            await toy_run(killed, Caps(proposals=12), evaluator=Breaking(dies=2), **parts).search()
        await toy_run(killed, Caps(proposals=12), evaluator=Breaking(), **parts).search()
        assert tree_of(whole) == tree_of(killed)
    finally:
        whole.close()
        killed.close()


def scored(task: Propose, at: int, fitness: float | None) -> Result:
    status = Status.CRASH if fitness is None else Status.OK
    return Result(
        task,
        Outcome.ACCEPTED,
        at,
        task.parents,
        Score(status, fitness, cases={"a": fitness or 0.0}),
    )


async def test_task_taken_by_an_asker_counts_as_in_flight_when_the_run_is_opened_again(
    tmp_path: Path,
) -> None:
    store = opened(tmp_path / "run")
    try:
        run = toy_run(store, Caps(proposals=4), archive="clade")
        await run.search()
        while not isinstance(task := run.ask("somebody"), Propose):
            await run.finish(task)
        again = toy_run(store, Caps(proposals=4), archive="clade")
        again.resume()
        assert again.archive.pending == {task.parents[0]: 1}
        assert again.archive.attempts == run.archive.attempts
    finally:
        store.close()


def test_a_repaired_proposal_is_one_attempt() -> None:
    archive = Clade(Space(cases=("a",)))
    archive.tell(scored(Propose(0), 0, 1.0))
    while isinstance(task := archive.ask(1, np.random.default_rng(0)), Measure):
        archive.tell(Result(task, Outcome.MEASURED, 0, (), Score(Status.OK, 1.0, cases={"a": 1.0})))
    archive.tell(Result(task, Outcome.REFUSED, last=False))
    assert archive.attempts == 1
    archive.tell(scored(task, 1, 2.0))
    assert archive.attempts == 1


def test_a_round_of_best_of_n_holds_as_many_children_whether_they_were_repaired_or_not() -> None:
    archive = BestOfN(Space(cases=("a",)), children=2)
    archive.tell(scored(Propose(0), 0, 1.0))
    for ticket in (1, 2):
        task = archive.ask(ticket, np.random.default_rng(0))
        assert task.parents == (0,)
        broken = scored(task, 2 * ticket - 1, None)
        archive.tell(Result(task, broken.outcome, broken.program, (0,), broken.score, last=False))
        archive.tell(scored(task, 2 * ticket, 1.0 + ticket))
    assert archive.ask(3, np.random.default_rng(0)).parents == (4,)
