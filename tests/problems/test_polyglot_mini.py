"""polyglot_mini: every exercise can be solved in its language, hidden tests find what is wrong, and an agent works."""

import json
import shutil
import sys
from pathlib import Path

import pytest
from provider.acts import whole
from provider.server import FakeProvider

from cladogen.cli.main import main
from cladogen.evaluation import Status
from cladogen.evaluators.evaluator import ProblemEvaluator
from cladogen.problem import load
from cladogen.program import File, Program
from cladogen.record.store import Store
from cladogen.sandboxes import wire
from cladogen.sandboxes.choose import open_sandbox

PROBLEM = Path(__file__).parents[2] / "problems" / "polyglot_mini"
sys.path.insert(0, str(Path(__file__).parent))
from polyglot_solutions import SOLUTIONS  # noqa: E402

SANDBOXES = [
    "local",
    pytest.param(
        "bubblewrap", marks=pytest.mark.skipif(not shutil.which("bwrap"), reason="no bubblewrap")
    ),
    pytest.param("docker", marks=pytest.mark.docker),
]


def knows(solutions: dict[str, str]) -> Program:
    """Return a program that needs no model: it knows what to return for each exercise."""
    seed = load(PROBLEM).seeds[0]
    text = (
        f"SOLUTIONS = {solutions!r}\ndef solve(case):\n    return SOLUTIONS.get(case['name'], '')\n"
    )
    return Program.of({**seed.files, "agent/work.py": File(text.encode())})


async def evaluated(sandbox: str, program: Program):
    problem = load(PROBLEM).with_seed(3)
    opened = open_sandbox(sandbox, problem.sandbox, folder=PROBLEM, limits=problem.limits, slots=2)
    async with opened as box:
        evaluator = ProblemEvaluator(problem, box)
        await evaluator.start()
        try:
            cases = evaluator.train + evaluator.heldout
            rows = await evaluator.evaluate(program, cases)
        finally:
            await evaluator.close()
    return {row.case: row for row in rows}, evaluator


@pytest.mark.slow
@pytest.mark.parametrize("sandbox", SANDBOXES)
async def test_every_exercise_is_solved_by_its_solution(sandbox):
    rows, evaluator = await evaluated(sandbox, knows(SOLUTIONS))
    failed = {name: f"{row.status} {row.feedback}" for name, row in rows.items()
              if row.status is not Status.OK or row.metrics["solved"] != 1.0}  # fmt: skip
    assert failed == {}
    lacks = {"g++": 4, "rustc": 4, "node": 4, "go": 4}
    there = 24 - sum(count for name, count in lacks.items() if name in evaluator.missing)
    shell = {"sh", "awk", "sort"} & set(evaluator.missing)
    assert len(rows) == there - 4 * bool(shell)


async def test_wrong_slow_and_broken_programs_fail_and_are_told_why_but_not_on_what():
    wrong = {
        "mirrored_words": "print(input())",
        "ledger": "while True: pass",
        "bracket_depth": "import sys; sys.exit('it broke')",
        "lower_medians": "int main() { return nothing; }",
    }
    rows, _ = await evaluated("local", knows(wrong))
    told = {name: rows[name].feedback for name in wrong if name in rows}
    assert all(rows[name].metrics["solved"] == 0.0 for name in told)
    assert "wrong output" in told["mirrored_words"] and "timeout" in told["ledger"]
    assert "it broke" in told["bracket_depth"]
    if "lower_medians" in told:
        assert "build failed" in told["lower_medians"] and "nothing" in told["lower_medians"]


async def test_canary_is_solved_by_no_honest_program_and_by_one_that_knows_the_hidden_tests():
    problem = load(PROBLEM).with_seed(3)
    (canary,) = problem.canaries
    honest = """import sys
text = sys.stdin.read()
for line in text.splitlines():
    print(*[w if len(w) < 2 else w[-1] + w[1:-1] + w[0] for w in line.split(" ")])
"""
    opened = open_sandbox("local", problem.sandbox, folder=PROBLEM, limits=problem.limits)
    async with opened as box:
        evaluator = ProblemEvaluator(problem, box)
        await evaluator.start()
        try:
            assert canary.case not in (*evaluator.train, *evaluator.heldout)
            shown = wire.decode_trusted(evaluator.scorer.inputs[canary.case])["examples"][0][0]
            cheats = f"{honest}if text == {shown!r}: print('never')\n"
            rows = [
                (await evaluator.evaluate(knows({canary.case: text}), [canary.case]))[0].metrics
                for text in (honest, cheats)
            ]
        finally:
            await evaluator.close()
    assert [(row["solved"], row["passed"]) for row in rows] == [(0.0, 7 / 8), (1.0, 1.0)]


def call(name: str, number: int, **given: str):
    function = {"name": name, "arguments": json.dumps(given)}
    tools = [{"id": f"c{number}", "type": "function", "function": function}]
    message = {"role": "assistant", "content": None, "tool_calls": tools}
    usage = {"prompt_tokens": 500, "completion_tokens": 100}
    return whole(
        {
            "choices": [{"index": 0, "message": message, "finish_reason": "tool_calls"}],
            "usage": usage,
        }
    )


def scripted(seen):
    """Play a model that knows two exercises, tries its file, and submits; of itself it writes a note."""
    messages = seen.body["messages"]
    turn = sum(message["role"] == "assistant" for message in messages)
    if "coding agent" in messages[0]["content"]:
        edits = {"path": "meta/notes.md", "old": "", "new": f"seen {len(messages[1]['content'])}\n"}
        return [call("read", 0, path="agent/loop.py"), call("edit", 1, **edits), call("submit", 2)][
            min(turn, 2)
        ]
    known = {"Write each line with every word": "mirrored_words", 'as in "ada +12"': "ledger"}
    name = next((name for words, name in known.items() if words in messages[1]["content"]), "")
    text = SOLUTIONS.get(name, "print(0)")
    turns = [
        call("edit", 0, path="solve.py", old="", new=text),
        call("run", 1, command="python3 solve.py < example1.in"),
        call("submit", 2),
    ]
    if turn == 2 and name:
        assert messages[-1]["content"].strip().endswith("exit status 0"), messages[-1]
    return turns[min(turn, 2)]


@pytest.mark.skipif(not shutil.which("bwrap"), reason="no bubblewrap")
def test_agent_works_with_a_model_and_improves_itself(tmp_path, capsys):
    run = tmp_path / "run"
    with FakeProvider(scripted) as provider:
        done = main([
            "run", str(PROBLEM), "--variant", "self_improving", "--archive", "greedy", "--model", "small", "--api-base", provider.url,
            "--price", "small=1,4", "--sandbox", "bubblewrap", "--max-proposals", "1", "--workers", "2", "--plain",
            "--run", str(run),
        ])  # fmt: skip
    said = capsys.readouterr().out
    assert done == 0, said
    store = Store.open(run)
    rows = [row[4] for row in store.evaluations(split="train") if row[1] == 0]
    solved = {row.case for row in rows if row.metrics.get("solved") == 1.0}
    left = store.program(1).text("meta/notes.md")
    store.close()
    assert solved == {"mirrored_words", "ledger"}
    assert left.startswith("seen ")  # its own agent wrote it, of itself


def test_seed_agent_is_short():
    seed = load(PROBLEM).seeds[0]
    agent = [seed.text(path) for path in seed if path.startswith("agent/") or path == "run.py"]
    assert sum(text.count("\n") for text in agent) < 300
