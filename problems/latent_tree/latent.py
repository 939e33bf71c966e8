"""The world without a model: agents that are two hidden numbers, children drawn from them, cases
solved by chance.

`LatentProposer` stands where a model stands, `LatentEvaluator` where sandbox and scorer stand;
everything between them is the engine itself, so that what a selection rule is worth can be measured
in seconds.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from cladogen.archives.base import Result
from cladogen.evaluation import Evaluation, Score, Status
from cladogen.patch import make_diff
from cladogen.problem.problem import Problem, Stage
from cladogen.program import Program
from cladogen.proposal import Proposal
from cladogen.proposers.base import Record
from cladogen.search.streams import stream
from cladogen.task import Propose

FILE = "agent.json"


@dataclass(frozen=True, slots=True)
class Agent:
    """What a program of this world holds."""

    ability: float
    potential: float

    @staticmethod
    def read(program: Program) -> Agent:
        """Read a program; raises ValueError when it holds no agent of this world."""
        try:
            values = json.loads(program.text(FILE))
            agent = Agent(float(values["ability"]), float(values["potential"]))
        except (KeyError, TypeError, ValueError, RecursionError) as error:
            raise ValueError(f"{FILE}: not an agent ({type(error).__name__}: {error})") from None
        if not (math.isfinite(agent.ability) and math.isfinite(agent.potential)):
            raise ValueError(f"{FILE}: not an agent (its numbers are not finite)")
        return agent

    def written(self) -> bytes:
        return json.dumps({"ability": self.ability, "potential": self.potential}).encode() + b"\n"

    def chance(self, difficulty: float) -> float:
        """Return the probability of solving a case."""
        return 0.5 + 0.5 * math.tanh((self.ability - difficulty) / 2)


class LatentProposer:
    """Draw a child: the agent modifies itself, for better or worse."""

    def __init__(self, *, problem: Problem) -> None:
        self.world = problem.parameters

    async def propose(self, task: Propose, record: Record, rng: np.random.Generator) -> Proposal:
        parent = record.program(task.parents[0])
        child = self.child(Agent.read(parent), rng)
        if child is None:
            reason = "the agent broke itself"
            return Proposal(task.ticket, "draw", task.parents[:1], code="no-child", reason=reason)
        patch = make_diff(parent, parent.replace({FILE: child.written()}))
        return Proposal(task.ticket, "draw", task.parents[:1], patch=patch)

    def child(self, parent: Agent, rng: np.random.Generator) -> Agent | None:
        """Return what the parent makes of itself, None when that does not run."""
        world = self.world
        if rng.random() < world["fails"]:
            return None
        z1, z2 = rng.standard_normal(2)
        lean = world["trade_off"]
        potential = parent.potential + world["potential_step"] * z1
        change = world["ability_step"] * (lean * z1 + math.sqrt(1.0 - lean * lean) * z2)
        ability = parent.ability + potential + change
        if rng.random() < world["damage_chance"]:
            ability -= world["damage"] * rng.random()
        return Agent(float(ability), float(potential))

    async def repair(
        self, proposal: Proposal, failure: Result, record: Record, rng: np.random.Generator
    ) -> Proposal | None:
        return None

    def tell(self, proposal: Proposal, result: Result) -> None: ...


class LatentEvaluator:
    """Say which cases an agent solves. Training cases are solved or not; a held-out value is the
    chance itself.
    """

    def __init__(self, problem: Problem) -> None:
        world = problem.parameters
        rng = stream(world["seed"], "difficulties", 0)
        drawn = rng.normal(0.0, world["difficulty_spread"], world["cases"])
        self.problem = problem
        self.seed = int(world["seed"])
        self.difficulty = {f"case-{at:02}": float(value) for at, value in enumerate(drawn)}
        self.train = tuple(self.difficulty)
        self.heldout = tuple(name.replace("case", "chance") for name in self.train)
        rest = set(self.train).difference(*(stage.cases for stage in problem.stages))
        self.stages = (*problem.stages, Stage("rest", tuple(sorted(rest))))

    async def evaluate(
        self,
        program: Program,
        cases: Sequence[str] | None = None,
        *,
        seed: int = 0,
        fresh: bool = False,
        known: Callable[[tuple[Evaluation, ...]], bool] | None = None,
    ) -> tuple[Evaluation, ...]:
        """Return the rows, the same when asked afresh: there is no sandbox that a candidate could
        have spoilt.
        """
        try:
            agent = Agent.read(program)
        except ValueError as error:
            asked = self.train if cases is None else cases
            return tuple(
                Evaluation(program.id, case, seed, Status.INVALID, feedback=str(error))
                for case in asked
            )
        if cases is not None:
            return tuple(self.row(program, agent, case, seed) for case in cases)
        rows: tuple[Evaluation, ...] = ()
        for stage in self.stages:
            new = tuple(self.row(program, agent, case, seed) for case in stage.cases)
            rows += new
            if not _passes(stage, new):
                break
        return rows

    async def trials(
        self, base: Program, variants: Sequence[Program], *, seed: int = 0
    ) -> tuple[Score, ...]:
        """Score variants; there is nothing to start that they could share."""
        return tuple(
            [self.problem.score(await self.evaluate(variant, seed=seed)) for variant in variants]
        )

    def row(self, program: Program, agent: Agent, case: str, seed: int) -> Evaluation:
        """Return one evaluation, the same whenever it is asked for."""
        chance = agent.chance(self.difficulty[case.replace("chance", "case")])
        solved = chance if case in self.heldout else float(self.luck(program, case, seed) < chance)
        return Evaluation(program.id, case, seed, Status.OK, {"solved": solved})

    def luck(self, program: Program, case: str, seed: int) -> float:
        """Return the number in [0, 1) that decides a case for a program."""
        digest = hashlib.blake2b(
            f"{self.seed} {program.id} {case} {seed}".encode(), digest_size=8
        ).digest()
        return int.from_bytes(digest, "big") / 2.0**64


def _passes(stage: Stage, rows: Sequence[Evaluation]) -> bool:
    solved = sum(row.metrics["solved"] for row in rows)
    return stage.at_least is None or solved >= stage.at_least * len(rows)
