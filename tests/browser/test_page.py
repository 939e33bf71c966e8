"""The page in a real Chromium: it opens, follows a run, leads from a point to its diff, and stays harmless."""

import json
import re
import subprocess
import sys

import pytest
from axe_playwright_python.sync_playwright import Axe
from large_run import Writer, judged_run, large_run
from page_server import PageServer
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
VIEWS = ["", "/tree", "/map", "/map?map=objectives", "/map?map=cases", "/operators", "/proposals", "/time", "/notes", "/steer", "/program/299", "/program/299?show=source",
         "/program/299?show=cases", "/program/299?show=asked", "/program/299?show=again", "/task/120"]  # fmt: skip


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("page")
    runs = [
        judged_run(folder / "runs" / name, 300, seed) for seed, name in enumerate(("tour", "other"))
    ]
    with PageServer(*runs) as found:
        found.whole("tour")
        yield found


def opened(tab, server, view=""):
    """Open a view of the run, and wait until it is drawn."""
    tab.goto(server.address)
    tab.goto(f"{server.base}/#/run/tour{view}")
    main = tab.locator(f'main[aria-busy="false"][data-address="#/run/tour{view}"]')
    expect(main.locator(".wait")).to_have_count(0)
    expect(main.locator(".panel").first).to_be_visible()


def test_page_opens_and_says_whether_the_run_gets_better_what_it_costs_and_what_fails(tab, server):
    tab.goto(server.address)
    expect(tab.get_by_role("link", name="tour", exact=True)).to_be_visible()
    assert "token" not in tab.url
    tab.get_by_role("link", name="tour", exact=True).click()
    head = tab.get_by_label("how the run stands")
    expect(head).to_contain_text("better by")
    expect(head).to_contain_text("$")
    expect(head).to_contain_text("crash")


def test_point_of_the_chart_leads_to_its_program(tab, server):
    opened(tab, server)
    chart = tab.locator(".chart[data-programs='300']")
    chart.focus()
    chart.press("ArrowLeft")
    picked = tab.locator(".picked strong a")
    best = server.json("/api/run/tour/summary")["best"]
    expect(picked).to_have_text(f"#{best}")
    assert f"program={best}" in tab.url
    tab.locator(".picked").get_by_role("link", name="diff").click()
    expect(tab.locator(".diff .add").first).to_be_visible()


def test_node_of_the_tree_leads_to_its_diff(tab, server):
    opened(tab, server, "/tree")
    tree = tab.locator("canvas[data-programs]")
    tree.focus()
    tree.press("ArrowLeft")
    number = tab.locator(".picked strong a").inner_text().lstrip("#")
    best = server.json("/api/run/tour/summary")["best"]
    assert int(number) == server.json(f"/api/run/tour/program/{best}")["parents"][0]
    tree.press("Enter")
    expect(tab.locator("h1")).to_contain_text(f"#{number}")
    expect(tab.locator(".diff .add").first).to_be_visible()


def test_line_of_the_best_is_written_once_somebody_looks(tab, server):
    opened(tab, server, "/tree")
    line = tab.get_by_role("region", name="the line of the best")
    expect(line).to_have_count(0)
    tab.get_by_text("the line of the best as a table").click()
    best = server.json("/api/run/tour/summary")["best"]
    rows = server.json(f"/api/run/tour/program/{best}")["lineage"]
    expect(line.locator("tbody tr")).to_have_count(len(rows))
    tab.get_by_role("button", name="failed programs").click()
    expect(line.locator("tbody tr")).to_have_count(len(rows))


def test_program_and_its_diff_are_asked_for_together(tab, server):
    opened(tab, server, "/tree")
    heard = []
    tab.on("request", lambda each: heard.append(("asked", each.url.partition("/program/")[2])))
    tab.on("response", lambda each: heard.append(("got", each.url.partition("/program/")[2])))
    tab.evaluate("location.hash = '#/run/tour/program/299'")
    expect(tab.locator(".diff .add").first).to_be_visible()
    assert heard.index(("asked", "299/diff?from=parent")) < heard.index(("got", "299"))


def test_words_below_the_latest_tasks_are_whole_on_a_phone(tab, server):
    tab.set_viewport_size({"width": 360, "height": 740})
    opened(tab, server, "/time")
    box = tab.get_by_text("a row for each worker").bounding_box()
    assert box["width"] < 360 and box["height"] > 30  # it goes on in a second line


