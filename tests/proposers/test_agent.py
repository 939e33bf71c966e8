"""A command that edits a working copy, in a sandbox of its own, behind the proposer's seam."""

import sys
from dataclasses import replace

import pytest
from toy_world import ToyEvaluator, number, opened, problem, toy_run

from cladogen.errors import ConfigError
from cladogen.program import File, Program
from cladogen.proposal import Outcome
from cladogen.proposers.agent import AgentProposer
from cladogen.record.model_calls import StoredCalls
from cladogen.search.budget import Budget, Caps

AGENT = """
import json, os, pathlib, sys
assert "Get close to 3." in pathlib.Path("TASK.md").read_text()
assert not [name for name in os.environ if "KEY" in name], "a key is in the sandbox"
path = pathlib.Path("x.txt")
path.write_text(repr(float(path.read_text()) + 1.0) + "\\n")
pathlib.Path("__pycache__").mkdir()
pathlib.Path("__pycache__/left.pyc").write_text("left behind")
print("Idea: one more", file=sys.stderr)
print(json.dumps({"cost_usd": 0.25}), file=sys.stderr)
"""


def world(agent: str = AGENT):
    seed = Program.of({**number(0.0).files, "agent.py": File(agent.encode())})
    return replace(problem((seed,)), editable=("x.txt",))


async def run_agent(folder, caps: Caps, agent: str = AGENT, **options):
    store = opened(folder)
    made = world(agent)
    run = toy_run(store, caps, problem=made, evaluator=ToyEvaluator(), proposer=None)
    run.proposer = AgentProposer(
        made, budget=run.budget, calls=StoredCalls(store), command=f"{sys.executable} agent.py", time_s=20,
        sandbox="local", **options,
    )  # fmt: skip
    try:
        await run.search()
    finally:
        await run.proposer.close()
    return run


async def test_agents_edits_become_a_patch_and_its_cost_is_counted(tmp_path, monkeypatch):
    monkeypatch.setenv("SOME_API_KEY", "sk-very-secret-0123456789")
    run = await run_agent(tmp_path / "run", Caps(proposals=2))
    proposal = run.store.proposal(1)
    assert (
        proposal.summary == "one more" and "+1.0" in proposal.patch and "pyc" not in proposal.patch
    )
    assert (
        run.record.size() >= 2
        and run.budget.spend.usd == pytest.approx(0.5)
        and run.budget.spend.calls == 2
    )
    run.store.close()


async def test_agent_that_touches_what_is_read_only_is_refused(tmp_path):
    outside = "import pathlib\npathlib.Path('agent.py').write_text('pass')\n"
    run = await run_agent(tmp_path / "run", Caps(proposals=1), outside)
    assert run.store.proposal(1).code == "protected-file" and run.record.size() == 1
    run.store.close()


async def test_agent_that_fails_is_no_proposal_and_keeps_its_reservation(tmp_path):
    run = await run_agent(
        tmp_path / "run", Caps(failing=2, usd=1.0), "import sys\nsys.exit(3)\n", usd_each=0.1
    )
    rows = [row for row in run.store.results() if row["ticket"]]
    assert {row["outcome"] for row in rows} == {Outcome.NO_REPLY} and "agent ended" in rows[0][
        "reason"
    ]
    assert run.budget.spend.unpriced == 2 and run.budget.spend.held_usd == pytest.approx(0.2)
    run.store.close()


def test_agent_with_a_wrong_network_entry_is_a_mistake():
    with pytest.raises(ConfigError, match=r"'http://api\.example\.com': leave the scheme out"):
        AgentProposer(world(), budget=Budget(), command="agent", network="http://api.example.com")


def test_agent_without_a_command_is_a_mistake():
    with pytest.raises(ConfigError, match="command="):
        AgentProposer(world(), budget=Budget())
