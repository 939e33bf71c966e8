"""Tries: as a command, write without end.
Stopped by: the output is read up to its limit
Kind: command
Docker: invalid or out_of_memory
Bubblewrap: invalid or out_of_memory
Local: invalid or out_of_memory
"""

import os

while True:
    os.write(1, b"[" * 65536)