def test_time_of_a_proposal_stands_in_one_line(tab, server):
    opened(tab, server, "/proposals")
    when = tab.locator("td .when").first
    assert when.bounding_box()["height"] < 30


def test_click_on_the_tree_picks_a_program_and_search_finds_one(tab, server):
    opened(tab, server, "/tree")
    tab.get_by_label("find programs").fill("#17")
    expect(tab.locator(".picked strong a")).to_have_text("#17")
    box = tab.locator("canvas").bounding_box()
    for share in (0.02, 0.03, 0.04):  # the seed program stands left
        for down in range(20, int(box["height"]), 12):
            tab.mouse.click(box["x"] + box["width"] * share, box["y"] + down)
    expect(tab.locator(".picked strong a")).to_have_text(re.compile(r"^#\d+$"))


@pytest.mark.parametrize("kind", ["objectives", "cases"])
def test_front_on_the_map_holds_what_the_command_says_and_leads_to_its_programs(
    tab, server, capsys, kind
):
    from cladogen.cli.main import main

    opened(tab, server, f"/map?map={kind}")
    canvas = tab.locator(f"canvas[data-kind='{kind}']")
    assert (
        main(
            [
                "tree",
                str(server.folders[0]),
                "--by",
                "front" if kind == "objectives" else "case",
                "--json",
            ]
        )
        == 0
    )
    said = json.loads(capsys.readouterr().out)
    expect(canvas).to_have_attribute("data-items", str(len(said["programs"])))
    tab.locator("summary").last.click()
    table = tab.get_by_role("region", name="front" if kind == "objectives" else "programs that")
    listed = [link.inner_text() for link in table.get_by_role("link").all()]
    assert listed == [f"#{each['program']}" for each in said["programs"]]
    canvas.focus()
    canvas.press("ArrowRight")
    expect(tab.locator(".picked strong a")).to_have_text(listed[0])
    assert f"map={kind}" in tab.url and f"program={listed[0][1:]}" in tab.url
    box = canvas.bounding_box()
    tab.get_by_role("button", name="cells").click()
    expect(tab.locator("canvas[data-kind='grid']")).to_be_visible()
    tab.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(tab.locator(".picked strong a")).to_have_text(re.compile(r"^#\d+$"))


@pytest.mark.parametrize(("rule", "kind"), [("nsga2", "objectives"), ("gepa", "cases"),
    ("cvt_map_elites", "centroids"), ("map_elites", "grid")])  # fmt: skip
def test_map_shows_first_what_the_archive_of_the_run_keeps(tab, tmp_path, rule, kind):
    from cladogen.settings import Settings

    writer = Writer(tmp_path / "runs" / "tour", settings=Settings(archive=rule))
    writer.write(80)
    writer.store.close()
    with PageServer(tmp_path / "runs" / "tour") as server:
        opened(tab, server, "/map")
        canvas = tab.locator(f"canvas[data-kind='{kind}']")
        expect(canvas).to_be_visible()
        box = canvas.bounding_box()
        for across in range(80, int(box["width"]), 40):
            tab.mouse.click(box["x"] + across, box["y"] + box["height"] * 0.45)
        canvas.press("ArrowLeft")
        expect(tab.locator(".picked strong a")).to_have_text(re.compile(r"^#\d+$"))
        canvas.press("Enter")
        expect(tab.locator("h1")).to_contain_text("#")


def test_selection_is_in_the_address_and_comes_back_with_it(tab, server):
    opened(tab, server, "/tree?program=120&failed=1")
    expect(tab.locator(".picked strong a")).to_have_text("#120")
    expect(tab.get_by_role("button", name="failed programs")).to_have_attribute(
        "aria-pressed", "true"
    )


def test_live_update_arrives_while_the_page_is_open(tab, tmp_path):
    writer = Writer(tmp_path / "runs" / "tour")
    writer.write(30)
    with PageServer(tmp_path / "runs" / "tour") as server:
        opened(tab, server)
        expect(tab.locator(".chart[data-programs='30']")).to_be_visible()
        expect(tab.locator(".pill.live")).to_be_visible()
        while len(writer.lengths) < 35:
            writer.step()
        expect(tab.locator(".chart[data-programs='35']")).to_be_visible()
        writer.store.close()
        expect(tab.locator(".pill.live")).to_have_count(0)


