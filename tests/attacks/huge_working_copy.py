"""Tries: hand back more than fits.
Stopped by: the size of the tmpfs, and a limit on what is collected
Kind: tree
Docker: crash or invalid
Bubblewrap: crash or invalid
Local: crash or invalid
"""

for number in range(64):
    with open(f"part-{number}", "wb") as stream:
        stream.write(b"x" * (1 << 20))
