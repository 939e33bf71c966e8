"""Serving: a process that answers request frames, one after the other or by forks of itself."""

from __future__ import annotations

import os
import select
import threading
from collections.abc import Callable

from cladogen.sandboxes.line.dispatch import Dispatcher
from cladogen.sandboxes.line.frames import read_frame, write_frame


def serve(answer: Callable[[bytes], bytes], forks: Callable[[], int] = lambda: 0) -> None:
    """Answer each request frame from standard input on standard output, until standard input ends.

    ``forks`` is asked after the first: so many forks of this process may answer the others at once.
    """
    down, up = os.dup(0), os.dup(1)
    threading.Thread(target=_end_with, args=(down,), daemon=True).start()
    os.dup2(2, 1)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    while (found := read_frame(down)) is not None:
        number, request = found
        if request:
            write_frame(up, answer(request), number)
        if most := forks():
            Dispatcher(down, up, answer, most).serve()
            return


def _end_with(descriptor: int) -> None:
    """End this process when the other side has ended, also in the middle of an answer."""
    poll = select.poll()
    poll.register(descriptor, 0)
    while not any(event & (select.POLLHUP | select.POLLERR) for _, event in poll.poll()):
        continue
    os._exit(0)
