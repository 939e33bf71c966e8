"""Tries: as a command, leave a daemon that holds its output open.
Stopped by: the end of the command counts, not the end of its pipe
Kind: command
Docker: ok
Bubblewrap: ok
Local: ok
"""

import os
import time

if os.fork() == 0:
    os.setsid()
    while True:
        time.sleep(1)
print("[]")
