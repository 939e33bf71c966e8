"""Tries: hand back a named pipe, so that the reader waits for ever.
Stopped by: only plain files are opened
Kind: tree
Docker: invalid
Bubblewrap: invalid
Local: invalid
"""

import os

os.mkfifo("result.txt")
