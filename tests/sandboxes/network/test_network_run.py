"""A run whose programs ask a model's host, and nothing else: from problem.toml to the record."""

import json
import shutil
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from cladogen.cli.main import main
from cladogen.record.store import Store

SCORER = """
from cladogen.scoring import Case
def cases(parameters):
    return [Case("a", "two and two"), Case("h", "three and three", "heldout")]
def score(case, output):
    return float(len(output[0])) - 10.0 * len(output[1])
"""
PROGRAM = """
import json, urllib.request
def ask(port, prompt):
    request = urllib.request.Request(f"http://127.0.0.1:{port}/v1", json.dumps(prompt).encode(), method="POST")
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)
def run(case):
    found = []
    for port in (PORT, 22, 80):
        try:
            found.append(ask(port, case))
        except OSError:
            pass
    return [found[0], found[1:]]
"""
TOML = """
[program]
editable = ["x.py"]
entry = "x.py:run"
[sandbox]
network = ["127.0.0.1:PORT"]
"""


class Model(BaseHTTPRequestHandler):
    def do_POST(self):
        prompt = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(f"you said: {prompt}").encode())

    def log_message(self, *words):
        pass


@pytest.fixture
def problem(tmp_path):
    with ThreadingHTTPServer(("127.0.0.1", 0), Model) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        port = str(server.server_address[1])
        folder = tmp_path / "mine"
        (folder / "seed").mkdir(parents=True)
        (folder / "problem.toml").write_text(TOML.replace("PORT", port))
        (folder / "scorer.py").write_text(SCORER)
        (folder / "seed" / "x.py").write_text(PROGRAM.replace("PORT", port))
        yield folder, port
        server.shutdown()


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("docker", marks=pytest.mark.docker),
        pytest.param(
            "bubblewrap",
            marks=pytest.mark.skipif(shutil.which("bwrap") is None, reason="no bubblewrap"),
        ),
    ],
)
def test_a_run_reaches_its_model_and_records_what_went_there(problem, tmp_path, capsys, name):
    folder, port = problem
    words = [
        "--sandbox",
        name,
        "--max-proposals",
        "1",
        "--workers",
        "1",
        "--plain",
        "--run",
        str(tmp_path / "run"),
    ]
    assert main(["run", str(folder), *words]) == 0
    assert (
        f"network   OPEN to 127.0.0.1:{port}; closed to every other host" in capsys.readouterr().out
    )
    store = Store.open(tmp_path / "run")
    rows = [row[4] for row in store.evaluations(split="train")]
    store.close()
    assert rows[0].metrics["score"] == len("you said: two and two")
    last = rows[0].log.splitlines()[-1]
    assert last.startswith(f"network: 127.0.0.1:{port} 1 connections, ")
    assert last.endswith("2 requests refused; not opened: 127.0.0.1:22, 127.0.0.1:80")
