"""Tasks of contests run here, and their own checkers score what programs write."""

import json
import shutil
import subprocess
import textwrap
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest

from cladogen.cli.main import main
from cladogen.errors import ProblemError
from cladogen.evaluators import by_checker
from cladogen.evaluators.by_checker import cases_of, score_of
from cladogen.importing.folder import read_folder
from cladogen.problem import load

pytestmark = pytest.mark.skipif(shutil.which("g++") is None, reason="no C++ compiler")

# Ours, in testlib's manner: ends with 0, 7 (points) or 1, and says the share.
CHECKER = """
    #include <cstdio>
    #include <fstream>
    #include <iostream>
    // MORE
    int main(int, char** given) {
        std::ifstream in(given[1]), out(given[2]), ans(given[3]);
        double n, x, best;
        in >> n; ans >> best;
        if (!(out >> x) || x > n) { std::cerr << "wrong answer too large"; return 1; }
        if (x < 0) return 3;
        std::cerr << "points 0 Value: " << x << ". Ratio: " << x / best << ", RatioUnbounded: 9";
        return 7;
    }
"""
HALF = "#include <iostream>\nint main() { double n; std::cin >> n; std::cout << n * FACTOR; }\n"


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def frontier(cases=2, factor="0.5", kind="default", checker=CHECKER):
    """Lay out a task as Frontier-CS does: give the largest number that is at most the input's."""
    folder = Path("algorithmic/problems/7")
    (folder / "testdata").mkdir(parents=True)
    (folder / "config.yaml").write_text(
        f"type: {kind}\ntime: 1s\nmemory: 256m\nchecker: chk.cc\nspeed: 3\n"
        "checker_type: testlib\nsubtasks:\n  - {score: 100, n_cases: 3}\n"
    )
    (folder / "chk.cc").write_text(textwrap.dedent(checker))
    (folder / "statement.txt").write_text("Give the largest number.\n")
    for at in range(1, cases + 1):
        (folder / "testdata" / f"{at}.in").write_text(f"{at * 8}\n")
        (folder / "testdata" / f"{at}.ans").write_text(f"{at * 8}\n")
    (folder / "examples").mkdir()
    (folder / "examples" / "half.cpp").write_text(HALF.replace("FACTOR", factor))
    return folder


def evaluated(source, capsys, *words, sandbox="local"):
    assert main(["import", str(source), "made", "--json", *words]) == 0
    told = json.loads(capsys.readouterr().out)
    main(["evaluate", "made", "seed", "--sandbox", sandbox, "--json"])
    return json.loads(capsys.readouterr().out), told


@pytest.mark.parametrize(
    "sandbox",
    [
        "local",
        pytest.param(
            "bubblewrap",
            marks=pytest.mark.skipif(shutil.which("bwrap") is None, reason="no bubblewrap"),
        ),
        pytest.param("docker", marks=pytest.mark.docker),
    ],
)
def test_frontier_cs_task_is_scored_by_its_checker_apart_from_the_program(capsys, sandbox):
    found, told = evaluated(frontier(), capsys, sandbox=sandbox)
    assert (found["status"], found["metrics"]["score"]) == ("ok", 0.5), found["feedback"]
    assert told["layout"] == "Frontier-CS" and told["unused"] == [
        "checker_type",
        "speed",
        "subtasks",
    ]
    assert "reported" not in Path("made/problem.toml").read_text()
    assert not Path("made/seed/evolve_bridge").exists()


def test_checker_is_built_once_before_outputs_are_scored_by_forks_of_the_scorer():
    assert main(["import", str(frontier()), "made"]) == 0
    folder, told = Path("made").resolve(), {"checker": "chk.cc", "kind": "checker"}
    case = cases_of(folder, told)[0]
    (folder / "judge" / "chk.cc").unlink()
    with ProcessPoolExecutor(1, get_context("fork")) as fork:
        scored = fork.submit(score_of, folder, case, "4", told).result(60)
    assert scored.metrics == {"score": 0.5}


def test_busy_machine_has_minutes_to_build_a_checker(capsys):
    assert main(["import", str(frontier()), "made"]) == 0
    assert load(Path("made")).scorer_time_s > by_checker.BUILD_S + by_checker.CHECK_S / 2 > 200


def test_checker_that_does_not_build_is_said_when_the_scorer_starts(capsys):
    assert main(["import", str(frontier(checker="no C++")), "made"]) == 0
    assert main(["evaluate", "made", "seed", "--sandbox", "local"]) != 0
    assert "chk.cc does not build" in capsys.readouterr().err


def test_output_that_the_checker_calls_wrong_has_no_score(capsys):
    found, _ = evaluated(frontier(factor="2"), capsys)
    assert found["status"] == "invalid" and "too large" in found["feedback"]


def test_checker_that_fails_counts_for_and_against_nobody(capsys):
    found, _ = evaluated(frontier(factor="-1"), capsys)
    assert found["status"] == "infra" and "status 3" in found["feedback"]


