"""Probing: several children in one sandbox start, and the best new one is proposed."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from cladogen.evaluation import Evaluation, Score, Status, Usage
from cladogen.ledger import Caps, Unlimited
from cladogen.problem import Problem
from cladogen.program import Program
from cladogen.proposers.contract import ProposerWorld, judge, problem
from cladogen.proposers.mutate import Mutate
from cladogen.proposers.probe import PROBES, Probe
from cladogen.task import Propose


def quick() -> Problem:
    """Return the contract's problem with a short time limit."""
    rules = problem()
    return replace(rules, limits=replace(rules.limits, time_s=2.0))


class Measured(ProposerWorld):
    """A world whose programs took so much CPU time, and whose behaviours can be told apart."""

    cpu_s = 0.001

    def __init__(self) -> None:
        super().__init__(quick())
        self.batches: list[list[Program]] = []
        self.scores = [behaving(program) for program in self.programs]

    def evaluations(self, number: int) -> Sequence[Evaluation]:
        usage = Usage(self.cpu_s, self.cpu_s)
        return [Evaluation(self.programs[number].id, "all", 0, Status.OK, usage=usage)]

    async def trials(
        self, base: Program, variants: Sequence[Program], *, seed: int = 0
    ) -> tuple[Score, ...]:
        self.tried += len(variants)
        self.batches.append(list(variants))
        return tuple(behaving(variant) for variant in variants)


def behaving(program: Program) -> Score:
    score = judge(program)
    signature = "" if score.fitness is None else f"{score.fitness!r}"
    return Score(score.status, score.fitness, score.metrics, score.cases, signature=signature)


class Timed(Unlimited):
    """A budget of which so many seconds are left."""

    def __init__(self, left: float) -> None:
        self.left = left

    def seconds_left(self) -> float | None:
        return self.left


def capped(evaluations: int) -> Unlimited:
    budget = Unlimited()
    budget.caps = Caps(evaluations=evaluations)
    return budget


def test_of_many_cheap_children_the_best_is_proposed() -> None:
    world = Measured()
    task = Propose(1, (0,))
    proposal = asyncio.run(Mutate(quick(), world).propose(task, world, np.random.default_rng(0)))
    result = world.take(task, proposal)
    fitness = [value for each in world.batches[0] if (value := judge(each).fitness) is not None]
    assert len(world.batches[0]) == PROBES == proposal.trials
    assert result.score is not None
    assert result.score.fitness == max(
        value for value in fitness if value != judge(world.programs[0]).fitness
    )


def test_a_child_that_behaves_as_a_known_program_does_is_not_proposed() -> None:
    world = Measured()
    mutate = Mutate(quick(), world)
    for ticket in range(1, 25):
        task = Propose(ticket, (world.best()[0],))
        proposal = asyncio.run(mutate.propose(task, world, np.random.default_rng(ticket)))
        if world.take(task, proposal).program is not None:
            world.scores[-1] = behaving(world.programs[-1])
    behaviours = [score.signature for score in world.scores]
    assert len(behaviours) > 12
    assert len(set(behaviours)) == len(behaviours)


def test_a_faster_program_is_proposed_though_it_returns_what_is_known() -> None:
    class Same(Measured):
        async def trials(
            self, base: Program, variants: Sequence[Program], *, seed: int = 0
        ) -> tuple[Score, ...]:
            return tuple(
                Score(Status.OK, 1.0 + at, signature="equal") for at in range(len(variants))
            )

    world = Same()
    world.scores = [Score(Status.OK, 0.5, signature="equal")]
    task = Propose(1, (0,))
    proposal = asyncio.run(Mutate(quick(), world).propose(task, world, np.random.default_rng(0)))
    assert proposal.patch


def test_where_every_child_fails_or_is_known_that_is_the_reason() -> None:
    world = Measured()

    async def trials(
        base: Program, variants: Sequence[Program], *, seed: int = 0
    ) -> tuple[Score, ...]:
        return (Score(Status.CRASH),) * len(variants)

    world.trials = trials  # type: ignore[method-assign]
    proposal = asyncio.run(
        Mutate(quick(), world).propose(Propose(1, (0,)), world, np.random.default_rng(0))
    )
    assert not proposal.patch
    assert "none of them runs and is new" in proposal.reason
    assert proposal.trials == PROBES


def test_a_slow_program_is_not_probed() -> None:
    world = Measured()
    world.cpu_s = 2.0
    assert Probe(world, None, 2.0).count(Propose(1, (0,)), world) == 0


def test_no_child_is_tried_when_a_cap_counts_evaluations() -> None:
    assert Probe(Measured(), capped(400), 2.0).count(Propose(1, (0,)), Measured()) == 0


def test_a_task_that_asks_for_some_cases_only_is_not_probed() -> None:
    assert Probe(Measured(), None, 2.0).count(Propose(1, (0,), cases=("all",)), Measured()) == 0


def test_a_start_ends_in_the_time_that_is_left_even_if_every_child_hangs() -> None:
    world = Measured()
    counts = [
        Probe(world, Timed(left), time_s).count(Propose(1, (0,)), world)
        for left, time_s in ((120.0, 2.0), (9.0, 2.0), (1.0, 2.0), (120.0, 5.0), (120.0, 30.0))
    ]
    assert counts == [PROBES, 4, 0, 4, 0]
