"""Whatever hangs while a run is closed, its command ends, with the code of the run."""

import os
import subprocess
import sys

EVOLVE = [sys.executable, "-m", "cladogen.cli.main"]
PROPOSER = """
import asyncio

from cladogen.proposers.base import Extras
from cladogen.proposers.mutate import Mutate


class Hanging(Mutate, Extras):
    async def close(self):
        await asyncio.Event().wait()
"""


def test_run_ends_when_a_proposer_of_ones_own_never_closes(tmp_path):
    subprocess.run([*EVOLVE, "init", "mine"], cwd=tmp_path, check=True, capture_output=True)
    (tmp_path / "mine" / "hanging.py").write_text(PROPOSER)
    command = "run mine --max-seconds 1 --sandbox local --plain --proposer hanging:Hanging"
    ended = subprocess.run(
        [*EVOLVE, *command.split()],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path / "mine")},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    assert "closing what is open took more than" in ended.stderr
    assert "\nspent" in ended.stdout
    listed = subprocess.run([*EVOLVE, "list"], cwd=tmp_path, capture_output=True, check=True)
    assert listed.stdout
