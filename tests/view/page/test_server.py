"""What the page says of a run: the same as the commands, also while the run goes on."""

from math import isnan

import pytest
from large_run import Writer, judged_run, large_run
from page_server import PageServer, unpacked

from cladogen.record.approvals import Waiting, wait_for
from cladogen.record.steering import given
from cladogen.view.reports.run import run_report
from cladogen.view.run_reader import RunReader
from cladogen.view.summary import summary


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("page")
    with PageServer(large_run(folder / "runs" / "tour", 300)) as found:
        yield found


def test_summary_says_what_the_report_of_a_run_says(server):
    said = server.whole("tour")
    with RunReader(server.folders[0]) as reader:
        report = run_report(reader)
    for name in ("best", "best_value", "seed_value", "gain", "noise", "programs", "status"):
        assert said[name] == getattr(report, name), name
    assert said["usd"] == pytest.approx(report.usd)
    assert said["steps"][-1][0] == report.best


def test_columns_hold_every_program_and_afterwards_only_what_changed(server):
    server.whole("tour")
    got = server.columns("tour")
    assert got["number"] == list(range(300))
    names = ("parent", "value", "status", "operator", "model", "kept", "at")
    assert {len(got[name]) for name in names} == {300}
    with RunReader(server.folders[0]) as reader:
        for row in reader.entries:
            value, fitness = got["value"][row.number], row.score.fitness
            assert isnan(value) if fitness is None else value == -fitness  # it minimizes
            assert got["operators"][got["operator"][row.number]] == row.operator
            assert got["statuses"][got["status"][row.number]] == row.status
            parents = [got["parent"][row.number], *_others(got, row.number)]
            assert [each for each in parents if each >= 0] == list(row.node.parents)
    assert server.columns("tour", got["version"])["number"] == []


def _others(got, number):
    pairs = zip(got["cross"][::2], got["cross"][1::2], strict=True)
    return [other for one, other in pairs if one == number]


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


def test_difference_from_the_parent_needs_no_other_answer_first(server):
    parent = server.json("/api/run/tour/program/299")["parents"][0]
    got = server.json("/api/run/tour/program/299/diff?from=parent")
    assert got == server.json(f"/api/run/tour/program/299/diff?from=%23{parent}")
    first = server.json("/api/run/tour/program/0/diff?from=parent")
    assert first == {"before": None, "after": 0, "diff": ""}


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
        changed = server.columns("tour", first["version"])
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
    assert again.refresh()
    assert run.reader.entries == again.reader.entries
    assert run.reader.best == again.reader.best
    assert run.steps == again.steps and run.came == again.came
    assert run.tally.by_author() == again.tally.by_author()
    assert (run.evaluations, run.tokens, run.usd) == (again.evaluations, again.tokens, again.usd)
    assert not run.refresh()
    for each in (run, again):
        each.close()
    writer.store.close()


def test_line_of_the_best_so_far_ends_where_the_points_do_while_a_run_is_read(tmp_path):
    """The two come in one answer: a summary is of another moment."""
    from cladogen.view.followed import PART, FollowedRun
    from cladogen.view.page.columns import columns

    run = FollowedRun(large_run(tmp_path / "runs" / "tour", 3 * PART))
    parts, values = 0, []
    while not run.whole:
        since = run.version
        run.read_on()
        got, parts = unpacked(columns(run, since)), parts + 1
        values += [value for value in got["value"] if not isnan(value)]
        assert got["steps"][-1][1] == min(values)
    run.close()
    assert parts >= 3


def test_something_is_shown_before_a_large_run_is_read(tmp_path):
    """The first reading goes in parts, ends as a whole one would, and misses nothing."""
    from cladogen.view.followed import PART, FollowedRun

    writer = Writer(tmp_path / "runs" / "tour")
    writer.write(2 * PART + 10)
    run, whole = (FollowedRun(tmp_path / "runs" / "tour") for _ in range(2))
    assert run.read_on() and len(run.columns) == PART and 0 < run.share_read < 1
    early = summary(run, "tour")
    assert early["programs"] == PART and early["best"] == run.steps[-1].program
    for _ in range(PART + 20):  # while it is read, more than a part
        writer.step()
    while run.read_on():
        writer.step()
    assert run.whole and run.refresh()
    whole.refresh()
    writer.store.close()
    assert run.reader.entries == whole.reader.entries
    assert run.steps == whole.steps and run.came == whole.came
    assert (run.evaluations, run.tokens, run.usd) == (whole.evaluations, whole.tokens, whole.usd)
    for each in (run, whole):
        each.close()