def test_page_says_that_the_server_is_gone_and_goes_on_when_it_is_back(tab, tmp_path):
    folder = large_run(tmp_path / "runs" / "tour", 30)
    with PageServer(folder) as server:
        opened(tab, server)
        state = tab.get_by_role("status")
        expect(state).to_be_empty()
        server.end()
        expect(state).to_contain_text("trying again")
        with PageServer(folder, port=server.port) as again:
            expect(state).to_contain_text("open the address that it printed")
            tab.evaluate(
                "address => fetch(address)", again.path
            )  # the new token, as a person opens it
            expect(state).to_be_empty()


def _steered(tab, folder, said):
    with PageServer(folder) as server:
        tab.goto(server.address)
        tab.goto(f"{server.base}/#/run/run/steer")
        tab.get_by_role("button", name="pause").click()
        expect(tab.locator(".pill", has_text="paused")).to_be_visible()
        assert next(line for line in said if "steered: pause" in line)
        tab.get_by_role("button", name="resume").click()
        assert next(line for line in said if "steered: resume" in line)
        stop = tab.get_by_role("button", name="stop")
        stop.click()
        stop.click()
        expect(tab.locator(".pill", has_text="ended: asked")).to_be_visible()
        expect(tab.get_by_label("said before").first).to_contain_text("stop")


def test_steering_changes_the_run(tab, steps_problem, tmp_path):
    """A real search: paused by a button it starts nothing, and stopped by one it chooses and ends."""
    folder = tmp_path / "run"
    words = [
        "--run",
        folder,
        "--plain",
        "--sandbox",
        "local",
        "--max-seconds",
        "500",
        "--max-failing",
        "1000000",
        "--proposer",
        "mutate",
    ]
    command = [sys.executable, "-m", "cladogen.cli.main", "run", steps_problem, *words]
    with subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE, text=True) as search:
        try:
            assert next(line for line in search.stdout if "#0" in line)
            _steered(tab, folder, search.stdout)
            rest = search.communicate(timeout=120)[0]
        finally:
            search.kill()
    assert search.returncode == 0 and "somebody asked for it" in rest


def test_child_that_waits_is_refused_with_a_reason_and_the_next_one_approved(
    tab, steps_problem, tmp_path
):
    """A real search in which nothing is run before a person said so, on the page."""
    folder = tmp_path / "run"
    words = ["--run", folder, "--plain", "--sandbox", "local", "--max-seconds", "5000", "--approve", "all",
             "--proposer", "mutate", "--workers", "1"]  # fmt: skip
    command = [sys.executable, "-m", "cladogen.cli.main", "run", steps_problem, *words]
    with subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE, text=True) as search:
        try:
            assert next(line for line in search.stdout if "waits for a person" in line)
            with PageServer(folder) as server:
                tab.goto(server.address)
                tab.goto(f"{server.base}/#/run/run")
                tab.get_by_role("link", name="approve or refuse").click()
                waiting = tab.get_by_label("waiting", exact=True)
                waiting.get_by_role("link").click()
                expect(tab.locator(".diff .add").first).to_be_visible()
                tab.get_by_role("link", name="approve or refuse").click()
                waiting.get_by_role("textbox").fill("too bold")
                waiting.get_by_role("button", name="refuse").click()
                expect(tab.get_by_label("said before").first).to_contain_text("too bold")
                head = tab.get_by_label("how the run stands")
                expect(head).to_contain_text("refused 1")
                expect(waiting.get_by_role("textbox")).to_have_value("")  # it is the next child's
                waiting.get_by_role("button", name="approve").click()
                expect(head).to_contain_text("2 programs")
        finally:
            search.kill()


@pytest.mark.parametrize("view", VIEWS)
def test_no_view_scrolls_sideways_on_a_phone(tab, server, view):
    tab.set_viewport_size({"width": 360, "height": 740})
    opened(tab, server, view)
    assert tab.evaluate("document.documentElement.scrollWidth") <= 360


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("view", VIEWS)
def test_view_has_no_serious_finding_of_the_accessibility_check(tab, server, view, theme):
    tab.emulate_media(color_scheme=theme)
    opened(tab, server, view)
    for details in tab.locator("details").all():
        details.evaluate("each => { each.open = true; }")
    found = Axe().run(tab, options={"resultTypes": ["violations"]}).response["violations"]
    serious = [
        f"{each['id']}: {each['nodes'][0]['html'][:200]} {each['nodes'][0]['failureSummary'][:200]}"
        for each in found
        if each["impact"] in ("serious", "critical")
    ]
    assert serious == []


