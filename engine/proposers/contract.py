"""The contract every proposer keeps, as a test class to subclass: a few lines test a proposer of
one's own.

    from cladogen.proposers.contract import ProposerContract

    class TestMine(ProposerContract):
        def make(self, problem, trials):
            return Mine(problem=problem, trials=trials)

It plays a small problem with the proposer, without sandbox or model: one Python function with
numbers in it, scored by how near it comes to a parabola.
"""

from __future__ import annotations

import asyncio
import io
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from cladogen.archives.base import Result
from cladogen.errors import PatchRefused
from cladogen.evaluation import Evaluation, Score, Status
from cladogen.patching.strict import apply_diff
from cladogen.problem import Metric, Problem
from cladogen.program import File, Node, Program
from cladogen.proposal import Outcome, Proposal
from cladogen.proposers.base import Proposer, built_with, state_of_proposer
from cladogen.record import checkpoint
from cladogen.source.novelty import canonical as form
from cladogen.state import NotKept
from cladogen.task import Propose

SEED = '''"""A curve."""

import numpy as np


def curve(x: np.ndarray, steepness: float) -> np.ndarray:
    """Return the height at each place."""
    shifted = x - 0.5  # where the curve turns
    height = steepness * np.abs(shifted)
    if steepness > 3:
        height = height + 1.5
    return np.where(shifted < 0.25, height, height * 2.0)
'''
HARNESS = "from curve import curve\n\n\ndef run(case):\n    return curve(case['x'], 2.0)\n"


def problem() -> Problem:
    """Return the problem that the contract is played on."""
    seed = Program.of({"curve.py": File(SEED.encode()), "harness.py": File(HARNESS.encode())})
    return Problem(
        name="curve",
        folder=Path(),
        statement="Come near the parabola.",
        seeds=(seed,),
        editable=("curve.py",),
        entry="harness.py:run",
        build=(),
        scorer=Path("scorer.py"),
        scorer_on_host=False,
        objective=Metric("closeness"),
        metrics=(),
    )


def judge(program: Program) -> Score:
    """Score a program in this process: it is the contract's own, made from the seed."""
    place: dict[str, object] = {}
    x = np.linspace(-1.0, 1.0, 21)
    try:
        with np.errstate(all="ignore"):
            exec(compile(program.text("curve.py"), "curve.py", "exec"), place)
            height = place["curve"](x, 2.0)  # type: ignore[operator]
            loss = float(np.mean((np.broadcast_to(height, x.shape) - x**2) ** 2))
    except Exception as error:  # noqa: BLE001  (a child may fail in any way; that is what is being played)
        return Score(Status.CRASH, feedback=repr(error))
    return (
        Score(Status.OK, -loss, {"closeness": -loss}, (-loss,))
        if np.isfinite(loss)
        else Score(Status.INVALID)
    )


class ProposerWorld:
    """A record and trials in memory."""

    train: tuple[str, ...] = ("all",)

    def __init__(self, problem: Problem) -> None:
        self.programs = list(problem.seeds)
        self.nodes = [Node(number, program.id) for number, program in enumerate(self.programs)]
        self.scores: list[Score] = list(map(judge, self.programs))
        self.told: list[tuple[Proposal, Result]] = []
        self.tried = self.rescored = 0

    def node(self, number: int) -> Node:
        return self.nodes[number]

    def program(self, number: int) -> Program:
        return self.programs[number]

    def score(self, number: int) -> Score | None:
        return self.scores[number]

    def evaluations(self, number: int) -> Sequence[Evaluation]:
        return ()

    def proposals(self, parent: int) -> Sequence[tuple[Proposal, Result]]:
        return [
            (proposal, result)
            for proposal, result in self.told
            if proposal.parents[:1] == (parent,)
        ]

    def latest(self, count: int) -> Sequence[tuple[Proposal, Result]]:
        return self.told[-count:]

    def returned(self, output: str) -> str:
        return ""

    def picture(self, output: str, case: str) -> str:
        return ""

    def children(self, number: int) -> Sequence[int]:
        return [node.number for node in self.nodes if number in node.parents]

    def best(self, count: int = 1) -> Sequence[int]:
        ranked = [number for number, score in enumerate(self.scores) if score.fitness is not None]
        return sorted(ranked, key=lambda number: (-(self.scores[number].fitness or 0.0), number))[
            :count
        ]

    def original(self, program: Program, canonical: bytes = b"") -> int | None:
        """Return the first program with the same tree or form."""
        for number, known in enumerate(self.programs):
            if program.id == known.id or canonical == form(known, ("curve.py",)):
                return number
        return None

    def size(self) -> int:
        return len(self.programs)

    async def trials(
        self, base: Program, variants: Sequence[Program], *, seed: int = 0
    ) -> tuple[Score, ...]:
        self.tried += len(variants)
        return tuple(map(judge, variants))

    async def evaluate(
        self, program: Program, cases: Sequence[str] | None = None, **_: object
    ) -> tuple[Evaluation, ...]:
        raise AssertionError("a proposer measures by trials; evaluations are the run's")

    def take(self, task: Propose, proposal: Proposal) -> Result:
        """Do what a run does with a proposal: apply it, score the child, keep both."""
        result = Result(task, Outcome.NO_REPLY, None, proposal.parents, operator=proposal.operator)
        if proposal.patch:
            result = self._made(result, proposal)
        self.told.append((proposal, result))
        return result

    def _made(self, result: Result, proposal: Proposal) -> Result:
        try:
            child = apply_diff(self.programs[proposal.parents[0]], proposal.patch)
        except PatchRefused as refusal:
            return replace(result, outcome=Outcome.REFUSED, reason=str(refusal))
        number, score = len(self.programs), judge(child)
        self.programs.append(child)
        self.nodes.append(Node(number, child.id, proposal.parents, proposal.ticket))
        self.scores.append(score)
        return replace(result, outcome=Outcome.ACCEPTED, program=number, score=score)


