"""Tuning goes on beside a model's calls and holds up nothing: neither the next prompt nor an evaluation, nor the time
that a run has."""

import asyncio
from dataclasses import replace

import numpy as np
import pytest
from toy_world import ToyEvaluator, number, problem

from cladogen.errors import WorldAway
from cladogen.evaluation import Score, Status, Usage
from cladogen.ledger import Unlimited
from cladogen.proposers.beside import Beside
from cladogen.proposers.tune import Tune


class Trials(ToyEvaluator):
    """Measures variants: at once, or never, where it is ``stuck``. ``begun`` are the sizes of the pieces."""

    def __init__(self, stuck: bool = False) -> None:
        super().__init__()
        self.stuck, self.begun, self.broken_off, self.error = stuck, [], 0, None
        self.at_work = asyncio.Event()

    async def trials(self, base, variants, *, seed=0):
        self.begun.append(len(variants))
        self.at_work.set()
        if self.error is not None:
            raise self.error
        try:
            if self.stuck:
                await asyncio.Event().wait()
            await asyncio.sleep(0)
        except asyncio.CancelledError:
            self.broken_off += 1
            raise
        values = [-((float(each.text("x.txt")) - 3.0) ** 2) for each in variants]
        return tuple(Score(Status.OK, value) for value in values)


class Record:
    """One program, of a number that can be tuned; its last evaluation took so many seconds."""

    def __init__(self, wall_s: float = 0.001) -> None:
        self.made = number(1.0)
        row = ToyEvaluator()._evaluation(self.made, "a", 0, False)
        self.rows = [replace(row, usage=Usage(wall_s, wall_s, 1.0))]

    def program(self, number):
        return self.made

    def score(self, number):
        return Score(Status.OK, -4.0)

    def evaluations(self, number):
        return self.rows


def tuning(trials, record=None, **options) -> Beside:
    beside = Beside(Tune(problem(), trials, **{"variants": 30, **options}))
    assert beside.begin(0, record or Record(), np.random.default_rng(0))
    return beside


async def while_asked(beside, ticket, call, call_s=30.0):
    """Tune while a model is asked whose calls took so long until now."""
    beside._call_s = call_s
    return await asyncio.wait_for(beside.during(ticket, call), timeout=5.0)


async def test_reply_that_comes_while_a_variant_runs_is_handed_on_and_the_slot_is_free():
    trials = Trials(stuck=True)
    beside = tuning(trials)

    async def call():
        await trials.at_work.wait()
        return "the reply"

    said, spent = await while_asked(beside, 1, call())
    assert said == "the reply" and trials.broken_off == 1 and spent.trials == sum(trials.begun)
    trials.stuck, first = False, list(trials.begun)
    trials.at_work.clear()
    await while_asked(beside, 2, call())
    assert trials.begun[len(first)] == first[0]  # what was broken off is measured again


async def test_tuning_of_many_calls_comes_to_what_one_piece_after_the_other_comes_to():
    whole, parts = tuning(Trials()), tuning(Trials())
    await while_asked(whole, 1, asyncio.sleep(0.2))
    for ticket in range(40):
        await while_asked(parts, ticket, asyncio.sleep(0.0))
    assert whole.ready is not None and parts.ready is not None
    first, later = whole.hand_in(7), parts.hand_in(9)
    assert (first.ticket, later.ticket) == (7, 9) and first.patch and first.patch == later.patch
    assert first.operator == "tune" and not first.model and first.trials == 0
    assert whole.hand_in(8) is None and whole.number is None


async def test_without_a_call_nothing_is_tuned():
    trials = Trials()
    beside = tuning(trials)
    await asyncio.sleep(0.01)
    assert not trials.begun
    await beside.during(1, asyncio.sleep(0.01))
    assert trials.begun


@pytest.mark.parametrize(("wall_s", "most"), [(0.001, 30), (2.4, 2), (60.0, 0)])
async def test_no_more_is_begun_than_is_expected_to_end_before_the_reply(wall_s, most):
    trials = Trials(stuck=True)
    await tuning(trials, Record(wall_s)).during(1, asyncio.sleep(0.05))
    assert sum(trials.begun) <= most and bool(trials.begun) == bool(most)


async def test_less_is_begun_at_a_time_after_a_reply_that_came_too_soon():
    trials = Trials(stuck=True)
    beside = tuning(trials, Record(0.9))
    beside._call_s = 30.0
    for ticket in range(30):
        await beside.during(ticket, asyncio.sleep(0.01))
    assert trials.begun == sorted(trials.begun, reverse=True)
    assert 1 <= len(trials.begun) < 30  # by then calls are known to be shorter than a variant


async def test_two_calls_at_once_tune_once():
    trials = Trials(stuck=True)
    beside = tuning(trials)
    found = await asyncio.gather(*(while_asked(beside, n, asyncio.sleep(0.01)) for n in (1, 2)))
    assert len(trials.begun) == 1 and sorted(spent.trials > 0 for _, spent in found) == [
        False,
        True,
    ]


async def test_no_piece_begins_beyond_the_share_of_time_or_the_cap():
    trials = Trials()
    late = tuning(trials, share=0.0, now=iter(range(0, 10_000, 100)).__next__)
    await late.during(1, asyncio.sleep(0.01))

    class Capped(Unlimited):
        def reserve_trials(self, ticket, variants, cases):
            return 0

    await tuning(trials, budget=Capped()).during(1, asyncio.sleep(0.01))
    assert len(trials.begun) <= 1


async def test_sandbox_that_is_away_ends_the_tuning_beside_a_call_and_a_defect_is_raised():
    trials = Trials()
    beside = tuning(trials)
    trials.error = WorldAway("the daemon is gone")
    said, _ = await beside.during(1, asyncio.sleep(0.01, "the reply"))
    assert said == "the reply"
    trials.error = ValueError("a defect")
    with pytest.raises(ValueError, match="a defect"):
        await beside.during(2, asyncio.sleep(0.01))


async def test_call_that_fails_leaves_no_tuning_behind():
    trials = Trials(stuck=True)

    async def call():
        await trials.at_work.wait()
        raise RuntimeError("no reply")

    with pytest.raises(RuntimeError, match="no reply"):
        await while_asked(tuning(trials), 1, call())
    assert trials.broken_off == 1
