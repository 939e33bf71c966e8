"""The tally in the record: what is kept beside the results is what is counted from them, after any end."""

import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from toy_world import Stepper, ToyEvaluator, opened, problem, toy_run

from cladogen.cli.main import main
from cladogen.display.whole_tally import WholeTally
from cladogen.evaluation import Score, Status
from cladogen.events import Silent
from cladogen.proposal import Cost, Expectation, Outcome, Proposal
from cladogen.record.bests import Maker
from cladogen.record.credit import Tally
from cladogen.record.store import Store
from cladogen.result import Result, Standing
from cladogen.search.budget import Caps
from cladogen.task import Propose
from cladogen.view.followed import FollowedRun
from cladogen.view.recorded_events import tally_of
from cladogen.view.run_reader import RunReader

TOY = Path(__file__).parents[1] / "support" / "toy_world.py"


class Several(Stepper):
    """Propose under several names, some of them combined, with expectations, in vain, and for money."""

    async def propose(self, task, record, rng):
        made = await super().propose(task, record, rng)
        kind = task.ticket % 4
        names = ("diff", "wrap+hoist", "wrap", "tune")
        models = ("", "m", "n", "")
        expected = Expectation("closeness", 0.5, before=-9.0) if kind == 1 else None
        return Proposal(
            task.ticket, names[kind], task.parents, made.patch if task.ticket % 7 else "", model=models[kind],
            cost=Cost(None if kind == 2 else 0.1, 10, 5, calls=int(kind in (1, 2))), expectation=expected,
            seconds=0.1 * kind, trials=kind, in_vain="tune" if kind == 2 else "", vain_s=0.3,
            specialist="one" if kind == 1 else "", code="near-duplicate" if task.ticket % 7 == 0 else "",
        )  # fmt: skip


def fails(value: float) -> Status:
    return Status.CRASH if int(value * 1e6) % 5 == 1 else Status.OK


@pytest.fixture(params=[("map_elites", {}), ("clade", {"first": 1})], ids=lambda param: param[0])
async def run(request, tmp_path):
    """A search that refuses, fails, repeats and (the clade archive) measures programs again."""
    store = opened(tmp_path / "run")
    made = toy_run(store, Caps(proposals=60, evaluations=400, failing=None), workers=2, archive=request.param[0],
                   options=request.param[1], proposer=Several(), evaluator=ToyEvaluator(fails))  # fmt: skip
    await made.search()
    yield made
    store.close()


def whole(found) -> tuple:
    """Return all that a tally says."""
    ways = (found.by_author(), found.by_operator(), found.by_model(), found.by_specialist())
    return (
        found.makers,
        found.total(),
        found.results,
        found.measured,
        found.near,
        found.causes,
        *ways,
    )


async def test_kept_tally_is_what_is_counted_from_the_results(run):
    kept, counted = run.store.tally(), run.store.recount(run.problem.score)
    assert whole(kept) == whole(counted)
    total = kept.total()
    assert total.proposals >= 60 and total.gain > 0 and total.expected > 0 and total.vain > 0
    assert kept.near > 0 and kept.causes["refused"] > 0 and kept.causes["crash"] > 0
    asked = Counter(p.operator for _, p in run.store.results_with_proposals() if p is not None)
    by, together = kept.by_operator(), kept.makers[Maker("wrap+hoist", "m", "one")]
    assert set(asked) == {"diff", "wrap+hoist", "wrap", "tune"}
    assert by["wrap"].proposals == asked["wrap"] + asked["wrap+hoist"]
    assert by["hoist"].proposals == asked["wrap+hoist"] == together["proposals"]
    if run.archive.opening is None:  # else it is not of results
        assert by["hoist"].gain == pytest.approx(together["gain"] / 2)  # the other half is wrap's
    assert sum(each.gain for each in by.values()) == pytest.approx(total.gain)


@pytest.mark.parametrize("run", [("clade", {"first": 1})], ids=["clade"], indirect=True)
async def test_gain_of_an_archive_that_measures_case_by_case_is_what_the_last_line_says(
    run, tmp_path
):
    """A lead that later measurements found is credited, and what they took back is not."""
    now = run.overview.progress()
    with RunReader(run.store.folder) as reader:
        found, best = tally_of(reader), reader.best
    assert best == now.best == found.bests[-1] and found.bests[0] == 0
    assert found.total().gain == pytest.approx(now.gain) and now.gain > 0
    assert found.total().records == len(found.bests) - 1 == len(set(found.bests)) - 1
    live = WholeTally().tally(now)
    assert whole(live) == whole(found)
    followed = FollowedRun(run.store.folder)
    followed.refresh()
    assert [step.program for step in followed.steps] == found.bests
    assert followed.steps[-1].fitness == now.best_fitness
    assert sum(row.better for row in followed.came) >= found.total().records
    followed.close()


