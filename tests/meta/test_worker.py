"""An inner run that breaks: whose doing it is, and where in a rule or a proposer it broke."""

from __future__ import annotations

import shutil
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from cladogen.archives.rule_calls import WORDS, RuleCalls, RuleError
from cladogen.bench.trial import BenchRun
from cladogen.meta.worker import answered
from cladogen.problem.edits import folder_hash
from cladogen.settings import Settings

LATENT = Path(__file__).parents[2] / "problems/latent_tree"


def asked(problem: Path, folder: Path) -> dict[str, Any]:
    own = {"proposer": "latent.py:LatentProposer", "max_evaluations": 90, "noise_repeats": 1}
    settings = Settings().over(own, "test")
    trial = BenchRun(str(problem), folder_hash(problem), "", 0, str(folder), settings.to_json())
    return asdict(trial)


def test_a_folder_that_cannot_be_made_is_the_worlds_failure_and_no_configurations(
    tmp_path: Path,
) -> None:
    (tmp_path / "file").write_text("")
    answer = answered(asked(LATENT, tmp_path / "file" / "run"))
    assert set(answer) == {"away"} and "\n" not in answer["away"]


def test_what_a_proposer_raises_is_shown_with_its_line(tmp_path: Path) -> None:
    problem = tmp_path / "problem"
    shutil.copytree(LATENT, problem)
    module = problem / "latent.py"
    lines = module.read_text().splitlines()
    (at,) = [at for at, line in enumerate(lines, 1) if "async def propose" in line]
    module.write_text(
        "\n".join([*lines[:at], "        raise ValueError('no\\nidea')", *lines[at:]])
    )
    answer = answered(asked(problem, tmp_path / "run"))
    assert answer["failed"] == f"ValueError: no idea (latent.py:{at + 1})"


def test_the_failing_line_of_a_rule_is_shown_behind_a_long_message() -> None:
    text = "def choose(scores, visits, parents, gains):\n    raise ValueError('long ' * 200)\n"
    calls = RuleCalls(text, "local")
    try:
        with pytest.raises(RuleError, match=r"ValueError: long .*\(rule.py:2, called at") as failed:
            calls.call({"scores": [0.0], "visits": [0], "parents": [-1], "gains": [0.0]})
    finally:
        calls.close()
    assert len(str(failed.value)) <= WORDS + len(" ... ")
