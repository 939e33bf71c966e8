"""The page in a real Chromium: it opens, follows a run, leads from a point to its diff, and stays harmless."""

import re
import subprocess
import sys

import pytest
from axe_playwright_python.sync_playwright import Axe
from large_run import Writer, large_run
from page_server import PageServer
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
VIEWS = ["", "/tree", "/map", "/operators", "/proposals", "/time", "/steer", "/program/299", "/program/299?show=source",
         "/program/299?show=cases", "/program/299?show=asked", "/program/299?show=again", "/task/120"]  # fmt: skip


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("page")
    runs = [
        large_run(folder / "runs" / name, 300, seed) for seed, name in enumerate(("tour", "other"))
    ]
    with PageServer(*runs) as found:
        yield found


def opened(tab, server, view=""):
    """Open a view of the run, and wait until it is drawn."""
    tab.goto(server.address)
    tab.goto(f"{server.base}/#/run/tour{view}")
    expect(tab.locator(".wait")).to_have_count(0)
    expect(tab.locator(".panel").first).to_be_visible()


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


def test_click_on_the_tree_picks_a_program_and_search_finds_one(tab, server):
    opened(tab, server, "/tree")
    tab.get_by_label("find programs").fill("#17")
    expect(tab.locator(".picked strong a")).to_have_text("#17")
    box = tab.locator("canvas").bounding_box()
    for share in (0.02, 0.03, 0.04):  # the seed program stands left
        for down in range(20, int(box["height"]), 12):
            tab.mouse.click(box["x"] + box["width"] * share, box["y"] + down)
    expect(tab.locator(".picked strong a")).to_have_text(re.compile(r"^#\d+$"))


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
