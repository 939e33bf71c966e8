"""Lay out the package under its own name, by links: what an editable install puts on the path.

The folders ``engine``, ``evaluators`` and ``sandboxes`` are the package ``cladogen``, with
``problems`` as its data. An editable install that maps them with an import hook hides this from
whatever reads paths (mypy, pyright, an editor's "go to definition"). A folder on the path shows it
to all of them. A file that is new in a linked folder is there at once; only a new entry of
``engine`` itself needs this again, and ``make`` does it every time.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FOLDER = Path("build", "editable")  # of the clone: on the path of the environment
BUILT = (".so", ".pyc")


def lay_out(root: Path = ROOT) -> Path:
    """Bring the links of a clone up to date and return the folder that holds the package."""
    package = root / FOLDER / "cladogen"
    package.mkdir(parents=True, exist_ok=True)
    wanted = {entry.name: entry for entry in _entries(root)}
    for place in package.iterdir():
        if place.is_symlink() and place.name not in wanted:
            place.unlink()
    for name, entry in wanted.items():
        place = package / name
        with contextlib.suppress(FileExistsError):
            place.symlink_to(os.path.relpath(entry, package))
    return root / FOLDER


def _entries(root: Path) -> list[Path]:
    own = [entry for entry in (root / "engine").iterdir() if entry.suffix not in BUILT]
    own = [entry for entry in own if entry.name != "__pycache__"]
    return [*own, root / "evaluators", root / "sandboxes", root / "problems"]


if __name__ == "__main__":
    lay_out()
