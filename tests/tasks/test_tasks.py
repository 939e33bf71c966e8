"""Tasks as folders: read from several formats, judged by hidden tests that no solver sees."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from cladogen.cli.main import main
from cladogen.errors import ProblemError
from cladogen.evaluation import Status
from cladogen.evaluators.tasks import TaskEvaluator, tasks_of, verdict
from cladogen.problem import load
from cladogen.program import File
from cladogen.sandboxes.choose import open_sandbox
from cladogen.tasks.formats import format_of, read_tasks, split_up
from cladogen.tasks.task_folder import TaskFolder

AGENT = """
import pathlib

def run(task):
    here = pathlib.Path(task["folder"])
    seen = sorted(path.name for path in here.rglob("*"))
    assert not [name for name in seen if "check" in name], "a hidden test is seen"
    assert task["statement"] in pathlib.Path("TASK.md").read_text()
    if "loops" in task["statement"]:
        while True:
            pass
    if "fails" in task["statement"]:
        raise SystemExit(3)
    (here / "answer.txt").write_text(task["statement"].split()[-1])
    (here / "conftest.py").write_text("raise SystemExit(0)")
    (here / "check.py").write_text("pass")
"""
CHECK = "import sys\nsys.exit(open('answer.txt').read() != '{answer}')\n"


def write(folder, **files):
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def own_task(folder, name, statement, answer, *, split="train", time_s=20, **more):
    settings = f'split = "{split}"\n[tests]\ncommand = ["python3", "check.py"]\n[limits]\ntime_s = {time_s}\n'
    made = {
        "task.toml": settings,
        "statement.md": statement,
        "files/answer.txt": "none",
        "tests/check.py": CHECK.format(answer=answer),
        "solution/answer.txt": answer,
    }
    write(folder / name, **{**made, **more})


TOML = """
name = "errands"
[program]
entry = "run.py:run"
[tasks]
folder = "tasks"
[objective]
metric = "solved"
[metrics.solved]
low = 0.0
high = 1.0
[limits]
memory_mb = 256
"""


@pytest.fixture
def problem(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "errands"
    write(folder, **{"problem.toml": TOML, "seed/run.py": AGENT})
    own_task(folder / "tasks", "a", "Write 7", "7")
    own_task(folder / "tasks", "b", "Write eight as a digit: 9", "8")
    own_task(folder / "tasks", "c", "It fails", "1")
    own_task(folder / "tasks", "slow", "It loops", "1", time_s=1)
    own_task(folder / "tasks", "v", "Write 5", "5", split="validation")
    own_task(folder / "tasks", "s", "Write 6", "6", split="sealed")
    return folder


async def evaluated(folder, cases=None, **changed):
    problem = load(folder)
    async with open_sandbox("local", problem.sandbox, folder=folder, allow_local=True) as sandbox:
        evaluator = TaskEvaluator(problem, sandbox, tasks_of(problem))
        program = problem.seeds[0].replace({path: text.encode() for path, text in changed.items()})
        return evaluator, {row.case: row for row in await evaluator.evaluate(program, cases)}


async def test_each_task_is_judged_by_tests_that_the_solver_neither_sees_nor_writes(problem):
    evaluator, rows = await evaluated(problem)
    assert list(rows) == ["slow", "a", "b", "c"]  # the cheapest first
    assert {case: row.metrics["solved"] for case, row in rows.items()} == {
        "a": 1.0, "b": 0.0, "c": 0.0, "slow": 0.0,
    }  # fmt: skip
    assert {row.status for row in rows.values()} == {Status.OK}
    assert "the program ended with crash" in rows["c"].feedback
    assert "the program ended with timeout" in rows["slow"].feedback
    assert (evaluator.heldout, evaluator.sealed) == (("v",), ("s",))


SANDBOXES = [
    pytest.param(
        "bubblewrap", marks=pytest.mark.skipif(not shutil.which("bwrap"), reason="no bubblewrap")
    ),
    pytest.param("docker", marks=pytest.mark.docker),
]


@pytest.mark.parametrize("sandbox", SANDBOXES)
def test_tasks_are_solved_and_tested_in_every_sandbox(problem, sandbox, capsys):
    argv = ["evaluate", str(problem), "seed", "--sandbox", sandbox, "--json"]
    assert main([*argv, *(word for name in "abc" for word in ("--case", name))]) == 0
    found = json.loads(capsys.readouterr().out)
    solved = {row["case"]: row["metrics"]["solved"] for row in found["cases"]}
    assert solved == {"a": 1.0, "b": 0.0, "c": 0.0} and found["status"] == "ok"
    assert main(["check", str(problem), "--sandbox", sandbox]) == 0
    assert "6 tasks have a solution that passes" in capsys.readouterr().out


async def test_hopeless_program_is_not_run_on_every_task(problem):
    text = TOML.replace('folder = "tasks"', 'folder = "tasks"\nhopeless = 2')
    write(problem, **{"problem.toml": text})
    _, rows = await evaluated(problem, **{"run.py": "def run(task):\n    return None\n"})
    assert list(rows) == ["slow", "a"]
    _, rows = await evaluated(problem)
    assert len(rows) == 4


async def test_search_runs_over_tasks_and_leaves_sealed_ones_alone(problem, capsys):
    text = "def run(task):\n    return None\n"
    write(problem, **{"seed/run.py": text, "run.py": AGENT})
    proposing = f"""
