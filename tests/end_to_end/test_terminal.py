"""A whole run on a real terminal: the display, Ctrl-C, and the terminal afterwards."""

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time
from pathlib import Path

import pytest

DEADLINE_S = 120


class Session:
    """A command on a pseudo-terminal of its own."""

    def __init__(self, argv: list[str], folder) -> None:
        self.text = ""
        self.terminal, device = pty.openpty()
        fcntl.ioctl(device, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
        environment = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "cladogen.cli.main", *argv], cwd=folder, start_new_session=True,
            stdin=device, stdout=device, stderr=device, env=environment | {"TERM": "xterm-256color"},
        )  # fmt: skip
        os.close(device)

    def wait_for(self, words: str) -> None:
        deadline = time.monotonic() + DEADLINE_S
        while words not in self.text:
            assert time.monotonic() < deadline and self._read(), (
                f"no {words!r} in: {self.text[-2000:]}"
            )

    def end(self) -> int:
        while self._read():
            pass
        return self.process.wait(DEADLINE_S)

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self.terminal)

    def _read(self) -> bool:
        if not select.select([self.terminal], [], [], DEADLINE_S)[0]:
            return False
        try:
            data = os.read(self.terminal, 65536)
        except OSError:  # how Linux says that the other side has gone
            return False
        self.text += data.decode(errors="replace")
        return bool(data)


@pytest.fixture
def seen_by_all():
    """A folder that programs see which run as another user, as root's do where they can."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        yield Path(folder)


@pytest.fixture
def session(tmp_path, steps_problem):
    made = []

    def start(*more: str) -> Session:
        made.append(Session(["run", str(steps_problem), "--sandbox", "local", *more], tmp_path))
        return made[-1]

    yield start
    for each in made:
        each.close()


def test_ctrl_c_ends_a_run_with_its_last_lines_and_gives_the_terminal_back(session):
    run = session()
    run.wait_for("workers busy")
    run.process.send_signal(signal.SIGINT)
    assert run.end() == 130
    assert "interrupted" in run.text and "evolve run --resume runs/steps" in run.text
    assert run.text.rindex("\x1b[?25h") > run.text.rindex("\x1b[?25l")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupt_is_acknowledged_at_once_with_what_is_still_awaited(
    session, steps_problem, seen_by_all, number
):
    go = seen_by_all / "go"
    waits = f"import os, time\n\n\ndef run(x):\n    while not os.path.exists({str(go)!r}):\n"
    (steps_problem / "seed" / "a.py").write_text(f"{waits}        time.sleep(0.01)\n    return 5\n")
    with (steps_problem / "problem.toml").open("a") as file:
        file.write("\n[limits]\ntime_s = 100\n")
    run = session("--plain", "--workers", "1")
    run.wait_for("kernels")  # the last line of the header: a search waits for its signals
    run.process.send_signal(number)
    run.wait_for("interrupted: waiting for the seed programs")
    assert "ended" not in run.text
    go.touch()
    assert run.end() == 130
    assert "ended     interrupted" in run.text


def test_terminate_sent_to_the_process_and_to_its_group_is_one_and_what_ships_is_chosen(
    session, steps_problem
):
    (steps_problem / "seed" / "a.py").write_text(
        "import time\n\n\ndef run(x):\n    time.sleep(1)\n    return 5\n"
    )
    run = session("--plain", "--workers", "1")
    run.wait_for("seed      #0")
    for _ in range(2):  # as timeout(1) does
        run.process.send_signal(signal.SIGTERM)
        time.sleep(0.02)
    assert run.end() == 130
    assert "ending at once" not in run.text and "ships" in run.text


def test_second_interrupt_ends_a_run_at_once_and_says_so(session, steps_problem):
    (steps_problem / "seed" / "a.py").write_text(
        "import time\n\n\ndef run(x):\n    time.sleep(1000)\n"
    )
    with (steps_problem / "problem.toml").open("a") as file:
        file.write("\n[limits]\ntime_s = 2000\n")
    run = session("--plain", "--workers", "1")
    run.wait_for("kernels")  # the last line of the header: a search waits for its signals
    run.process.send_signal(signal.SIGINT)
    run.wait_for("once more: end at once")
    run.process.send_signal(signal.SIGINT)
    run.wait_for("ending at once")
    assert run.end() == 130


def test_run_that_ends_shows_the_winner_and_what_to_do_next(session):
    run = session("--max-proposals", "30", "--workers", "1")
    assert run.end() == 0
    for part in (
        "sandbox",
        "NOT CONTAINED",
        "a.py",
        "held-out",
        "verdict",
        "evolve tree runs/steps",
        "#0      seed",
    ):
        assert part in run.text, part