def test_child_that_waits_is_shown_on_the_page_and_approved_there(tmp_path):
    writer = Writer(tmp_path / "runs" / "tour")
    writer.write(20)
    with PageServer(tmp_path / "runs" / "tour") as server:
        heard = server.events("tour")
        assert next(heard)["waiting"] == []
        for ticket in (91, 92):
            wait_for(writer.store, Waiting(ticket, 0, 3, "faster"))
        shown = next(each for each in heard if len(each["waiting"]) == 2)
        heard.close()
        assert shown["waiting"][0]["said"] == "task 91, a child of #3: faster"
        assert shown["next"][0]["command"] == f"evolve approve {tmp_path / 'runs' / 'tour'} 91"
        path = "/api/run/tour/steer"
        assert server.post(path, {"do": "approve", "ticket": 91})[0] == 200
        assert server.post(path, {"do": "refuse", "ticket": 92, "text": "no"})[0] == 200
        for bad in (
            {"do": "approve"},
            {"do": "approve", "ticket": 7},
            {"do": "refuse", "ticket": "x"},
        ):
            assert server.post(path, bad)[0] == 400
        said = [str(each.steer) for each in given(writer.store)]
        assert said == ["approve task 91", "refuse task 92: no"]
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


def test_held_out_values_islands_and_notes_are_on_the_page_and_in_the_commands(tmp_path, capsys):
    from cladogen.cli.main import main

    folder = judged_run(tmp_path / "runs" / "tour", 120)
    with PageServer(folder) as server:
        said = server.whole("tour")
        islands = server.json("/api/run/tour/operators")["islands"]
        notes = server.json("/api/run/tour/notes")
    with RunReader(folder) as reader:
        marks = {number: -fitness for number, fitness in reader.heldout_fitness.items()}
        best = reader.best
        sizes = {number: len(reader.children.get(number, ())) for number in (0, best)}
    assert dict(map(tuple, said["heldout_marks"])) == marks and len(marks) == 6
    assert said["ships"] == best and said["to_come"] is None  # it is over
    assert {each["name"] for each in islands} == {
        *(f"island {n}" for n in range(3)),
        "seed programs",
    }
    assert islands[0]["best"] == best and islands[0]["steps"][-1][0] == best
    assert [each["text"].splitlines()[0] for each in notes] == [
        "Near neighbours first, then swaps."
    ]
    assert main(["stats", str(folder), "--notes"]) == 0
    assert "Near neighbours first" in capsys.readouterr().out
    assert main(["tree", str(folder), "--by", "island"]) == 0
    assert f"#{best}" in capsys.readouterr().out.splitlines()[1]
    assert sizes[0] > 0


def test_run_that_goes_on_says_what_it_will_still_take(tmp_path):
    from cladogen.ledger import Caps
    from cladogen.settings import Settings

    writer = Writer(tmp_path / "runs" / "tour", settings=Settings(caps=Caps(proposals=200)))
    writer.write(60)
    with PageServer(tmp_path / "runs" / "tour") as server:
        left = server.whole("tour")["to_come"]
        assert left["cap"] == "proposals" and 100 < left["results"] < 150 and left["usd"] > 0
        writer.store.close()


def test_maps_of_a_run_come_as_json_each_of_its_kind(tmp_path):
    from cladogen.settings import Settings

    settings = Settings(archive="cvt_map_elites", archive_options={"centroids": "9"})
    writer = Writer(tmp_path / "runs" / "tour", settings=settings)
    writer.write(60)
    writer.store.close()
    with PageServer(tmp_path / "runs" / "tour") as server:
        offered = server.json("/api/run/tour/map")
        assert offered == {"kinds": ["centroids", "objectives", "cases"], "kind": "centroids"}
        around = server.json("/api/run/tour/map/centroids")
        front = server.json("/api/run/tour/map/objectives")
        cases = server.json("/api/run/tour/map/cases")
    assert len(around["number"]) == len(around["cell"]) == front["scored"]
    assert len(around["points"]) == len(around["outlines"]) == 9 > max(around["cell"])
    listed = {each["program"] for each in front["programs"]}
    assert listed.isdisjoint(front["others"]["number"])
    assert front["directions"] == ["minimize", "minimize"]
    assert {each["case"] for each in cases["cases"]} == {"north", "south"}
