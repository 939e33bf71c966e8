"""Standard output and error that outlive their readers.

A reader may go away at any line (``| head``, a closed terminal). A command that only prints ends
there, as Unix tools do. One that runs an event loop must first give back what it holds: for it the
rest is written to nowhere, and `calling_when_gone` says when. One that may be silent for long asks
the kernel (`Lookout`), which knows of a reader that has gone before anything is written.
"""

from __future__ import annotations

import contextlib
import errno
import os
import select
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TextIO

GONE = {errno.EPIPE, errno.EIO, errno.ENXIO, errno.EBADF}  # EIO: of a terminal that is closed
BROKEN_PIPE = 141  # what a shell says of a tool that SIGPIPE ended


class OutputLost(Exception):  # noqa: N818  (an end, not an error of anybody's)
    """Nothing more can be written: the reader has gone, or the disk is full."""

    def __init__(self, cause: OSError) -> None:
        super().__init__(str(cause))
        self.cause = cause

    @property
    def by_reader(self) -> bool:
        return self.cause.errno in GONE


class EndedBySignal(BaseException):
    """A command was ended by a signal, and what it held is given back."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.exit_code = 128 + number


class Outlet:
    """A stream whose reader may go away; everything else is the stream's own."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream
        self.lost: OutputLost | None = None
        self.when_gone: Callable[[OutputLost], None] | None = None

    def write(self, text: str) -> int:
        self._attempt(lambda: self.stream.write(text))
        return len(text)

    def writelines(self, lines: list[str]) -> None:
        self.write("".join(lines))

    def flush(self) -> None:
        self._attempt(self.stream.flush)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)

    def _attempt(self, action: Callable[[], object]) -> None:
        if self.lost is not None:
            return
        try:
            action()
        except OSError as error:
            self.lose(error)

    def lose(self, error: OSError) -> None:
        """Write nothing more, and say so to whoever waits for it; raises OutputLost when nobody
        does.
        """
        if self.lost is not None:
            return
        self.lost = OutputLost(error)
        _drop(self.stream)
        if self.when_gone is None:
            raise self.lost from None
        self.when_gone(self.lost)


class Lookout:
    """Waits for the reader of a stream to go away: a pipe, a socket or a terminal that is closed at
    its other end.
    """

    def __init__(self, streams: Sequence[TextIO]) -> None:
        self._events = select.epoll()
        self._watched: dict[int, Outlet] = {}
        for stream in streams:
            if isinstance(stream, Outlet):
                # A file has no reader; what a program put in its place may have no descriptor.
                with contextlib.suppress(OSError, ValueError, AttributeError):
                    self._events.register(stream.fileno(), 0)
                    self._watched[stream.fileno()] = stream

    def fileno(self) -> int:
        """Return what becomes readable when a reader goes away."""
        return self._events.fileno()

    def look(self, timeout_s: float = 0.0) -> None:
        """Wait for ``timeout_s`` seconds at most, and lose the streams whose readers have gone;
        raises OutputLost where nobody else waits for that.
        """
        for descriptor, event in self._events.poll(timeout_s):
            if event & (select.EPOLLERR | select.EPOLLHUP):
                # A child that has the stream, too, would keep it in sight when it is dropped here.
                with contextlib.suppress(OSError):  # it may be another stream by now
                    self._events.unregister(descriptor)
                self._watched.pop(descriptor).lose(OSError(errno.EPIPE, os.strerror(errno.EPIPE)))

    def close(self) -> None:
        self._events.close()


@contextlib.contextmanager
def lookout(*streams: TextIO) -> Iterator[Lookout]:
    """Look out for readers of both streams, or of those given, while the block runs."""
    made = Lookout(streams or (sys.stdout, sys.stderr))
    try:
        yield made
    finally:
        made.close()


@contextlib.contextmanager
def outlets() -> Iterator[None]:
    """Put outlets in place of both streams while the block runs; one that is closed is nowhere."""
    before = sys.stdout, sys.stderr
    with open(os.devnull, "w", encoding="utf-8") as nowhere:  # noqa: PTH123  (no path of a user)
        out, err = (Outlet(stream or nowhere) for stream in before)
        sys.stdout, sys.stderr = out, err
        try:
            yield
        finally:
            sys.stdout, sys.stderr = before


@contextlib.contextmanager
def calling_when_gone(action: Callable[[], object]) -> Iterator[list[OutputLost]]:
    """Call ``action`` when an output is lost while the block runs; what is yielded says why."""
    streams = [stream for stream in (sys.stdout, sys.stderr) if isinstance(stream, Outlet)]
    lost: list[OutputLost] = []

    def gone(why: OutputLost) -> None:
        lost.append(why)
        action()

    for stream in streams:
        stream.when_gone = gone
    try:
        yield lost
    finally:
        for stream in streams:
            stream.when_gone = None


@contextlib.contextmanager
def ending_by_signals() -> Iterator[None]:
    """Say so, and raise EndedBySignal, when a signal asks for the end while the block runs. An
    event loop answers signals by itself.
    """
    taken = {}
    if threading.current_thread() is threading.main_thread():
        taken = {
            number: signal.signal(number, _end)
            for number in (signal.SIGTERM, signal.SIGHUP)
            if signal.getsignal(number) is signal.SIG_DFL  # nohup stays what it is
        }
    try:
        yield
    finally:
        for number, before in taken.items():
            signal.signal(number, before)


def _end(number: int, _: object) -> None:
    signal.signal(number, signal.SIG_DFL)  # a second one ends what the first could not
    say(f"evolve: interrupted ({signal.Signals(number).name})")
    raise EndedBySignal(number)


def say(*words: object) -> None:
    """Print a line on standard error, or to nowhere."""
    with contextlib.suppress(OutputLost):
        print(*words, file=sys.stderr)
        sys.stderr.flush()


def _drop(stream: TextIO) -> None:
    """Let what Python still holds for a lost stream go nowhere, or its flush at exit would
    complain.
    """
    with contextlib.suppress(OSError, ValueError, AttributeError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
