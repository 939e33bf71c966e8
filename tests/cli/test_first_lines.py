"""The first lines of ``evolve run``: there before anything is started, and before much is loaded."""

import json
import os
import subprocess
import sys

import pytest

from cladogen.cli.main import main

TOML = """
name = "slow to begin"
[program]
editable = ["x.py"]
entry = "x.py:run"
[scorer]
file = "scorer.py"
time_s = 300
[objective]
metric = "height"
[metrics.height]
"""
SCORER = """
from cladogen.scoring import Case
def cases(parameters):
    with open(GATE) as gate:  # until the test lets it go on
        gate.read()
    return [Case("a", 1), Case("b", 2, split="heldout")]
def score(case, output):
    return float(output)
"""
HEAVY = ("numpy", "scipy", "cladogen.session", "cladogen.evaluators.evaluator", "litellm", "rich")


@pytest.fixture
def problem(tmp_path):
    folder, gate = tmp_path / "slow", tmp_path / "gate"
    (folder / "seed").mkdir(parents=True)
    (folder / "problem.toml").write_text(TOML)
    (folder / "scorer.py").write_text(f"GATE = {str(gate)!r}\n{SCORER}")
    (folder / "seed" / "x.py").write_text("def run(value):\n    return 1.0\n")
    os.mkfifo(gate)
    return folder


def command(problem, *options):
    return [
        sys.executable, "-m", "cladogen.cli.main", "run", str(problem), "--sandbox", "local",
        "--max-evaluations", "8", *options,
    ]  # fmt: skip


def test_header_stands_there_before_a_slow_scorer_has_begun(problem, tmp_path):
    with subprocess.Popen(command(problem), cwd=tmp_path, stdout=subprocess.PIPE, text=True) as run:
        names = []
        while "sandbox" not in names:
            names.append(run.stdout.readline().split(" ")[0])
        (tmp_path / "gate").write_text("")  # waits for the scorer to open its end
        rest = run.stdout.read().splitlines()
    assert names == ["problem", "run", "proposer", "archive", "budget", "workers", "sandbox"]
    assert rest[0].startswith("sandbox   local: NOT CONTAINED")
    assert "cases     1 for training, 1 held out" in rest
    shown = [line.split(" ")[0] for line in rest]
    assert "problem" not in shown and "workers" not in shown, "no line is said twice"


def test_programs_are_told_what_is_known_first_and_then_everything(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["run", "cap_set", "--sandbox", "local", "--max-evaluations", "4", "--json"]) == 0
    first, second = (json.loads(line) for line in capsys.readouterr().out.splitlines()[:2])
    assert (first["event"], second["event"]) == ("opening", "begin")
    assert first["header"]["sandbox"] == "starting local"
    assert second["header"]["sandbox"].startswith("local: NOT CONTAINED")
    assert first["header"].items() - second["header"].items() == {("sandbox", "starting local")}


def test_first_lines_need_nothing_that_takes_long_to_load(problem, tmp_path):
    code = (
        "import sys\n"
        "from cladogen.cli.main import main\n"
        "class Ends(BaseException): pass\n"
        "class Stream:\n"
        "    def isatty(self): return False\n"
        "    def flush(self): pass\n"
        "    def write(self, text):\n"
        "        if text.startswith('sandbox'): raise Ends\n"
        "sys.stdout = Stream()\n"
        "try: main(sys.argv[1:])\n"
        "except Ends: pass\n"
        f"sys.stderr.write(repr([name for name in {HEAVY!r} if name in sys.modules]))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *command(problem)[3:]],
        cwd=tmp_path, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stderr == "[]"
