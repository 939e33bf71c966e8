"""Agents whose improver and solver ask a model through the gateway: a run, its caps, a kill in the middle, a replay."""

import json
import os
import select
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from orphans import adopted, command_line, descendants
from provider.acts import Answer
from provider.server import FakeProvider

from cladogen.models.calls import GATEWAY
from cladogen.record.model_calls import StoredCalls
from cladogen.record.store import Store
from cladogen.sandboxes.docker.owner import LABEL_OWNER, owner

SANDBOXES = [
    pytest.param(
        "bubblewrap", marks=pytest.mark.skipif(not shutil.which("bwrap"), reason="no bubblewrap")
    ),
    pytest.param("docker", marks=pytest.mark.docker),
]
MODELS = """
import json, os, urllib.request
def ask(words):
    body = {"model": "small", "messages": [{"role": "user", "content": words}]}
    url, head = os.environ["OPENAI_BASE_URL"] + "/chat/completions", {"content-type": "application/json"}
    with urllib.request.urlopen(urllib.request.Request(url, json.dumps(body).encode(), head), timeout=60) as answer:
        return json.load(answer)["choices"][0]["message"]["content"]
"""
AGENT = """
from models import ask
STYLE = 0
def run(case):
    return [STYLE, ask(f"solve {case}")]
"""
IMPROVER = """
import pathlib
from models import ask
def main(task):
    path, notes = pathlib.Path("agent.py"), pathlib.Path("notes/learnt.txt")
    style = int(path.read_text().split("STYLE = ")[1].split()[0])
    first, second = ask(f"first look at style {style}"), ask(f"second look at style {style}")
    path.write_text(path.read_text().replace(f"STYLE = {style}", f"STYLE = {style + int(second)}"))
    notes.parent.mkdir(exist_ok=True)
    notes.write_text((notes.read_text() if notes.exists() else "") + first + "\\n")
    print("Idea: more style")
"""
SCORER = """
from cladogen.scoring import Case, Invalid
def cases(parameters):
    return [Case("a", "two"), Case("b", "three"), Case("h", "four", "heldout")]
def score(case, output):
    if output[1] != f"{case.input} solved":
        raise Invalid("not solved")
    return float(output[0])
"""
TOML = """
[program]
editable = ["agent.py", "improve.py", "notes/**"]
entry = "agent.py:run"
improver = "improve.py:main"
[models.evaluation]
calls = 3
[limits]
time_s = 60
"""


def reply(seen) -> Answer:
    words = seen.prompt
    if words.startswith("solve "):
        return Answer(f"{words.removeprefix('solve ')} solved")
    return Answer("1" if words.startswith("second") else f"learnt from {words}")


@pytest.fixture
def problem(tmp_path):
    return make_problem(tmp_path / "mine")


def make_problem(folder: Path, improver: str = IMPROVER, toml: str = TOML) -> Path:
    seed = folder / "seed"
    seed.mkdir(parents=True)
    (folder / "problem.toml").write_text(toml)
    (folder / "scorer.py").write_text(SCORER)
    texts = {"models.py": MODELS, "agent.py": AGENT, "improve.py": improver}
    for name, text in texts.items():
        (seed / name).write_text(text)
    return folder


def command(folder: Path, run: Path, url: str, sandbox: str, *words: str) -> list[str]:
    evolve = str(Path(sys.executable).parent / "evolve")
    return [
        evolve, "run", str(folder), "--run", str(run), "--proposer", "self_improve", "--archive", "greedy",
        "--model", "small", "--api-base", url, "--price", "small=1,4", "--sandbox", sandbox, "--workers", "1",
        "--plain", *words,
    ]  # fmt: skip


def finished(words: list[str]) -> str:
    done = subprocess.run(words, check=False, capture_output=True, text=True, timeout=280)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def calls_of(run: Path):
    store = Store.open(run)
    try:
        return StoredCalls(store).all(), list(store.nodes()), store.meta()
    finally:
        store.close()


@pytest.mark.parametrize("sandbox", SANDBOXES)
def test_improver_and_solver_ask_a_model_and_a_replay_asks_nobody(problem, tmp_path, sandbox):
    run = tmp_path / "run"
    with FakeProvider(reply) as provider:
        said = finished(command(problem, run, provider.url, sandbox, "--max-proposals", "2"))
        asked, charged = provider.count(), provider.charged_usd
    assert "self_improve: small" in said
    calls, nodes, _ = calls_of(run)
    made = [call for call in calls if call.request.purpose == GATEWAY]
    assert len(made) == asked and len(nodes) == 3
    assert sum(call.cost.usd for call in calls) == pytest.approx(charged)
    kinds = {json.loads(call.request.parameters)["caller"]["kind"] for call in made}
    assert kinds == {"propose", "check", "evaluate"}
    evolve = str(Path(sys.executable).parent / "evolve")
    shown = finished([evolve, "show", str(run), "#2"])
    assert "notes/learnt.txt" in shown and "learnt from first look at style 1" in shown
    again = finished([evolve, "replay", str(run), "--out", str(tmp_path / "again")])
    assert "same tree" in again or "no difference" in again, again


