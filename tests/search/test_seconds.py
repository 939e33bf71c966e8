"""Seconds are hard: whatever hangs, a run ends within its seconds and a stated share."""

import asyncio
import time

import pytest
from toy_world import Stepper, ToyEvaluator, opened, toy_run

from cladogen.search.budget import Budget, Caps
from cladogen.search.workers import Workers

LONGEST_S = 60.0  # on a busy machine


@pytest.fixture
def store(tmp_path):
    store = opened(tmp_path / "run")
    yield store
    store.close()


def hurried(store, seconds, **parts):
    """Return a run with so many seconds, and half a second for what comes after."""
    budget = Budget(Caps(seconds=seconds), seconds_before=store.seconds(), least_closing_s=0.5)
    store.add_event("begin", {})
    workers = Workers(2, clock=budget)
    return toy_run(store, budget.caps, budget=budget, workers=workers, **parts)


async def never(*_, **__):
    await asyncio.Event().wait()


async def ended(run):
    return await asyncio.wait_for(run.search(), LONGEST_S)


class Hanging(Stepper):
    async def propose(self, task, record, rng):
        self.task = task
        await never()


class HeldOut(ToyEvaluator):
    """Held-out cases that can be measured of the first ``known`` programs, and hang for others."""

    heldout = ("c", "d", "e", "f", "g")

    def __init__(self, known: int) -> None:
        super().__init__()
        self.known = known

    async def evaluate(self, program, cases=None, **how):
        if cases == self.heldout:
            self.known -= 1
            if self.known < 0:
                await never()
        return await super().evaluate(program, cases, **how)


async def test_proposal_that_hangs_does_not_hold_up_the_end(store):
    ending = await ended(hurried(store, 0.2, proposer=Hanging()))
    assert ending.stop.kind == "seconds" and ending.final is not None
    assert store.unfinished()


async def test_seed_that_hangs_does_not_hold_up_the_end(store):
    class Stuck(ToyEvaluator):
        evaluate = never

    ending = await ended(hurried(store, 0.2, evaluator=Stuck()))
    assert ending.stop.kind == "seconds" and ending.final is None


async def test_held_out_cases_that_take_too_long_are_left_out_and_it_is_said(store):
    ending = await ended(hurried(store, 0.3, evaluator=HeldOut(1)))
    assert "held-out cases are not measured, for the seconds are used up" in ending.final.sentence
    assert ending.final.choice is None


async def test_programs_that_could_not_be_measured_in_time_are_counted(store):
    ending = await ended(hurried(store, 0.3, evaluator=HeldOut(2)))
    assert "programs are not measured, for the seconds are used up" in ending.final.sentence
    assert ending.final.choice is not None


async def test_run_whose_seconds_are_used_up_takes_up_nothing_when_it_is_resumed(store):
    await ended(hurried(store, 0.2, proposer=Hanging()))
    again = Hanging()
    ending = await ended(hurried(store, 0.2, proposer=again))
    assert ending.stop.kind == "seconds" and not hasattr(again, "task")


async def test_seconds_that_are_said_are_those_of_the_clock_on_the_wall(store):
    start = time.monotonic()
    run = hurried(store, 0.2, proposer=Hanging())
    await ended(run)
    assert run.budget.spend.seconds == pytest.approx(time.monotonic() - start, abs=0.2 * LONGEST_S)
    assert run.budget.spend.seconds >= 0.2
