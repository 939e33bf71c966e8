"""Seconds are hard: whatever hangs, a run ends within its seconds and a stated share."""

import asyncio
import time
from dataclasses import fields
from typing import ClassVar

import pytest
from toy_world import Stepper, ToyEvaluator, opened, toy_run

from cladogen.proposers.base import Extras
from cladogen.search.budget import Budget, Caps
from cladogen.search.final_choice import FinalChoice
from cladogen.search.workers import Workers

LONGEST_S = 300.0  # on a busy machine
STEP_S = 0.005  # that an evaluation takes by the clock of these tests


class Clock:
    """Time as a run has it: it passes while something hangs, and a little with each evaluation. What a busy machine
    takes besides is not counted.
    """

    def __init__(self) -> None:
        self.at = 0.0
        self._hanging: list[float] = []

    def __call__(self) -> float:
        since = min(self._hanging, default=None)
        return self.at if since is None else self.at + time.monotonic() - since

    async def hang(self) -> None:
        began = time.monotonic()
        self._hanging.append(began)
        try:
            await asyncio.Event().wait()
        finally:
            now = self()
            self._hanging.remove(began)
            others = min(self._hanging, default=None)
            self.at = now if others is None else now - (time.monotonic() - others)


clock = Clock()


@pytest.fixture
def store(tmp_path):
    store = opened(tmp_path / "run")
    yield store
    store.close()


def hurried(store, seconds, now=clock, **parts):
    """Return a run with so many seconds, and half a second for what comes after."""
    budget = Budget(
        Caps(seconds=seconds), seconds_before=store.seconds(), least_closing_s=0.5, now=now
    )
    store.add_event("begin", {})
    workers = Workers(2, clock=budget)
    given = {"evaluator": Timed(), **parts}
    return toy_run(store, budget.caps, budget=budget, workers=workers, **given)


async def never(*_, **__):
    await clock.hang()


async def ended(run):
    return await asyncio.wait_for(run.search(), LONGEST_S)


class Timed(ToyEvaluator):
    async def evaluate(self, program, cases=None, **how):
        clock.at += STEP_S
        return await super().evaluate(program, cases, **how)


class Hanging(Stepper):
    async def propose(self, task, record, rng):
        self.task = task
        await never()


class HeldOut(Timed):
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
    class Stuck(Timed):
        evaluate = never

    ending = await ended(hurried(store, 0.2, evaluator=Stuck()))
    assert ending.stop.kind == "seconds" and ending.final is None
    assert ending.stop.text.endswith("before a seed program was measured")


class SlowAgain(Timed):
    """The first measurement of a program comes, the next one hangs."""

    def __init__(self):
        super().__init__()
        self.again = asyncio.Event()

    async def evaluate(self, program, cases=None, *, seed=0, **how):
        if seed:
            self.again.set()
            await never()
        return await super().evaluate(program, cases, seed=seed, **how)


async def test_seed_measured_once_when_seconds_end_is_kept_and_it_is_said(store):
    run = hurried(store, 0.2, evaluator=SlowAgain())
    notices = run.observer.notices = []
    run.observer.notice = notices.append
    ending = await ended(run)
    assert ending.stop.kind == "seconds" and ending.final is not None
    assert {row.evaluation.seed for row in store.evaluations(0)} == {0}
    assert any("measured 1 of 3 times" in line for line in notices)
    assert run.budget.spend.seconds < 0.5


async def test_seed_measured_once_when_killed_is_not_measured_the_same_way_again(tmp_path):
    store = opened(tmp_path / "run")
    evaluator = SlowAgain()
    search = asyncio.ensure_future(toy_run(store, Caps(), evaluator=evaluator).search())
    await asyncio.wait_for(evaluator.again.wait(), LONGEST_S)
    search.cancel()
    await asyncio.gather(search, return_exceptions=True)
    store.close()
    store, evaluator = opened(tmp_path / "run"), Timed()
    await ended(toy_run(store, Caps(proposals=2), evaluator=evaluator))
    first = next(iter(store.nodes())).program
    made = [seed for program, _, seed in evaluator.made if program == first]
    assert set(made) == {1, 2}
    assert [row.evaluation.seed for row in store.evaluations(0)] == [0, 0, 1, 1, 2, 2]
    store.close()


async def test_held_out_cases_that_take_too_long_are_left_out_and_it_is_said(store):
    ending = await ended(hurried(store, 0.3, evaluator=HeldOut(1)))
    assert "held-out cases are not measured, for the seconds are used up" in ending.final.sentence
    assert ending.final.choice is None


async def test_programs_that_could_not_be_measured_in_time_are_counted(store):
    ending = await ended(hurried(store, 0.3, evaluator=HeldOut(2)))
    assert "programs are not measured, for the seconds are used up" in ending.final.sentence
    assert ending.final.choice is not None


async def test_held_out_cases_that_choose_nothing_do_not_hold_up_the_end_either(store):
    ending = await ended(hurried(store, 0.3, evaluator=HeldOut(0), shortlist=0))
    assert "held-out cases are not measured, for the seconds" in ending.final.sentence


class Shortens(Stepper, Extras):
    """Shorter forms take for ever."""

    hints = ("shorten",)

    async def propose(self, task, record, rng):
        if task.hint == "shorten":
            await never()
        return await super().propose(task, record, rng)


async def test_shortening_that_hangs_is_left_out_and_it_is_said(store):
    ending = await ended(hurried(store, 0.5, proposer=Shortens()))
    assert "; shorter forms of the best are left out, for the sec" in ending.final.sentence


class LongPrograms(FinalChoice):
    """A choice among programs that behave alike, each of which takes a while to compare."""

    compared: ClassVar[list[int]] = []

    def _behaviour(self, number):
        return "the same"

    def _size(self, number):
        time.sleep(0.01)
        self.compared.append(number)
        return 0, 0


async def test_choosing_among_many_long_programs_does_not_hold_up_the_end(store):
    run = hurried(store, 1.0)
    await ended(run)
    parts = {field.name: getattr(run.final_choice, field.name) for field in fields(FinalChoice)}
    assert run.record.size() > 100
    final = await asyncio.wait_for(LongPrograms(**parts).choose_now(), LONGEST_S)
    assert final.number and len(LongPrograms.compared) < 100


async def test_run_whose_seconds_are_used_up_takes_up_nothing_when_it_is_resumed(store):
    await ended(hurried(store, 0.2, proposer=Hanging()))
    again = Hanging()
    ending = await ended(hurried(store, 0.2, proposer=again))
    assert ending.stop.kind == "seconds" and not hasattr(again, "task")


async def test_seconds_that_are_said_are_those_of_the_clock_on_the_wall(store):
    start = time.monotonic()
    run = hurried(store, 0.2, now=time.monotonic, proposer=Hanging())
    await ended(run)
    assert run.budget.spend.seconds == pytest.approx(time.monotonic() - start, abs=60.0)
    assert run.budget.spend.seconds >= 0.2
