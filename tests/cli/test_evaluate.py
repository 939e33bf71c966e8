"""evolve evaluate, in a real sandbox: any folder, file or commit, and what a hostile program gets."""

import json
import subprocess
from pathlib import Path

import pytest

from cladogen.cli.main import main
from cladogen.program import File, Program


@pytest.fixture
def evaluate(capsys, steps_problem):
    """Evaluate a program of the steps problem in a local process; return the report."""

    def run(program: str | Path, *more: str, code: int = 0, problem: Path = steps_problem) -> dict:
        argv = ["evaluate", str(problem), str(program), "--sandbox", "local", "--json", *more]
        assert main(argv) == code
        return json.loads(capsys.readouterr().out)

    return run


@pytest.fixture
def write(tmp_path):
    def program(text: str) -> Path:
        folder = tmp_path / "program"
        Program.of({"a.py": File(text.encode())}).write(folder)
        return folder

    return program


def test_folder_is_judged_on_the_training_cases(evaluate, write):
    report = evaluate(write("def run(x):\n    return x\n"))
    assert (report["status"], report["metrics"]["excess"]) == ("ok", 1.5)
    assert [row["case"] for row in report["cases"]] == ["one", "two"]
    assert report["sandbox"] == "local" and report["strength"]


def test_split_and_case_choose_what_it_is_judged_on(evaluate, write):
    program = write("def run(x):\n    return x\n")
    assert evaluate(program, "--split", "heldout")["metrics"]["excess"] == 3.0
    assert [row["split"] for row in evaluate(program, "--split", "all")["cases"]] == [
        "train",
        "train",
        "heldout",
    ]
    assert evaluate(program, "--case", "two")["metrics"]["excess"] == 2.0


def test_seed_file_and_commit_are_programs_too(evaluate, tmp_path, write):
    assert evaluate("seed")["metrics"]["excess"] == 5.0
    (tmp_path / "mine.py").write_text("def run(x):\n    return 7\n")
    assert evaluate(tmp_path / "mine.py")["metrics"]["excess"] == 7.0
    folder = write("def run(x):\n    return 6\n")
    own = ("-c", "user.name=a", "-c", "user.email=a@example.org")
    for words in (("init", "-q"), ("add", "-A"), ("commit", "-q", "-m", "x")):
        subprocess.run(["git", "-C", str(folder), *own, *words], check=True)
    assert evaluate(f"{folder}@HEAD")["metrics"]["excess"] == 6.0


@pytest.mark.parametrize("of", ["problem", "run"])
def test_empty_program_is_not_the_folder_we_are_in(of, small_run, steps_problem, capsys):
    assert main(["evaluate", str(steps_problem if of == "problem" else small_run), ""]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and "PROGRAM is empty" in said


def test_program_of_a_run_is_named_as_everywhere(evaluate, small_run, steps_problem):
    assert evaluate(f"{small_run}@#1")["metrics"]["excess"] == 4.0


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("raise SystemExit(0)\n", "crash"),
        ("def run(x):\n    return float('nan')\n", "invalid"),
        ("def run(x):\n    while True: pass\n", "timeout"),
        ("def run(x):\n    import os; os.kill(os.getpid(), 9)\n", "crash"),
        ("def run(x):\n    return 1 / 0\n", "crash"),
    ],
)
def test_what_a_bad_program_does_is_a_status_and_exit_0(
    evaluate, write, steps_problem, text, status
):
    with (steps_problem / "problem.toml").open("a") as file:
        file.write("\n[limits]\ntime_s = 1.0\n")
    report = evaluate(write(text))
    assert report["status"] == status and report["metrics"] == {} and report["feedback"]


def test_lines_for_a_person_carry_no_escapes(capsys, steps_problem, write):
    program = write("import sys\ndef run(x):\n    sys.stderr.write('\\x1b[31mred'); return 1 / 0\n")
    assert main(["evaluate", str(steps_problem), str(program), "--sandbox", "local"]) == 0
    written = capsys.readouterr().out
    assert "crash" in written and "red" in written and "\x1b" not in written


def test_what_is_not_there_is_one_line(capsys, steps_problem):
    for program in ("nothing", "nothing@HEAD"):
        assert main(["evaluate", str(steps_problem), program]) == 2
        assert capsys.readouterr().err.count("\n") == 1
