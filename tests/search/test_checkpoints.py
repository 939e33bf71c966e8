"""A run that goes on from a checkpoint knows and decides what it would after reading all its results."""

import asyncio
import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from toy_world import CASES, ToyEvaluator, opened, problem, toy_run
from varied_run import Forgetful, Various, crashing, same_knowledge

from cladogen.proposers.offline import Offline
from cladogen.record import checkpoint
from cladogen.record.store import Store
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


def run_of(
    store, archive="map_elites", *, every=40, workers=3, proposals=150, seed=0, expected=None
):
    return toy_run(
        store, Caps(proposals=proposals), archive=archive, proposer=Learning(), seed=seed,
        evaluator=ToyEvaluator(crashing), workers=workers, checkpoint_every=every,
        expected=expected,
    )  # fmt: skip


def resumed(store, archive="map_elites", *, every=40, **caps):
    run = run_of(store, archive, every=every, **caps)
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
    same_asked(one, many)


def same_asked(one, many):
    for ticket in range(100_000, 100_040):
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


@pytest.mark.parametrize("archive", ["map_elites", "adaevolve", "clade", "funsearch", "greedy"])
async def test_a_run_whose_cap_is_raised_goes_on_from_its_checkpoint_as_from_all_results(
    tmp_path, archive
):
    with contextlib.closing(opened(tmp_path / "run")) as store:
        run = run_of(store, archive, expected=150)
        await run.search()
        for _ in range(3):
            await measured_again(run)
        run.checkpoints._write()
        await measured_again(run, at=5)
        raised = {"proposals": 900, "expected": 900}
        whole, part = (resumed(store, archive, every=every, **raised) for every in (0, 40))
        assert whole.checkpoints.taken_up == 0
        assert 150 < part.checkpoints.taken_up < store.last_result()
        part.checkpoints._write()  # which is of the new caps
        same_knowledge(whole.record, part.record)
        same_decisions(whole, part)
        for caps in (raised, {"proposals": 400, "expected": 400}):
            again = resumed(store, archive, **caps)
            assert again.checkpoints.taken_up > part.checkpoints.taken_up
            same_decisions(resumed(store, archive, every=0, **caps), again)


async def test_an_archive_that_needs_all_of_each_result_is_read_anew_under_another_cap(tmp_path):
    with contextlib.closing(opened(tmp_path / "run")) as store:
        await run_of(store, "portfolio", expected=150).search()
        assert resumed(store, "portfolio", expected=150).checkpoints.taken_up > 0
        assert resumed(store, "portfolio", expected=900).checkpoints.taken_up == 0


def forgetful(store, proposals, *, every=50):
    return toy_run(
        store, Caps(proposals=proposals), proposer=Forgetful(), workers=2, checkpoint_every=every,
        evaluator=ToyEvaluator(crashing), expected=proposals,
    )  # fmt: skip


def until_killed(folder, proposals, results):
    """Search in another process until there are so many results and a checkpoint, and kill it."""
    search = f"import test_checkpoints as t; t.search({str(folder)!r}, {proposals})"
    path = os.pathsep.join([str(Path(__file__).parent), *sys.path])
    with subprocess.Popen(
        [sys.executable, "-c", search], env={**os.environ, "PYTHONPATH": path}
    ) as process:
        while process.poll() is None and not (
            (folder / checkpoint.NAME).exists() and recorded_results(folder) > results
        ):
            time.sleep(0.01)
        process.kill()
    assert process.returncode == -signal.SIGKILL, "it came to its end before it was killed"


def recorded_results(folder):
    with contextlib.closing(Store.open(folder)) as store:
        return store.last_result()


def search(folder, proposals):
    with contextlib.closing(opened(Path(folder))) as store:
        asyncio.run(forgetful(store, proposals).search())


def test_after_each_kill_a_raised_cap_goes_on_from_the_checkpoint_as_from_all_results(tmp_path):
    for kill in (1, 2, 3):
        until_killed(tmp_path / "run", 20_000 * kill, 150 * kill)
        with contextlib.closing(opened(tmp_path / "run")) as store:
            whole, part = (forgetful(store, 90_000 * kill, every=every) for every in (0, 50))
            whole.resume()
            part.resume()
            assert part.checkpoints.taken_up > 0
            same_knowledge(whole.record, part.record)
            same_asked(whole, part)


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
