"""A configuration's score: what fails is a status and one line, and no configuration stops a search."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from cladogen.errors import ConfigError
from cladogen.evaluation import Status
from cladogen.meta.choices import FILE, RULE, Choices, InnerModels
from cladogen.meta.evaluator import MetaEvaluator
from cladogen.meta.folder import MetaPlan, write_problem
from cladogen.problem import load
from cladogen.program import File, Program

ROOT = Path(__file__).parents[2]
LATENT = str(ROOT / "problems/latent_tree")
TOML = """
name = "broken"
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


def program(choices: str, rule: str = "") -> Program:
    files = {FILE: File(choices.encode())}
    return Program.of({**files, RULE: File(rule.encode())} if rule else files)


@pytest.fixture
async def evaluator(tmp_path: Path) -> AsyncIterator[MetaEvaluator]:
    plan = MetaPlan((LATENT,), (f"{LATENT}:null",), 90, 1, 1, sandbox="local")
    (tmp_path / "problem").mkdir()
    write_problem(plan, tmp_path / "problem")
    made = MetaEvaluator(load(tmp_path / "problem").with_seed(0))
    yield made
    await made.close()


async def test_the_default_gains_nothing_and_a_configuration_is_the_same_when_asked_again(
    evaluator: MetaEvaluator,
) -> None:
    assert (evaluator.train, evaluator.heldout) == (("latent_tree/0",), ("latent_tree:null/0",))
    (own,) = await evaluator.evaluate(program("# nothing\n"))
    assert own.status is Status.OK and own.metrics["gain"] == 0.0
    rows = [(await evaluator.evaluate(program('archive = "greedy"\n')))[0] for _ in range(2)]
    assert rows[0] == rows[1] and rows[0].status is Status.OK
    assert rows[0].metrics["default"] == own.metrics["value"]
    assert -1.0 <= rows[0].metrics["gain"] <= 1.0
    assert not list(evaluator.runs.place.iterdir())  # nothing is left of inner runs


async def test_outside_a_run_nothing_of_inner_runs_that_ask_models_is_left_either(
    evaluator: MetaEvaluator,
) -> None:
    evaluator.runs.models = InnerModels(("openai/any",), 1.0)  # whose runs are kept in a run
    place = evaluator.runs.place
    assert place.name.startswith("cladogen-meta-")
    (place / "kept").mkdir(parents=True)
    await evaluator.close()
    assert not place.exists()


async def test_a_configuration_that_fails_is_a_status_and_one_line(
    evaluator: MetaEvaluator,
) -> None:
    crash = "def choose(scores, visits, parents, gains):\n    raise RuntimeError('no idea')\n"
    cases = {
        program('archive = "greedy"\narchive_options = {depth = 3}\n'): (Status.INVALID, "depth"),
        program('archive = "clade"\narchive_options = {alpha = "x"}\n'): (Status.INVALID, "alpha"),
        program('archive = "os:system"\n'): (Status.INVALID, "no choice"),
        program('archive = "written_rule"\n', "def other():\n    return 1\n"): (
            Status.INVALID,
            "must define choose",
        ),
        program('archive = "written_rule"\n', crash): (Status.OK, "no idea"),
    }
    for made, (status, words) in cases.items():
        (row,) = await evaluator.evaluate(made)
        assert row.status is status and words in row.feedback, row
        assert "\n" not in row.feedback


async def test_an_inner_run_that_takes_too_long_is_a_timeout_and_the_next_one_runs(
    evaluator: MetaEvaluator,
) -> None:
    await evaluator.evaluate(program("# the yardstick is measured\n"))
    sleeps = "import time\ndef choose(scores, visits, parents, gains):\n    time.sleep(60)\n"
    evaluator.runs.time_s = 1.0
    (row,) = await evaluator.evaluate(program('archive = "written_rule"\n', sleeps))
    assert row.status is Status.TIMEOUT and "longer than 1 seconds" in row.feedback
    evaluator.runs.time_s = 120.0
    (row,) = await evaluator.evaluate(program('archive = "greedy"\n'))
    assert row.status is Status.OK


@pytest.mark.parametrize("seconds", [0.01, 0.0])
async def test_defaults_that_are_too_slow_end_the_search_and_are_no_failure_of_a_configuration(
    evaluator: MetaEvaluator, seconds: float
) -> None:
    evaluator.runs.time_s = seconds
    with pytest.raises(ConfigError, match="its own defaults take longer than") as slow:
        await evaluator.evaluate(program('archive = "greedy"\n'))
    assert "\n" not in str(slow.value) and "--run-seconds" in str(slow.value)
    evaluator.runs.time_s = 120.0
    (row,) = await evaluator.evaluate(program('archive = "greedy"\n'))
    assert row.status is Status.OK


async def test_defaults_that_find_nothing_end_the_search_in_one_line(tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    (broken / "seed").mkdir(parents=True)
    (broken / "seed" / "run.py").write_text("def run(case):\n    raise RuntimeError('nothing')\n")
    (broken / "problem.toml").write_text(TOML)
    (broken / "scorer.py").write_text(SCORER)
    (tmp_path / "problem").mkdir()
    write_problem(
        MetaPlan((str(broken),), (LATENT,), 5, 2, 1, sandbox="local"), tmp_path / "problem"
    )
    made = MetaEvaluator(load(tmp_path / "problem").with_seed(0))
    try:
        with pytest.raises(ConfigError, match="its own defaults") as nothing:
            await made.evaluate(program('archive = "greedy"\n'))
        assert "\n" not in str(nothing.value)
    finally:
        await made.close()
    assert len(asyncio.all_tasks()) == 1  # nothing is left running


async def test_a_default_that_the_world_failed_is_made_again_and_the_others_are_not(
    evaluator: MetaEvaluator,
) -> None:
    place = evaluator.runs.place
    shutil.rmtree(place, ignore_errors=True)
    place.write_text("a file where the folder should be")
    (row,) = await evaluator.evaluate(program('archive = "greedy"\n'))
    assert row.status is Status.INFRA, row
    place.unlink()
    (row,) = await evaluator.evaluate(program('archive = "greedy"\n'))
    assert row.status is Status.OK


async def test_the_isolation_that_is_asked_for_reaches_the_inner_runs(tmp_path: Path) -> None:
    plan = MetaPlan((LATENT,), (f"{LATENT}:null",), 20, 1, 1, "local", isolation="container",
                runtime="no-such")  # fmt: skip
    (tmp_path / "problem").mkdir()
    write_problem(plan, tmp_path / "problem")
    made = MetaEvaluator(load(tmp_path / "problem").with_seed(0))
    arena, seeds = made.arenas["latent_tree"]
    try:
        with made.runs._prepared(arena, Choices({}), seeds[0], "any") as trial:
            assert trial.settings["isolation"] == "container"
            assert trial.settings["runtime"] == "no-such"
    finally:
        await made.close()
