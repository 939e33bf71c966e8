"""Tools that an agent writes for itself, an MCP server among them: part of the program, reachable in its sandbox only."""

import shutil
import socket
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from cladogen.view.run_reader import RunReader

SANDBOXES = [
    pytest.param(
        "bubblewrap", marks=pytest.mark.skipif(not shutil.which("bwrap"), reason="no bubblewrap")
    ),
    pytest.param("docker", marks=pytest.mark.docker),
]
TOML = """
[program]
editable = ["agent.py", "improve.py", "tools/**"]
entry = "agent.py:run"
improver = "improve.py:main"
[defaults]
proposer = "self_improve"
archive = "sequential"
[limits]
processes = 32
"""
SCORER = """
from cladogen.scoring import Case
def cases(parameters):
    return [Case(str(n), n, answer=2 * n) for n in (3, 4)]
def score(case, output):
    return float(output == case.answer)
"""
# An agent that asks the tool it has, over the protocol's HTTP, and guesses where it has none.
AGENT = """
import json, pathlib, subprocess, sys, time, urllib.request
def run(case):
    if not pathlib.Path("tools/double.py").exists():
        return case
    server = subprocess.Popen([sys.executable, "tools/double.py", "PORT"])
    ask = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "double", "arguments": {"n": case}}}
    for _ in range(200):
        try:
            request = urllib.request.Request("http://127.0.0.1:PORT/mcp", json.dumps(ask).encode())
            with urllib.request.urlopen(request, timeout=10) as answer:
                return json.load(answer)["result"]["structuredContent"]["result"]
        except OSError:
            time.sleep(0.05)
    server.kill()
"""
TOOL = """
import http.server, json, sys
class Server(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        told = {"structuredContent": {"result": 2 * asked["params"]["arguments"]["n"]}, "content": []}
        data = json.dumps({"jsonrpc": "2.0", "id": asked["id"], "result": told}).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)
    def log_message(self, *words): pass
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Server).serve_forever()
"""
IMPROVER = f"""
import pathlib
def main(task):
    folder = pathlib.Path("tools")
    if folder.exists():
        (folder / "notes.txt").write_text("known: " + ", ".join(sorted(p.name for p in folder.iterdir())))
    else:
        folder.mkdir()
        (folder / "double.py").write_text({TOOL!r})
    print("Idea: a tool of my own")
"""


@pytest.mark.parametrize("sandbox", SANDBOXES)
def test_tool_that_an_agent_writes_is_in_its_children_and_nobody_else_reaches_it(tmp_path, sandbox):
    seed = tmp_path / "mine" / "seed"
    seed.mkdir(parents=True)
    (tmp_path / "mine" / "problem.toml").write_text(TOML)
    (tmp_path / "mine" / "scorer.py").write_text(SCORER)
    with closing(socket.socket()) as taken:  # on this machine; in a sandbox its number is free
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        (seed / "agent.py").write_text(AGENT.replace("PORT", port))
        (seed / "improve.py").write_text(IMPROVER)
        evolve = str(Path(sys.executable).parent / "evolve")
        words = [
            "--sandbox",
            sandbox,
            "--proposer-option",
            f"sandbox={sandbox}",
            "--max-proposals",
            "2",
        ]
        done = subprocess.run(
            [evolve, "run", "mine", "--run", "r", "--workers", "1", "--plain", *words],
            check=False, capture_output=True, text=True, timeout=280, cwd=tmp_path,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        taken.setblocking(False)
        with pytest.raises(BlockingIOError):
            taken.accept()  # and nothing in a sandbox has come here
    with RunReader(tmp_path / "r") as run:
        assert [run.score(number).fitness for number in range(run.size)] == [0.0, 1.0, 1.0]
        assert "tools/double.py" in run.program(1).files
        assert run.program(2).text("tools/notes.txt") == "known: double.py"