@pytest.mark.parametrize("sandbox", SANDBOXES)
def test_engine_killed_in_an_expansion_leaves_nothing_and_pays_nothing_twice(
    problem, tmp_path, sandbox
):
    run, arrived, ended = tmp_path / "run", threading.Event(), threading.Event()

    def stuck_once(seen) -> Answer:
        if seen.prompt.startswith("second look at style 1") and not arrived.is_set():
            arrived.set()
            ended.wait(120)
        return reply(seen)

    words = ["--max-proposals", "2"]
    with FakeProvider(stuck_once) as provider, adopted() as before:
        line = command(problem, run, provider.url, sandbox, *words)
        engine = subprocess.Popen(line, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        assert arrived.wait(200)
        named = owner(engine.pid)
        os.kill(engine.pid, signal.SIGKILL)
        engine.wait()
        ended.set()
        _wait_for_the_end_of(descendants() - before, named)
        finished(line)
    prompts = [seen.prompt for seen in provider.seen]
    assert len([words for words in prompts if words == "first look at style 0"]) == 1
    # The child's own check and its expansion look at style 1; the one in flight is asked again.
    assert len([words for words in prompts if words == "first look at style 1"]) == 2
    assert len([words for words in prompts if words == "second look at style 1"]) == 3
    calls, nodes, _ = calls_of(run)
    assert len(nodes) == 3
    lost = [call for call in calls if call.request.purpose == GATEWAY and call.reply is None]
    assert len(lost) == 1 and lost[0].most_usd > 0
    assert len(prompts) == len([call for call in calls if call.request.purpose == GATEWAY])


def _wait_for_the_end_of(processes: set[int], named: str) -> None:
    """Wait until a dead engine's processes have ended, by their descriptors, and its containers are gone."""
    for pid in processes:
        try:
            descriptor = os.pidfd_open(pid)
        except ProcessLookupError:
            continue
        ended, _, _ = select.select([descriptor], [], [], 60)
        os.close(descriptor)
        assert ended, command_line(pid)
    deadline = time.monotonic() + 60
    while containers(named):
        assert time.monotonic() < deadline


def containers(named: str) -> list[str]:
    if shutil.which("docker") is None:
        return []
    listing = ["docker", "ps", "-aq", "--filter", f"label={LABEL_OWNER}={named}"]
    done = subprocess.run(listing, capture_output=True, text=True, check=False)
    return done.stdout.split()


def test_calls_end_at_the_runs_cap_and_what_was_paid_is_kept(problem, tmp_path):
    run = tmp_path / "run"
    with FakeProvider(reply) as provider:
        line = command(problem, run, provider.url, "local", "--max-calls", "9")
        done = subprocess.run(line, check=False, capture_output=True, text=True, timeout=280)
        assert provider.count() == 9
    assert done.returncode == 0 and "max-calls" in done.stdout, done.stdout + done.stderr


def test_problem_whose_programs_ask_models_says_that_none_is_named(problem, tmp_path):
    evolve = str(Path(sys.executable).parent / "evolve")
    line = [evolve, "run", str(problem), "--run", str(tmp_path / "run"), "--sandbox", "local"]
    done = subprocess.run(line, check=False, capture_output=True, text=True, timeout=100)
    assert done.returncode == 2 and "name one with --model" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_sandbox_of_the_run_is_the_improvers_too_and_its_own_limit_holds(tmp_path):
    tells = IMPROVER.replace(
        'print("Idea', 'import os; print("asked at", os.environ["OPENAI_BASE_URL"]); print("Idea'
    )
    folder, run = make_problem(tmp_path / "mine", tells), tmp_path / "run"
    evolve = str(Path(sys.executable).parent / "evolve")
    words = ["--max-proposals", "1", "--proposer-option", "calls_each=2"]
    with FakeProvider(reply) as provider:
        finished(command(folder, run, provider.url, "local", *words))
    shown = finished([evolve, "show", str(run), "#1", "--reply"])
    assert "asked at http://127.0.0.1:" in shown  # contained, it would have an address of its own


def test_improver_that_asks_more_than_it_may_fails_in_one_line(tmp_path):
    asks = "from models import ask\ndef main(task):\n    for n in range(10_000): ask(str(n))\n"
    folder, run = make_problem(tmp_path / "mine", asks), tmp_path / "run"
    words = ["--max-proposals", "1", "--proposer-option", "calls_each=3"]
    with FakeProvider(reply) as provider:
        line = command(folder, run, provider.url, "local", *words)
        done = subprocess.run(line, check=False, capture_output=True, text=True, timeout=280)
        own = [seen for seen in provider.seen if not seen.prompt.startswith("solve")]
    assert done.returncode == 4 and "has an improver that works" in done.stdout
    assert len(own) == 3 * 3  # three failures of its own, three calls each
    store = Store.open(run)
    reasons = [row.reason for row in store.results() if row.ticket]
    store.close()
    assert {reason.partition(":")[0] for reason in reasons[:3]} == {"the improver ended with crash"}
    assert "402" in reasons[0] and "\n" not in reasons[0]
