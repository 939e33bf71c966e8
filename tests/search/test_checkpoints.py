"""A run that goes on from a checkpoint knows and decides what it would after reading all its results."""

import contextlib
import sqlite3

import pytest
from toy_world import CASES, ToyEvaluator, opened, problem, toy_run
from varied_run import Various, crashing, same_knowledge

from cladogen.proposers.offline import Offline
from cladogen.record import checkpoint
from cladogen.search.budget import Caps
from cladogen.search.streams import stream
from cladogen.task import Measure


class Learning(Various):
    """Steps under several names, of which the offline proposer learns."""

    def __init__(self):
        super().__init__()
        self.learnt = Offline(problem())

    def tell(self, proposal, result):
        self.learnt.tell(proposal, result)

    def state(self):
        return self.learnt.state()

    def restore(self, state):
        self.learnt.restore(state)


def run_of(store, archive="map_elites", *, every=40, workers=3, proposals=150, seed=0):
    return toy_run(
        store, Caps(proposals=proposals), archive=archive, proposer=Learning(), seed=seed,
        evaluator=ToyEvaluator(crashing), workers=workers, checkpoint_every=every,
    )  # fmt: skip


def resumed(store, archive="map_elites", *, every=40):
    run = run_of(store, archive, every=every)
    run.resume()
    return run


@pytest.fixture(params=["map_elites", "clade", "funsearch", "portfolio"])
async def there(request, tmp_path):
    """A run with a checkpoint in its midst, programs of which were measured again before and after it."""
    with contextlib.closing(opened(tmp_path / "run")) as store:
        run = run_of(store, request.param)
        await run.search()
        for _ in range(3):
            await measured_again(run)
        run.checkpoints._write()
        await measured_again(run)
        await measured_again(run, at=5)
        yield store, request.param


async def measured_again(run, at=0):
    ticket = run.store.next_ticket()
    again = Measure(ticket, run.record.best(9)[at], CASES[:1], seed=ticket)
    run.store.add_task(again)
    await run.finish(again)


def same_decisions(one, many):
    before, now = one.budget.spend, many.budget.spend
    assert (now.evaluations, now.trials, now.proposals) == (
        before.evaluations, before.trials, before.proposals,
    )  # fmt: skip
    assert many.budget.stop_reason() == one.budget.stop_reason()
    assert many.cases.proposals == one.cases.proposals
    learnt = [run.proposer.learnt for run in (one, many)]
    assert learnt[0].bandit.chances() == learnt[1].bandit.chances()
    assert learnt[0]._mutate.bandit.chances() == learnt[1]._mutate.bandit.chances()
    assert learnt[0]._shortened == learnt[1]._shortened
    for ticket in range(1000, 1040):
        asked = [run.archive.ask(ticket, stream(0, "archive", ticket)) for run in (one, many)]
        assert asked[0] == asked[1]


async def test_a_run_from_a_checkpoint_knows_and_decides_as_one_from_all_results(there):
    store, archive = there
    whole, part = resumed(store, archive, every=0), resumed(store, archive)
    assert 150 < part.checkpoints.taken_up < store.last_result()
    assert whole.checkpoints.taken_up == 0
    same_knowledge(whole.record, part.record)
    same_decisions(whole, part)


async def test_tasks_in_flight_at_a_checkpoint_are_not_counted_twice(tmp_path):
    with contextlib.closing(opened(tmp_path / "run")) as store:
        run = run_of(store)
        await run.search()
        flying = [run.ask("somebody") for _ in range(4)]
        run.checkpoints._write()
        await run.finish(flying[0])
        whole, part = resumed(store, every=0), resumed(store)
        assert part.checkpoints.taken_up > 0
        same_decisions(whole, part)


async def test_a_checkpoint_whose_bits_turned_is_none(there):
    store, archive = there
    path = store.folder / checkpoint.NAME
    good = path.read_bytes()
    whole = resumed(store, archive, every=0)
    for at in (0, 25, len(good) // 2, len(good) - 1):
        path.write_bytes(good[:at] + bytes([good[at] ^ 4]) + good[at + 1 :])
        assert resumed(store, archive).checkpoints.taken_up == 0
    for data in (b"", good[:30], good[:-1], good + b"\0"):
        path.write_bytes(data)
        part = resumed(store, archive)
        assert part.checkpoints.taken_up == 0
    same_decisions(whole, part)


async def test_a_checkpoint_of_results_that_are_not_there_is_none(there):
    store, archive = there
    with sqlite3.connect(store.folder / "run.db") as database:
        database.execute("DELETE FROM results WHERE seq > 100")
    assert resumed(store, archive).checkpoints.taken_up == 0


async def test_a_checkpoint_of_other_options_or_another_archive_is_none(tmp_path):
    with contextlib.closing(opened(tmp_path / "run")) as store:
        await run_of(store).search()
        assert resumed(store).checkpoints.taken_up > 0
        assert resumed(store, "greedy").checkpoints.taken_up == 0
        other = toy_run(
            store,
            Caps(proposals=150),
            proposer=Learning(),
            options={"islands": 3},
            checkpoint_every=40,
        )
        other.resume()
        assert other.checkpoints.taken_up == 0


async def test_a_turned_bit_under_a_checkpoint_is_found_when_its_row_is_used(tmp_path):
    with contextlib.closing(opened(tmp_path / "run")) as store:
        await run_of(store).search()
        best = resumed(store, every=0).record.best()[0]
        with sqlite3.connect(store.folder / "run.db") as database:
            database.execute("UPDATE scores SET fitness = 9.75 WHERE program = ?", (best,))
        store.warn = (said := []).append
        run = resumed(store)
        assert run.checkpoints.taken_up > 0
        run.record.score(best)
        assert len(said) == 1 and f"scores, row {best}" in said[0]


async def test_a_session_keeps_little_of_old_results_in_memory_and_knows_them_all(tmp_path):
    with contextlib.closing(opened(tmp_path / "run")) as store:
        run = run_of(store, every=0)
        await run.search()
        run.record.state()  # which leaves to the disk what it may
        assert len(run.record._parts) < 5
        same_knowledge(resumed(store, every=0).record, run.record)


class Odd(Learning):
    """A proposer whose state is nothing that JSON knows."""

    def state(self):
        return {1, 2}


async def test_a_proposer_that_gives_no_plain_state_has_no_checkpoint_and_its_run_goes_on(tmp_path):
    with contextlib.closing(opened(tmp_path / "run")) as store:
        run = toy_run(store, Caps(proposals=90), proposer=Odd(), checkpoint_every=40)
        await run.search()
        assert not (store.folder / checkpoint.NAME).exists()
        assert run.budget.spend.proposals == 90
