"""A file as lines: their text, their endings, and the keys the matcher compares."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from cladogen.kernels.alignment import Keys, line_keys


_WORD = re.compile(r"\w")


@dataclass(frozen=True)
class Text:
    """The lines of a file without their endings; ``endings`` holds "\\n", "\\r\\n", or "" for an open last line."""

    lines: tuple[str, ...]
    endings: tuple[str, ...]
    mark: str = ""

    @staticmethod
    def of(data: str) -> Text:
        """Cut a file into lines; a byte order mark is kept apart."""
        mark = "\ufeff" if data.startswith("\ufeff") else ""
        parts = data.removeprefix(mark).split("\n")
        endings = ["\r\n" if part.endswith("\r") else "\n" for part in parts]
        lines = [part[:-1] if part.endswith("\r") else part for part in parts]
        if parts[-1] == "":
            lines, endings = lines[:-1], endings[:-1]
        else:
            lines[-1], endings[-1] = parts[-1], ""
        return Text(tuple(lines), tuple(endings), mark)

    @cached_property
    def keys(self) -> Keys:
        return line_keys(encoded(self.lines))

    @cached_property
    def blank(self) -> npt.NDArray[np.uint8]:
        """1 for a blank line, 2 for one that holds signs only, 0 for the others."""
        return np.array([_plainness(line) for line in self.lines], dtype=np.uint8)

    @cached_property
    def indented_by(self) -> tuple[bool, bool]:
        """Whether lines start with tabs, and whether lines start with blanks."""
        return any(line.startswith("\t") for line in self.lines), any(line.startswith(" ") for line in self.lines)

    @cached_property
    def ending(self) -> str:
        """The line ending most lines have."""
        counts = Counter(ending for ending in self.endings if ending)
        return counts.most_common(1)[0][0] if counts else "\n"

    def ending_at(self, place: int) -> str:
        """Return the ending of a line that comes in at ``place``: its neighbour's, in a file of mixed endings."""
        for near in (place - 1, place):
            if 0 <= near < len(self.endings) and self.endings[near]:
                return self.endings[near]
        return self.ending


def _plainness(line: str) -> int:
    if not line or line.isspace():
        return 1
    return 0 if _WORD.search(line) else 2


def encoded(lines: tuple[str, ...] | list[str]) -> bytes:
    """Return lines as UTF-8, one line feed after each; undecodable bytes come back as they were."""
    return "".join(line + "\n" for line in lines).encode("utf-8", "surrogateescape")
