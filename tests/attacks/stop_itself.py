"""Tries: as a command, stop itself, so that nobody ever learns of its end.
Stopped by: the wall clock counts also while it is stopped
Kind: command
Docker: timeout
Bubblewrap: timeout
Local: timeout
"""

import os
import signal

os.kill(os.getpid(), signal.SIGSTOP)
print("[]")
