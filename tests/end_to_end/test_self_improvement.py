"""Agents that improve themselves, from the command to the lineage, in real sandboxes."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PROBLEM = Path(__file__).parents[2] / "problems" / "repair_agent"
SANDBOXES = [
    pytest.param(
        "bubblewrap", marks=pytest.mark.skipif(not shutil.which("bwrap"), reason="no bubblewrap")
    ),
    pytest.param("docker", marks=pytest.mark.docker),
]


def evolve(*words: str) -> str:
    command = [str(Path(sys.executable).parent / "evolve"), *words]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("sandbox", SANDBOXES)
@pytest.mark.parametrize("archive", ["clade", "dgm", "hyperagents"])
def test_agent_improves_itself_under_each_archive_of_the_line(tmp_path, archive, sandbox):
    run = str(tmp_path / "run")
    evolve(
        "run", str(PROBLEM), "--variant", "self_improving", "--archive", archive, "--run", run,
        "--sandbox", sandbox, "--proposer-option", f"sandbox={sandbox}",
        "--max-proposals", "3", "--max-evaluations", "200", "--workers", "2",
    )  # fmt: skip
    child = evolve("show", run, "#1")
    changed = [line.split()[-1] for line in child.splitlines() if line.startswith("diff --git")]
    assert "self_improve" in child and changed
    assert not [path for path in changed if not path.startswith(("b/agent/", "b/meta/"))]
