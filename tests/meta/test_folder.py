"""The folder of a meta-search: there whole or not at all, and which command goes on with it."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from cladogen.cli.meta import _problem
from cladogen.errors import ConfigError
from cladogen.meta.evaluator import MetaEvaluator
from cladogen.meta.folder import MetaPlan
from cladogen.meta.inner import JOBS
from cladogen.problem import load

ROOT = Path(__file__).parents[2]
LATENT = str(ROOT / "problems/latent_tree")
PLAN = MetaPlan((LATENT,), (f"{LATENT}:null",), 20, 1, 1, "local")


def test_a_command_that_was_killed_while_it_copied_leaves_nothing_half(tmp_path: Path) -> None:
    half = tmp_path / "out" / "problem.part" / "inner"
    half.mkdir(parents=True)
    (half / "half").write_text("a copy that was cut off")
    folder = _problem(PLAN, tmp_path / "out")
    assert load(folder).name == "meta" and not (folder / "inner" / "half").exists()
    assert [each.name for each in (tmp_path / "out").iterdir()] == ["problem"]


def test_another_number_of_jobs_or_another_statement_is_the_same_search(tmp_path: Path) -> None:
    settings = _problem(PLAN, tmp_path) / "problem.toml"
    text = settings.read_text()
    assert "jobs" not in text
    settings.write_text(
        text.replace("time_s =", "jobs = 3\ntime_s =", 1)
    )  # as it was written before
    (tmp_path / "problem" / "statement.md").write_text("Find a better one.\n")
    assert _problem(PLAN, tmp_path) == tmp_path / "problem"


@pytest.mark.parametrize("changed", [{"budget": 21}, {"isolation": "container"}, {"time_s": 5.0}])
def test_another_budget_or_option_of_inner_runs_is_another_search_and_is_said_so(
    tmp_path: Path, changed: dict[str, object]
) -> None:
    _problem(PLAN, tmp_path)
    with pytest.raises(ConfigError, match="under other options of its inner runs; give those, or"):
        _problem(replace(PLAN, **changed), tmp_path)  # type: ignore[arg-type]


def test_the_number_of_jobs_is_that_of_the_command_and_not_of_the_folder(tmp_path: Path) -> None:
    problem = load(_problem(PLAN, tmp_path)).with_seed(0)
    token = JOBS.set(3)
    try:
        assert MetaEvaluator(problem).runs.jobs == 3
    finally:
        JOBS.reset(token)
    assert MetaEvaluator(problem).runs.jobs == os.cpu_count()
