"""A signal that comes before a command's event loop runs ends it with one line."""

import os
import signal
import subprocess
import sys

import pytest

MODULE = """
import time
from pathlib import Path
from cladogen.cli.which_run import nothing_left_when_refused
def add_parser(subparsers):
    subparsers.add_parser("begin")
def run(args):
    with nothing_left_when_refused(Path("runs/x")):
        Path("runs/x/problem").mkdir(parents=True)
        if WHOLE:
            Path("runs/x/run.db").touch()
        print("begun", flush=True)
        time.sleep(60)
"""
CODE = (
    # Who started the tests in the background, or by nohup, had these ignored.
    "import signal; signal.signal(signal.SIGHUP, signal.SIG_DFL); "
    "signal.signal(signal.SIGINT, signal.default_int_handler); "
    "import sys; from cladogen.cli.main import main; "
    "sys.exit(main(['begin'], {'begin': ('begin_slowly', '')}))"
)


@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_signal_before_the_search_is_said_and_leaves_a_whole_run_or_none(tmp_path, number, whole):
    (tmp_path / "begin_slowly.py").write_text(f"WHOLE = {whole}\n{MODULE}")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    command = subprocess.Popen(
        [sys.executable, "-c", CODE], cwd=tmp_path, env=environment, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert command.stdout.readline() == "begun\n"
    command.send_signal(number)
    _, said = command.communicate(timeout=60)
    assert said.startswith("evolve: interrupted") and said.count("\n") == 1
    assert command.returncode == 128 + number
    assert (tmp_path / "runs" / "x").exists() == whole


def test_signal_after_the_event_loop_is_said_too(tmp_path):
    code = (
        "import asyncio, signal, sys\n"
        "from cladogen.cli.outlets import EndedBySignal, ending_by_signals, outlets\n"
        "from cladogen.cli.until_done import until_done\n"
        "try:\n"
        "    with outlets(), ending_by_signals():\n"
        "        until_done(asyncio.sleep(0))\n"
        "        signal.raise_signal(signal.SIGTERM)\n"
        "except EndedBySignal as ended:\n"
        "    sys.exit(ended.exit_code)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (143, "evolve: interrupted (SIGTERM)\n")
