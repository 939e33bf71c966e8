"""A recorded run, replayed, is the same tree, and nobody is asked again."""

import json
import os
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from provider.acts import Answer
from provider.server import FakeProvider

from cladogen.cli.main import main
from cladogen.record.checksums import computed
from cladogen.record.store import Store
from cladogen.task import Purpose

TESTS = Path(__file__).parent
PROBLEM = {
    "problem.toml": """
name = "closeness"
[program]
editable = ["x.py"]
entry = "x.py:run"
[objective]
metric = "closeness"
[metrics.closeness]
direction = "maximize"
[defaults]
sandbox = "local"
""",
    "statement.md": "Return a number close to 3.\n",
    "seed/x.py": "def run(case):\n    return 0.0\n",
    "scorer.py": """
from cladogen.scoring import Case, Scored


def cases(parameters):
    return [Case("one", 1.0), Case("two", 2.0), *(Case(f"held-{n}", 9.0 + n, "heldout") for n in range(5))]


def score(case, output):
    return Scored({"closeness": -abs(float(output) - 3.0)})
""",
}


@pytest.fixture
def problem(tmp_path, monkeypatch) -> Path:
    for name, text in PROBLEM.items():
        (tmp_path / "problem" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "problem" / name).write_text(text)
    monkeypatch.chdir(tmp_path)
    return tmp_path / "problem"


def act(seen) -> Answer:
    value = seen.step % 7 / 2
    return Answer(f"Idea: {value}\n\nx.py\n```python\ndef run(case):\n    return {value}\n```\n")


def evolve(*words: object) -> subprocess.CompletedProcess:
    environment = {**os.environ, "PYTHONPATH": str(TESTS)}
    command = [sys.executable, "-m", "cladogen.cli.main", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, env=environment, check=False)


def three(seen) -> Answer:
    values = [(seen.step * 3 + at) % 17 / 4 for at in range(3)]
    code = "x.py\n```python\ndef run(case):\n    return {}\n```\n"
    return Answer(
        "\n".join(
            f"Candidate {at}\n\nIdea: {x}\n\n{code.format(x)}" for at, x in enumerate(values, 1)
        )
    )


def test_run_whose_replies_held_several_candidates_is_the_same_tree_when_replayed(problem, capsys):
    with FakeProvider(three) as provider:
        done = main([
            "run", str(problem), "--run", "run", "--max-proposals", "6", "--workers", "1", "--plain",
            "--model", "own", "--api-base", provider.url, "--price", "own=1,4",
            "--proposer-option", "candidates=3", "--proposer-option", "polish=0",
        ])  # fmt: skip
    assert done == 0
    capsys.readouterr()
    assert main(["replay", "run", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["same"] and report["replies"] >= 4


@pytest.mark.parametrize("workers", [pytest.param(1, marks=pytest.mark.slow), 4])
def test_replay_is_the_same_tree_without_a_call(problem, capsys, workers):
    with FakeProvider(act) as provider:
        done = evolve(
            "run", problem, "--run", "run", "--max-proposals", 8, "--workers", workers, "--plain",
            "--sandbox", "local",
            "--model", "own", "--api-base", provider.url, "--price", "own=1,4", "--proposer-option", "form=whole",
            "--proposer-option", "polish=0",
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        asked = len(provider.seen)
    assert main(["replay", "run", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["same"] and report["programs"] >= 4 and report["replies"] >= 4
    assert asked >= 6
    trees = []
    for name in ("run", "run-replay"):
        store = Store.open(Path(name))
        trees.append(
            [(node.number, node.program, node.parents, node.ticket) for node in store.nodes()]
        )
        store.close()
    assert trees[0] == trees[1]


def test_programs_that_were_measured_at_once_and_behave_alike_are_both_made_again(problem, capsys):
    def alike(seen) -> Answer:  # each waits, and is measured again: the other is judged meanwhile
        value = ("1.0", "2.0 / 2")[seen.step % 2]
        body = f"import time\n\ndef run(case):\n    time.sleep(1)\n    return {value}\n"
        return Answer(f"Idea: {value}\n\nx.py\n```python\n{body}```\n")

    with FakeProvider(alike) as provider:
        done = evolve(
            "run", problem, "--run", "run", "--max-proposals", 2, "--workers", 2, "--plain",
            "--sandbox", "local", "--model", "own", "--api-base", provider.url, "--price", "own=1,4",
            "--proposer-option", "form=whole", "--proposer-option", "polish=0",
        )  # fmt: skip
    assert done.returncode == 0, done.stderr
    with closing(Store.open(Path("run"))) as store:
        made = store.program_count()
    assert main(["replay", "run", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["same"] and report["programs"] == made - 1


def test_run_of_the_offline_proposers_replays_too(problem, capsys):
    done = evolve(
        "run",
        problem,
        "--run",
        "run",
        "--max-proposals",
        4,
        "--workers",
        1,
        "--plain",
        "--proposer",
        "mutate",
    )
    assert done.returncode == 0, done.stderr
    assert main(["replay", "run"]) == 0
    assert "the same tree" in capsys.readouterr().out


def test_final_choice_is_made_again_from_the_recorded_rows_and_compared(problem, capsys):
    for proposals in (4, 8):  # two sittings, each with a final choice of its own
        words = ("--max-proposals", proposals, "--workers", 1, "--plain", "--proposer", "mutate")
        assert evolve("run", problem, "--run", "run", *words).returncode == 0
    with closing(Store.open(Path("run"))) as store:
        finals = [body for _, _, body in store.events("final")]
    assert len(finals) == 2
    assert main(["replay", "run", "--out", "again"]) == 0
    with closing(Store.open(Path("again"))) as store:
        assert [body for _, _, body in store.events("final")] == finals
    with closing(Store.open(Path("run"), write=True)) as store, store.transaction():
        forged = json.dumps({**finals[-1], "number": 0, "sentence": "the seed is best"})
        summed = f"body = :now, checksum = {computed('events', body=':now')}"
        store.database.execute(f"UPDATE events SET {summed} WHERE kind = 'final' AND body = :then",
                               {"now": forged, "then": json.dumps(finals[-1])})  # fmt: skip
    assert finals[-1]["number"] != 0
    capsys.readouterr()
    assert main(["replay", "run", "--out", "third"]) == 1
    said = capsys.readouterr().out
    assert f"the final choice was 0 then, and is {finals[-1]['number']} now" in said
    assert "the verdict was 'the seed is best' then" in said


def test_run_that_was_steered_replays_to_the_same_tree(problem, capsys):
    words = ("--workers", 1, "--plain", "--proposer", "mutate", "--sandbox", "local")
    assert evolve("run", problem, "--run", "run", "--max-proposals", 4, *words).returncode == 0
    assert main(["steer", "run", "--pin", "seed"]) == 0
    assert evolve("run", problem, "--run", "run", "--max-proposals", 8, *words).returncode == 0
    with closing(Store.open(Path("run"))) as store:
        since = store.events("steer")[0].at
        asked = [each.task for each in store.tasks() if each.at > since]
    searched = [task for task in asked if task.purpose is Purpose.SEARCH]
    assert searched and {task.parents[0] for task in searched} == {0}
    assert main(["replay", "run", "--out", "again"]) == 0
    assert "the same tree" in capsys.readouterr().out
    with closing(Store.open(Path("again"))) as store:
        assert [each.body["do"] for each in store.events("steer")] == ["pin"]
