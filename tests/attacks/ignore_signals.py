"""Tries: block and ignore every signal, then loop.
Stopped by: SIGKILL to the first process of the namespace
Docker: timeout
Bubblewrap: timeout or refused
Local: timeout or refused
"""

import signal


def run(world):
    for number in range(1, signal.NSIG):
        try:
            signal.signal(number, signal.SIG_IGN)
        except (OSError, ValueError):
            continue
    signal.pthread_sigmask(signal.SIG_BLOCK, range(1, signal.NSIG))
    while True:
        pass
