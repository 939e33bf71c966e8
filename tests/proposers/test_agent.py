"""A command that edits a working copy, in a sandbox of its own, behind the proposer's seam."""

import sys
from dataclasses import replace

import pytest
from toy_world import ToyEvaluator, number, opened, problem, toy_run

from cladogen.errors import ConfigError, ModelError
from cladogen.program import File, Program
from cladogen.proposal import Outcome
from cladogen.proposers.agent import AgentProposer
from cladogen.proposers.agent_answer import printed_cost, read_answer
from cladogen.record.model_calls import StoredCalls
from cladogen.record.store import Store
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
    options = {"command": f"{sys.executable} agent.py", "notify": lambda text: None, **options}
    run.proposer = AgentProposer(
        made, budget=run.budget, calls=StoredCalls(store), time_s=20, sandbox="local",
        **options,
    )  # fmt: skip
    try:
        await run.search()
    except ModelError:
        store.close()
        raise
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
    rows = [row for row in run.store.results() if row.ticket]
    assert {row.outcome for row in rows} == {Outcome.NO_REPLY} and "agent ended" in rows[0].reason
    assert run.budget.spend.unpriced == 2 and run.budget.spend.held_usd == pytest.approx(0.2)
    run.store.close()


def test_agent_with_a_wrong_network_entry_is_a_mistake():
    with pytest.raises(ConfigError, match=r"'http://api\.example\.com': leave the scheme out"):
        AgentProposer(world(), budget=Budget(), command="agent", network="http://api.example.com")


def test_agent_without_a_command_is_a_mistake():
    with pytest.raises(ConfigError, match="command="):
        AgentProposer(world(), budget=Budget())


TALKER = """
import pathlib, sys
path = pathlib.Path("x.txt")
path.write_text("9.0\\\\n")
path.write_text("1.0\\\\n")
diff = "```diff\\\\n--- a/x.txt\\\\n+++ b/x.txt\\\\n@@ -1 +1 @@\\\\n-0.0\\\\n+9.0\\\\n```"
print("Idea: the draft\\\\n" + diff, file=sys.stderr)
print("It was worse; undone.\\\\nIdea: one is enough\\\\n" + diff)
"""


async def test_what_an_agent_prints_is_log_and_never_its_patch(tmp_path):
    run = await run_agent(tmp_path / "run", Caps(proposals=1), TALKER.replace("\\\\", "\\"))
    proposal = run.store.proposal(1)
    assert run.record.program(1).text("x.txt") == "1.0\n" and "9.0" not in proposal.patch
    assert proposal.summary == "one is enough" and "9.0" in proposal.reply  # the log can be read
    run.store.close()


LITTER = """
import os, pathlib
path = pathlib.Path("x.txt")
path.write_text(repr(float(path.read_text()) + 1.0) + "\\n")
for name in (".claude/settings.json", ".aider.chat.history.md", "x.txt.orig", "fix.patch", "node_modules/a/b.js",
             ".never_heard_of/state", "scratch.mine", ".git/config"):
    pathlib.Path(name).parent.mkdir(parents=True, exist_ok=True)
    pathlib.Path(name).write_text("left")
os.symlink("/etc/passwd", "node_modules/link")
"""


async def test_what_agents_leave_beside_their_work_is_left_out_and_said(tmp_path):
    notices = []
    run = await run_agent(
        tmp_path / "run", Caps(proposals=2), LITTER, leave_out="*.mine", notify=notices.append
    )
    assert set(run.record.program(1).files) == {"x.txt", "agent.py"}
    said = [line for line in notices if "left out of what the agent left" in line]
    assert len(said) == 1 and all(
        name in said[0]
        for name in (
            ".claude",
            ".aider.chat.history.md",
            "fix.patch",
            "node_modules",
            "scratch.mine",
        )
    )
    run.store.close()


async def test_leftover_that_the_user_keeps_is_judged_like_any_file(tmp_path):
    run = await run_agent(tmp_path / "run", Caps(proposals=1), LITTER, leave_out="!*.patch,*.mine")
    assert (
        run.store.proposal(1).code == "protected-file"
        and "fix.patch" in run.store.proposal(1).reason
    )
    run.store.close()


async def test_command_that_is_not_there_is_found_before_anything_is_measured(tmp_path):
    with pytest.raises(ModelError, match="no-such-agent: not in the local sandbox"):
        await run_agent(tmp_path / "run", Caps(proposals=5), command="no-such-agent -p {task}")
    store = Store.open(tmp_path / "run")  # the run is kept, and says why it ended
    assert "no-such-agent" in store.events("end")[-1].body["text"] and not [*store.proposals()]
    store.close()


async def test_reply_that_was_recorded_as_log_and_diff_in_one_is_read_by_its_diff(tmp_path):
    run = await run_agent(tmp_path / "run", Caps(proposals=1))
    call = StoredCalls(run.store).all()[0]
    old = replace(
        call.reply,
        text=f"Idea: x\\n```diff\\n-no\\n+edit\\n```\\n\\n\\n```diff\\n{call.reply.text}```\\n",
        reasoning="",
    )
    old = replace(old, text=old.text.replace("\\n", chr(10)))
    proposal = run.store.proposal(1)
    again = read_answer(proposal, old, call.cost, run.record.program(0), run.problem)
    assert again.patch == proposal.patch and again.summary == "x"
    run.store.close()


@pytest.mark.parametrize(
    "log, cost",
    [
        ('done\\n{"cost_usd": 0.12}\\n', 0.12),
        ('{"cost_usd": 0.12}\\nbye\\nbye\\nbye\\nbye', 0.12),
        ('{"type": "result", "total_cost_usd": 0.5, "result": "x"}', 0.5),
        ('{"cost_usd": -1}', None),
        ('{"cost_usd": true}\\n{', None),
        ("", None),
    ],
)
def test_cost_is_what_an_agent_printed_last(log, cost):
    assert printed_cost(log.replace("\\n", "\n")) == cost


@pytest.mark.parametrize("option", ["time_s", "memory_mb", "usd_each"])
@pytest.mark.parametrize("value", ["abc", "-1", "nan", "inf", "", None, [], True])
def test_odd_value_of_an_option_is_one_line(option, value):
    with pytest.raises(ConfigError, match=option):
        AgentProposer(world(), command="agent", **{option: value})


def test_command_that_cannot_be_split_is_one_line():
    with pytest.raises(ConfigError, match="No closing quotation"):
        AgentProposer(world(), command="agent 'oops")
