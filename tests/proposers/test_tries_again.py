"""Tries in a run that is killed in their midst, and in one that is replayed: nothing is paid for twice, and what comes
of it is the same."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from model_world import SHOWN, opened, step_reply
from provider.acts import Answer, Fault
from provider.server import FakeProvider
from toy_world import tree_of

from cladogen.cli.main import main
from cladogen.record.model_calls import StoredCalls
from cladogen.record.store import Store

SUPPORT = Path(__file__).parents[1] / "support"
TOLD = "Case "


class Trying:
    """Tries twice before each answer; ``kill`` is killed when the result of the first try of the third task arrives,
    before it is answered."""

    def __init__(self) -> None:
        self.kill, self.told = 0, 0

    def __call__(self, seen):
        messages = seen.body["messages"]
        last = messages[-1]["content"]
        self.told += last.startswith(TOLD)
        if self.kill and self.told == 5:
            os.kill(self.kill, signal.SIGKILL)
            return Fault("closed")
        value = SHOWN.search(messages[1]["content"])[1]
        if "That was the last try" in last:
            return Answer(step_reply(value, 0.5))
        return Answer("Try:\n\n" + step_reply(value, 0.1 * len(messages)))


def start(folder: Path, url: str) -> subprocess.Popen:
    command = [sys.executable, SUPPORT / "model_world.py", folder, "4", url, "1", "tries=2"]
    environment = {**os.environ, "PYTHONPATH": str(SUPPORT.parent)}
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment
    )


def said(store) -> list:
    """Return what was asked and replied, in order: whatever was paid for."""
    calls = StoredCalls(store).all()
    return [
        ([message.shown for message in call.request.messages], call.reply.text, call.reply.tools)
        for call in calls
        if call.reply is not None and (call.reply.text or call.reply.tools)
    ]


def test_run_killed_in_the_midst_of_tries_pays_for_none_twice_and_is_the_unbroken_run(tmp_path):
    with FakeProvider(Trying()) as provider:
        whole = start(tmp_path / "whole", provider.url)
        assert whole.wait(timeout=240) == 0, whole.stderr.read()
    model = Trying()
    with FakeProvider(model) as provider:
        killed = start(tmp_path / "killed", provider.url)
        model.kill = killed.pid
        assert killed.wait(timeout=240) == -signal.SIGKILL
        model.kill = 0
        again = start(tmp_path / "killed", provider.url)
        assert again.wait(timeout=240) == 0, again.stderr.read()
    for process in (whole, killed, again):
        process.communicate()
    unbroken, resumed = opened(tmp_path / "whole"), opened(tmp_path / "killed")
    assert said(resumed) == said(unbroken) and len(said(unbroken)) == 12
    assert tree_of(resumed) == tree_of(unbroken)
    trials = [[proposal.trials for proposal in store.proposals()] for store in (resumed, unbroken)]
    assert trials == [[2] * 4] * 2
    unbroken.close()
    resumed.close()


@pytest.mark.parametrize("by_tool", [False, True], ids=["in words", "by a tool"])
def test_run_with_tries_replays_to_the_same_tree_without_a_call(
    tmp_path, capsys, monkeypatch, by_tool
):
    def act(seen):
        last = seen.body["messages"][-1]["content"]
        value = (seen.step + 1) / 10
        reply = f"Idea: {value}\n\nx.py\n```python\ndef run(case):\n    return {value}\n```\n"
        if last.startswith(TOLD):
            return Answer(reply)
        if by_tool:
            return Answer("", tools=(("try_change", json.dumps({"change": reply})),))
        return Answer(f"Try:\n\n{reply}")

    problem = tmp_path / "problem"
    (problem / "seed").mkdir(parents=True)
    (problem / "seed" / "x.py").write_text("def run(case):\n    return 0.0\n")
    (problem / "problem.toml").write_text(
        '[program]\neditable = ["x.py"]\nentry = "x.py:run"\n[objective]\nmetric = "near"\n'
    )
    (problem / "scorer.py").write_text(
        "from cladogen.scoring import Case\ndef cases(parameters):\n    return [Case('one', 1.0)]\n"
        "def score(case, output):\n    return {'near': -abs(float(output) - 3.0)}\n"
    )
    monkeypatch.chdir(tmp_path)
    with FakeProvider(act) as provider:
        words = ["run", str(problem), "--run", "run", "--max-proposals", "4", "--workers", "1", "--plain", "--sandbox",
                 "local", "--model", "own", "--api-base", provider.url, "--price", "own=1,4", "--proposer-option",
                 "form=whole", "--proposer-option", "polish=0", "--proposer-option", "tries=1"]  # fmt: skip
        assert main(words) == 0
        asked = len(provider.seen)
        capsys.readouterr()
        assert main(["replay", "run", "--json"]) == 0
        assert len(provider.seen) == asked
    report = json.loads(capsys.readouterr().out)
    assert report["same"] and report["programs"] >= 3
    found = []
    for name in ("run", "run-replay"):
        store = Store.open(Path(name))
        rows = [(made.ticket, made.patch, made.reply, made.trials) for made in store.proposals()]
        found.append(([node.program for node in store.nodes()], rows, said(store)))
        store.close()
    assert found[0] == found[1]
    assert {row[3] for row in found[0][1]} == {1}
