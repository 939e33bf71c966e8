"""Curves in trackers, by the real packages without a network, where they are installed."""

import json
import os
import subprocess
import sys
from contextlib import closing

import pytest
from needed import needed
from toy_world import Stepper, opened, toy_run

from cladogen.events import Silent
from cladogen.search.budget import Caps
from cladogen.trackers.base import NAMES, tracker
from cladogen.trackers.observing import Tracking


class Kept:
    """A tracker that notes what it is told, and fails when it is asked to."""

    def __init__(self, fails=""):
        self.fails, self.points, self.files, self.ended = fails, [], {}, None

    def start(self, folder, facts):
        self.facts = dict(facts)
        assert self.fails != "start"

    def log(self, step, values):
        assert self.fails != "log", "the server is away"
        self.points.append((step, dict(values)))

    def keep(self, files):
        self.files = dict(files)

    def finish(self, *, well):
        self.ended = well


async def searched(tmp_path, *trackers, begun=0):
    said = []
    shown = Silent()
    shown.notice = said.append
    with closing(opened(tmp_path / "run")) as store:
        observer = Tracking(shown, [(f"t{n}", each) for n, each in enumerate(trackers)], begun)
        run = toy_run(store, Caps(proposals=8), observer=observer, proposer=Stepper())
        observer.begin([("run", str(tmp_path / "run")), ("problem", "toy")])
        await run.search()
        observer.close()
        results = len(list(store.results()))
    return said, results


async def test_each_result_is_a_point_on_a_curve_for_each_metric_and_cost(tmp_path):
    kept = Kept()
    _, results = await searched(tmp_path, kept)
    steps = [step for step, _ in kept.points]
    assert steps == list(range(1, len(steps) + 1)) and len(steps) <= results
    last = kept.points[-1][1]
    assert {"best/closeness", "spend/usd", "spend/evaluations", "programs"} <= set(last)
    assert any("program/closeness" in values for _, values in kept.points)
    best = [values["best/closeness"] for _, values in kept.points if "best/closeness" in values]
    assert best == sorted(best)
    assert list(kept.files) == ["x.txt"] and kept.ended is True


async def test_tracker_that_fails_is_left_alone_and_the_others_and_the_run_go_on(tmp_path):
    bad, good = Kept("log"), Kept()
    said, _ = await searched(tmp_path, bad, good)
    assert (
        len(
            [
                text
                for text in said
                if text.startswith("t0 is not logged to any more: the server is away")
            ]
        )
        == 1
    )
    assert bad.ended is None and good.ended is True and good.points


async def test_run_that_goes_on_goes_on_with_its_steps(tmp_path):
    kept = Kept()
    await searched(tmp_path, kept, begun=40)
    assert kept.points[0][0] == 41


PROGRAM = """
import sys
from pathlib import Path
from cladogen.trackers.base import tracker
name, folder = sys.argv[1], Path(sys.argv[2])
made = tracker(name)
made.start(folder, {"run": str(folder), "problem": "toy, with % and =" + "x" * 900})
for step in range(1, 51):
    made.log(step, {"best/closeness": -9.0 / step, "program/odd [name]": 0.5})
made.keep({"lib/x.py": b"x = 1\\n"})
made.finish(well=True)
"""


def logged(name, folder):
    """Log fifty points in a process of its own, offline."""
    environment = {
        **os.environ, "WANDB_MODE": "offline", "MLFLOW_TRACKING_URI": f"sqlite:///{folder}/mlflow.db",
        "HOME": str(folder),
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, name, str(folder)], cwd=folder, env=environment,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]


def read(code, *words, cwd):
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, words)],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


def installed(name):
    needed(NAMES[name][2])


def test_tensorboard_reads_every_point_back(tmp_path):
    installed("tensorboard")
    logged("tensorboard", tmp_path)
    found = list((tmp_path / "tensorboard").rglob("events.*"))
    assert len(found) == 1 and found[0].stat().st_size > 50 * 40
    needed("tensorboard")
    code = (
        "import sys, json\nfrom tensorboard.backend.event_processing.event_accumulator import EventAccumulator\n"
        "each = EventAccumulator(sys.argv[1], size_guidance={'scalars': 0}); each.Reload()\n"
        "print(json.dumps([[p.step, p.value] for p in each.Scalars('best/closeness')]))"
    )
    assert [step for step, _ in read(code, found[0].parent, cwd=tmp_path)] == list(range(1, 51))


def test_mlflow_reads_every_point_and_the_program_back(tmp_path):
    installed("mlflow")
    logged("mlflow", tmp_path)
    code = (
        "import sys, json\nfrom mlflow import MlflowClient\nc = MlflowClient(sys.argv[1])\n"
        "run = c.search_runs([c.get_experiment_by_name('cladogen').experiment_id])[0]\n"
        "print(json.dumps([run.info.status, len(c.get_metric_history(run.info.run_id, 'best/closeness')),"
        " [a.path for a in c.list_artifacts(run.info.run_id, 'program')]]))"
    )
    status, points, kept = read(code, f"sqlite:///{tmp_path}/mlflow.db", cwd=tmp_path)
    assert (status, points, kept) == ("FINISHED", 50, ["program/lib"])


def test_wandb_writes_its_offline_run_whole(tmp_path):
    installed("wandb")
    logged("wandb", tmp_path)
    (found,) = (tmp_path / "wandb").glob("offline-run-*/run-*.wandb")
    data = found.read_bytes()
    assert data.count(b"best/closeness") >= 50


@pytest.mark.parametrize("name", NAMES)
def test_tracker_that_is_not_installed_is_named_with_what_to_do(name, monkeypatch):
    from cladogen.errors import ConfigError

    monkeypatch.setitem(sys.modules, NAMES[name][2], None)
    sys.modules.pop(f"cladogen.trackers.{NAMES[name][0]}", None)
    with pytest.raises(ConfigError, match=f"pip install 'cladogen\\[{name}\\]'"):
        tracker(name)


def test_unknown_tracker_is_refused_before_anything_is_made(tmp_path, capsys, steps_problem):
    from cladogen.cli.main import main

    assert (
        main(["run", str(steps_problem), "--run", str(tmp_path / "run"), "--track", "excel"]) == 2
    )
    assert "there are wandb, mlflow, tensorboard" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()
