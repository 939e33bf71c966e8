"""How a run failed and how busy it was, said without reading all of it: the same as from all of it."""

import contextlib

from toy_world import ToyEvaluator, opened, problem, toy_run

from cladogen.evaluation import Status
from cladogen.record.store import Store
from cladogen.search.budget import Caps
from cladogen.view.followed import FollowedRun
from cladogen.view.reports.failures import failure_rows
from cladogen.view.run_reader import RunReader
from cladogen.view.timeline import timeline, timeline_of


def crashing(value: float) -> Status:
    if value < -0.5:
        return Status.TIMEOUT
    return Status.CRASH if round(10 * value) % 7 == 3 else Status.OK


async def made(folder, proposals=80):
    with contextlib.closing(opened(folder)) as store:
        evaluator = ToyEvaluator(crashing)
        await toy_run(store, Caps(proposals=proposals), evaluator=evaluator, workers=2).search()


async def test_spans_and_results_by_stretch_are_those_of_the_whole_run(tmp_path):
    await made(tmp_path / "run", 400)
    with contextlib.closing(FollowedRun(tmp_path / "run")) as followed:
        followed.refresh()
        with RunReader(tmp_path / "run") as reader:
            assert timeline_of(reader) == timeline(followed)
            assert "entries" not in reader.__dict__


async def test_kinds_of_failure_are_those_of_all_results(tmp_path):
    await made(tmp_path / "run")
    with RunReader(tmp_path / "run") as reader:
        reader.__dict__["problem"] = problem()
        latest, answered = {}, 0
        for row in reader.results():
            answered += row.proposal is not None and bool(row.proposal.parents)
            word = row.outcome.value
            if word == "accepted":
                word = str(reader.row(row.program).score.status)
            latest[word] = (row.ticket, row.reason)
        found = failure_rows(reader)
        assert {row.kind for row in found} >= {"crash", "timeout"}
        for row in found:
            assert (row.task, row.reason) == latest[row.kind]
            assert row.share == row.times / answered
        assert "entries" not in reader.__dict__


async def test_a_run_without_its_scores_says_the_same_of_its_failures(tmp_path):
    await made(tmp_path / "run")
    with RunReader(tmp_path / "run") as reader:
        before = failure_rows(reader)
    with contextlib.closing(Store.open(tmp_path / "run", write=True)) as store:
        store.database.execute("DELETE FROM scores WHERE program = 5")
    with RunReader(tmp_path / "run") as reader:
        reader.__dict__["problem"] = problem()
        assert failure_rows(reader) == before
