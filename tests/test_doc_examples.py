"""What the documents show is what the code does."""

import re
import runpy
from pathlib import Path

import pytest
from toy_world import opened, problem, toy_run

from cladogen.program import File, Program
from cladogen.search.budget import Caps

ROOT = Path(__file__).parent.parent


@pytest.fixture
def store(tmp_path):
    store = opened(tmp_path / "run")
    yield store
    store.close()


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
