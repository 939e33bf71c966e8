"""Everything on the page is a command's, too: the table of docs/view.md names all of it, and each command runs."""

import base64
import re
import shlex
import shutil
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from large_run import judged_run

from cladogen.cli.main import main
from cladogen.record.approvals import Waiting, wait_for
from cladogen.record.store import Store
from cladogen.view.page.bundle import STATIC

TEXT = (Path(__file__).parents[3] / "docs" / "view.md").read_text()
PLACES = {"RUN": "runs/tour", "PROGRAM": "12", "TASK": "900", "FOLDER": "runs", "TEXT": "swap", "FILE.svg": "c.svg"}  # fmt: skip
SVG = base64.b64encode(b'<svg xmlns="http://www.w3.org/2000/svg"/>').decode()
NO_PART = {"views of the run", "views of the program", "against"}  # labels of what chooses


def rows(heading: str) -> list[list[str]]:
    """Return the cells of the tables below a heading, without their own headings."""
    part = TEXT.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    lines = [line for line in part.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines][1:]


def commands() -> list[str]:
    found = [
        text
        for heading, column in (("The same in a terminal", 1), ("Steering", 0))
        for row in rows(heading)
        for text in re.findall(r"`(evolve [^`]*)`", row[column])
    ]
    return list(dict.fromkeys(found))


def parts_of_the_page() -> set[str]:
    """Return what a person sees by name: tabs, panels, and the facts at the head of a run."""
    scripts = {path.stem: path.read_text() for path in STATIC.glob("*.js")}
    tabs = re.findall(r'\w+: \["(\w+)", \w+Tab\]', scripts["run"])
    views = re.search(r"const VIEWS = \{(.*?)\};", scripts["program"])
    assert views is not None
    found = {*tabs, *re.findall(r'"([^"]+)"', views[1])}
    found |= set(re.findall(r'\bfact\("([^"]+)"', scripts["run"]))
    for script in scripts.values():
        found |= set(re.findall(r'el\("section", \{[^}]*"aria-label": "([^"]+)"', script))
        found |= set(re.findall(r'\bsection\("([^"]+)"', script))
    return found - NO_PART


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    folder = tmp_path_factory.mktemp("commands")
    run = judged_run(folder / "runs" / "tour", 40)
    with closing(Store.open(run, write=True)) as store:
        row = next(store.evaluations(12)).evaluation
        drawn = replace(row, seed=9, output="drawn", picture=f"data:image/svg+xml;base64,{SVG}")
        store.add_evaluations(12, 0, (drawn,))
    return folder / "runs"


@pytest.fixture
def folder(written, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shutil.copytree(written, tmp_path / "runs")
    return tmp_path / "runs" / "tour"


def test_table_names_everything_that_the_page_shows():
    named = {name.strip() for row in rows("The same in a terminal") for name in row[0].split(",")}
    assert len(parts_of_the_page()) > 30
    assert parts_of_the_page() - named == set()


def test_every_request_of_the_steer_view_is_among_the_commands():
    script = (STATIC / "steer.js").read_text()
    asked = set(re.findall(r'\bdo: "(\w+)"', script))
    lineages = re.search(r"const LINEAGES = \{(.*?)\};", script)
    assert lineages is not None
    asked |= set(re.findall(r"(\w+): ", lineages[1]))
    text = " ".join(commands())
    assert {word for word in asked if not re.search(rf"(evolve |--){word}\b", text)} == {"wish"}
    assert '"WISH"' in text


@pytest.mark.parametrize("command", commands())
def test_command_of_the_table_runs(folder, capsys, command):
    """In a run that somebody searches, where children wait, as all of them ask for."""
    words = shlex.split(command.replace("[", "").replace("]", "").replace("...", ""))
    store = Store.open(folder, write=True)
    with closing(store):
        wait_for(store, Waiting(900, 0, 3, "faster"))
        if "watch" in words:  # which ends with the search
            store.close()
        assert main([PLACES.get(word, word) for word in words[1:]]) == 0, capsys.readouterr().err
    assert capsys.readouterr().out.strip()
