"""The server's tools, called through the protocol itself."""

import re
import sys
from pathlib import Path

import pytest

from cladogen.cli.mcp import server
from cladogen.run_folder import create_run
from cladogen.settings import Settings

TOML = """
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
"""
SCORER = """
from cladogen.scoring import Case, Scored


def cases(parameters):
    return [Case("one", 1.0)]


def score(case, output):
    return Scored({"closeness": -abs(float(output) - 3.0)})
"""
REPLY = "Idea: go\n\n```diff\n--- a/x.py\n+++ b/x.py\n@@\n-    return 0.0\n+    return 2.0\n```\n"


@pytest.fixture
def folder(tmp_path) -> Path:
    problem = tmp_path / "problem"
    (problem / "seed").mkdir(parents=True)
    (problem / "problem.toml").write_text(TOML)
    (problem / "statement.md").write_text("Get to 3.\n")
    (problem / "scorer.py").write_text(SCORER)
    (problem / "seed" / "x.py").write_text("def run(case):\n    return 0.0\n")
    create_run(tmp_path / "run", problem, Settings(sandbox="local")).close()
    return tmp_path / "run"


def text(result) -> str:
    return "\n".join(part.text for part in result.content)


async def test_agent_drives_a_run_through_the_protocol(folder):
    from mcp import Client

    async with Client(server(folder)) as client:
        tools = {tool.name for tool in (await client.list_tools()).tools}
        assert tools == {"list", "best", "tree", "show", "diff", "ask", "tell", "steer"}
        asked = text(await client.call_tool("ask", {"asker": "robot"}))
        task = int(re.match(r"task (\d+)", asked)[1])
        assert "Get to 3." in asked and "return 0.0" in asked
        assert text(await client.call_tool("steer", {"wish": "Be bold."})) == "noted"
        told = text(await client.call_tool("tell", {"task": task, "reply": REPLY}))
        assert "outcome: accepted" in told and "best: True" in told
        assert "+    return 2.0" in text(await client.call_tool("diff", {}))
        assert "return 2.0" in text(await client.call_tool("best", {}))
        assert "#1" in text(await client.call_tool("tree", {}))
        assert "robot" in text(await client.call_tool("show", {"program": "#1"}))
        assert "Be bold." in text(await client.call_tool("ask", {}))


async def test_mistakes_are_results_marked_as_errors_that_say_what_is_wrong(folder):
    from mcp import Client

    mistakes = [
        ("tell", {"task": 99, "reply": REPLY}, "task 99 is not open"),
        ("show", {"program": "--json"}, "'--json' is no run and no program"),
        ("show", {"program": "#7"}, "no program '#7'"),
        ("tree", {"run": "/nowhere"}, "/nowhere"),
    ]
    async with Client(server(folder)) as client:
        for tool, given, why in mistakes:
            answer = await client.call_tool(tool, given)
            assert answer.is_error and why in text(answer), (tool, given)
        assert not (await client.call_tool("list", {})).is_error


async def test_command_speaks_the_protocol_over_standard_streams(folder):
    from mcp import Client, StdioServerParameters

    command = StdioServerParameters(
        command=sys.executable, args=["-m", "cladogen.cli.main", "mcp", str(folder)]
    )
    async with Client(command) as client:
        assert len((await client.list_tools()).tools) == 8
