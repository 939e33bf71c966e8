"""Readers that go away, at every line of both streams: a command ends as Unix tools do, and leaves nothing behind."""

import io
import json
import os
import signal
import subprocess
import sys

import pytest
from orphans import adopted, command_line, descendants

from cladogen.cli.main import main

EVOLVE = [sys.executable, "-m", "cladogen.cli.main"]
GONE = 141
DEADLINE_S = 120
LOOKING = [
    "list",
    "list --proposals",
    "tree --all",
    "show",
    "show 3",
    "stats",
    "best",
    "diff",
    "git",
    "list --json",
]


class Leaving(io.StringIO):
    """A stream whose reader leaves after some writes."""

    def __init__(self, writes: int) -> None:
        super().__init__()
        self.left = writes

    def write(self, text: str) -> int:
        if self.left == 0:
            raise BrokenPipeError(32, "Broken pipe")
        self.left -= 1
        return super().write(text)


def with_streams(monkeypatch, argv, out, err) -> int:
    with monkeypatch.context() as patched:
        patched.setattr(sys, "stdout", out)
        patched.setattr(sys, "stderr", err)
        return main(argv)


@pytest.mark.parametrize("command", ["--help", "run --help", *LOOKING])
def test_command_that_looks_ends_at_any_line(small_run, monkeypatch, command):
    monkeypatch.chdir(small_run.parent.parent)
    argv = command.split()
    whole = Leaving(10**9)
    assert with_streams(monkeypatch, argv, whole, io.StringIO()) == 0
    for writes in range(10**9 - whole.left):
        errors = io.StringIO()
        assert with_streams(monkeypatch, argv, Leaving(writes), errors) == GONE
        assert errors.getvalue() == ""


@pytest.mark.parametrize(
    ("argv", "code"), [(["show", "nothing"], 2), (["lst"], 2), (["show", "ships"], 0)]
)
def test_error_that_nobody_reads_keeps_its_exit_code(small_run, monkeypatch, argv, code):
    monkeypatch.chdir(small_run.parent.parent)
    assert with_streams(monkeypatch, argv, io.StringIO(), Leaving(0)) == code


def test_full_disk_behind_standard_output_is_one_line(small_run, monkeypatch):
    monkeypatch.chdir(small_run.parent.parent)
    errors = io.StringIO()
    with open("/dev/full", "w", buffering=1) as full:
        assert with_streams(monkeypatch, ["tree"], full, errors) == 2
    assert errors.getvalue().count("\n") == 1 and "No space left" in errors.getvalue()


@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-"])
def test_streams_that_are_closed_from_the_start_are_nowhere(small_run, closed):
    done = subprocess.run(
        ["bash", "-c", f"{' '.join(EVOLVE)} tree {small_run} {closed}"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


def begin(folder, problem, *more: str) -> subprocess.Popen:
    argv = ["run", str(problem), "--sandbox", "local", "--max-seconds", "60", "--plain", *more]
    return subprocess.Popen(
        [*EVOLVE, *argv], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def resumed(folder) -> dict:
    """Run the same command to a near end, and return its last line."""
    argv = [
        "run",
        "--resume",
        "runs/steps",
        "--max-proposals",
        "1000000",
        "--max-seconds",
        "1000",
        "--json",
    ]
    with subprocess.Popen([*EVOLVE, *argv], cwd=folder, stdout=subprocess.PIPE, text=True) as run:
        for line in run.stdout:
            if json.loads(line)["event"] == "told":
                run.send_signal(signal.SIGINT)
                break
        last = run.stdout.read().splitlines()[-1]
        assert run.wait(DEADLINE_S) == 130
    return json.loads(last)


@pytest.mark.slow
@pytest.mark.parametrize("lines", [0, 1, 5, 8, 9, 10])
def test_run_whose_reader_goes_away_ends_without_a_trace_and_can_be_resumed(
    tmp_path, steps_problem, lines
):
    with adopted() as before:
        process = begin(tmp_path, steps_problem)
        for _ in range(lines):
            process.stdout.readline()
        process.stdout.close()
        assert process.wait(DEADLINE_S) == GONE
        left = {pid: command_line(pid) for pid in descendants() - before}
    assert left == {}
    assert resumed(tmp_path)["event"] == "end"


@pytest.mark.slow
def test_run_on_a_terminal_that_is_closed_ends_without_a_trace(tmp_path, steps_problem):
    controller, device = os.openpty()
    argv = [*EVOLVE, "run", str(steps_problem), "--sandbox", "local", "--max-seconds", "100"]
    # The first terminal that the leader of a session opens is the one it is told of when it closes.
    on_it = f'exec "$@" <{os.ttyname(device)} >{os.ttyname(device)} 2>&1'
    environment = {**os.environ, "TERM": "xterm"}
    with adopted() as before:
        process = subprocess.Popen(
            ["bash", "-c", on_it, "bash", *argv],
            cwd=tmp_path,
            env=environment,
            start_new_session=True,
        )
        seen = b""
        while b"workers busy" not in seen:
            seen += os.read(controller, 65536)
        os.close(device)
        os.close(controller)
        assert process.wait(DEADLINE_S) in (GONE, 128 + signal.SIGHUP)
        left = {pid: command_line(pid) for pid in descendants() - before}
    assert left == {}


SERVERS = {"view": ["view", "--no-open"], "mcp": ["mcp"]}
ASK = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {
        "protocolVersion": "2024-11-05",
        "capabilities": {},
        "clientInfo": {"name": "a", "version": "1"},
    },
}


@pytest.mark.parametrize("command", SERVERS)
def test_server_that_has_nothing_to_say_ends_when_its_reader_goes(small_run, command):
    with subprocess.Popen(
        [*EVOLVE, *SERVERS[command], str(small_run)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as server:
        if command == "mcp":
            server.stdin.write(json.dumps(ASK) + "\n")
            server.stdin.flush()
        assert server.stdout.readline()
        server.stdout.close()
        assert server.wait(DEADLINE_S) == GONE


@pytest.mark.slow
def test_watching_a_run_that_is_silent_ends_when_the_reader_goes(tmp_path, steps_problem):
    with begin(tmp_path, steps_problem) as run:
        for line in run.stdout:
            if line.startswith("seed"):
                break
        with subprocess.Popen(
            [*EVOLVE, "watch", "runs/steps"], cwd=tmp_path, stdout=subprocess.PIPE, text=True
        ) as watching:
            assert watching.stdout.readline()
            run.send_signal(signal.SIGSTOP)  # so that there is nothing to print
            watching.stdout.close()
            assert watching.wait(DEADLINE_S) == GONE
        run.send_signal(signal.SIGCONT)
        run.send_signal(signal.SIGKILL)
        run.wait(DEADLINE_S)


@pytest.mark.slow
def test_run_that_is_silent_ends_when_its_reader_goes(tmp_path, steps_problem):
    slow = "import time\ndef run(x):\n    time.sleep(1000)\n    return 5\n"
    (steps_problem / "seed" / "a.py").write_text(slow)
    with (steps_problem / "problem.toml").open("a") as settings:
        settings.write("\n[limits]\ntime_s = 1000\n")
    with begin(tmp_path, steps_problem) as run:
        for line in run.stdout:
            if line.startswith("cases"):
                break
        run.stdout.close()
        assert run.wait(DEADLINE_S) == GONE
