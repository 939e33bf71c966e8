"""A run as one HTML file, opened from the disk."""

import re

import pytest
from large_run import large_run
from playwright.sync_api import expect

from cladogen.cli.main import main

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]


def test_file_shows_the_run_without_a_server(tab, tmp_path):
    path = tmp_path / "run.html"
    assert (
        main(["export", str(large_run(tmp_path / "runs" / "tour", 80)), "--html", str(path)]) == 0
    )
    asked = []
    tab.on("request", lambda request: asked.append(request.url))
    tab.goto(path.as_uri())
    expect(tab.get_by_label("how the run stands")).to_contain_text("better by")
    expect(tab.locator(".chart[data-programs='80']")).to_be_visible()
    for view in ("tree", "map", "operators", "proposals", "time"):
        tab.goto(f"{path.as_uri()}#/run/run/{view}")
        expect(tab.locator(".panel").last).to_be_visible()
    tab.goto(f"{path.as_uri()}#/run/run/program/79")
    expect(tab.locator(".diff .add").first).to_be_visible()
    tab.get_by_role("link", name="Step by step").click()
    expect(tab.locator(".diff").first).to_be_visible()
    tab.get_by_role("link", name="Prompt and reply").click()
    expect(tab.locator("pre", has_text=re.compile("Make the tour shorter"))).to_be_visible()
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
