"""The skill for coding agents: in the open form, and every step of it works as written."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

FOLDER = Path(__file__).parents[2] / "docs" / "skills" / "evolve-with-cladogen"
TEXT = (FOLDER / "SKILL.md").read_text()
LOCAL = ("check", "evaluate", "verify")  # commands that open a sandbox: the test says which
LINE = re.compile(r"    return -distance \+ (\S+) \* centre \* share")


def test_head_of_the_skill_is_in_the_open_form():
    head = yaml.safe_load(TEXT.split("---\n")[1])
    assert head["name"] == FOLDER.name and re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", head["name"])
    assert len(head["name"]) <= 64 and 1 <= len(head["description"]) <= 1024
    assert set(head) <= {
        "name",
        "description",
        "license",
        "compatibility",
        "metadata",
        "allowed-tools",
    }
    assert len(TEXT.splitlines()) < 500


def blocks() -> list[str]:
    """Return what the skill has run in a shell, block by block."""
    return re.findall(r"```sh\n(.*?)```", TEXT, re.DOTALL)


def shell(text: str, folder: Path) -> str:
    """Run a block as it stands, but for the sandbox."""
    named = re.sub(rf"^(evolve (?:{'|'.join(LOCAL)}) .*)$", r"\1 --sandbox local", text, flags=re.M)
    environment = {**os.environ, "HOME": str(folder), "XDG_CONFIG_HOME": str(folder / "config")}
    environment["PATH"] = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", named], cwd=folder, env=environment, text=True,
        capture_output=True, timeout=280, check=False,
    )  # fmt: skip
    assert done.returncode == 0, named + done.stdout + done.stderr
    return done.stdout


def reply(prompt: str, weight: str) -> str:
    """Return a reply that gives the program of a prompt, which is the first one shown, a weight."""
    before = LINE.search(prompt)[0]
    after = f"    return -distance + {weight} * centre * share"
    diff = f"```diff\n--- a/tour.py\n+++ b/tour.py\n@@\n-{before}\n+{after}\n```\n"
    return f"Idea: the middle counts, by {weight}.\n\n{diff}"


def said(result) -> str:
    return "\n".join(part.text for part in result.content)


@pytest.mark.timeout(900)
async def test_skill_is_followed_from_the_metric_to_the_signed_report(tmp_path):
    """The blocks run in their order; step 4 is done through `evolve mcp`, as a process of its own."""
    from mcp import Client, StdioServerParameters

    make, check, freeze, look, hand_over = blocks()
    shell(make, tmp_path)
    toml = tmp_path / "mine" / "problem.toml"
    toml.write_text(toml.read_text() + '\n[defaults]\nsandbox = "local"\n')
    assert "refused all" in shell(check, tmp_path)
    shell(freeze, tmp_path)
    served = StdioServerParameters(
        command=sys.executable, args=["-m", "cladogen.cli.main", "mcp", "mine"], cwd=str(tmp_path)
    )
    async with Client(served) as client:
        tools = {tool.name for tool in (await client.list_tools()).tools}
        for name in re.findall(r"`(\w+)`", TEXT[TEXT.index("## 4") : TEXT.index("## 5")]):
            assert name in tools | {"mine"}, f"the skill names {name}, which is no tool"
        for weight in ("-1.0", "-2.0", "nothing", "3.0"):
            asked = said(await client.call_tool("ask", {"asker": "robot"}))
            task = int(re.match(r"task (\d+)", asked)[1])
            answer = {"task": task, "reply": reply(asked, weight)}
            told = said(await client.call_tool("tell", answer))
            if weight == "nothing":  # the program fails: mended, in the same task
                assert "open: True" in told and "NameError" in told
                answer["reply"] = reply(told, "0.5")
                told = said(await client.call_tool("tell", answer))
            assert re.search("outcome: (accepted|duplicate)", told) and "open: False" in told, told
        assert "tour.py" in said(await client.call_tool("diff", {}))
        assert "robot" in said(await client.call_tool("show", {"program": "#1"}))
    found = shell(look, tmp_path)
    assert "mine/scorer.py: OK" in found and found.count("length") >= 3
    assert "signed" in shell(hand_over, tmp_path)
    assert (tmp_path / "best" / "tour.py").is_file()


def test_scorer_that_was_changed_after_it_was_frozen_is_found(tmp_path):
    shell(blocks()[0] + blocks()[2], tmp_path)
    with (tmp_path / "mine" / "scorer.py").open("a") as scorer:
        scorer.write("# easier\n")
    with pytest.raises(AssertionError, match="FAILED"):
        shell(blocks()[3].splitlines()[0], tmp_path)
