"""Tries: NaN from a function.
Stopped by: the encoder takes finite numbers only, and so does the decoder
Docker: invalid
Bubblewrap: invalid
Local: invalid
"""


def run(world):
    return {"score": float("nan")}
