"""Asking and telling by hand: nobody gets another's task, replies are recorded, refusals keep the task open."""

import asyncio
import json
import os
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from cladogen.cli.main import main
from cladogen.desk import Desk
from cladogen.errors import RunError, RunInUseError
from cladogen.record.lock import ONE_TASK
from cladogen.record.store import Store
from cladogen.run_folder import create_run
from cladogen.settings import Settings

PROBLEM = {
    "problem.toml": """
name = "closeness"
[program]
editable = ["x.py"]
entry = "x.py:run"
[scorer]
file = "scorer.py"
[objective]
metric = "closeness"
[metrics.closeness]
direction = "maximize"
[defaults]
sandbox = "local"
[limits]
time_s = 5.0
memory_mb = 256
""",
    "statement.md": "Return a number close to 3.\n",
    "seed/x.py": "def run(case):\n    return 0.0\n",
    "scorer.py": """
from cladogen.scoring import Case, Scored


def cases(parameters):
    return [Case("one", 1.0), Case("two", 2.0), Case("held", 3.0, split="heldout")]


def score(case, output):
    return Scored({"closeness": -abs(float(output) - 3.0)})
""",
}


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    for name, text in PROBLEM.items():
        (tmp_path / "problem" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "problem" / name).write_text(text)
    monkeypatch.chdir(tmp_path)
    create_run(tmp_path / "run", tmp_path / "problem", Settings(sandbox="local")).close()
    return tmp_path / "run"


def reply(value: float, before: str = "0.0") -> str:
    return f"Idea: go\n\n```diff\n--- a/x.py\n+++ b/x.py\n@@\n-    return {before}\n+    return {value}\n```\n"


def test_task_is_asked_and_told_at_the_command_line(folder, capsys, monkeypatch):
    assert main(["ask", "run", "--as", "ada", "--json"]) == 0
    task = json.loads(capsys.readouterr().out)
    assert (
        task["asker"] == "ada"
        and "Return a number close to 3." in task["prompt"]
        and "return 0.0" in task["prompt"]
    )
    (folder / "reply").write_text(reply(2.0))
    assert main(["tell", "run", str(task["task"]), "--reply", str(folder / "reply"), "--json"]) == 0
    receipt = json.loads(capsys.readouterr().out)
    assert (receipt["outcome"], receipt["program"], receipt["fitness"], receipt["best"]) == (
        "accepted",
        1,
        -1.0,
        True,
    )
    assert main(["tell", "run", str(task["task"]), "--reply", str(folder / "reply")]) == 2
    assert "is not open" in capsys.readouterr().err


async def test_refused_reply_leaves_the_task_open_for_a_better_one(folder):
    desk = Desk(folder)
    task = await desk.ask("ada")
    first = await desk.tell(task.ticket, "no change from me")
    assert first.open and first.outcome == "refused" and "no edit" in first.reason
    second = await desk.tell(task.ticket, reply(2.5))
    assert second.outcome == "accepted" and not second.open and second.fitness == -0.5
    with pytest.raises(RunError, match="is not open"):
        await desk.tell(task.ticket, reply(2.6))


async def test_task_given_back_is_nobodys(folder):
    desk = Desk(folder)
    task = await desk.ask("ada")
    await desk.drop(task.ticket)
    with pytest.raises(RunError, match="open tasks: none"):
        await desk.drop(task.ticket)


def test_two_askers_at_once_never_get_the_same_task(folder):
    ask = [sys.executable, "-m", "cladogen.cli.main", "ask", str(folder), "--json"]
    asked = [
        subprocess.Popen([*ask, "--as", name], stdout=subprocess.PIPE)
        for name in ("ada", "bob", "cyd", "dan")
    ]
    tasks = [json.loads(process.communicate()[0])["task"] for process in asked]
    assert len(set(tasks)) == 4


def test_asker_at_a_folder_that_a_run_holds_is_told_at_once_who_holds_it(folder, capsys):
    with closing(Store.open(folder, write=True)):
        assert main(["ask", "run"]) == 2
        said = capsys.readouterr().err
        assert (
            said.count("\n") == 1
            and f"process {os.getpid()} is running this run" in said
            and "kill -INT" in said
        )
        assert main(["tell", "run", "1", "--drop"]) == 2
    assert main(["ask", "run"]) == 0


async def test_asker_waits_for_another_asker(folder):
    store = Store.open(folder, write=True, held_for=ONE_TASK)
    asking = asyncio.create_task(Desk(folder).ask("ada"))
    await asyncio.sleep(0)  # it looks once, and finds the folder held
    assert not asking.done()
    store.close()
    assert (await asking).asker == "ada"
    store = Store.open(folder, write=True, held_for=ONE_TASK)
    with pytest.raises(RunInUseError, match="wait a moment"):
        await Desk(folder, wait_s=0.0).ask("bob")
    store.close()


async def test_engine_leaves_leased_tasks_alone_and_steering_reaches_the_prompt(folder):
    desk = Desk(folder)
    task = await desk.ask("ada")
    command = [
        sys.executable,
        "-m",
        "cladogen.cli.main",
        "run",
        "--resume",
        "run",
        "--max-proposals",
        "2",
        "--plain",
    ]
    done = await asyncio.create_subprocess_exec(*command, stdout=subprocess.DEVNULL)
    assert await done.wait() == 0
    desk.steer("Only integers, please.")
    later = await desk.ask("bob")
    assert later.ticket > task.ticket and "Only integers, please." in later.prompt
    store = Store.open(folder)
    assert {asker for _, asker, _ in store.open_tasks()} == {"ada", "bob"}
    store.close()
    assert (await desk.tell(task.ticket, reply(3.0))).fitness == 0.0
