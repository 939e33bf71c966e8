"""Budgets stop a run, hold caps under concurrency, and never call unknown money zero."""

import asyncio

import pytest

from cladogen.archives.base import Result
from cladogen.evaluation import Evaluation, Score, Status
from cladogen.proposal import Cost, Outcome
from cladogen.search.budget import Budget, Caps, OverBudget
from cladogen.search.clock import STOPPING_S
from cladogen.search.counted_cap import CountedCap
from cladogen.task import Propose


def child(ticket: int, fitness: float | None, outcome: Outcome = Outcome.ACCEPTED) -> Result:
    status = Status.OK if fitness is not None else Status.CRASH
    rows = (Evaluation("p", "a", 0, status),)
    return Result(Propose(ticket, (0,)), outcome, ticket, (0,), Score(status, fitness), rows)


def test_every_cap_stops_the_run_and_says_so():
    cases = {
        "evaluations": Caps(evaluations=3),
        "proposals": Caps(proposals=3),
        "target": Caps(target=3.0),
        "patience": Caps(patience=2),
        "failing": Caps(failing=1),
    }
    for kind, caps in cases.items():
        budget = Budget(caps)
        assert budget.stop_reason() is None
        for ticket, fitness in enumerate((3.0, 2.0, None), start=1):
            budget.tell(child(ticket, fitness), detail="ValueError")
        stop = budget.stop_reason()
        assert stop is not None and stop.kind == kind and stop.text


async def test_cap_on_evaluations_holds_what_work_in_flight_may_take():
    cap = CountedCap(10)
    assert await cap.reserve(1, 4) and await cap.reserve(2, 4)
    assert cap.left() == 2
    waiting = asyncio.ensure_future(cap.reserve(3, 4))
    await asyncio.sleep(0)
    assert not waiting.done()  # the first two may leave some
    cap.charge(1, 1)  # it stopped after its first stage
    assert await waiting and cap.left() == 1


async def test_what_cannot_fit_any_more_is_not_begun_and_ends_the_run():
    budget = Budget(Caps(evaluations=10))
    assert await budget.evaluations.reserve(1, 4) and await budget.evaluations.reserve(2, 4)
    waiting = [asyncio.ensure_future(budget.evaluations.reserve(ticket, 4)) for ticket in (3, 4)]
    budget.evaluations.charge(1, 4)
    budget.evaluations.charge(2, 4)
    assert [await each for each in waiting] == [False, False]
    assert budget.stop_reason().kind == "evaluations"
    assert (
        budget.stop_reason().text
        == "budget: 8 evaluations made, of 10; the next program may take 4"
    )


async def test_there_is_room_again_when_work_in_flight_ends():
    cap = CountedCap(4)
    assert await cap.reserve(1, 4)
    assert cap.waits
    waiting = asyncio.ensure_future(cap.change())
    await asyncio.sleep(0)
    assert not waiting.done()
    cap.give_back(1)  # its patch was refused
    await waiting
    assert cap.left() == 4


def test_seconds_include_earlier_sessions():
    clock = [100.0]
    budget = Budget(Caps(seconds=10.0), seconds_before=8.0, now=lambda: clock[0])
    assert budget.stop_reason() is None
    clock[0] = 102.5
    assert budget.stop_reason().kind == "seconds"
    assert budget.seconds_left() == 0.0


@pytest.mark.parametrize(("starting_s", "left_s"), [(0.0, 13.0), (5.0, 8.0), (60.0, 5.0)])
def test_a_slow_start_shortens_what_comes_after_the_search(starting_s, left_s):
    clock = [100.0]
    budget = Budget(Caps(seconds=10.0), now=lambda: clock[0])
    budget.command_began(100.0)
    clock[0] += starting_s
    budget.start_clock()
    clock[0] += budget.seconds_left()
    assert budget.seconds_left() == 0.0
    assert budget.closing_s() == pytest.approx(left_s)


@pytest.mark.parametrize("starting_s", [0.0, 5.0, 12.0, 14.0])
def test_command_that_starts_slowly_stays_within_its_seconds_and_their_share(starting_s):
    clock = [100.0]
    budget = Budget(Caps(seconds=10.0), now=lambda: clock[0])
    budget.command_began(100.0)
    clock[0] += starting_s
    budget.start_clock()
    whole = starting_s + budget.seconds_left() + 5.0 + STOPPING_S  # the least there is for closing
    assert whole <= 25.0
    assert budget.spend.starting_s == starting_s


def test_start_that_takes_longer_than_everything_leaves_a_part_of_the_search_and_is_counted():
    clock = [100.0]
    budget = Budget(Caps(seconds=9.0), seconds_before=3.0, now=lambda: clock[0])
    budget.command_began(100.0)
    clock[0] += 300.0
    budget.start_clock()
    assert budget.seconds_left() == pytest.approx(2.0)
    assert budget.spend.seconds == pytest.approx(3.0 + budget.counted_start_s)
    assert budget.stop_reason() is None


