"""A file as lines: their text, their endings, and the keys the matcher compares."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from cladogen.kernels.alignment import FOLDING, Keys, line_keys


@dataclass(frozen=True)
class Text:
    """The lines of a file without their endings; ``endings`` holds "\\n", "\\r\\n", or "" for an
    open last line.
    """

    lines: tuple[str, ...]
    endings: tuple[str, ...]
    byte_order_mark: str = ""

    @staticmethod
    def of(data: str) -> Text:
        """Cut a file into lines; a byte order mark is kept apart."""
        byte_order_mark = "\ufeff" if data.startswith("\ufeff") else ""
        *closed, last = data.removeprefix(byte_order_mark).split("\n")
        endings = ["\n"] * len(closed)
        if "\r" in data:
            endings = list(map(_ending, closed))
            closed = [line.removesuffix("\r") for line in closed]
        if last:
            closed.append(last)
            endings.append("")
        return Text(tuple(closed), tuple(endings), byte_order_mark)

    @cached_property
    def keys(self) -> Keys:
        return line_keys(self.data)

    @cached_property
    def data(self) -> bytes:
        return encoded(self.lines)

    @cached_property
    def blank(self) -> npt.NDArray[np.uint8]:
        """1 for a blank line, 2 for one that holds signs only, 0 for the others."""
        return self.keys[:, 3].astype(np.uint8)

    @cached_property
    def known(self) -> frozenset[int]:
        """The keys of the lines without trailing blanks."""
        return frozenset(self.keys[:, 0].tolist())

    @cached_property
    def spots(self) -> dict[str, list[int]]:
        """Where each line stands, without the blanks around it."""
        found: dict[str, list[int]] = {}
        for at, line in enumerate(self.lines):
            found.setdefault(line.strip(), []).append(at)
        return found

    @cached_property
    def indented_by(self) -> tuple[bool, bool]:
        """Whether lines start with tabs, and whether lines start with blanks."""
        data = b"\n" + self.data
        return b"\n\t" in data, b"\n " in data

    @cached_property
    def ending(self) -> str:
        """The line ending most lines have."""
        counts = Counter(filter(None, self.endings))
        return counts.most_common(1)[0][0] if counts else "\n"

    def ending_at(self, number: int) -> str:
        """Return the ending of a line that comes in at ``number``: its neighbour's, in a file of
        mixed endings.
        """
        for near in (number - 1, number):
            if 0 <= near < len(self.endings) and self.endings[near]:
                return self.endings[near]
        return self.ending


def _ending(line: str) -> str:
    """Return the ending of a line that stood before a line feed."""
    return "\r\n" if line.endswith("\r") else "\n"


def form(line: str) -> str:
    """Return a line without trailing blanks and typographic signs."""
    return line.rstrip() if line.isascii() else line.translate(FOLDING).rstrip()


def encoded(lines: tuple[str, ...] | list[str]) -> bytes:
    """Return lines as UTF-8, one line feed after each; undecodable bytes come back as they were."""
    return ("\n".join(lines) + "\n" if lines else "").encode("utf-8", "surrogateescape")
