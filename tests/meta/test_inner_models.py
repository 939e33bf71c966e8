"""Inner runs that ask a model: prompt texts are choices, too; what was paid for is asked once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from provider.acts import Answer
from provider.server import FakeProvider

from cladogen.cli.main import main
from cladogen.meta.choices import FILE, InnerModels
from cladogen.meta.evaluator import MetaEvaluator
from cladogen.meta.folder import MetaPlan, write_problem
from cladogen.problem import load
from cladogen.program import File, Program

TOML = """
[program]
entry = "run.py:run"
[objective]
metric = "length"
"""
SCORER = """
from cladogen.scoring import Case
def cases(parameters):
    return [Case("a", 1.0)]
def score(case, output):
    return {"length": len(output)}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("one", "two"):
        place = tmp_path / name
        (place / "seed").mkdir(parents=True)
        (place / "seed" / "run.py").write_text('def run(case):\n    return "a"\n')
        (place / "problem.toml").write_text(f'name = "{name}"\n{TOML}')
        (place / "scorer.py").write_text(SCORER)
    return tmp_path


def reply(seen: object) -> Answer:
    """Write a longer text, much longer where the prompt asks for it in words of its own."""
    asked = str(seen.body["messages"])  # type: ignore[attr-defined]
    text = "b" * (50 if "as long as you can" in asked else 2 + seen.step)  # type: ignore[attr-defined]
    return Answer(f'Idea: longer\n\nrun.py\n```python\ndef run(case):\n    return "{text}"\n```\n')


def program(**prompts: str) -> Program:
    files = {
        FILE: File(
            b'archive = "greedy"\nproposer_options = {operators = "rewrite=0,cross=0,revise=0,refine=0,transfer=0,paradigm=0"}\n'
        )
    }
    texts = {f"prompts/{name}.md": File(text.encode()) for name, text in prompts.items()}
    return Program.of({**files, **texts})


async def test_a_prompt_of_a_configuration_is_what_the_model_is_asked_by_and_is_paid_for_once(
    folder: Path,
) -> None:
    with FakeProvider(reply) as provider:
        models = InnerModels(("small",), 1.0, provider.url, {"price": "small=1,4"})
        plan = MetaPlan((str(folder / "one"),), (str(folder / "two"),), 4, 1, 1, "local",
                    models=models)  # fmt: skip
        (folder / "run" / "problem").mkdir(parents=True)
        write_problem(plan, folder / "run" / "problem")
        evaluator = MetaEvaluator(load(folder / "run" / "problem").with_seed(0))
        try:
            asks = program(operator_diff="Make the text as long as you can.")
            (row,) = await evaluator.evaluate(asks)
            assert row.metrics["value"] == 50.0 > row.metrics["default"], row
            assert row.cost_usd and row.cost_usd > 0
            paid = provider.count()
            (again,) = await evaluator.evaluate(asks)
            assert again.metrics == row.metrics and provider.count() == paid > 0
        finally:
            await evaluator.close()


def words(url: str, out: str) -> list[str]:
    return [
        "meta", "one", "--held-out", "two", "--budget", "4", "--seeds", "1", "--held-out-seeds",
        "1", "--max-evaluations", "3", "--inner-model", "small", "--api-base", url, "--inner-usd",
        "1", "--price", "small=1,4", "--sandbox", "local", "--plain", "--jobs", "1", "--out", out,
    ]  # fmt: skip


def test_a_search_that_was_killed_pays_for_no_answered_call_of_an_inner_run_twice(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    with FakeProvider(reply) as provider:
        assert main(words(provider.url, "whole")) == 0
        whole = provider.count()
    with FakeProvider(reply) as provider:
        command = [str(Path(sys.executable).parent / "evolve"), *words(provider.url, "killed")]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 120
        while provider.count() < 2:
            assert process.poll() is None and time.monotonic() < deadline
            time.sleep(0.01)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        assert main(words(provider.url, "killed")) == 0
        assert whole <= provider.count() <= whole + 1  # the one that was in flight


def test_a_replay_of_a_search_whose_inner_runs_asked_a_model_asks_nobody(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    with FakeProvider(reply) as provider:
        assert main(words(provider.url, "out")) == 0
        paid = provider.count()
        assert paid > 0
        assert main(["replay", "out/run", "--out", "again"]) == 0
        assert "the same tree" in capsys.readouterr().out
        assert provider.count() == paid


def test_a_cap_on_inner_runs_that_ask_nobody_is_a_mistake(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ["meta", str(folder / "one"), "--held-out", str(folder / "two"), "--inner-usd", "1"]
    assert main([*given, "--out", str(folder / "out")]) == 2
    assert "--inner-model" in capsys.readouterr().err
