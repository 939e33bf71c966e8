"""The files that decide what a score is, sealed by their SHA-256: a run's copy of its problem
(scorer, tests, settings of the sandbox), and the engine's own modules.

A sandbox lets no program write to them. Where there is none (``--sandbox local``), or somebody
edits them by hand, what is scored afterwards is another thing, and must not pass for the same.
"""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import cladogen
from cladogen.errors import RunError
from cladogen.problem.edits import files_of

SEALED = "sealed"  # in the record's meta: path -> digest
MOST_BYTES = 1 << 24  # of a file that is read for it; of a larger one, only the size is known
Digests = dict[str, str]


class Seal:
    """Compare what decides scores with what it was: at a session's begin with the run's begin, at
    its end with its begin. ``meta`` is what the record knows of the run; ``keep`` adds to it.
    """

    def __init__(
        self,
        folder: Path,
        meta: Callable[[], dict[str, object]],
        keep: Callable[[str, object], None],
        flag: Callable[[str], None],
    ) -> None:
        self.folder, self.meta, self.keep, self.flag = folder, meta, keep, flag
        self._engine: Digests = {}

    def begin(self) -> None:
        """Seal the files; raises RunError where they are not what they were at the run's begin."""
        now, then = digests(self.folder / "problem"), self.meta().get(SEALED)
        if then is None:
            self.keep(SEALED, now)
        elif changed := _changed(then, now):  # type: ignore[arg-type]
            raise RunError(
                f"the run's copy of {self.folder / 'problem' / changed}: not what it was when this "
                "run began, so scores cannot be compared; put it back, or begin another run with "
                "--new"
            )
        self._engine = _engine()

    def check(self) -> None:
        """Flag what changed while the session went on."""
        then = self.meta().get(SEALED)
        problem = _changed(then or {}, digests(self.folder / "problem"))  # type: ignore[arg-type]
        engine = _changed(self._engine, {path: _digest(Path(path)) for path in self._engine})
        copy = problem and f"the run's copy of {self.folder / 'problem' / problem}"
        for file in filter(None, (copy, engine)):
            self.flag(f"{file} changed while the run went on: scores since then are not comparable")


def digests(folder: Path) -> Digests:
    """Return the digest of each file of a folder, by its path; none where there is no folder."""
    return {path.relative_to(folder).as_posix(): _digest(path) for path in files_of(folder)}


def _engine() -> Digests:
    """Return the digests of the engine's modules: of those that are loaded, and of the sources of
    those that are loaded only when they are needed.
    """
    loaded = sys.modules.copy()  # another thread may be importing
    modules = [module for name, module in loaded.items() if name.startswith("cladogen.")]
    files = {getattr(module, "__file__", None) for module in modules}
    files.update(_sources())
    return {path: _digest(Path(path)) for path in sorted(filter(None, files))}


def _sources() -> Iterator[str]:
    for root in cladogen.__path__:
        for folder, folders, names in os.walk(root, followlinks=True):
            folders[:] = [name for name in folders if name != "__pycache__"]
            yield from (f"{folder}/{name}" for name in names if name.endswith(".py"))


def _digest(path: Path) -> str:
    try:
        size = path.stat().st_size
        return f"{size}" if size > MOST_BYTES else hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return "gone"


def _changed(then: Digests, now: Digests) -> str:
    """Return the first path that is not as it was, "" when all are."""
    return next((path for path in sorted({*then, *now}) if then.get(path) != now.get(path)), "")
