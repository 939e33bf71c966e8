"""Tries: hand back folders in folders, so deep that whoever names or removes them runs out of stack.
Stopped by: the length of a path is limited; folders are removed without recursion
Kind: tree
Docker: invalid or crash
Bubblewrap: invalid or crash
Local: invalid or crash
"""

import os

for _ in range(1500):
    os.mkdir("a")
    os.chdir("a")
open("leaf", "w").close()
