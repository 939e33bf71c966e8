"""Displays: what a terminal, a log and a program are shown, on real pseudo-terminals."""

import asyncio
import fcntl
import io
import json
import os
import pty
import re
import struct
import termios
from contextlib import contextmanager
from pathlib import Path

import pytest

from cladogen.archives.base import ArchiveView, Result, Standing
from cladogen.display.block import block_rows
from cladogen.display.json_lines import JsonLines
from cladogen.display.lines import HEARTBEAT_S, Plain, make_observer
from cladogen.display.live import Live
from cladogen.display.trend import sparkline
from cladogen.evaluation import Score, Status
from cladogen.events import Ending, Progress, Told
from cladogen.formatting import amount, duration, gain, printable
from cladogen.problem import Metric
from cladogen.program import File, Program
from cladogen.proposal import Outcome, Proposal
from cladogen.record.credit import Tally
from cladogen.search.budget import Spend, Stop
from cladogen.task import Propose

EXCESS = Metric("excess", "minimize", "%")
HEADER = [("problem", "online_bin_packing"), ("sandbox", "bubblewrap: strong")]


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.time = 0.0

    def __call__(self) -> float:
        return self.time


def told(number: int, excess: float | None, *, best: bool = False, summary: str = "") -> Told:
    status = Status.OK if excess is not None else Status.CRASH
    score = Score(
        status, None if excess is None else -excess, {} if excess is None else {"excess": excess}
    )
    result = Result(Propose(number, (0,)), Outcome.ACCEPTED, number, (0,), score, operator="mutate")
    standing = Standing.IMPROVED if best else Standing.REJECTED
    return Told(result, standing, Proposal(number, "mutate", (0,), summary=summary), best)


def progress() -> Progress:
    spend = Spend(evaluations=40, proposals=10, seconds=20.0)
    view = ArchiveView(12, 100, 12, (6, 6), 3, ())
    return Progress(
        folder=Path("runs/bins"), objective=EXCESS, spend=spend, programs=9, best=7, best_fitness=-3.125,
        seed_fitness=-5.375, noise=0.05, busy=2, slots=2, archive=view, seconds_left=40.0,
    )  # fmt: skip


def ending() -> Ending:
    seed = Program.of({"a.py": File(b"x = 1\n"), "driver.py": File(b"pass\n")})
    return Ending(
        Stop("seconds", "budget: 60 seconds used, of 60"),
        None,
        seed.replace({"a.py": b"x = 2\x1b[2J\n"}),
        seed,
    )


