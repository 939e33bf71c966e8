"""Tries: use up every inode with empty files.
Stopped by: the inode limit of the tmpfs
Docker: ok or timeout
Bubblewrap: ok or timeout
Local: skip
"""


def run(world):
    made = 0
    try:
        while made < 100_000:
            open(f"/tmp/{made}", "w").close()
            made += 1
    except OSError:
        return []
    return [f"made {made} files"]