class ProposerContract:
    """Subclass it, define `make`, and run it with pytest. ``steps`` is how long the problem is
    played.
    """

    steps = 25

    def make(self, problem: Problem, trials: ProposerWorld) -> Proposer:
        """Return a fresh proposer."""
        raise NotImplementedError

    def play(self, seed: int, steps: int | None = None) -> ProposerWorld:
        """Play from the seed: parents are the best and others by turns."""
        rules = problem()
        world = ProposerWorld(rules)
        proposer = self.make(rules, world)
        for ticket in range(1, 1 + (steps or self.steps)):
            rng = np.random.default_rng((seed, ticket))
            parents = (world.best(4)[ticket % min(4, len(world.best(4)))],)
            task = Propose(ticket, parents, tuple(world.best(2)))
            proposal = asyncio.run(proposer.propose(task, world, rng))
            proposer.tell(proposal, world.take(task, proposal))
        return world

    def test_every_proposal_answers_its_task(self) -> None:
        for ticket, (proposal, result) in enumerate(self.play(0).told, 1):
            assert proposal.ticket == ticket
            assert result.task.ticket == ticket
            assert proposal.parents
            assert proposal.operator
            assert any((proposal.patch, proposal.reason, proposal.code)), (
                "one without a patch says why"
            )

    def test_patches_apply_and_leave_what_is_not_editable(self) -> None:
        world = self.play(1)
        for program in world.programs:
            assert program.files["harness.py"] == world.programs[0].files["harness.py"]
            assert set(program) == set(world.programs[0])

    def test_same_random_numbers_give_the_same_proposals(self) -> None:
        one, two = self.play(2), self.play(2)
        assert [p.id for p in one.programs] == [p.id for p in two.programs]

    def test_resumed_proposer_goes_on_as_the_unbroken_one(self) -> None:
        again, proposer = self._told_again(self.play(3))
        self._goes_on_as_the_unbroken_one(proposer, again)

    def test_one_that_takes_in_what_another_kept_goes_on_as_the_unbroken_one(self) -> None:
        again, proposer = self._told_again(self.play(3))
        fresh = self.make(problem(), again)
        try:
            state = state_of_proposer(proposer).state()
        except NotKept:
            return  # it is told its results again
        written = checkpoint.unpacked(io.BytesIO(checkpoint.packed({"state": state})))
        assert written is not None
        options = [checkpoint.packed({"options": built_with(each)})
                   for each in (fresh, self.make(problem(), again))]  # fmt: skip
        assert options[0] == options[1]
        state_of_proposer(fresh).restore(written["state"])
        self._goes_on_as_the_unbroken_one(fresh, again)

    def _told_again(self, world: ProposerWorld) -> tuple[ProposerWorld, Proposer]:
        """Tell a fresh proposer what came of a play."""
        rules = problem()
        again = ProposerWorld(rules)
        proposer = self.make(rules, again)
        for proposal, result in world.told:
            if result.program is not None:
                again.programs.append(world.programs[result.program])
                again.nodes.append(world.nodes[result.program])
                again.scores.append(world.scores[result.program])
            again.told.append((proposal, result))
            proposer.tell(proposal, result)
        return again, proposer

    def _goes_on_as_the_unbroken_one(self, proposer: Proposer, again: ProposerWorld) -> None:
        task = Propose(1000, (again.best()[0],), tuple(again.best(2)))
        resumed = asyncio.run(proposer.propose(task, again, np.random.default_rng(1000)))
        longer = self._go_on(3, task)
        assert (resumed.patch, resumed.operator) == (longer.patch, longer.operator)

    def _go_on(self, seed: int, task: Propose) -> Proposal:
        rules = problem()
        world = ProposerWorld(rules)
        proposer = self.make(rules, world)
        for ticket in range(1, 1 + self.steps):
            parents = (world.best(4)[ticket % min(4, len(world.best(4)))],)
            asked = Propose(ticket, parents, tuple(world.best(2)))
            proposal = asyncio.run(
                proposer.propose(asked, world, np.random.default_rng((seed, ticket)))
            )
            proposer.tell(proposal, world.take(asked, proposal))
        return asyncio.run(proposer.propose(task, world, np.random.default_rng(1000)))

    def test_trials_are_counted(self) -> None:
        world = self.play(4)
        assert sum(proposal.trials for proposal, _ in world.told) == world.tried
