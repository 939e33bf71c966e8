"""What the seed's repository says of itself, and what earlier runs noted, is known to models, and nothing of held-out cases."""

import json
import os
import shutil
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from provider.acts import Answer
from provider.server import FakeProvider

from cladogen.cli.main import main
from cladogen.errors import ProblemError
from cladogen.problem import load
from cladogen.record.store import Store

TOML = """
name = "closeness"
[seeds.git]
repository = "../tool"
commit = "HEAD"
path = "src"
history = 5
[program]
editable = ["x.py"]
entry = "x.py:run"
[objective]
metric = "closeness"
[metrics.closeness]
direction = "maximize"
[defaults]
sandbox = "local"
"""
SCORER = """
from cladogen.scoring import Case, Scored


def cases(parameters):
    return [Case("one", 1.0), *(Case(f"secret-{n}", 9.0 + n, "heldout") for n in range(5)), Case("vault", 3.0, "sealed")]


def score(case, output):
    return Scored({"closeness": -abs(float(output) - 3.0)})
"""
MESSAGES = (
    "Start at nought",
    "Try the closeness of negative values\\n\\nIt was slower; see closeness of secret-3",
    "Revert: closeness of the vault got worse\\n\\nkept: numbers near three",
)


@pytest.fixture
def problem(tmp_path, monkeypatch):
    tool = tmp_path / "tool"
    (tool / "src").mkdir(parents=True)

    def git(*words):
        who = ["-c", "user.name=a", "-c", "user.email=a@b.org", "-c", "commit.gpgsign=false"]
        subprocess.run(["git", "-C", tool, *who, *words], check=True, capture_output=True)

    git("init", "-q")
    for at, message in enumerate(MESSAGES):
        (tool / "src" / "x.py").write_text(f"def run(case):\n    return {float(at)}\n")
        git("add", "-A")
        git("commit", "-q", "-m", message.replace("\\n", "\n"))
    (tool / "other.txt").write_text("beside\n")
    git("add", "-A")
    git("commit", "-q", "-m", "Change what is beside")
    folder = tmp_path / "problem"
    folder.mkdir()
    (folder / "problem.toml").write_text(TOML)
    (folder / "statement.md").write_text("Return a number; closeness to another counts.\n")
    (folder / "scorer.py").write_text(SCORER)
    monkeypatch.chdir(tmp_path)
    return folder


def test_history_is_of_what_the_program_is_made_of_newest_first_a_paragraph_each(problem):
    paragraphs = load(problem).history.split("\n\n")
    assert len(paragraphs) == 3 and "Revert: closeness" in paragraphs[0]
    assert "kept: numbers near three" in paragraphs[0] and "src/x.py" in paragraphs[0]
    assert "beside" not in load(problem).history
    (problem / "problem.toml").write_text(TOML.replace("history = 5\n", ""))
    assert load(problem).history == "", "nobody asked for it"


def test_run_clones_the_repository_of_its_seed_once(problem, tmp_path, monkeypatch):
    """It may be large, and far away."""
    asked, git = tmp_path / "asked", shutil.which("git")
    shim = tmp_path / "bin" / "git"
    shim.parent.mkdir()
    shim.write_text(f'#!/bin/sh\necho "$@" >> {asked}\nexec {git} "$@"\n')
    shim.chmod(0o755)
    monkeypatch.setenv("PATH", f"{shim.parent}{os.pathsep}{os.environ['PATH']}")
    far = TOML.replace('repository = "../tool"', f'repository = "file://{tmp_path}/tool"')
    (problem / "problem.toml").write_text(far)
    command = ["run", str(problem), "--run", "run", "--max-proposals", "1", "--sandbox", "local"]
    assert main(command) == 0
    assert asked.read_text().count("clone --quiet") == 1
    with closing(Store.open(Path("run"))) as store:
        assert "kept: numbers near three" in store.meta()["history"]
    shutil.rmtree(tmp_path / "tool")
    command[command.index("--max-proposals") + 1] = "2"
    assert main(command) == 0  # a run that goes on needs it no more


def test_history_that_is_no_count_is_one_line(problem):
    (problem / "problem.toml").write_text(TOML.replace("history = 5", "history = -1"))
    with pytest.raises(ProblemError, match="history = -1 must be at least 0"):
        load(problem)


def searched_with(act, run="run", proposals=2, **options):
    """Run the problem with a model; return what it was sent."""
    with FakeProvider(act) as provider:
        command = [
            sys.executable, "-m", "cladogen.cli.main", "run", "problem", "--run", run, "--max-proposals", str(proposals),
            "--workers", "1", "--sandbox", "local", "--model", "own", "--api-base", provider.url, "--price", "own=1,4",
            *(word for option in {"form": "whole", **options}.items()
              for word in ("--proposer-option", "=".join(option))),
        ]  # fmt: skip
        done = subprocess.run(
            command, capture_output=True, text=True, env=dict(os.environ), check=False
        )
        assert done.returncode == 0, done.stderr
        return list(provider.seen)


def prompts_of(seen):
    return [each.prompt for each in seen if "the one to change" in each.prompt]


def test_run_that_began_with_the_notes_of_another_goes_on_and_is_replayed_without_it(problem):
    """What an earlier run noted may name a case that is held out here, or change, or be deleted."""
    notes = "- 2.5 is near\n- better on vault\n- better on secret-3"

    def act(seen):
        if "the one to change" not in seen.prompt:
            return Answer(notes)
        value = 2.5 + 0.01 * seen.step
        return Answer(f"Idea: near\n\nx.py\n```python\ndef run(case):\n    return {value}\n```\n")

    searched_with(act, "earlier", 3, notes_every="1")
    mine = {"notes_from": "earlier", "notes_every": "0"}
    prompts = prompts_of(searched_with(act, **mine))
    assert all("From the run earlier" in each and "- 2.5 is near" in each for each in prompts)
    shutil.rmtree("earlier")
    later = prompts_of(searched_with(act, proposals=3, **mine))
    assert later and all("- 2.5 is near" in each for each in later)
    hidden = [name for name in ("secret-3", "vault") if any(name in each for each in prompts)]
    assert hidden == []
    assert main(["replay", "run", "--json"]) == 0


def test_prompts_show_the_history_and_nothing_of_heldout_or_sealed_cases(problem, tmp_path):
    def act(seen):
        return Answer("Idea: near\n\nx.py\n```python\ndef run(case):\n    return 2.5\n```\n")

    prompts = prompts_of(searched_with(act))
    assert prompts and all("kept: numbers near three" in prompt for prompt in prompts)
    hidden = [name for name in ("secret-3", "vault") if any(name in each for each in prompts)]
    assert hidden == []
    with closing(Store.open(Path("run"))) as store:
        assert "vault" not in json.dumps(store.meta()["surroundings"])
    assert main(["replay", "run", "--json"]) == 0
