"""Tries: hand back a folder that git would run hooks from, under a name that only looks different.
Stopped by: every path is checked, without regard to case
Kind: tree
Docker: invalid
Bubblewrap: invalid
Local: invalid
"""

import os

os.makedirs(".GIT/hooks")
open(".GIT/hooks/post-checkout", "w").close()
