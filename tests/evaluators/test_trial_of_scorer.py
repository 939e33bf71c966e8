"""The evaluator is tested, too: it notices faults, tells programs apart, and computes its metrics."""

import json

import pytest

from cladogen.cli.main import main

TOML = """
[program]
editable = ["x.py"]
entry = "x.py:run"
[objective]
metric = "score"
"""
PROGRAM = """
def run(case):
    total = 0
    for each in range(case):
        total = total + each
    return {"answer": total, "claim": 0.5}
"""
SCORER = """
from cladogen.scoring import Case, Invalid, number
def cases(parameters):
    return [Case("small", 3), Case("large", 9)]
def score(case, output):
    if not isinstance(output, dict) or output.keys() != {"answer", "claim"}:
        raise Invalid("no table")
    answer, claim = (number(output[name]) for name in ("answer", "claim"))
    if abs(answer) > 1e200 or abs(claim) > 1e200:
        raise Invalid("too large")
    WHAT
"""
HONEST = "return {'score': -abs(answer - sum(range(case.input))), 'even': 1.0}"
BLIND = "return {'score': 1.0}"
CREDULOUS = "return {'score': claim}"


@pytest.fixture
def check(tmp_path, capsys):
    def run(what):
        (tmp_path / "seed").mkdir()
        (tmp_path / "seed" / "x.py").write_text(PROGRAM)
        (tmp_path / "problem.toml").write_text(TOML)
        (tmp_path / "scorer.py").write_text(SCORER.replace("WHAT", what))
        words = ["check", str(tmp_path), "--sandbox", "local", "--repeats", "2", "--json"]
        code = main(words)
        return code, json.loads(capsys.readouterr().out)["discrimination"]

    return run


def test_scorer_that_measures_notices_planted_faults(check):
    code, found = check(HONEST)
    assert code == 0 and found["faults"] >= 4
    assert found["noticed"] >= 3 and all(
        each.startswith("x.py: line 6")
        for each in found["unnoticed"]  # the claim, which counts nothing
    )
    assert "case large" not in found["dull"] and found["writable"] == []


@pytest.mark.parametrize("head", ["# -*- coding: latin-1 -*-\n# \xe9\n", "# \xff\n"])
def test_program_whose_text_is_no_utf_8_is_checked(tmp_path, capsys, head):
    (tmp_path / "seed").mkdir()
    (tmp_path / "seed" / "x.py").write_bytes((head + PROGRAM).encode("latin-1"))
    (tmp_path / "problem.toml").write_text(TOML)
    (tmp_path / "scorer.py").write_text(SCORER.replace("WHAT", HONEST))
    assert main(["check", str(tmp_path), "--sandbox", "local", "--repeats", "2"]) in (0, 3)
    assert "defect" not in capsys.readouterr().err


def test_scorer_that_sees_nothing_is_found_out(check):
    _, found = check(BLIND)
    assert len(found["unnoticed"]) >= 2
    assert {"case small", "case large", "metric score"} <= set(found["dull"])


def test_metric_that_a_program_writes_itself_is_a_fault_of_the_problem(check):
    code, found = check(CREDULOUS)
    assert code == 3
    assert found["writable"] == ["score (from 'claim' of the output)"]
