"""The soak as a test: CLADOGEN_SOAK_MINUTES=60 python -m pytest -m nightly."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

MINUTES = os.environ.get("CLADOGEN_SOAK_MINUTES", "")


@pytest.mark.nightly
@pytest.mark.skipif(not MINUTES, reason="takes as long as CLADOGEN_SOAK_MINUTES says")
@pytest.mark.timeout(0)
@pytest.mark.parametrize("name", ["docker", "bubblewrap"])
def test_hours_of_hostile_programs_lose_nothing_and_leave_memory_flat(name: str) -> None:
    needed = {"docker": "dockerd", "bubblewrap": "bwrap"}[name]
    if shutil.which(needed) is None or (name == "docker" and os.geteuid() != 0):
        pytest.skip(f"needs {needed}, and root for a daemon of its own")
    script = Path(__file__).with_name("soak.py")
    command = [sys.executable, str(script), "--sandbox", name, "--minutes", MINUTES]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-2000:]
