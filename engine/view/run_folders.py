"""Where runs are on the disk."""

from __future__ import annotations

from pathlib import Path

from cladogen.errors import RunError

RUNS = Path("runs")


def is_run(folder: Path) -> bool:
    return (folder / "run.db").is_file()


def find_runs(folder: Path) -> list[Path]:
    """Return the run folders in ``folder`` (itself, if it is one), last written to first."""
    if is_run(folder):
        return [folder]
    found = [path.parent for path in folder.glob("*/run.db")] if folder.is_dir() else []
    return sorted(found, key=written_at, reverse=True)


def latest_run() -> Path:
    """Return the run written to last: the folder we are in, or under ``runs``."""
    found = [Path()] if is_run(Path()) else find_runs(RUNS)
    if not found:
        raise RunError("no run in ./runs: name a run folder, or start one with: evolve run PROBLEM")
    return found[0]


def written_at(run: Path) -> float:
    """Return when a run was written to last (seconds since 1970)."""
    places = (run / "run.db", run / "run.db-wal")
    return max(path.stat().st_mtime for path in places if path.exists())
