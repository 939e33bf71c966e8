"""Asking and telling by hand: nobody gets another's task, replies are recorded, refusals keep the task open."""

import asyncio
import json
import os
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from cladogen.by_hand.desk import Desk
from cladogen.cli.main import main
from cladogen.errors import RunError, RunInUseError
from cladogen.ledger import Caps
from cladogen.record.lock import ONE_TASK
from cladogen.record.model_calls import StoredCalls
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


def test_run_begun_without_a_model_says_what_is_installed_when_a_task_of_it_is_asked(
    folder, capsys
):
    assert main(["run", "problem", "--run", "offline", "--max-proposals", "3", "--plain"]) == 0
    capsys.readouterr()
    assert main(["ask", "offline", "--json"]) == 0
    prompt = json.loads(capsys.readouterr().out)["prompt"]
    assert "- There it finds Python" in prompt
    assert "averaged over 2 training cases. What ships is judged on one other case" in prompt
    assert "The program gets:" in prompt


@pytest.mark.parametrize("most", [None, 9])
def test_budget_is_spoken_of_by_hand_where_there_is_one(folder, capsys, most):
    create_run(
        folder.parent / "capped", folder.parent / "problem",
        Settings(sandbox="local", caps=Caps(proposals=most)),
    ).close()  # fmt: skip
    capsys.readouterr()
    assert main(["ask", "capped", "--json"]) == 0
    prompt = json.loads(capsys.readouterr().out)["prompt"]
    said = "This search has made 0 of about 9 proposals that its budget allows."
    assert (said in prompt) is bool(most) is ("its budget allows" in prompt)


def test_reply_to_a_run_that_is_not_there_is_told_so(folder, capsys):
    (folder / "reply").write_text(reply(2.0))
    for place in ("problem", "nowhere"):
        assert main(["tell", place, "1", "--reply", str(folder / "reply")]) == 2
        said = capsys.readouterr().err
        assert place in said and "is not open" not in said


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


async def test_program_that_crashes_is_the_askers_to_repair_from_the_prompt_of_a_repair(folder):
    desk = Desk(folder)
    task = await desk.ask("ada")
    crashed = await desk.tell(task.ticket, reply(2.0).replace("return 2.0", "return two"))
    assert crashed.open and crashed.status == "crash" and crashed.program == 1
    assert "Program #1, the one to change" in crashed.prompt and "'two'" in crashed.prompt
    assert "return two" in crashed.prompt and "Your last answer" not in crashed.prompt[:200]
    mended = await desk.tell(task.ticket, reply(2.5, "two"))
    assert (mended.outcome, mended.program, mended.open) == ("accepted", 2, False)
    with closing(Store.open(folder)) as store:
        (second,) = StoredCalls(store).under(task.ticket, 1)
        assert second.request.purpose == "repair" and second.reply is not None
        assert json.loads(second.request.parameters)["parents"] == [1]


async def test_third_program_that_crashes_ends_the_task(folder):
    desk, before = Desk(folder), "0.0"
    task = await desk.ask("ada")
    for word in ("one", "two", "three"):
        receipt = await desk.tell(task.ticket, reply(1.0, before).replace("1.0", word))
        before = word
    assert receipt.status == "crash" and not receipt.open and not receipt.prompt


async def test_repair_that_nobody_wants_is_given_back_and_the_search_goes_on(folder):
    desk = Desk(folder)
    task = await desk.ask("ada")
    await desk.tell(task.ticket, reply(2.0).replace("return 2.0", "return two"))
    await desk.drop(task.ticket)
    later = await desk.ask("ada")
    assert later.parents == (0,) and "return two" not in later.prompt


async def test_refusal_says_how_to_answer_again(folder):
    desk = Desk(folder)
    task = await desk.ask("ada")
    refused = await desk.tell(task.ticket, reply(2.0, "7.0"))
    assert refused.open and "could not be applied to program #0" in refused.prompt
    assert "return 0.0" in refused.prompt and 'Answer in the form "diff"' in refused.prompt


async def test_asker_gets_the_operator_paradigm_when_nothing_got_better_for_long(folder):
    only = {"operators": "paradigm=1,diff=0,rewrite=0,cross=0,revise=0,refine=0,transfer=0"}
    caps = Caps(proposals=12)  # so that eight in vain are long
    short = folder.parent / "short"
    models = (("openai/nobody", 1.0),)
    settings = Settings(
        sandbox="local", caps=caps, proposer="model", models=models, proposer_options=only
    )
    create_run(short, folder.parent / "problem", settings).close()
    desk, asked = Desk(short), []
    for number in range(9):
        task = await desk.ask("ada")
        asked.append(task.operator)
        worse = f"x.py\n```\ndef run(case):\n    return -{number + 1}.0\n```\n"
        await desk.tell(task.ticket, worse)
    assert asked[-1] == "paradigm" and "paradigm" not in asked[:-1]


def test_child_told_by_hand_waits_for_a_person_and_goes_on_when_approved(folder, capsys):
    create_run(
        folder.parent / "careful",
        folder.parent / "problem",
        Settings(sandbox="local", approve="all"),
    ).close()
    tickets = []
    for value in (2.0, 2.5):
        assert main(["ask", "careful", "--json"]) == 0
        tickets.append(json.loads(capsys.readouterr().out)["task"])
        (folder / "reply").write_text(reply(value))
        argv = ["tell", "careful", str(tickets[-1]), "--reply", str(folder / "reply")]
        assert main(argv) == 0
        assert f"evolve approve careful {tickets[-1]}" in capsys.readouterr().out
        assert main(argv) == 2
        assert "waits for a person" in capsys.readouterr().err
    assert main(["approve", "careful", str(tickets[0])]) == 0
    assert f"task {tickets[0]}: accepted as #1" in capsys.readouterr().out
    assert main(["approve", "careful", "--refuse", "too slow"]) == 0
    assert f"task {tickets[1]}: refused" in capsys.readouterr().out
    assert main(["replay", "careful", "--out", "again"]) == 0
    with closing(Store.open(folder.parent / "again")) as store:
        results = [(row.program, row.reason) for row in store.results()]
    assert results == [(0, ""), (1, ""), (None, "not approved: too slow")]


async def test_reply_that_the_world_kept_from_being_tried_can_be_handed_in_again(folder, capsys):
    """A scorer that fails is the world's failure: the answer was closed with it, and lost."""
    desk = Desk(folder)
    task = await desk.ask("ada")
    spoilt = Path("spoilt")
    scorer = Path("problem/scorer.py")
    sound = scorer.read_text()
    broken = f"    import os\n    assert not os.path.exists({str(spoilt.absolute())!r})\n    return Scored"
    with closing(Store.open(folder)) as store:
        inside = Path(store.folder) / "problem" / "scorer.py"
    place = inside if inside.exists() else scorer
    place.write_text(sound.replace("    return Scored", broken))
    spoilt.touch()
    receipt = await desk.tell(task.ticket, reply(2.5))
    assert (receipt.outcome, receipt.open, receipt.program) == ("infra", True, None)
    with pytest.raises(RunError, match="another reply to it is recorded and not tried yet"):
        await desk.tell(task.ticket, reply(2.9))
    Path("reply").write_text(reply(2.5))
    assert await asyncio.to_thread(main, ["tell", "run", str(task.ticket), "--reply", "reply"]) == 3
    assert f"evolve tell run {task.ticket} < the-same-reply" in capsys.readouterr().out
    spoilt.unlink()
    told = await desk.tell(task.ticket, reply(2.5))
    assert (told.outcome, told.program, told.fitness) == ("accepted", 1, -0.5)
