"""`evolve meta` from the command to the verdict: in real sandboxes, killed, resumed and replayed."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CAPS, LATENT = ROOT / "problems/cap_set", ROOT / "problems/latent_tree"
EVOLVE = str(Path(sys.executable).parent / "evolve")
SANDBOXES = [
    "local",
    pytest.param(
        "bubblewrap", marks=pytest.mark.skipif(not shutil.which("bwrap"), reason="no bubblewrap")
    ),
    pytest.param("docker", marks=pytest.mark.docker),
]


def evolve(*words: str, code: int = 0) -> str:
    done = subprocess.run(
        [EVOLVE, *words], check=False, capture_output=True, text=True, timeout=600
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


def words(out: Path, sandbox: str = "local", most: int = 6, budget: int = 64) -> list[str]:
    return [
        "meta", f"{LATENT}", f"{CAPS}", "--held-out", f"{LATENT}:null", "--budget", str(budget),
        "--seeds", "1", "--held-out-seeds", "2", "--max-evaluations", str(most),
        "--sandbox", sandbox, "--jobs", "2", "--plain", "--out", str(out),
    ]  # fmt: skip


@pytest.mark.parametrize("sandbox", SANDBOXES)
def test_a_search_over_the_engines_own_choices_ends_with_a_verdict_and_a_file(
    tmp_path: Path, sandbox: str
) -> None:
    out = tmp_path / "meta"
    said = evolve(*words(out, sandbox))
    rows = [line.split() for line in said.splitlines()]
    assert ["latent_tree", "training"] in [row[:2] for row in rows]
    assert ["latent_tree:null", "held", "out"] in [row[:3] for row in rows]
    assert ("verdict" in said and "exact" in said) or "nothing better than the defaults" in said
    found = out / "found" / "choices.toml"
    tomllib.loads(found.read_text())
    after = evolve(
        "run", str(CAPS), "--config", str(found), "--run", str(tmp_path / "with"),
        "--max-evaluations", "5", "--sandbox", sandbox, "--plain",
    )  # fmt: skip
    assert "verdict" in after
    assert not (out / "run" / "inner").exists()
    again = evolve(*words(out, sandbox))  # the same command has nothing left to do
    assert "6 evaluations" in again


def trees(run: Path) -> str:
    done = subprocess.run(
        ["git", "-C", str(run / "programs.git"), "log", "--all", "--format=%T", "--reverse"],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    return "\n".join(sorted(done.stdout.split()))


def test_a_search_that_was_killed_goes_on_and_finds_the_same_as_one_that_was_not(
    tmp_path: Path,
) -> None:
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    evolve(*words(whole, most=6))
    process = subprocess.Popen(
        [EVOLVE, *words(killed, most=6)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    inner = killed / "run" / "inner"
    deadline = time.monotonic() + 120
    while not (inner.is_dir() and any(inner.iterdir())):
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.02)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    evolve(*words(killed, most=6))
    assert not inner.exists()
    assert _scores(killed / "run") == _scores(whole / "run")
    replayed = tmp_path / "replayed"
    said = evolve("replay", str(whole / "run"), "--out", str(replayed))
    assert said.startswith("the same tree")
    assert trees(replayed) == trees(whole / "run")


def _scores(run: Path) -> list[tuple[int, str, float]]:
    from cladogen.view.run_reader import RunReader

    with RunReader(run) as reader:
        return [
            (number, row.case, row.metrics["gain"])
            for number in range(reader.size)
            for split in ("train", "heldout")
            for row in reader.evaluations(split, number).get(number, ())
        ]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (["--held-out", str(CAPS)], "named twice"),
        (["--budget", "0"], "must be more than 0"),
        (["--held-out", "no_such_folder"], "no_such_folder"),
        (["--held-out", "polyglot_mini"], "ask models themselves"),
        (["--jobs", "-1"], "at least 1"),
    ],
)
def test_a_plan_that_cannot_be_is_refused_in_one_line(
    tmp_path: Path, changed: list[str], said: str
) -> None:
    answer = evolve(*words(tmp_path / "out"), *changed, code=2)
    assert said in answer and len(answer.splitlines()) == 1
    assert not (tmp_path / "out" / "run").exists()


def test_without_held_out_problems_there_is_no_verdict_so_none_is_promised(tmp_path: Path) -> None:
    answer = evolve("meta", str(CAPS), "--out", str(tmp_path / "out"), code=2)
    assert "--held-out" in answer and len(answer.splitlines()) == 1


def test_another_budget_in_the_same_folder_is_another_search(tmp_path: Path) -> None:
    out = tmp_path / "meta"
    evolve(*words(out, most=2))
    answer = evolve(*words(out, most=2, budget=70), code=2)
    assert "name another folder with --out" in answer and len(answer.splitlines()) == 1


def test_defaults_that_are_too_slow_end_the_command_with_one_line(tmp_path: Path) -> None:
    answer = evolve(*words(tmp_path / "out"), "--run-seconds", "0.01", code=2)
    last = answer.splitlines()[-1]
    assert "its own defaults take longer than 0.01 seconds" in last and "--run-seconds" in last
    assert "Traceback" not in answer