from cladogen.patch import make_diff
from cladogen.proposal import Proposal

class Once:
    async def propose(self, task, record, rng):
        parent = record.program(task.parents[0])
        child = parent.replace({{"run.py": ({AGENT!r} + "# %d" % task.ticket).encode()}})
        return Proposal(task.ticket, "once", task.parents, make_diff(parent, child))

    async def repair(self, *_):
        return None

    def tell(self, *_):
        pass
"""
    write(problem, **{"proposing.py": proposing})
    import asyncio

    argv = [
        "run",
        str(problem),
        "--run",
        "r",
        "--plain",
        "--sandbox",
        "local",
        "--archive",
        "clade",
    ]
    more = ["--proposer", "proposing.py:Once", "--max-proposals", "1", "--workers", "1"]
    assert await asyncio.to_thread(main, [*argv, *more, "--max-evaluations", "12"]) == 0
    out = capsys.readouterr().out
    assert "reported, not certified" in out
    from contextlib import closing

    from cladogen.record.store import Store

    with closing(Store.open(Path("r"))) as store:
        rows = [each.evaluation.case for each in store.evaluations(split=None)]
    assert "v" in rows and "a" in rows and "s" not in rows


def test_sealed_tasks_are_measured_where_somebody_asks(problem, capsys):
    assert main(["evaluate", str(problem), "seed", "--split", "sealed", "--sandbox", "local"]) == 0
    out = capsys.readouterr().out
    assert "s" in out and "solved" in out


def test_check_says_which_tasks_have_no_tests_or_tests_that_anything_passes(problem, capsys):
    own_task(problem / "tasks", "empty", "Write none", "none")
    own_task(problem / "tasks", "wrong", "Write 3", "3", **{"solution/answer.txt": "4"})
    (problem / "tasks" / "a" / "tests" / "check.py").unlink()
    assert main(["check", str(problem), "--sandbox", "local"]) == 3
    out = capsys.readouterr().out
    assert "a: it has no tests" in out
    assert "empty: its tests pass on the empty solution" in out
    assert "wrong: its reference solution does not pass here" in out
    assert main(["check", str(problem), "--sandbox", "local", "--model", "m"]) == 2
    assert "--model m: the check of a task suite asks no model" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"task.toml": "[test]\n"}, "unknown key"),
        ({"task.toml": "split = 'exam'\n"}, "split"),
        ({"task.toml": "= 1"}, "not readable as TOML"),
        ({"task.toml": "[limits]\ntime_s = -1\n"}, "time_s"),
    ],
)
def test_task_that_cannot_be_read_is_one_line(problem, capsys, change, said):
    write(problem / "tasks" / "a", **change)
    assert main(["check", str(problem), "--sandbox", "local"]) == 2
    error = capsys.readouterr().err
    assert said in error and error.count("\n") == 1


def task(**how):
    return TaskFolder("t", "", {}, {}, ("true",), **how)


@pytest.mark.parametrize(
    ("how", "left", "reward"),
    [
        ({}, {".outcome": b"0\n"}, 1.0),
        ({}, {".outcome": b"1\n"}, 0.0),
        ({}, {}, 0.0),
        ({"reward": "r"}, {"r.txt": b"0.25", ".outcome": b"1"}, 0.25),
        ({"reward": "r"}, {"r.txt": b"0", "r.json": b'{"a": 1, "b": true}'}, 1.0),
        ({"reward": "r"}, {"r.txt": b"7"}, 1.0),
        ({"reward": "r"}, {"r.txt": b"NaN"}, 0.0),
        ({"reward": "r"}, {"r.txt": b"full marks"}, 0.0),
        ({"reward": "r"}, {".outcome": b"0"}, 0.0),
        ({"passing": ("t.py::a", "t.py::b")}, {".outcome.log": b"PASSED t.py::a\nFAILED t.py::b - x\n"}, 0.5),
        ({"passing": ("t.py::a",)}, {".outcome.log": b"PASSED t.py::a\n", ".outcome": b"1"}, 1.0),
        ({"passing": ("t.py::a",)}, {".outcome.log": b"SKIPPED [1] t.py::a\n"}, 0.0),
    ],
)  # fmt: skip
def test_reward_is_read_as_hostile_text(how, left, reward):
    files = {path: File(data) for path, data in left.items()}
    assert verdict(task(**how), files)[0] == reward


# -- other formats

HARBOR = {
    "task.toml": 'version = "1.0"\n[agent]\ntimeout_sec = 30.0\n[verifier]\ntimeout_sec = 20\n',
    "instruction.md": "Write 5 into /app/answer.txt",
    "environment/Dockerfile": "FROM python:3.13\nWORKDIR /app\nCOPY answer.txt /app\n",
    "environment/answer.txt": "none",
    "tests/test.sh": "if grep -q 5 /app/answer.txt; then echo 1; else echo 0; fi > /logs/verifier/reward.txt\n",
    "solution/solve.sh": "echo 5 > /app/answer.txt\n",
}
TERMINAL_BENCH = {
    "task.yaml": "instruction: Write 5 into /app/answer.txt\ndifficulty: easy\nmax_agent_timeout_sec: 20\n",
    "run-tests.sh": "apt-get install -y curl\nuv run pytest $TEST_DIR/test_outputs.py -rA\n",
    "tests/test_outputs.py": "def test_five():\n    assert open('/app/answer.txt').read().strip() == '5'\n",
    "solution.sh": "echo 5 > /app/answer.txt\n",
    "docker-compose.yaml": "services: {}\n",
}
EXERCISM = {
    ".meta/config.json": json.dumps({"files": {"solution": ["leap.py"], "test": ["leap_test.py"], "example": [".meta/example.py"]}}),
    ".meta/example.py": "def leap(year):\n    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)\n",
    ".docs/instructions.md": "Tell leap years.",
    "leap.py": "def leap(year):\n    pass\n",
    "leap_test.py": "import unittest\nfrom leap import leap\n\n\nclass T(unittest.TestCase):\n    def test_it(self):\n        self.assertIs(leap(1900), False)\n        self.assertIs(leap(2000), True)\n",
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "files"),
    [("Harbor", HARBOR), ("Terminal-Bench", TERMINAL_BENCH), ("Exercism", EXERCISM)],
)
def test_task_of_another_format_is_solved_by_its_reference_solution_only(
    tmp_path, monkeypatch, capsys, name, files
):
    monkeypatch.chdir(tmp_path)
    for each in ("one", "two"):
        write(tmp_path / "theirs" / each, **files)
    assert format_of(tmp_path / "theirs") == name
    assert main(["import", "theirs", "ours"]) == 0
    out = capsys.readouterr().out
    assert f"{name}: 2 tasks" in out and "reported, not certified" in out
    assert main(["check", "ours", "--sandbox", "local"]) == 0, capsys.readouterr().out
    assert "2 tasks have a solution that passes" in capsys.readouterr().out


def test_rows_of_swe_bench_are_tasks_of_their_repository(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    clone = tmp_path / "rows" / "repositories" / "ada__lib"
    write(clone, **{"lib.py": "def two():\n    return 3\n", "tests/test_lib.py": "x = 1\n"})
    for words in (
        ["init", "-q"],
        ["add", "."],
        ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "a"],
    ):
        subprocess.run(["git", *words], cwd=clone, check=True)
    commit = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=clone, check=True, capture_output=True, text=True
    )
    row = {
        "instance_id": "ada__lib-1",
        "repo": "ada/lib",
        "base_commit": commit.stdout.strip(),
        "problem_statement": "two() is wrong",
        "patch": "diff --git a/lib.py b/lib.py\n--- a/lib.py\n+++ b/lib.py\n@@ -1,2 +1,2 @@\n def two():\n-    return 3\n+    return 2\n",
        "test_patch": "diff --git a/tests/test_lib.py b/tests/test_lib.py\nindex 1..2 100644\n--- a/tests/test_lib.py\n+++ b/tests/test_lib.py\n@@ -1 +1,5 @@\n-x = 1\n+from lib import two\n+\n+\n+def test_two():\n+    assert two() == 2\n",
        "FAIL_TO_PASS": json.dumps(["tests/test_lib.py::test_two"]),
        "PASS_TO_PASS": [],
    }
    rows = tmp_path / "rows" / "rows.jsonl"
    rows.write_text(json.dumps(row) + "\n")
    assert main(["import", str(rows), "ours"]) == 0
    assert main(["check", "ours", "--sandbox", "local"]) == 0, capsys.readouterr().out
    rows.write_text(json.dumps({**row, "repo": "ada/gone"}))
    with pytest.raises(ProblemError, match="no clone of ada/gone"):
        read_tasks(rows)
    rows.write_text(json.dumps({**row, "FAIL_TO_PASS": "x"}))
    with pytest.raises(ProblemError, match="must be a list"):
        read_tasks(rows)


def test_tasks_that_say_no_split_are_split_up_by_their_names():
    tasks = [TaskFolder(f"t{n}", "", {}, {}, ("true",)) for n in range(10)]
    splits = [each.split for each in split_up(tasks)]
    assert (splits.count("train"), splits.count("validation"), splits.count("sealed")) == (6, 2, 2)
    assert [each.split for each in split_up(tasks[:4])] == ["train"] * 4
