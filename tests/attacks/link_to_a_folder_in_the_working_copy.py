"""Tries: hand back a link to a folder of the host.
Stopped by: only plain files are taken, without following links
Kind: tree
Docker: invalid
Bubblewrap: invalid
Local: invalid
"""

import os

os.symlink("/", "root")
