"""Which problem folder a command means: one that is there, or one in another project's layout."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path

from cladogen.errors import ProblemError
from cladogen.view.run_folders import RUNS

IMPORTED = RUNS / "imported"


def problem_folder(path: Path, say: Callable[[str], None]) -> Path:
    """Return the problem folder that ``path`` means; one in another layout is imported below
    ``runs/imported``, and that is said. Raises ProblemError for a folder that only holds some.
    """
    if not path.exists() or (path / "problem.toml").is_file() or (path / "run.db").is_file():
        return path
    from cladogen.importing.below import named_below
    from cladogen.importing.folder import import_notes, read_folder, recognisable, write_folder

    if not recognisable(path):
        if words := named_below(path, recognisable):
            raise ProblemError(f"{path}: no problem itself (no problem.toml); {words}")
        return path
    found = read_folder(path)
    digest = hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:8]
    target = IMPORTED / digest / found.name
    if target.exists():
        shutil.rmtree(target)  # made here, of the same folder, before
    write_folder(found, target)
    for line in [*import_notes(found), f"imported as {target}"]:
        say(line)
    return target
