"""A world that went away is waited for: nothing is burnt, nothing is proposed, nothing is lost."""

import asyncio

import pytest
from toy_world import Stepper, ToyEvaluator, number, opened, problem, toy_run

from cladogen.errors import WorldAway
from cladogen.evaluation import Status
from cladogen.proposal import Outcome
from cladogen.proposers.smoke import Smoke
from cladogen.search.budget import Budget, Caps
from cladogen.search.workers import Workers
from cladogen.search.world import WorldWatch, made_patient


@pytest.fixture
def store(tmp_path):
    store = opened(tmp_path / "run")
    yield store
    store.close()


class Daemon(ToyEvaluator):
    """An evaluator whose daemon is killed after ``good`` evaluations, for the next ``gone``."""

    def __init__(self, good: int, gone: int) -> None:
        super().__init__()
        self.good, self.gone = good, gone
        self.asked = 0

    async def evaluate(self, *args, **kwargs):
        self.asked += 1
        if self.good < self.asked <= self.good + self.gone:
            raise WorldAway("docker: no daemon answers")
        return await super().evaluate(*args, **kwargs)


def searching(store, caps, evaluator, proposer=None, **waiting):
    """Return a run whose evaluator waits for the world, which is made with ``waiting``."""
    budget, workers = Budget(caps), waiting.pop("workers", Workers(4))
    world = WorldWatch(halt=budget.halt, stopping=workers.stopping, **{"pause_s": 0.001, **waiting})
    return toy_run(
        store,
        caps,
        budget=budget,
        workers=workers,
        evaluator=made_patient(evaluator, world),
        proposer=proposer or Stepper(),
        world=world,
    )


async def test_daemon_killed_for_a_while_burns_no_proposal_and_all_are_measured(store):
    said, evaluator = [], Daemon(good=9, gone=12)

    class Polite(Stepper):
        async def propose(self, task, record, rng):
            assert not run.world.away, "proposed while nothing could be measured"
            return await super().propose(task, record, rng)

    run = searching(store, Caps(proposals=30), evaluator, Polite(), notice=said.append)
    ending = await run.search()
    assert ending.stop.kind == "proposals" and evaluator.asked > 21
    assert Outcome.INFRA not in {row.outcome for row in store.results()}
    assert all(run.record.score(each).fitness is not None for each in range(run.record.size()))
    assert said[0].startswith("away: docker: no daemon answers; waiting up to 15 min")
    assert said[1].startswith("back after")


async def test_daemon_that_stays_away_ends_the_run_and_its_work_is_taken_up(store):
    run = searching(store, Caps(proposals=20), Daemon(good=9, gone=10**9), patience_s=0.01)
    ending = await run.search()
    assert ending.stop.kind == "away" and "no daemon answers" in ending.stop.text
    open_tasks = store.unfinished()
    made = len(list(store.proposals()))
    assert open_tasks and made < 20
    again = searching(store, Caps(proposals=20), ToyEvaluator())
    assert (await again.search()).stop.kind == "proposals"
    assert store.unfinished() == [] and len(list(store.proposals())) == 20
    assert Outcome.INFRA not in {row.outcome for row in store.results()}


async def test_run_that_ended_for_failures_begins_to_count_anew_when_it_goes_on(store):
    broken = ToyEvaluator(lambda x: Status.OK if x == 0.0 else Status.INFRA)
    first = await toy_run(store, Caps(failing=5, proposals=20), evaluator=broken).search()
    assert first.stop.kind == "failing"
    again = await toy_run(store, Caps(failing=5, proposals=20)).search()
    assert again.stop.kind == "proposals"


async def test_sandbox_that_ended_under_a_program_is_no_failure_of_the_program():
    class Once(ToyEvaluator):
        async def evaluate(self, *args, **kwargs):
            rows = await super().evaluate(*args, **kwargs)
            self.status_of = lambda x: Status.OK
            return rows

    patient = made_patient(Once(lambda x: Status.INFRA), WorldWatch())
    assert {row.status for row in await patient.evaluate(number(1.0))} == {Status.OK}


async def test_disk_that_is_almost_full_is_waited_for_before_anything_is_proposed(tmp_path):
    said, stops = [], []
    full = {"folder": tmp_path, "least_mb": 1e12, "patience_s": 0.01, "pause_s": 0.001}
    world = WorldWatch(notice=said.append, halt=stops.append, **full)
    assert not await world.here()
    assert "MiB are free on its disk" in said[0] and stops[0].kind == "away"
    assert await WorldWatch(folder=tmp_path, least_mb=0.0).here()


async def test_interrupt_ends_the_wait_for_a_world_that_is_away(store):
    workers = Workers(2)

    class Interrupted(Daemon):
        async def evaluate(self, *args, **kwargs):
            if self.asked == self.good:
                asyncio.get_running_loop().call_soon(workers.interrupt)
            return await super().evaluate(*args, **kwargs)

    gone = Interrupted(5, 10**9)
    run = searching(store, Caps(proposals=20), gone, workers=workers, pause_s=30.0)
    ending = await asyncio.wait_for(run.search(), 20)
    assert ending.stop.kind == "interrupted" and store.unfinished()


class Smoker(ToyEvaluator):
    """An evaluator that runs variants on one case in one start, the first time in vain."""

    asked = 0

    async def smoke(self, base, variants, case):
        self.asked += 1
        if self.asked == 1:
            raise WorldAway("docker: no daemon answers")
        return tuple(Status.OK if float(each.text("x.txt")) else Status.CRASH for each in variants)


async def test_children_are_smoked_only_where_all_run_in_one_start():
    plain, smoker, world = ToyEvaluator(), Smoker(), WorldWatch(pause_s=0.001)
    made = [number(0.0), number(1.0)]
    look = Smoke(problem(), made_patient(plain, world), None)
    assert await look.runs(made[0], made, 1) == ([True, True], 0)
    assert not plain.made, "not measured one by one"
    look = Smoke(problem(), made_patient(smoker, world), None)
    assert await look.runs(made[0], made, 1) == ([False, True], 1)
    assert smoker.asked == 2, "the world was waited for"
