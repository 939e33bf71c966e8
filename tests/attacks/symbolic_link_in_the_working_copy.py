"""Tries: hand back a link to a file of the host in place of a file.
Stopped by: only plain files are taken, without following links
Kind: tree
Docker: invalid
Bubblewrap: invalid
Local: invalid
"""

import os

os.symlink("/etc/shadow", "result.txt")
