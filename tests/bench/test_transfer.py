"""`evolve transfer`: the best programs of a run on another problem, against that problem's seed."""

import json

import pytest

from cladogen.cli.main import main

TOML = """
name = "NAME"
[program]
editable = ["x.py"]
entry = "x.py:run"
[objective]
metric = "right"
[metrics.right]
low = 0.0
high = 1.0
[defaults]
sandbox = "local"
proposer = "proposing.py:Learner"
"""
SCORER = """
from cladogen.scoring import Case

def cases(parameters):
    low = FIRST
    return [Case(str(n), n, "train" if n < low + 4 else "heldout", n * n) for n in range(low, low + 9)]

def score(case, output):
    return {"right": float(output == case.answer)}
"""
SEED = "def run(case):\n    return 1\n"
PROPOSING = """
from cladogen.patch import make_diff
from cladogen.proposal import Proposal

TEXTS = ["case * case", "case * case if case < 9 else 0", "case if case != 7 else 1 // 0"]

class Learner:
    async def propose(self, task, record, rng):
        parent = record.program(task.parents[0])
        text = "def run(case):\\n    return " + TEXTS[(task.ticket - 1) % 3] + "\\n"
        child = parent.replace({"x.py": text.encode()})
        return Proposal(task.ticket, "learn", task.parents, make_diff(parent, child))

    async def repair(self, proposal, failure, record, rng):
        return None

    def tell(self, proposal, result):
        pass
"""


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, first in (("small", 1), ("large", 5)):
        files = {
            "problem.toml": TOML.replace("NAME", name),
            "scorer.py": SCORER.replace("FIRST", str(first)),
            "proposing.py": PROPOSING,
            "seed/x.py": SEED,
        }
        for path, text in files.items():
            (tmp_path / name / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name / path).write_text(text)
    argv = ["run", "small", "--run", "r", "--plain", "--workers", "1", "--max-proposals", "3"]
    assert main(argv) == 0


def test_best_programs_are_compared_with_the_other_problems_seed(run, capsys):
    capsys.readouterr()
    assert main(["transfer", "r", "--to", "large", "--sandbox", "local", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["result"]
    rows = {row["number"]: row for row in found["rows"]}
    assert found["cases"] == 9 and found["seed"] == 0.0
    assert rows[1]["mean"] == 1.0 and rows[1]["wins"] == 9
    assert rows[1]["p"] == 0.5**9 and rows[1]["test"] == "exact McNemar"
    assert "better than the seed of large at the level 0.05: #1" in found["sentence"]


def test_program_that_fails_elsewhere_is_shown_with_its_case(run, capsys):
    capsys.readouterr()
    assert main(["transfer", "r", "#3", "--to", "large", "--sandbox", "local"]) == 0
    out = capsys.readouterr().out
    assert "#3       fails" in out and "fails on 7: crash" in out and "nothing transfers" in out


def test_same_problem_with_other_cases_is_a_transfer_too(run, capsys):
    capsys.readouterr()
    argv = ["transfer", "r", "best", "--to", "small", "--seed", "7", "--sandbox", "local"]
    assert main(argv) == 0
    assert "none of which chose" not in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["r"], "--to PROBLEM"),
        (["r", "--to", "nowhere"], "nowhere"),
        (["r", "#99", "--to", "large"], "99"),
        (["r", "--to", "large", "--programs", "0"], "at least 1"),
    ],
)
def test_transfer_that_cannot_be_is_one_line(run, capsys, words, said):
    capsys.readouterr()
    assert main(["transfer", *words]) == 2
    error = capsys.readouterr().err
    assert said in error and error.count("\n") == 1


def test_program_that_does_not_fit_the_other_problem_says_so(run, capsys, tmp_path):
    toml = TOML.replace("NAME", "large").replace('["x.py"]', '["x.py"]\nevolve_blocks = ["x.py"]')
    (tmp_path / "large" / "problem.toml").write_text(toml)
    marked = "# EVOLVE-BLOCK-START\ndef run(case):\n    return 1\n# EVOLVE-BLOCK-END\n"
    (tmp_path / "large" / "seed" / "x.py").write_text(marked)
    capsys.readouterr()
    assert main(["transfer", "r", "--to", "large"]) == 2
    assert "does not fit large" in capsys.readouterr().err
