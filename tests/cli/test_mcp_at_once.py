"""`evolve mcp` over its real transport, standard input and output, with many calls at once."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cladogen.cli.main import main

EVOLVE = (sys.executable, "-m", "cladogen.cli.main")
AGE = re.compile(r" +[0-9.]+ (?:s|minutes|hours)$", re.MULTILINE)  # in list, of a run
TOOLS = ("list", "best", "tree", "show", "diff")
HELLO = {
    "protocolVersion": "2025-06-18",
    "capabilities": {},
    "clientInfo": {"name": "test", "version": "1"},
}


class Session:
    """The protocol by hand: what a client library would skip over, such as a line that is no
    message, fails here.
    """

    def __init__(self, folder: Path, run: Path) -> None:
        self._server = subprocess.Popen(
            [*EVOLVE, "mcp", str(run)], cwd=folder, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip
        self._number = 0
        self.answers([("initialize", HELLO)])
        self._write({"method": "notifications/initialized"})

    def close(self) -> None:
        self._server.communicate(timeout=60)

    def call(self, *tools: str, **arguments: str) -> list[str]:
        """Call the tools, all at once, and return their texts in that order."""
        asked = [("tools/call", {"name": tool, "arguments": arguments}) for tool in tools]
        texts = [answer["result"]["content"][0]["text"] for answer in self.answers(asked)]
        return [AGE.sub("", text) for text in texts]

    def answers(self, asked: list[tuple[str, dict]]) -> list[dict]:
        first = self._number
        for method, params in asked:
            self._write({"id": self._number, "method": method, "params": params})
            self._number += 1
        lines = [json.loads(self._server.stdout.readline()) for _ in asked]
        found = {line["id"]: line for line in lines}
        assert sorted(found) == list(range(first, self._number))
        return [found[number] for number in range(first, self._number)]

    def _write(self, message: dict) -> None:
        self._server.stdin.write(json.dumps({"jsonrpc": "2.0"} | message) + "\n")
        self._server.stdin.flush()


@pytest.fixture
def session(tmp_path, steps_problem, monkeypatch, capsys) -> Iterator[Session]:
    monkeypatch.chdir(tmp_path)
    few = ("--max-proposals", "4", "--workers", "1", "--sandbox", "local", "--plain")
    assert main(["run", "steps", *few]) == 0
    capsys.readouterr()
    session = Session(tmp_path, tmp_path / "runs" / "steps")
    yield session
    session.close()


def test_ten_calls_at_once_each_get_their_own_answer(session):
    alone = [session.call(tool)[0] for tool in TOOLS]
    assert len(set(alone)) == len(TOOLS) and all(alone)
    for _ in range(5):
        assert session.call(*TOOLS, *TOOLS) == [*alone, *alone]


def test_calls_at_once_are_answered_while_a_run_goes_on(session, tmp_path):
    more = ("--max-proposals", "40", "--sandbox", "local", "--plain")
    with subprocess.Popen(
        [*EVOLVE, "run", "steps", *more], cwd=tmp_path, stdout=subprocess.DEVNULL
    ) as run:
        while run.poll() is None:
            listed, best, tree, shown, diff = session.call(*TOOLS)
            assert listed.startswith("run ") and "steps" in listed
            assert "#0" in tree and best and shown.startswith("#")
            assert diff.startswith("diff --git")
    assert run.returncode == 0
