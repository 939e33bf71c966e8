"""Tries: leave at once, past every handler, with success.
Stopped by: only an answer is a result
Docker: crash
Bubblewrap: crash
Local: crash
"""

import os


def run(world):
    os._exit(0)
