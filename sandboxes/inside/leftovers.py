"""What an agent leaves beside its work, told by its name: left out of the working copy as taken."""

from __future__ import annotations

import fnmatch
import os
from collections.abc import Collection, Sequence

LEFT_OUT = "left out: "  # begins a line of the log that names them


class Leftovers:
    """Tell leftovers by patterns over names (``*.orig``), or over whole paths (``docs/*.tmp``).
    What the program had before is none.
    """

    def __init__(self, patterns: Sequence[str], before: Collection[str]) -> None:
        self._patterns = patterns
        self._before = set(before)
        self._folders = {path[:at] for path in before for at in _slashes(path)}
        self.found: list[str] = []

    def is_one(self, path: str) -> bool:
        """Whether a file or a folder is a leftover; notes it."""
        if path in self._before or path in self._folders:
            return False
        name = os.path.basename(path)
        hit = any(
            fnmatch.fnmatchcase(path if "/" in pattern else name, pattern)
            for pattern in self._patterns
        )
        if hit:
            self.found.append(path)
        return hit


def _slashes(path: str) -> list[int]:
    return [at for at, letter in enumerate(path) if letter == "/"]
