"""Hand the gate outside a socket that listens on the loopback in here: all that a candidate's
network is.
"""

from __future__ import annotations

import sys

PLACE = (
    "/run/cladogen"  # where the gate's folder is mounted; it is empty before any candidate starts
)
PORT = 3128
_ANSWER_S = 20.0


def hand_over() -> None:
    """Make the listener and send it through the gate's socket; ends this process where the gate is
    out of reach.
    """
    import socket  # where there is no network, no child inherits it

    try:
        with socket.socket() as listener, socket.socket(socket.AF_UNIX) as door:
            listener.bind(("127.0.0.1", PORT))
            listener.listen(64)
            door.settimeout(_ANSWER_S)
            door.connect(f"{PLACE}/gate")
            socket.send_fds(door, [b"\1"], [listener.fileno()])
            if not door.recv(1):
                raise OSError("the gate has ended")
    except OSError as error:
        sys.exit(
            f"the gate to the network is out of reach from inside ({error.strerror or error}); "
            "[sandbox] network needs "
            "a daemon on this machine that sees its temporary folder (TMPDIR), and the daemon's "
            "default runtime"
        )
