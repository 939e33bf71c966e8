"""Tries: hard links to files outside.
Stopped by: they are on other file systems; what is taken is bytes
Kind: tree
Docker: ok
Bubblewrap: ok
Local: ok
"""

import os

for path in ("/etc/passwd", "/usr/bin/env", "/proc/self/environ"):
    try:
        os.link(path, "linked")
    except OSError:
        continue
    else:
        os.unlink("linked")