@pytest.mark.parametrize("at", [2, 3, 4])
async def test_tally_is_of_one_moment_though_a_result_comes_between_its_queries(run, at):
    """Else who counts on from there counts it twice, or knows its best before it came."""
    writer, reader, asked = run.store, Store.open(run.store.folder), []
    for read in (reader.tally, reader.tally_to_go_on):
        before, known = whole(read()), read().best

        def record_one(statement):
            asked.append(statement)
            if sum(each.lstrip().startswith("SELECT") for each in asked) == at:
                score = Score(Status.OK, 1e6 + writer.newest().result)
                task = Propose(writer.next_ticket() + 10**6, (0,))
                result = Result(task, Outcome.ACCEPTED, 0, (0,), score)
                writer.add_result(result, 0, Standing.IMPROVED)

        reader.database.set_trace_callback(record_one)
        found = read()
        reader.database.set_trace_callback(None)
        assert found is not None and (whole(found), found.best) == (before, known)
        asked.clear()
    reader.close()


async def test_programs_that_are_measured_again_count_as_they_were_when_it_came(tmp_path):
    store, told = opened(tmp_path / "run"), []

    class Watching(Silent):
        def told(self, event, progress):
            told.append(event)

    run = toy_run(store, Caps(evaluations=200, failing=None), archive="clade",
                  options={"first": 1}, observer=Watching())  # fmt: skip
    await run.search()
    assert store.tally().measured > 20
    assert whole(Tally(told)) == whole(store.tally())
    store.close()


@pytest.mark.parametrize(
    "lost", ["DROP TABLE tallies", "DELETE FROM tallies WHERE id = 2", "DELETE FROM tallies"]
)
async def test_run_without_its_tally_is_counted_from_results_and_healed_when_it_goes_on(run, lost):
    before = whole(run.store.tally())
    run.store.close()
    folder = run.store.folder
    with contextlib.closing(sqlite3.connect(folder / "run.db")) as database, database:
        database.execute(lost)
    again = Store.open(folder, write=True)
    assert again.tally() is None
    assert whole(again.recount(problem().score)) == before
    again.heal_tally(problem().score)
    assert whole(again.tally()) == before
    again.close()


async def test_results_of_an_earlier_version_are_not_overlooked(run):
    """It knows no tallies, and keeps them not on."""
    store = run.store
    kept = list(store.database.execute("SELECT * FROM tallies"))
    more = toy_run(store, Caps(proposals=70, failing=None), proposer=Several())
    await more.search()
    store.database.execute("DELETE FROM tallies")
    marks = ", ".join("?" * len(kept[0]))
    store.database.executemany(f"INSERT INTO tallies VALUES ({marks})", kept)
    assert store.tally() is None
    store.heal_tally(run.problem.score)
    assert whole(store.tally()) == whole(store.recount(run.problem.score))


def test_tally_of_a_run_that_was_killed_is_that_of_its_results(tmp_path):
    folder = tmp_path / "run"
    for least in (40, 90, 140):
        process = subprocess.Popen([sys.executable, TOY, folder, "100000"])
        end = time.monotonic() + 60
        while results(folder) < least and time.monotonic() < end:
            time.sleep(0.01)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        store = Store.open(folder)
        kept = store.tally()
        assert kept is not None and kept.results >= least
        assert whole(kept) == whole(store.recount(problem().score))
        store.close()


def results(folder: Path) -> int:
    """Return how many results a run has by now."""
    with (
        contextlib.suppress(sqlite3.Error),
        contextlib.closing(sqlite3.connect(f"file:{folder}/run.db?mode=ro", uri=True)) as database,
    ):
        return database.execute("SELECT COUNT(*) FROM results").fetchone()[0]
    return 0


async def test_tally_of_a_run_is_known_without_a_look_at_its_results(small_run):
    with RunReader(small_run) as reader:
        statements = []
        reader.store.database.set_trace_callback(statements.append)
        found = tally_of(reader)
        assert whole(found) == whole(reader.store.recount(reader.problem.score))
    asked = statements[: 1 + next(n for n, said in enumerate(statements) if "MAX(seq)" in said)]
    assert not [said for said in asked if "FROM proposals" in said or "FROM evaluations" in said]


def test_stats_of_a_run_say_the_same_with_and_without_the_kept_tally(small_run, capsys):
    assert main(["stats", str(small_run)]) == 0
    kept = capsys.readouterr().out
    with contextlib.closing(sqlite3.connect(small_run / "run.db")) as database, database:
        database.execute("DELETE FROM tallies")
    assert main(["stats", str(small_run)]) == 0
    assert capsys.readouterr().out == kept != ""
