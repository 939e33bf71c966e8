"""``evolve bench`` as a command: the table, the figure, the runs it keeps, and going on after an end of any kind."""

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from cladogen.bench.arm import read_arms
from cladogen.bench.contest import read_contestant, trials
from cladogen.bench.trial import FILE
from cladogen.cli.main import main
from cladogen.search.budget import Caps

WORLD = str(Path(__file__).parents[2] / "problems" / "latent_tree")


def bench(out, *more):
    return [
        "bench",
        WORLD,
        "--out",
        str(out),
        "--max-evaluations",
        "90",
        "--seeds",
        "2",
        "--jobs",
        "1",
        *more,
    ]


def last_line(capsys):
    return json.loads(capsys.readouterr().out.strip().splitlines()[-1])


def test_baselines_stand_beside_the_named_arms_and_everything_is_kept(tmp_path, capsys):
    assert main(bench(tmp_path, "--arms", "clade,clade:counts=own", "--points", "5")) == 0
    captured = capsys.readouterr()
    for arm in ("clade", "clade:counts=own", "iid", "sequential", "greedy"):
        assert f"\n{arm} " in captured.out
    assert "gain over greedy [95 %]" in captured.out
    assert (
        "solved of the program that ships, on held-out cases, higher is better; 2 seeds"
        in captured.out
    )
    assert "10/10  latent_tree" in captured.err
    assert (tmp_path / "table.md").read_text().startswith("latent_tree: solved")
    assert (tmp_path / "latent_tree" / "clade-counts=own" / "seed-1" / "run.db").is_file()
    drawn = ElementTree.parse(tmp_path / "latent_tree.svg")
    assert len(drawn.findall("{http://www.w3.org/2000/svg}polyline")) == 5


def test_json_ends_with_an_object_that_holds_the_arms(tmp_path, capsys):
    null = f"{WORLD}:null"
    arguments = bench(tmp_path, "--arms", "greedy,iid", "--only", "--points", "0", "--json")
    assert main([*arguments[:2], null, *arguments[2:]]) == 0
    table = last_line(capsys)
    assert {(row["problem"], row["arm"]) for row in table["arms"]} == {
        (problem, arm)
        for problem in ("latent_tree", "latent_tree:null")
        for arm in ("greedy", "iid")
    }
    for row in table["arms"]:
        assert 0 < row["mean"] < 1
        assert (row["seeds"], row["failed"], row["tokens"], row["usd"]) == (2, 0, 0, 0.0)
        assert (
            90 - 60 < row["evaluations"] <= 90
        )  # a program that might take more than what is left is not begun
        assert (row["difference"] is None) == (row["arm"] == "greedy")
    assert table["figures"] == []


def test_finished_runs_are_not_run_again_and_a_larger_budget_goes_on(tmp_path, capsys):
    arguments = bench(tmp_path, "--arms", "greedy", "--only", "--points", "0")
    assert main(arguments) == 0
    record = tmp_path / "latent_tree" / "greedy" / "seed-0" / "run.db"
    before = record.stat().st_mtime_ns
    assert main(arguments) == 0
    assert "resumed: 2 of 2 runs are finished" in capsys.readouterr().err
    assert record.stat().st_mtime_ns == before
    assert main([*arguments, "--max-evaluations", "300", "--json"]) == 0
    assert last_line(capsys)["arms"][0]["evaluations"] > 300 - 60


def test_runs_of_a_larger_budget_are_not_shown_for_a_smaller_one(tmp_path, capsys):
    arguments = ["--arms", "clade", "--only", "--baseline", "clade", "--points", "0"]
    assert main(bench(tmp_path, *arguments, "--max-evaluations", "90")) == 0
    assert main(bench(tmp_path, *arguments, "--max-evaluations", "60")) == 2
    assert (
        "runs there had a larger budget than this one; name another folder"
        in capsys.readouterr().err
    )


def test_problems_of_one_name_are_refused(steps_problem, tmp_path, capsys):
    other = shutil.copytree(steps_problem, tmp_path / "copy")
    assert (
        main(
            [
                "bench",
                str(steps_problem),
                str(other),
                "--max-evaluations",
                "9",
                "--out",
                str(tmp_path / "o"),
            ]
        )
        == 2
    )
    assert "two problems are named" in capsys.readouterr().err


def test_changed_problem_is_not_taken_for_the_one_that_was_run(tmp_path, capsys):
    world = tmp_path / "world"
    shutil.copytree(WORLD, world, ignore=shutil.ignore_patterns("__pycache__"))
    arguments = [
        "bench",
        str(world),
        *bench(tmp_path / "out", "--arms", "greedy", "--only", "--points", "0")[2:],
    ]
    assert main(arguments) == 0
    (world / "statement.md").write_text("another world")
    assert main(arguments) == 4
    assert "has changed since this run began" in capsys.readouterr().err


