"""Progress of long work: an estimate that does not lie, on a terminal only; plain lines elsewhere, nothing for programs."""

import io
import os
import pty
import re
import subprocess
import sys

import pytest

from cladogen.display.progress_bar import ProgressBar, time_left


class Terminal(io.StringIO):
    def isatty(self):
        return True


class Clock:
    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


def bar(stream, clock, total=10, **more):
    return ProgressBar("evaluate", "calls", total, stream=stream, now=clock, **more)


def test_estimate_of_even_work_is_what_is_left():
    for done in range(2, 10):
        assert time_left(done, 10, 3.0 * done, 3.0 * done) == pytest.approx(3.0 * (10 - done))


def test_estimate_counts_down_while_a_unit_is_in_hand():
    assert time_left(5, 10, 15.0, 17.0) == pytest.approx(13.0)


def test_estimate_grows_while_a_unit_takes_longer_than_those_before_it():
    """It is never a second for a minute."""
    late = [time_left(5, 10, 15.0, now) for now in (30.0, 60.0, 600.0)]
    assert late == sorted(late) and late[-1] == pytest.approx(400.0)


def test_nothing_is_promised_before_two_units_are_done():
    assert time_left(0, 10, 0.0, 60.0) is time_left(1, 10, 5.0, 60.0) is None


def test_terminal_shows_one_line_that_is_cleared_at_the_end():
    stream, clock = Terminal(), Clock()
    with bar(stream, clock) as made:
        for _ in range(4):
            clock.now += 2.0
            made.step()
    text = stream.getvalue()
    assert "4 of 10 calls, 8.0 s, about 12 s left" in text and "\n" not in text
    assert text.endswith("\r\x1b[2K")


def test_work_that_is_over_at_once_shows_nothing():
    stream, clock = Terminal(), Clock()
    with bar(stream, clock) as made:
        made.step(10)
    assert stream.getvalue() == ""


def test_log_file_gets_plain_lines_that_become_rarer():
    stream, clock = io.StringIO(), Clock()
    with bar(stream, clock, total=1000) as made:
        for _ in range(600):
            clock.now += 1.0
            made.step()
    lines = stream.getvalue().splitlines()
    assert lines[0] == "evaluate: 10 of 1000 calls, 10 s, about 16 min 30 s left"
    assert 5 <= len(lines) <= 10 and "\x1b" not in stream.getvalue()


def test_output_for_programs_gets_nothing():
    stream, clock = Terminal(), Clock()
    with bar(stream, clock, quiet=True) as made:
        for _ in range(10):
            clock.now += 60.0
            made.step()
    assert stream.getvalue() == ""


def test_line_that_is_said_stands_above_the_bar():
    stream, clock = Terminal(), Clock()
    with bar(stream, clock) as made:
        clock.now += 5.0
        made.step()
        made.say("building the image")
    assert "\r\x1b[2Kbuilding the image\n" in stream.getvalue()


def test_line_is_no_longer_than_the_terminal(monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    stream, clock = Terminal(), Clock()
    with bar(stream, clock) as made:
        clock.now += 5.0
        made.step()
    longest = max(map(len, re.split(r"\r\x1b\[2K", stream.getvalue())))
    assert 30 < longest < 40


SLOW = """
import time


def run(value):
    time.sleep(0.5)
    return 1.0
"""


def on_a_terminal(*command):
    """Run a command whose standard error is a terminal; return what it wrote there, and its standard output."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=theirs, text=True) as process:
        os.close(theirs)
        written = b""
        while True:
            try:
                piece = os.read(ours, 4096)
            except OSError:  # the end, as Linux says it
                break
            if not piece:
                break
            written += piece
        out = process.communicate(timeout=120)[0]
    os.close(ours)
    return written.decode(), out


@pytest.mark.slow
def test_evaluate_check_and_transfer_show_how_far_they_are(steps_problem):
    (steps_problem / "seed" / "a.py").write_text(SLOW)
    evolve = (sys.executable, "-m", "cladogen.cli.main")
    where = (str(steps_problem), "--sandbox", "local")
    seen, _ = on_a_terminal(
        *evolve, "evaluate", str(steps_problem), "seed", "--sandbox", "local", "--split", "all"
    )
    assert "evaluate: 1 of 3 calls" in seen and seen.rstrip().endswith("\x1b[2K")
    seen, out = on_a_terminal(*evolve, "check", *where, "--repeats", "2", "--faults", "0")
    assert re.search(r"check: \d of \d+ calls, .* about .* left", seen) and "seed" in out
    seen, out = on_a_terminal(*evolve, "check", *where, "--repeats", "2", "--faults", "0", "--json")
    assert seen == "" and out.startswith("{")
