"""A service that answers several requests at once: forks of itself that hold what it has prepared.

The first request is answered by the process itself and prepares it (a scorer loads and makes its
cases). From then on it only passes requests on to forks and answers back, so that every fork
begins as it was, and one that crashes, or is given up, takes nothing along. A fork answers one
request at a time; another is made when all are at work.
"""

from __future__ import annotations

import os
import select
import signal
import socket
import traceback
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from cladogen.errors import NO_MORE_THREADS, SandboxError
from cladogen.sandboxes.inside.command import in_words
from cladogen.sandboxes.inside.confine import die_with_parent
from cladogen.sandboxes.line.frames import GONE, read_frame, write_frame

Answer = Callable[[bytes], bytes]


@dataclass(eq=False)
class Fork:
    """One fork, and the request that it is at (None: idle)."""

    pid: int
    line: socket.socket
    number: int | None = None

    def end(self) -> str:
        """End it, unless it has ended; return how it did in words."""
        self.line.close()
        os.kill(self.pid, signal.SIGKILL)
        _, status = os.waitpid(self.pid, 0)
        return in_words(os.waitstatus_to_exitcode(status))


class Dispatcher:
    """Passes requests from ``down`` on to at most ``most`` forks, and their answers to ``up``."""

    def __init__(self, down: int, up: int, answer: Answer, most: int) -> None:
        self.down, self.up = down, up
        self.answer = answer
        self.most = most
        self.forks: dict[int, Fork] = {}  # by the descriptor of its line
        self.waiting: deque[tuple[int, bytes]] = deque()
        self.poll = select.poll()
        self.poll.register(down, select.POLLIN)

    def serve(self) -> None:
        """Serve until ``down`` ends."""
        while True:
            for descriptor, _ in self.poll.poll():
                if descriptor == self.down:
                    found = read_frame(self.down)
                    if found is None:
                        self._end()
                        return
                    self._take(*found)
                elif descriptor in self.forks:
                    self._hear(self.forks[descriptor])
            self._hand_out()

    def _take(self, number: int, body: bytes) -> None:
        if body:
            self.waiting.append((number, body))
            return
        # Nobody waits for it any more.
        self.waiting = deque(each for each in self.waiting if each[0] != number)
        for fork in [fork for fork in self.forks.values() if fork.number == number]:
            self._forget(fork)

    def _hear(self, fork: Fork) -> None:
        """Pass on what a fork answered, or that it ended without an answer."""
        number = fork.number
        try:
            found = read_frame(fork.line.fileno())
        except (SandboxError, OSError):
            found = None
        if found is None:
            how = self._forget(fork)
            if number is not None:
                write_frame(self.up, how.encode(), number | GONE)
            return
        fork.number = None
        write_frame(self.up, found[1], found[0])

    def _hand_out(self) -> None:
        while self.waiting:
            try:
                fork = self._idle()
            except BlockingIOError:  # what os.fork says at the limit
                if not self.forks:
                    number, _ = self.waiting.popleft()
                    write_frame(self.up, NO_MORE_THREADS.encode(), number | GONE)
                return
            if fork is None:
                return
            fork.number, body = self.waiting.popleft()
            try:
                write_frame(fork.line.fileno(), body, fork.number)
            except OSError:
                continue  # it has ended: that is heard next

    def _idle(self) -> Fork | None:
        for fork in self.forks.values():
            if fork.number is None:
                return fork
        return self._fork() if len(self.forks) < self.most else None

    def _fork(self) -> Fork:
        ours, theirs = socket.socketpair()
        pid = os.fork()
        if pid == 0:
            die_with_parent()
            for descriptor in (self.down, self.up, ours.fileno()):
                os.close(descriptor)
            for fork in self.forks.values():
                fork.line.close()
            _live(theirs.fileno(), self.answer)
        theirs.close()
        fork = self.forks[ours.fileno()] = Fork(pid, ours)
        self.poll.register(ours, select.POLLIN)
        return fork

    def _forget(self, fork: Fork) -> str:
        self.poll.unregister(fork.line)
        del self.forks[fork.line.fileno()]
        return fork.end()

    def _end(self) -> None:
        for fork in list(self.forks.values()):
            self._forget(fork)


def _live(line: int, answer: Answer) -> None:
    """In a fork: answer until the line ends, and end."""
    try:
        while (found := read_frame(line)) is not None:
            write_frame(line, answer(found[1]), found[0])
        os._exit(0)
    except BaseException:  # noqa: BLE001  (a fork must never return into the dispatcher's loop)
        traceback.print_exc()
    finally:
        os._exit(1)