def test_a_dry_spell_ends_a_run_that_never_worked_before_one_that_did():
    fresh, seasoned = Budget(Caps(failing=5)), Budget(Caps(failing=5))
    for ticket in range(100):
        seasoned.tell(child(ticket, 1.0))
    for ticket in range(5):
        for budget in (fresh, seasoned):
            budget.tell(child(ticket, None), detail="SyntaxError")
    assert "SyntaxError" in fresh.stop_reason().text
    assert seasoned.stop_reason() is None


def test_the_reason_of_the_worlds_failures_is_said_once():
    budget = Budget(Caps(failing=1))
    budget.tell(child(1, None, Outcome.INFRA), detail="infra: docker: no daemon answers")
    assert (
        budget.stop_reason().text
        == "1 proposals in a row failed; 1 of them: infra: docker: no daemon answers"
    )


def test_seeds_measurements_and_abandoned_tasks_are_no_proposals():
    budget = Budget(Caps(proposals=1, failing=1))
    budget.tell(Result(Propose(0), Outcome.ACCEPTED, 0, (), Score(Status.OK, 1.0)))
    budget.tell(Result(Propose(1, (0,)), Outcome.ABANDONED, None, (0,)))
    assert budget.stop_reason() is None


async def test_cap_in_dollars_holds_while_many_calls_are_in_flight():
    budget, most, spent = Budget(Caps(usd=1.0)), Cost(0.30, 10, 10, calls=1), []

    async def call() -> bool:
        try:
            held = await budget.reserve(most)
        except OverBudget:
            return False
        await asyncio.sleep(0)
        budget.settle(held, Cost(0.10, 5, 5, calls=1))
        spent.append(budget.spend.usd)
        return True

    made = await asyncio.gather(*(call() for _ in range(30)))
    assert sum(made) == 8  # the ninth might have cost 0.30 more than 0.80
    assert max(spent) == pytest.approx(0.8)


async def test_call_waits_for_calls_in_flight_that_may_free_what_they_hold():
    budget = Budget(Caps(usd=1.0))
    first = await budget.reserve(Cost(0.9, calls=1))
    second = asyncio.create_task(budget.reserve(Cost(0.9, calls=1)))
    await asyncio.sleep(0)
    assert not second.done()
    budget.settle(first, Cost(0.05, calls=1))
    assert (await second).most.usd == 0.9


async def test_caps_on_tokens_and_calls_are_hard_too():
    for caps in (Caps(tokens=100), Caps(calls=2)):
        budget = Budget(caps)
        for _ in range(2):
            budget.settle(
                await budget.reserve(Cost(0.0, 25, 25, calls=1)), Cost(0.0, 25, 25, calls=1)
            )
        with pytest.raises(OverBudget):
            await budget.reserve(Cost(0.0, 25, 25, calls=1))


async def test_unknown_price_is_said_and_keeps_its_reservation():
    budget = Budget(Caps(usd=1.0))
    budget.settle(await budget.reserve(Cost(0.6, calls=1)), Cost(None, 5, 5, calls=1))
    assert budget.spend.unpriced == 1 and budget.spend.usd == 0.0
    assert str(budget.spend) == "1 unpriced call"
    with pytest.raises(OverBudget):
        await budget.reserve(Cost(0.6, calls=1))


async def test_cap_in_dollars_refuses_a_model_without_a_price():
    with pytest.raises(OverBudget, match="--price"):
        await Budget(Caps(usd=1.0)).reserve(Cost(None, calls=1))


def test_trials_in_flight_are_held_until_their_proposal_is_told():
    budget = Budget(Caps(evaluations=100))
    assert budget.reserve_trials(7, 60, 1) == 60
    assert budget.reserve_trials(8, 60, 1) == 39  # one stays free, for what the proposal comes to
    assert budget.stop_reason() is None  # what is held may come back
    budget.tell(Result(Propose(7, (0,)), Outcome.REFUSED, parents=(0,)), trials=10)
    assert budget.evaluations_left() == 51
    assert budget.reserve_trials(9, 60, 4) == 11


def test_40_failures_do_not_end_a_run_with_64_workers_within_one_round():
    few, many = Budget(Caps()), Budget(Caps(), workers=64)
    for ticket in range(40):
        for budget in (few, many):
            budget.tell(child(ticket, None), detail="SyntaxError")
    assert few.stop_reason().kind == "failing" and many.stop_reason() is None
    for ticket in range(40, 3 * 64):
        many.tell(child(ticket, None), detail="SyntaxError")
    assert many.stop_reason().kind == "failing"


def test_duplicates_alone_end_no_run_and_something_else_is_asked_for():
    budget = Budget(Caps(proposals=10**6))
    for ticket in range(5000):
        budget.tell(child(ticket, None, Outcome.DUPLICATE))
    assert budget.stop_reason() is None and budget.repeats
    budget.tell(child(5000, 1.0))
    assert not budget.repeats


def test_search_in_which_nothing_is_new_ends_where_no_other_cap_would_end_it():
    budget = Budget(Caps(evaluations=10**6))
    for ticket in range(1000):
        assert budget.stop_reason() is None
        budget.tell(child(ticket, None, Outcome.DUPLICATE))
    assert "known already" in budget.stop_reason().text
