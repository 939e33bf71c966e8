"""Whether limits let the best known in, how much cases tell apart, and faults in other languages."""

import json
from pathlib import Path

import numpy as np
import pytest

from cladogen.cli.main import main
from cladogen.evaluators.planted import planted
from cladogen.program import File, Program

DATA = Path(__file__).parents[1] / "data" / "constructions"
TOML = """
[program]
editable = ["x.py"]
entry = "x.py:run"
[objective]
metric = "total"
best_known = 6.0
[limits]
output_mb = 0.001
"""
SCORER = """
from cladogen.scoring import Case, Invalid, Scored, number
def cases(parameters):
    return [Case("one", None)]
def score(case, output):
    if not isinstance(output, list) or not output:
        raise Invalid("no list")
    values = [number(each) for each in output]
    if not all(0 <= value <= 3 for value in values):
        raise Invalid("not between 0 and 3")
    return Scored({"total": sum(values)})
"""


@pytest.fixture
def check(tmp_path, capsys):
    (tmp_path / "seed").mkdir()
    (tmp_path / "seed" / "x.py").write_text("def run(case):\n    return [0.5, 0.25]\n")
    (tmp_path / "problem.toml").write_text(TOML)
    (tmp_path / "scorer.py").write_text(SCORER)

    def run(solution=None, *words):
        if solution is not None:
            (tmp_path / "solution.json").write_text(json.dumps(solution))
            words = ("--solution", str(tmp_path / "solution.json"), *words)
        told = [
            "check",
            str(tmp_path),
            "--sandbox",
            "local",
            "--repeats",
            "2",
            "--faults",
            "0",
            *words,
        ]
        code = main(told)
        return code, capsys.readouterr().out

    return run


def test_solution_with_the_best_value_known_is_let_in_by_the_limits(check):
    code, out = check([3.0, 2.0, 1.0])
    assert code == 0 and "the solution has 6, " in out and "s in the scorer" in out


@pytest.mark.parametrize(
    ("solution", "why"),
    [
        ([2.0, 1.0], "best_known says 6"),
        ([9.0], "it is not valid"),
        ([0.001] * 6000, "an answer may have 0.001 MiB ([limits] output_mb)"),
    ],
)
def test_best_known_that_no_program_could_get_is_a_fault(check, solution, why):
    code, out = check(solution)
    assert code == 3 and "WRONG" in out and why in out


def test_best_known_that_was_not_tried_is_said(check):
    code, out = check()
    assert code == 0 and "best_known 6 was not tried; give its solution with --solution FILE" in out


def test_seed_that_is_better_than_the_best_known_is_said(check, tmp_path):
    (tmp_path / "seed" / "x.py").write_text("def run(case):\n    return [3.0, 3.0, 3.0]\n")
    assert "a seed program is better than best_known 6 already" in check()[1]


def test_shipped_problem_lets_its_best_known_in(capsys):
    file = str(DATA / "circles_square_n26_certified_best.json")
    words = ["check", "circle_packing", "--sandbox", "local", "--repeats", "2", "--faults", "0"]
    assert main([*words, "--solution", file, "--entry", "points"]) == 0
    assert "the solution has 2.6359830849" in capsys.readouterr().out


def test_each_case_and_metric_says_how_many_faulty_programs_it_tells_from_the_seed(capsys):
    words = [
        "check",
        "online_bin_packing",
        "--sandbox",
        "local",
        "--repeats",
        "2",
        "--faults",
        "20",
    ]
    assert main([*words, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["discrimination"]
    assert found["compared"] >= 1
    assert set(found["apart"]) >= {"metric excess"}
    assert 0 < max(found["apart"].values()) <= found["compared"]


CODE = """\
#include <cmath>
// a - b is no code, "x < y" either
double f(double a, double b) {
    if (a < b) return a - b;
    return "a + b" ? a + b : 0;
}
"""


@pytest.mark.parametrize("name", ["f.cpp", "f.rs", "f.js", "f.cu"])
def test_faults_are_planted_in_languages_that_look_like_c_and_not_in_their_comments(name):
    program = Program.of({name: File(CODE.encode())})
    found = planted(program, [name], 10, np.random.default_rng(0))
    assert [words for words, _ in found] == [
        f"{name}: line 4, < becomes >", f"{name}: line 4, - becomes +", f"{name}: line 5, + becomes -",
    ]  # fmt: skip
    assert "if (a > b) return a - b;" in found[0][1].text(name)
    assert "a - b is no code" in found[1][1].text(name)
