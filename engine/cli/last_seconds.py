"""The last seconds of a command: whatever hangs while what is open is closed, it ends.

A proposer of a user's own, a tracker that uploads, a daemon that answers no more: closing may wait
for any of them. What is not given back by then is removed by those who watch over it, as after
``kill -9``; the record holds everything already.
"""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from collections.abc import Iterator

from cladogen.cli.outlets import OutputLost, say
from cladogen.formatting import duration

UNHURRIED_S = 180.0  # where no cap bounds a run's seconds
LEAST_S = 5.0


class LastSeconds:
    """Ends the process some seconds after `begin`, unless the block is left before."""

    def __init__(self) -> None:
        self._timer: threading.Timer | None = None

    def begin(self, seconds: float | None, code: int) -> None:
        """Let what follows take so long at the most, then end with ``code``; None: as long as a run
        without a cap may.
        """
        seconds = UNHURRIED_S if seconds is None else max(LEAST_S, seconds)
        self._timer = threading.Timer(seconds, _end, (seconds, code))
        self._timer.daemon = True
        self._timer.start()

    def over(self) -> None:
        """Let the process go on."""
        if self._timer is not None:
            self._timer.cancel()


@contextlib.contextmanager
def last_seconds() -> Iterator[LastSeconds]:
    """Yield a limit to what follows once it has begun, to the end of the block."""
    limit = LastSeconds()
    try:
        yield limit
    finally:
        limit.over()


def _end(seconds: float, code: int) -> None:
    say(
        f"evolve: closing what is open took more than {duration(seconds)}: ending without it; "
        "nothing of the record is lost"
    )
    with contextlib.suppress(OutputLost, OSError, ValueError):
        sys.stdout.flush()
    os._exit(code)
