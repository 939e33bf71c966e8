"""Signals that ask for an end, answered by the innermost block that takes them."""

from __future__ import annotations

import asyncio
import contextlib
import math
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence

from cladogen.formatting import duration

INTERRUPTS = (signal.SIGINT, signal.SIGTERM)
ENDS = (*INTERRUPTS, signal.SIGHUP)
Answer = Callable[[signal.Signals], None]

SAME_S = 0.1  # within it, a signal that programs send is the one before
_answers: dict[signal.Signals, list[Answer]] = {number: [] for number in ENDS}  # innermost last
_asked: dict[signal.Signals, float] = {}  # when it was last answered


@contextlib.contextmanager
def answered_by(answer: Answer, signals: Sequence[signal.Signals] = INTERRUPTS) -> Iterator[None]:
    """Call ``answer`` in the running event loop for each of the signals while the block runs.

    Only the main thread gets signals; elsewhere the block runs as it is. A hang-up that the process
    was told to ignore (``nohup``) stays ignored.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    taken = list(filter(_wanted, signals))
    before = {number: signal.getsignal(number) for number in taken}
    for number in taken:
        _answers[number].append(answer)
        asyncio.get_running_loop().add_signal_handler(number, _ask, number)
    try:
        yield
    finally:
        for number in taken:
            _answers[number].pop()
            if not _answers[number]:
                asyncio.get_running_loop().remove_signal_handler(number)
                signal.signal(number, before[number] or signal.SIG_DFL)


def die(number: signal.Signals) -> None:
    """End this process by the signal itself; what it held is removed by those who watch over it."""
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)


def acknowledgement(times: int, awaited: str, grace_s: float) -> str:
    """Return what a person is told at once who has interrupted a run."""
    if times > 1:
        return "interrupted again: ending at once; --resume takes up what is in flight"
    return (
        f"interrupted: waiting for {awaited} ({duration(grace_s)} at most), then choosing what "
        "ships; once more: end at once"
    )


def _wanted(number: signal.Signals) -> bool:
    ignored = signal.getsignal(number) is signal.SIG_IGN
    return number is not signal.SIGHUP or not ignored


def _ask(number: signal.Signals) -> None:
    """Answer a signal once: timeout(1) of GNU coreutils sends its own to the process and then to
    the group that the process is in. A person who presses Ctrl-C twice means it.
    """
    now, before = time.monotonic(), _asked.get(number, -math.inf)
    _asked[number] = now
    if not _answers[number]:  # the block ended between the signal and this call
        signal.raise_signal(number)
    elif number is signal.SIGINT or now - before >= SAME_S:
        _answers[number][-1](number)