@contextmanager
def terminal(columns: int = 80):
    """A pseudo-terminal: yields its stream and a function that returns what was written to it so far."""
    controller, device = pty.openpty()
    fcntl.ioctl(device, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    os.set_blocking(controller, False)
    written = []

    def seen() -> str:
        stream.flush()
        try:
            while data := os.read(controller, 65536):
                written.append(data)
        except BlockingIOError:
            pass
        return b"".join(written).decode()

    seen.descriptor = controller
    stream = os.fdopen(device, "w", encoding="utf-8")
    try:
        yield stream, seen
    finally:
        stream.close()
        os.close(controller)


@pytest.fixture(autouse=True)
def colours(monkeypatch):
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")


def drive(observer, clock: Clock, results: int, step_s: float, seen=lambda: "") -> None:
    observer.begin(HEADER)
    for number in range(1, results + 1):
        clock.time += step_s
        observer.told(
            told(number, 4.0, best=number % 50 == 1, summary="less \x1b[31mwaste"), progress
        )
        if number % 50 == 0:
            seen()


def test_terminal_gets_a_live_block_and_is_given_back_as_it_was():
    clock = Clock()
    with terminal() as (stream, seen):
        observer = Live(stream, clock)
        drive(observer, clock, 3, 1.0)
        observer.notice("a difference is flagged")
        observer.end(ending(), progress)
        observer.close()
        text = seen()
    block = (
        "#7, on the training cases: excess 3.125 %, seed 5.375 %",
        "12 of 100 cells filled",
        "islands 6 6",
        "2 of 2 workers",
        "40 s left",
    )
    for part in (*block, "flagged", "evolve run --resume runs/bins --max-seconds MORE", "x = 2"):
        assert part in text, part
    assert text.rindex("\x1b[?25h") > text.rindex("\x1b[?25l")  # the cursor is shown again
    assert "\x1b[2J" not in text and "\x1b[31mwaste" not in text


def test_many_results_a_second_scroll_by_as_sums():
    clock = Clock()
    with terminal() as (stream, seen):
        observer = Live(stream, clock)
        drive(observer, clock, 6000, 1 / 300, seen)
        observer.close()
        text = seen()
    assert text.count(" mutate ") < 6000 / 50 + 20  # the improvements, and the first few
    assert "results: " in text
    assert (
        text.count("workers busy") <= 20 * 4 + 6000 / 50 + 20
    )  # four a second, and below each printed line


def test_no_colour_is_honoured(monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    clock = Clock()
    with terminal() as (stream, seen):
        observer = Live(stream, clock)
        drive(observer, clock, 2, 1.0)
        observer.end(ending(), progress)
        text = seen()
    assert "\x1b[32m" not in text and ";32m" not in text and "\x1b[31m" not in text


@pytest.mark.parametrize("columns", [1, 10, 40, 200])
def test_block_fits_a_terminal_of_any_width(columns):
    clock = Clock()
    with terminal(columns) as (stream, seen):
        observer = Live(stream, clock)
        drive(observer, clock, 3, 1.0)
        lines = observer._console.render_lines(observer._lines(progress()))
        observer.end(ending(), progress)
        seen()
    assert all(sum(segment.cell_length for segment in line) <= columns for line in lines)
    assert len(lines) <= 8


def test_terminal_that_is_resized_while_it_runs_goes_on():
    clock = Clock()
    with terminal(100) as (stream, seen):
        observer = Live(stream, clock)
        drive(observer, clock, 3, 1.0)
        fcntl.ioctl(stream.fileno(), termios.TIOCSWINSZ, struct.pack("HHHH", 5, 30, 0, 0))
        clock.time += 10
        observer.told(told(9, 4.0), progress)
        observer.close()
        assert "best" in seen()


def test_block_is_drawn_while_nothing_is_told():
    async def wait_for_a_frame() -> str:
        with terminal() as (stream, seen):
            observer = Live(stream)
            observer.begin(HEADER)
            observer.told(told(1, 4.0), progress)
            written = asyncio.Event()
            asyncio.get_running_loop().add_reader(seen.descriptor, written.set)
            while "workers busy" not in seen():
                written.clear()
                await written.wait()
            asyncio.get_running_loop().remove_reader(seen.descriptor)
            observer.close()
            return seen()

    assert "workers busy" in asyncio.run(asyncio.wait_for(wait_for_a_frame(), 10))


def test_plain_lines_show_header_improvements_heartbeat_and_ending():
    clock, stream = Clock(), io.StringIO()
    observer = Plain(stream, clock)
    drive(observer, clock, 100, HEARTBEAT_S / 40)
    observer.end(ending(), progress)
    lines = stream.getvalue().splitlines()
    assert lines[0] == "problem   online_bin_packing"
    assert sum(line.startswith(("seed", "better")) for line in lines) == 2
    assert sum(line.startswith("running") for line in lines) == 2
    assert any(
        line.startswith("best ") and "better by 2.25 %, 45.0 x noise" in line for line in lines
    )
    assert lines[-1].startswith("next") and "\x1b" not in stream.getvalue()


def test_every_line_that_names_the_best_program_says_that_it_is_so_on_the_training_cases():
    clock, stream = Clock(), io.StringIO()
    observer = Plain(stream, clock)
    drive(observer, clock, 100, HEARTBEAT_S / 40)
    observer.end(ending(), progress)
    named = [line for line in stream.getvalue().splitlines() if re.search(r"best +#7", line)]
    assert {line.split()[0] for line in named} == {"running", "best"}
    assert all("best #7, on the training cases: " in " ".join(line.split()) for line in named)
    assert block_rows(progress(), Tally(), "")["best"].startswith("#7, on the training cases: ")


async def test_nothing_is_said_to_be_running_after_the_last_lines_of_a_run():
    stream = io.StringIO()
    observer = Plain(stream, heartbeat_s=0.001)
    observer.begin(HEADER)
    observer.told(told(1, 4.0), progress)
    while "running" not in stream.getvalue():  # noqa: ASYNC110
        await asyncio.sleep(0.001)
    observer.end(ending(), progress)
    before = stream.getvalue()
    await asyncio.sleep(0.05)  # it is closed only when everything else is
    assert stream.getvalue() == before
    observer.close()


def test_json_lines_are_objects_with_the_objective_in_its_own_sign():
    clock, stream = Clock(), io.StringIO()
    observer = JsonLines(stream)
    drive(observer, clock, 2, 1.0)
    observer.end(ending(), progress)
    objects = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [each["event"] for each in objects] == ["begin", "told", "told", "end"]
    assert objects[1]["metrics"] == {"excess": 4.0}
    assert (objects[-1]["best_value"], objects[-1]["stop"]["kind"]) == (3.125, "seconds")


def test_observer_fits_the_stream():
    with terminal() as (stream, _):
        assert isinstance(make_observer(stream=stream), Live)
        assert isinstance(make_observer(stream=stream, plain=True), Plain)
    assert isinstance(make_observer(stream=io.StringIO()), Plain)
    assert isinstance(make_observer(stream=io.StringIO(), json=True), JsonLines)


def test_text_of_a_program_cannot_steer_the_terminal():
    hostile = "a\x1b[31mb\x1b]0;title\x07c\x9bd\x00e\u202ef\rg\ud800\x1bPq\x1b\\h\ti\n"
    assert printable(hostile) == "abcdef\ngh\ti\n"


def test_numbers_are_put_in_words():
    assert amount(EXCESS, -3.125) == "3.125 %"
    assert gain(EXCESS, 2.25, 0.05) == "better by 2.25 %, 45.0 x noise"
    assert gain(EXCESS, 0.05, 0.05) == "better by 0.05 %, within the noise of 0.05 %"
    assert [duration(s) for s in (0.42, 12, 200, 7500)] == [
        "0.4 s",
        "12 s",
        "3 min 20 s",
        "2 h 05 min",
    ]


def test_trend_rises_with_each_improvement():
    line = sparkline([(0.0, 1.0), (5.0, 2.0)], now=10.0, width=10)
    assert line == "▁▁▁▁█████" + "█"
    assert sparkline([(0.0, 1.0)], now=10.0) == ""