def test_run_is_asked_for_before_the_pages_script_is_there(tab, tmp_path):
    """One round after the first file, and not one after the other; a name may hold anything."""
    folder = judged_run(tmp_path / "runs" / "to ur's ü&<b>", 40)
    with PageServer(folder) as server:
        tab.goto(server.address)
        expect(tab.locator(".chart[data-programs='40']")).to_be_visible()
        times = tab.evaluate(
            "() => performance.getEntriesByType('resource').map(each => [each.name, each.startTime])"
        )
        first = {}
        for name, at in times:
            first.setdefault(name.removeprefix(server.base).split("?")[0].rpartition("/")[2], at)
        asked = [at for name, at in times if "/programs?" in name]
        assert len(asked) == 1 and len([name for name, _ in times if "summary" in name]) == 1
        drawn = tab.evaluate("performance.getEntriesByType('navigation')[0].domInteractive")
        assert max(first["runs"], first["summary"], first["programs"]) < drawn


def test_chart_of_a_run_without_a_score_says_so(tab, tmp_path):
    class Failing(Writer):
        def _add(self, program, parents, length, repeats=1):
            super()._add(program, parents, None, repeats)

    run = Failing(tmp_path / "runs" / "tour")
    run.seed()
    run.store.close()
    with PageServer(tmp_path / "runs" / "tour") as server:
        tab.goto(server.address)
        chart = tab.locator(".chart[data-programs='1']")
        expect(chart).to_have_text("No program has a score.")
        expect(chart).to_have_attribute("aria-label", "No program has a score.")
        expect(chart.locator("canvas")).to_have_count(0)


def test_table_that_is_wider_than_a_phone_has_a_shadow_where_it_goes_on(tab, server):
    tab.set_viewport_size({"width": 360, "height": 740})
    opened(tab, server, "/operators")
    shadows = tab.locator(".scroll").evaluate_all(
        "all => all.filter(each => each.scrollWidth > each.clientWidth)"
        ".map(each => getComputedStyle(each).backgroundAttachment)"
    )
    assert shadows
    assert set(shadows) == {"local, local, scroll, scroll"}


def test_run_that_went_further_than_another_of_its_setting_is_drawn_to_its_end(tab, tmp_path):
    folder = tmp_path / "runs"
    runs = [judged_run(folder / f"tour-{size}", size, size) for size in (40, 120)]
    with PageServer(*runs) as server:
        tab.goto(server.address)
        comparison = tab.get_by_label("comparison", exact=True)
        expect(comparison.locator(".chart[data-lines='2']")).to_be_visible()  # the median and one
        expect(comparison.locator(".key")).to_contain_text("as far as all went; then each")


def test_seed_program_that_failed_says_why_where_nobody_proposed_it(tab, tmp_path):
    class Failing(Writer):
        def _add(self, program, parents, length, repeats=1):
            super()._add(program, parents, None, repeats)

        def _came(self, outcome, program, standing, reason, score=None):
            super()._came(outcome, program, standing, "", score)

    run = Failing(tmp_path / "runs" / "tour")
    run.seed()
    run.store.close()
    with PageServer(tmp_path / "runs" / "tour") as server:
        opened(tab, server, "/program/0")
        expect(tab.locator(".note")).to_contain_text("IndexError: list index out of range")
        expect(tab.get_by_role("link", name="Diff to best")).to_have_count(0)


def test_whoever_uses_keys_gets_to_the_content_and_stays_in_the_run(tab, server):
    opened(tab, server, "/tree")
    skip = tab.get_by_role("link", name="to the content")
    skip.focus()
    skip.press("Enter")
    expect(tab.locator("main")).to_be_focused()
    assert tab.url.endswith("#/run/tour/tree")
    tab.get_by_role("link", name="Operators").focus()
    tab.keyboard.press("Enter")
    expect(
        tab.locator('main[aria-busy="false"][data-address="#/run/tour/operators"]')
    ).to_be_focused()