def test_killed_bench_goes_on_and_comes_to_the_same_table(tmp_path, capsys):
    arguments = bench(
        tmp_path / "killed",
        "--arms",
        "clade",
        "--json",
        "--points",
        "0",
        "--max-evaluations",
        "400",
    )
    process = subprocess.Popen(
        [sys.executable, "-m", "cladogen.cli.main", *arguments],
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    assert process.stdout is not None
    process.stdout.readline()  # one run is over, others are under way or waiting
    os.killpg(process.pid, signal.SIGKILL)
    process.stdout.close()
    process.wait()
    assert main(arguments) == 0
    resumed = last_line(capsys)
    whole = bench(
        tmp_path / "whole", "--arms", "clade", "--json", "--points", "0", "--max-evaluations", "400"
    )
    assert main(whole) == 0
    assert values(resumed) == values(last_line(capsys))


def test_interrupted_bench_leaves_runs_to_go_on_with(tmp_path):
    arguments = bench(
        tmp_path, "--arms", "clade", "--json", "--points", "0", "--max-evaluations", "100000"
    )
    # A shell has what it starts in the background ignore interrupts, and so whatever this suite starts.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    process = subprocess.Popen(
        [sys.executable, "-m", "cladogen.cli.main", *arguments, "--only", "--baseline", "clade"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    signal.signal(signal.SIGINT, before)
    record = tmp_path / "latent_tree" / "clade" / "seed-0" / "run.db"
    while not record.exists():
        assert process.poll() is None
    os.killpg(process.pid, signal.SIGINT)
    _, error = process.communicate()
    assert process.returncode == 130
    assert b"interrupted" in error
    assert b"Traceback" not in error
    assert not (record.parent / FILE).exists()


def test_arm_that_breaks_fails_alone(tmp_path, capsys, monkeypatch):
    (tmp_path / "broken_rule.py").write_text(
        "from cladogen.archives.baselines import Greedy\n\n\n"
        "class Broken(Greedy):\n"
        "    def choose(self, ticket, rng):\n"
        "        raise RuntimeError('no idea')\n"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    arms = "greedy,broken_rule:Broken"
    assert main(bench(tmp_path / "out", "--arms", arms, "--only", "--points", "0")) == 4
    captured = capsys.readouterr()
    assert "broken_rule:Broken (2 failed)" in captured.out
    assert "failed: RuntimeError: no idea" in captured.err


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (["--arms", "clad"], "unknown archive 'clad'; did you mean 'clade'?"),
        (["--arms", "clade:count=own"], "unknown option 'count'"),
        (["--arms", "counts=own:clade"], "write a rule's name, then its options"),
        (["--arms", "dgm", "--only"], "the baseline 'greedy' is none of the arms"),
        (["--seeds", "0"], "must be at least 1"),
    ],
)
def test_mistakes_are_told_before_anything_is_run(tmp_path, capsys, more, told):
    assert main(bench(tmp_path / "out", *more)) == 2
    assert told in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_budget_on_the_command_line_is_the_whole_budget(steps_problem):
    with (steps_problem / "problem.toml").open("a") as file:
        file.write("\n[defaults]\nmax_seconds = 5\nmax_failing = 7\n")
    assert read_contestant(str(steps_problem), {}).settings.caps == Caps(seconds=5, failing=7)
    assert read_contestant(str(steps_problem), {"max_evaluations": 9}).settings.caps == Caps(
        evaluations=9, failing=7
    )


def test_comparison_without_a_budget_is_refused(steps_problem, tmp_path, capsys):
    assert main(["bench", str(steps_problem), "--out", str(tmp_path / "out")]) == 2
    assert "has no budget to be matched" in capsys.readouterr().err


def values(table):
    return [
        (row["arm"], row["mean"], row["sd"], row["evaluations"], row["proposals"])
        for row in table["arms"]
    ]


PACKING = str(Path(__file__).parents[2] / "problems" / "circle_packing")


def test_arms_differ_in_an_option_of_their_proposer_and_in_nothing_else():
    given = {
        "models": (("openai/none", 1.0),),
        "max_calls": 5,
        "proposer_options": {"form": "diff"},
    }
    entry = read_contestant(PACKING, given)
    arms = read_arms("map_elites,map_elites:proposer.notes_every=0", only=True)
    one, other = (each.settings for each in trials([entry], arms, 1, Path("out"), 0))
    assert one["proposer_options"] == {"form": "diff"}
    assert other["proposer_options"] == {"form": "diff", "notes_every": "0"}
    assert {name for name in one if one[name] != other[name]} == {"proposer_options"}


@pytest.mark.parametrize(
    ("arm", "told"),
    [
        ("greedy:run.variant=null", "name it with the problem"),
        ("greedy:run.seed=3", "--seeds"),
        ("greedy:run.archive=clade", "an arm begins with it"),
        ("greedy:run.archive_options=x", "write them without run."),
        ("greedy:run.proposer_options=x", "proposer.NAME=VALUE"),
        ("greedy:run.max_evaluations=900", "the same for all arms"),
        ("greedy:run.max_usd=2", "the same for all arms"),
        ("greedy:run.target=0.5", "the same for all arms"),
        ("greedy:run.proposer=modle", "unknown proposer 'modle'"),
        ("greedy:run.workrs=2", "workrs"),
        ("greedy:run.workers=many", "workers"),
    ],
)
def test_a_setting_that_is_no_arms_or_is_misspelt_is_refused_before_anything_is_run(
    tmp_path, capsys, arm, told
):
    given = ["--max-evaluations", "9", "--arms", f"greedy,{arm}", "--only"]
    assert main(["bench", PACKING, "--out", str(tmp_path), *given]) == 2
    said = capsys.readouterr().err
    assert told in said and len(said.splitlines()) == 1
    assert not list(tmp_path.iterdir())


def test_unknown_option_of_a_proposer_is_refused_before_anything_is_run(tmp_path, capsys):
    arms = ["--arms", "greedy,greedy:proposer.nots_every=0", "--only"]
    assert main(["bench", PACKING, "--out", str(tmp_path), "--max-evaluations", "9", *arms]) == 2
    assert "unknown option 'nots_every'" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
