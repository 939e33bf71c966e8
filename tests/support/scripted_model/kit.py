"""Kits: the real edits of a problem's seed that the scripted model knows. A part is a place in the seed that has
several versions; a program is one version of each part.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from cladogen.program import Program

Choice = dict[str, int]  # part -> version; 0 is what the seed has


@dataclass(frozen=True)
class Part:
    """A place in a file and what may stand there. With ``after`` the versions are inserted behind that text.

    ``signs`` are words of a prompt that point to this part; ``ordered`` says that neighbouring versions are alike.
    """

    name: str
    path: str
    versions: tuple[str, ...]
    after: str = ""
    ordered: bool = False
    signs: tuple[str, ...] = ()

    def put(self, text: str, version: int) -> str:
        """Return the file with a version in the place of the seed's."""
        old = self.after or self.versions[0]
        assert text.count(old) == 1, f"{self.name}: not once in {self.path}: {old!r}"
        return text.replace(old, self.after + self.versions[version])

    def held(self, text: str) -> int | None:
        """Return the version that a file holds, the longest where one holds another."""
        found = [at for at, version in enumerate(self.versions) if version in text]
        return max(found, key=lambda at: len(self.versions[at]), default=None)


@dataclass(frozen=True)
class Kit:
    """The parts of a problem's seed; ``folder`` is the problem."""

    folder: Path
    parts: tuple[Part, ...]

    @cached_property
    def seed(self) -> Program:
        return Program.read(self.folder / "seed")

    @cached_property
    def paths(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(part.path for part in self.parts))

    def texts(self, choice: Mapping[str, int]) -> dict[str, str]:
        """Return the files that a choice makes."""
        texts = {path: self.seed.text(path) for path in self.paths}
        for part in self.parts:
            texts[part.path] = part.put(texts[part.path], choice.get(part.name, 0))
        return texts

    def choice(self, texts: Mapping[str, str]) -> Choice | None:
        """Return which version of each part some files hold; None for files that no choice makes.

        Files that are not given are the seed's.
        """
        whole = self.texts({}) | {path: text for path, text in texts.items() if path in self.paths}
        held = {part.name: part.held(whole[part.path]) for part in self.parts}
        found = {name: version for name, version in held.items() if version is not None}
        whole_again = len(found) == len(held) and self.texts(found) == whole
        return found if whole_again else None

    def part(self, name: str) -> Part:
        return next(part for part in self.parts if part.name == name)
