"""Hand the engine's side a socket that listens on the loopback in here: all that a candidate's
network is, and all that it reaches models by.
"""

from __future__ import annotations

import sys

PLACE = (
    "/run/cladogen"  # where the gate's folder is mounted; it is empty before any candidate starts
)
PORT = 3128
MODELS_PLACE = "/run/cladogen-models"  # its socket stays: who speaks HTTP over one asks there
# Not 127.0.0.1: what goes there may be meant for the gate's proxy.
MODELS_HOST, MODELS_PORT = "127.0.0.2", 3129
_ANSWER_S = 20.0


def hand_over() -> None:
    """Make the gate's listener and send it through the gate's socket; ends this process where the
    gate is out of reach.
    """
    _hand_over("127.0.0.1", PORT, f"{PLACE}/gate", "the gate to the network", "[sandbox] network")


def hand_over_models() -> None:
    """Make the listener for who asks models over TCP, and send it as `hand_over` does."""
    place = f"{MODELS_PLACE}/socket"
    _hand_over(MODELS_HOST, MODELS_PORT, place, "the way to models", "a program that asks models")


def _hand_over(host: str, port: int, place: str, what: str, who: str) -> None:
    import socket  # where there is no network, no child inherits it

    try:
        with socket.socket() as listener, socket.socket(socket.AF_UNIX) as channel:
            listener.bind((host, port))
            listener.listen(64)
            channel.settimeout(_ANSWER_S)
            channel.connect(place)
            socket.send_fds(channel, [b"\1"], [listener.fileno()])
            if not channel.recv(1):
                raise OSError("the engine's side has ended")
    except OSError as error:
        sys.exit(
            f"{what} is out of reach from inside ({error.strerror or error}); {who} needs "
            "a daemon on this machine that reaches its temporary folder (TMPDIR), and the daemon's "
            "default runtime"
        )
