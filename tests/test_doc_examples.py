"""What the documents show is what the code does."""

import os
import re
import runpy
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from toy_world import opened, problem, toy_run

from cladogen.cli.main import TABLE, main
from cladogen.program import File, Program
from cladogen.search.budget import Caps

ROOT = Path(__file__).parent.parent


@pytest.fixture
def store(tmp_path):
    store = opened(tmp_path / "run")
    yield store
    store.close()


def test_every_figure_of_the_documents_is_shown_by_one_of_them():
    texts = "".join(path.read_text() for path in (ROOT / "docs").rglob("*.md"))
    figures = sorted(path.name for path in (ROOT / "docs" / "figures").iterdir())
    assert [name for name in figures if f"figures/{name}" not in texts] == []


async def test_proposer_of_the_extension_guide_works(store):
    text = (ROOT / "docs" / "extend.md").read_text()
    block = next(
        block
        for block in re.findall(r"```python\n(.*?)```", text, re.S)
        if "class Doubler" in block
    )
    names: dict = {}
    exec(block, names)
    seed = Program.of({"x.txt": File(b"1 \n")})
    run = toy_run(
        store, Caps(proposals=3), problem=problem([seed]), proposer=names["Doubler"](problem())
    )
    await run.search()
    assert {run.record.program(n).text("x.txt").strip() for n in range(run.record.size())} >= {
        "1",
        "2",
    }


def test_links_between_documents_lead_somewhere():
    broken = []
    for page in [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]:
        for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text()):
            if "://" not in target and not (page.parent / target).exists():
                broken.append(f"{page.name}: {target}")
    assert broken == []


def test_python_example_of_the_readme_runs(tmp_path, monkeypatch, capsys):
    """As a script, for functions are taken by their source."""
    text = (ROOT / "README.md").read_text()
    (block,) = re.findall(r"```python\n(.*?)```", text, re.S)
    (tmp_path / "readme.py").write_text(
        block.replace("max_proposals=30", "max_proposals=30, sandbox='local'")
    )
    monkeypatch.chdir(tmp_path)
    runpy.run_path(str(tmp_path / "readme.py"))
    assert "held-out" in capsys.readouterr().out


def test_commands_of_the_tutorial_run_one_after_the_other(tmp_path, monkeypatch, capsys):
    """Each line as it stands, but in the sandbox that is everywhere."""
    text = (ROOT / "docs" / "tutorial.md").read_text()
    lines = "".join(re.findall(r"```sh\n(.*?)```", text, re.S)).splitlines()
    monkeypatch.chdir(tmp_path)
    for line in lines:
        name, *words = shlex.split(line)[1:]
        more = ["--sandbox", "local"] if name in ("run", "check", "evaluate") else []
        assert main([name, *words, *more]) == 0, f"{line}: {capsys.readouterr().err}"
    assert {"champion", "curve.svg", "report.md"} <= {each.name for each in tmp_path.iterdir()}
    assert len(lines) > 10 and "the same tree" in capsys.readouterr().out


def test_site_builds_and_has_every_page_command_and_name(tmp_path):
    """By mkdocs itself, where it is installed: strict, so a link that leads nowhere fails it."""
    pytest.importorskip("material")
    import cladogen

    command = [
        sys.executable,
        "-m",
        "mkdocs",
        "build",
        "--strict",
        "--quiet",
        "--site-dir",
        str(tmp_path),
    ]
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    for page in (ROOT / "docs").glob("*.md"):
        assert (tmp_path / page.stem / "index.html").exists(), page.name
    commands = (tmp_path / "reference" / "commands" / "index.html").read_text()
    for name in TABLE:
        assert f"evolve {name}" in commands, name
    python = (tmp_path / "reference" / "python" / "index.html").read_text()
    assert [
        name for name in cladogen.__all__ if name[0] != "_" and f'id="{name.lower()}"' not in python
    ] == []


def test_every_page_of_docs_has_its_entry_in_the_site():
    listed = (ROOT / "mkdocs.yml").read_text().partition("nav:")[2]
    named = set(re.findall(r"([\w/]+)\.md", listed))
    assert {page.stem for page in (ROOT / "docs").glob("*.md")} <= named
