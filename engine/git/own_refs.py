"""A person's branches and tags in ``programs.git``: they outlive its being made again.

A repository that is not sound is set aside before another is made. What refs it has beside the
engine's are read from its files, for git may not read it any more, and fetched into the new one;
the objects it lacks are lent by the new.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

from cladogen.errors import RunError

OURS = re.compile(
    r"refs/heads/(seed|best|ships|elite/\d+)|refs/cladogen/.*|refs/(heads|tags)/.*\.lock"
)
OURS_LISTED = ("refs/heads/elite", "refs/heads/best", "refs/heads/ships")  # may be gone again
_REF = re.compile(r"([0-9a-f]{40}) (refs/\S+)")


class OwnRefs:
    """The refs that are not the engine's; ``git`` runs a git command in ``folder``."""

    def __init__(self, folder: Path, git: Callable[..., str]) -> None:
        self.folder = folder
        self.aside = folder.with_name(folder.name + ".old")
        self._git = git

    def set_aside(self) -> None:
        """Move the repository away; one that is away already holds the refs, and this is what was
        half made since.
        """
        if self.aside.exists() or not read_refs(self.folder):
            shutil.rmtree(self.folder, ignore_errors=True)
        else:
            self.folder.rename(self.aside)

    def put_back(self) -> list[str]:
        """Restore the refs of the repository set aside; return those that could not be, whose
        repository is kept.
        """
        if not self.aside.exists():
            return []
        lent = self.aside / "objects" / "info" / "alternates"
        lent.parent.mkdir(parents=True, exist_ok=True)
        lent.write_text(f"{self.folder.absolute() / 'objects'}\n")
        (self.aside / "refs").mkdir(
            exist_ok=True
        )  # without it, and without HEAD, git finds no repository
        if not (self.aside / "HEAD").is_file():
            (self.aside / "HEAD").write_text("ref: refs/heads/best\n")
        lost = [
            name
            for name, commit in read_refs(self.aside).items()
            if not self._restored(name, commit)
        ]
        if lost:
            lent.unlink()
            self.aside.rename(self._free())
        else:
            shutil.rmtree(self.aside, ignore_errors=True)
        return lost

    def _restored(self, name: str, commit: str) -> bool:
        for words in (
            ("update-ref", name, commit),
            ("fetch", "-q", "--no-tags", str(self.aside), f"+{name}:{name}"),
        ):
            try:
                self._git(*words)
            except RunError:
                continue
            return True
        return False

    def _free(self) -> Path:
        number = 1
        while (place := self.folder.with_name(f"{self.folder.name}.damaged-{number}")).exists():
            number += 1
        return place


def read_refs(repository: Path) -> dict[str, str]:
    """Return the refs of a repository that are not the engine's, by name, as far as its files can
    be read.
    """
    lines = _text(repository / "packed-refs").splitlines()
    for path in sorted((repository / "refs").rglob("*")):  # a file of its own outweighs a line
        lines.append(f"{_text(path)} {path.relative_to(repository).as_posix()}")
    matches = filter(None, map(_REF.fullmatch, lines))
    found = {match[2]: match[1] for match in matches}
    return {name: commit for name, commit in found.items() if not OURS.fullmatch(name)}


def _text(path: Path) -> str:
    try:
        return path.read_text(errors="replace").strip()
    except OSError:
        return ""