def test_every_fifth_of_ten_inputs_is_held_out(capsys):
    assert main(["import", str(frontier(cases=10)), "made"]) == 0
    assert main(["check", "made", "--sandbox", "local", "--repeats", "2", "--json"]) == 0
    out = capsys.readouterr().out
    found = json.loads(out[out.index("{") :])
    assert (found["training_cases"], found["heldout_cases"], found["faults"]) == (8, 2, 0)


def test_settings_that_all_mean_something_leave_no_line_about_others(capsys):
    folder = frontier()
    (folder / "config.yaml").write_text("type: default\nchecker: chk.cc\n")
    assert main(["import", str(folder), "made"]) == 0
    assert "without a meaning" not in capsys.readouterr().out


def test_task_without_a_program_leaves_the_first_ones_to_a_model():
    folder = frontier()
    shutil.rmtree(folder / "examples")
    found = read_folder(folder)
    assert found.seed["solve.cpp"] == b"" and any("a model writes" in note for note in found.notes)


def test_interactive_task_and_missing_testlib_are_refused_in_one_line():
    with pytest.raises(ProblemError, match="an interactive task"):
        read_folder(frontier(kind="interactive"))
    shutil.rmtree("algorithmic")
    folder = frontier(checker=CHECKER.replace("// MORE", '#include "testlib.h"'))
    with pytest.raises(ProblemError, match=r"needs testlib.h; name its folder with --with"):
        read_folder(folder)
    Path("algorithmic/judge/include").mkdir(parents=True)
    Path("algorithmic/judge/include/testlib.h").write_text("#pragma once\n")
    assert read_folder(folder).beside["judge/testlib.h"] == b"#pragma once\n"


TESTER = """
    #include <fstream>
    #include <iostream>
    int main(int, char** given) {
        std::ifstream in(given[1]), out(given[2]);
        double n, x;
        in >> n;
        if (!(out >> x)) { std::cerr << "wrong answer: nothing there\\n"; return 1; }
        std::cerr << "Score = " << (long)(n - x) << "\\n";
    }
"""
GENERATOR = """
    #include <cstdio>
    #include <fstream>
    #include <sys/stat.h>
    int main(int, char** given) {
        std::ifstream seeds(given[1]);
        mkdir("in", 0755);
        long seed;
        char name[32];
        for (int at = 0; seeds >> seed; at++) {
            snprintf(name, sizeof name, "in/%04d.txt", at);
            std::ofstream(name) << seed * 10 << "\\n";
        }
    }
"""


def ale(kind="batch"):
    """Lay out a task as ALE-Bench unpacks one, with tools that are built."""
    folder = Path("ahc000")
    built = folder / "tools" / "target" / "release"
    built.mkdir(parents=True)
    about = {"problem_id": "ahc000", "problem_type": kind, "score_type": "minimize"}
    limits = {"time_limit": 2.0, "memory_limit": 1 << 30}
    data = {"metadata": about, "constraints": limits, "seeds": {"public": [2, 4], "private": [6]}}
    (folder / "data.json").write_text(json.dumps(data))
    (folder / "statement_en.md").write_text("Come near.\n")
    for name, text in (("tester", TESTER), ("gen", GENERATOR)):
        Path(f"{name}.cpp").write_text(textwrap.dedent(text))
        subprocess.run(["g++", "-o", built / name, f"{name}.cpp"], check=True)
    Path("start.py").write_text("print(int(input()) // 2)\n")
    return folder


def test_ale_bench_task_generates_its_inputs_and_its_tester_scores(capsys):
    start = str(Path("start.py").resolve())
    found, told = evaluated(ale(), capsys, "--program", start)
    assert (found["status"], found["metrics"]["score"]) == ("ok", 15.0), found["feedback"]
    assert told["layout"] == "ALE-Bench" and "seeds.private" in told["unused"]
    assert 'direction = "minimize"' in Path("made/problem.toml").read_text()


def test_ale_bench_task_that_is_reactive_or_not_built_is_refused_in_one_line():
    with pytest.raises(ProblemError, match="a reactive task"):
        read_folder(ale("reactive"))
    shutil.rmtree("ahc000")
    folder = ale()
    (folder / "tools" / "target" / "release" / "tester").unlink()
    with pytest.raises(ProblemError, match="run cargo build --release in tools/"):
        read_folder(folder)


@pytest.mark.parametrize(
    "changed", [{"seeds": {}}, {"seeds": [1]}, {"metadata": [1]}, {"seeds": {"public": 3}}]
)
def test_ale_bench_data_without_public_seeds_is_refused_in_one_line(changed):
    folder = ale()
    data = json.loads((folder / "data.json").read_text())
    (folder / "data.json").write_text(json.dumps({**data, **changed}))
    with pytest.raises(ProblemError, match="not ALE-Bench's") as refused:
        read_folder(folder)
    assert "\n" not in str(refused.value)
