"""Tries: end with success and without a result.
Stopped by: only an answer is a result; an exit status is not
Docker: crash
Bubblewrap: crash
Local: crash
"""

import sys


def run(world):
    sys.exit(0)
