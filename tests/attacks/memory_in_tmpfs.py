"""Tries: take memory as files in /tmp and /dev/shm.
Stopped by: one tmpfs with a size limit is under both
Docker: ok
Bubblewrap: ok
Local: skip
"""


def run(world):
    written = 0
    for folder in ("/tmp", "/dev/shm"):
        try:
            for name in range(10_000):
                with open(f"{folder}/fill-{name}", "wb") as stream:
                    written += stream.write(b"x" * (1 << 20))
        except OSError:
            continue
    return [f"wrote {written >> 20} MiB"] if written > 2 * world["files_mb"] << 20 else []
