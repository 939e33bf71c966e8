"""Tries: talk to the Docker daemon.
Stopped by: its socket is not there, and nobody may use it
Docker: ok
Bubblewrap: ok
Local: ok
"""

import socket


def run(world):
    loot = []
    for path in (
        "/var/run/docker.sock",
        "/run/docker.sock",
        "/run/containerd/containerd.sock",
        "/run/podman/podman.sock",
    ):
        with socket.socket(socket.AF_UNIX) as line:
            try:
                line.connect(path)
                loot.append(path)
            except OSError:
                continue
    return loot
