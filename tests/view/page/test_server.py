"""What the page says of a run: the same as the commands, also while the run goes on."""

import pytest
from large_run import Writer, large_run
from page_server import PageServer

from cladogen.record.steering import given
from cladogen.view.reports.run import run_report
from cladogen.view.run_reader import RunReader


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("page")
    with PageServer(large_run(folder / "runs" / "tour", 300)) as found:
        yield found


def test_summary_says_what_the_report_of_a_run_says(server):
    said = server.json("/api/run/tour/summary")
    with RunReader(server.folders[0]) as reader:
        report = run_report(reader)
    for name in ("best", "best_value", "seed_value", "gain", "noise", "programs", "status"):
        assert said[name] == getattr(report, name), name
    assert said["usd"] == pytest.approx(report.usd)
    assert said["steps"][-1][0] == report.best


def test_columns_hold_every_program_and_afterwards_only_what_changed(server):
    got = server.json("/api/run/tour/programs?since=0")
    assert got["number"] == list(range(300))
    assert {len(got[name]) for name in ("parent", "value", "status", "operator", "kept", "at")} == {
        300
    }
    assert server.json(f"/api/run/tour/programs?since={got['version']}")["number"] == []


def test_program_has_its_scores_proposal_cases_and_commands(server):
    said = server.json("/api/run/tour/program/299")
    assert said["number"] == 299 and said["lineage"][0]["number"] == 0
    assert said["proposal"]["prompt"] == "Make the tour shorter."
    assert [row["case"] for row in said["evaluations"]] == ["north", "south"]
    assert "evolve checkout" in said["commands"][1]["command"]
    files = server.json("/api/run/tour/program/299/files")
    assert "".join(text for _, text in files[0]["tokens"]).startswith('"""A tour')
    assert "+++ b/tour.py" in server.json("/api/run/tour/program/299/diff?from=seed")["diff"]
    steps = server.json("/api/run/tour/program/299/steps")
    assert [step["after"] for step in steps] == [each["number"] for each in said["lineage"][1:]]


@pytest.mark.parametrize(
    "path", ["program/300", "program/-1", "program/x", "task/99999", "program/3/diff?from=nothing"]
)
def test_number_that_is_not_there_is_said_in_a_line(server, path):
    status, _, body = server.ask(f"/api/run/tour/{path}")
    assert status == 404 and body.startswith(b'{"error":')


def test_failures_are_listed_latest_first_and_page_by_page(server):
    got = server.json("/api/run/tour/proposals?word=crash")
    assert {row["word"] for row in got["rows"]} == {"crash"}
    tickets = [row["ticket"] for row in got["rows"]]
    assert tickets == sorted(tickets, reverse=True)
    first = server.json("/api/run/tour/proposals")
    second = server.json(f"/api/run/tour/proposals?before={first['before']}")
    assert second["rows"][0]["ticket"] < first["rows"][-1]["ticket"]


def test_page_hears_of_a_program_that_is_made_while_it_is_open(tmp_path):
    writer = Writer(tmp_path / "runs" / "tour")
    writer.write(20)
    with PageServer(tmp_path / "runs" / "tour") as server:
        heard = server.events("tour")
        first = next(heard)
        assert first["programs"] == 20 and first["running"]
        while len(writer.lengths) < 22:
            writer.step()
        seen = next(each for each in heard if each["programs"] == 22)
        assert seen["version"] > first["version"]
        changed = server.json(f"/api/run/tour/programs?since={first['version']}")
        assert {20, 21} <= set(changed["number"]) and len(changed["number"]) < 22
        writer.store.close()
        ended = next(each for each in heard if not each["running"])
        assert ended["status"] == "stopped"
        heard.close()


def test_page_reads_a_run_once_and_then_only_what_is_new(tmp_path):
    """However a run is followed, it is known as if it were read anew."""
    from cladogen.view.followed import FollowedRun

    writer = Writer(tmp_path / "runs" / "tour")
    writer.write(5)
    run = FollowedRun(tmp_path / "runs" / "tour")
    run.refresh()
    for _ in range(60):
        writer.step()
        run.refresh()
    again = FollowedRun(tmp_path / "runs" / "tour")
    again.refresh()
    assert run.reader.entries == again.reader.entries
    assert run.reader.best == again.reader.best
    assert run.steps == again.steps and run.came == again.came
    assert run.tally.by_author() == again.tally.by_author()
    assert (run.evaluations, run.tokens, run.usd) == (again.evaluations, again.tokens, again.usd)
    assert not run.refresh()
    for each in (run, again):
        each.close()
    writer.store.close()


def test_steers_of_the_page_are_the_rows_of_the_commands(tmp_path):
    writer = Writer(tmp_path / "runs" / "tour")
    writer.write(20)
    with PageServer(tmp_path / "runs" / "tour") as server:
        path = "/api/run/tour/steer"
        asked = [
            {"do": "pause"},
            {"do": "ban", "program": 3},
            {"do": "cap", "cap": "usd", "value": 5},
        ]
        for each in asked:
            assert server.post(path, each)[0] == 200
        for bad in ({}, {"do": "ban", "program": 99}, {"do": "cap", "cap": "usd", "value": -1}):
            status, answer = server.post(path, bad)
            assert status == 400 and answer["error"]
        assert server.post("/api/run/nothing/steer", {"do": "pause"})[0] == 404
        said = [str(each.steer) for each in given(writer.store)]
        assert said == ["pause", "ban #3", "cap usd is 5 now"]
        heard = server.events("tour")
        assert next(each for each in heard if each["paused"])["budget"][0]["cap"] == 5
        heard.close()
        writer.store.close()
        assert next(each for each in server.events("tour") if not each["running"])
        assert server.post(path, {"do": "resume"})[0] == 400
