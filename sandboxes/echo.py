"""A service that gives back each frame: the smallest one, for tests and for ``evolve sandbox`` to
try a line with.
"""

from __future__ import annotations

import signal
import sys

from cladogen.sandboxes.line.serving import serve


def echo(request: bytes) -> bytes:
    """Return the request; with --silent, never return."""
    if "--silent" in sys.argv:
        signal.pause()
    return request


if __name__ == "__main__":
    serve(echo)
