"""``evolve check`` and ``evolve init``: what a person reads before anything is spent."""

import json

import pytest

from cladogen.cli.main import main

SCORER = """
from cladogen.scoring import Case, Invalid
def cases(parameters):
    return [Case("a", 2), Case("h", 5, "heldout")]
def score(case, output):
    return BODY
"""
TOML = """
[program]
editable = ["solve.py"]
entry = "solve.py:run"
[objective]
metric = "value"
[limits]
time_s = 1.0
"""


@pytest.fixture
def folder(tmp_path):
    def make(body="float(output)", solve="def run(case):\n    return case\n"):
        (tmp_path / "seed").mkdir()
        (tmp_path / "seed" / "solve.py").write_text(solve)
        (tmp_path / "scorer.py").write_text(SCORER.replace("BODY", body))
        (tmp_path / "problem.toml").write_text(TOML)
        return str(tmp_path)

    return make


def checked(folder, capsys):
    code = main(["check", folder, "--sandbox", "local", "--repeats", "2", "--json"])
    return code, json.loads(capsys.readouterr().out)


@pytest.mark.parametrize("template", ["python", "command"])
def test_every_template_is_a_problem_without_faults(tmp_path, capsys, template):
    made = tmp_path / "mine"
    assert main(["init", str(made), "--template", template]) == 0
    assert f"evolve run {made}" in capsys.readouterr().out
    code, report = checked(str(made), capsys)
    assert (code, report["faults"]) == (0, 0)
    assert report["seeds"][0]["deterministic"]
    assert 0.7 < report["seeds"][0]["heldout"] < 1.3


def test_init_leaves_a_folder_that_holds_something_alone(tmp_path, capsys):
    (tmp_path / "mine.txt").write_text("kept")
    assert main(["init", str(tmp_path)]) == 2
    assert "not an empty folder" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_scorer_that_accepts_rubbish_or_fails_on_it_is_reported(folder, capsys):
    code, report = checked(folder(), capsys)
    assert code == 3
    assert {"true", "true for every number"} <= set(report["accepted"])
    assert "TypeError" in report["raised"]["null"]
    assert "1e300 for every number" in report["doubtful"]
    assert report["seeds"][0]["heldout"] == 5.0


def test_careful_scorer_has_no_fault(folder, capsys):
    code, report = checked(
        folder("(__import__('cladogen.scoring').scoring.number(output))"), capsys
    )
    assert (code, report["accepted"], report["raised"]) == (0, {}, {})
    assert report["tried"] > 20


def test_seed_that_fails_is_said_in_one_line(folder, capsys):
    assert (
        main(
            [
                "check",
                folder(solve="def run(case):\n    raise KeyError('gone')\n"),
                "--sandbox",
                "local",
            ]
        )
        == 3
    )
    (line,) = [line for line in capsys.readouterr().out.splitlines() if line.startswith("seed")]
    assert "FAILS: crash" in line
    assert "gone" in line


def test_noise_and_want_of_determinism_are_measured(folder, capsys):
    noisy = "import random\ndef run(case):\n    return random.SystemRandom().random()\n"
    _, report = checked(folder(solve=noisy), capsys)
    assert not report["seeds"][0]["deterministic"]
    assert report["seeds"][0]["noise"] > 0


@pytest.mark.parametrize(
    "body",
    [
        "float(output) + __import__('time').monotonic() % 1",
        "float(output) + __import__('random').random()",
        "float(output) + __import__('os').getpid()",
    ],
)
def test_scorer_that_scores_the_same_output_otherwise_is_reported(folder, capsys, body):
    path = folder(
        f"{body} if isinstance(output, int) else bad()\ndef bad():\n    raise Invalid('')"
    )
    code, report = checked(path, capsys)
    assert code == 3 and report["undecided"].startswith("a: value ")
    assert main(["check", path, "--sandbox", "local", "--repeats", "2"]) == 3
    assert "WRONG      the scorer does not score the same output alike" in capsys.readouterr().out


def test_scorer_that_draws_its_cases_anew_in_each_process_is_no_fault(folder, capsys):
    path = folder(
        "(__import__('cladogen.scoring').scoring.number(output) if output == N else bad())"
    )
    with open(f"{path}/scorer.py", "a") as stream:
        stream.write("import os\nN = os.getpid()\n")
        stream.write("def cases(parameters):\n    return [Case('a', N), Case('b', N + 1)]\n")
        stream.write("def bad():\n    raise Invalid('another number')\n")
    _, report = checked(path, capsys)
    assert report["undecided"] == ""


def test_what_the_programs_may_reach_is_said(folder, capsys):
    path = folder("(__import__('cladogen.scoring').scoring.number(output))")
    assert checked(path, capsys)[1]["network"] == "closed"
    with open(f"{path}/problem.toml", "a") as stream:
        stream.write('[sandbox]\nnetwork = ["api.example.com", "[2001:db8::1]:80"]\n')
    assert main(["check", path, "--sandbox", "local", "--repeats", "2"]) == 0
    (line,) = [line for line in capsys.readouterr().out.splitlines() if line.startswith("network")]
    assert "OPEN to every host this machine reaches" in line
    assert "local does not hold programs to api.example.com:443, [2001:db8::1]:80" in line


def test_mistake_in_the_folder_is_one_line_and_exit_code_two(tmp_path, capsys):
    assert main(["check", str(tmp_path)]) == 2
    error = capsys.readouterr().err.strip()
    assert error.startswith("evolve: ")
    assert "problem.toml: no such file" in error
    assert "\n" not in error
