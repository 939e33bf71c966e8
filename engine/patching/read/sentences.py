"""The sentences of a reply's prose, and which of its edits each one speaks of.

Edits stand in a row, with gaps of prose before, between and after them. A sentence speaks of the
edit that it points at ("the above"), or of one of the two that it stands between.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from cladogen.patching.phrases import options
from cladogen.patching.phrases.turning import AHEAD, BACK, CORRECTS, INSTEAD, THAT

_MARKUP = re.compile(r"^[\s#>*_\-–•]*(?:\d+[.)]\s+)?[\s*_(]*")
_SENTENCE = re.compile(r"(?<=[.!?;])(?!\d)\s*(?=\S)|(?<=[。！？；])\s*(?=\S)")
_CLAUSE = re.compile(r"(?<=[,，、])\s*|\s+(?=(?:but|while|whereas|aber|mais|pero|но)\s)")
_PATH = re.compile(
    r"[\s*_#>]*+[\w./\\-]+\.\w{1,8}[\s*_:]*+$"
)  # it says where, and nothing of an edit
_ITEM = re.compile(r"\s*(?:[#*\-•>]|\d+[.)])")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of the gap above edit ``gap``; the last gap lies below all ``count`` edits."""

    text: str
    gap: int
    count: int
    last: bool  # it stands right above the edit
    near: bool  # it is of the same paragraph as what stands right above the edit
    opened: bool  # an option's heading stands above it, in the same gap
    turned: bool  # what follows in the gap turns to something else

    def clauses(self) -> list[str]:
        return _CLAUSE.split(self.text)

    def edit(self, clause: str) -> list[int]:
        """Return the edit that a clause which names none is about, [] for none."""
        edit = self.gap - 1 if self._is_behind(clause) else self.gap
        return [edit] if 0 <= edit < self.count else []

    def _is_behind(self, clause: str) -> bool:
        """Whether a clause speaks of the edit above it."""
        if self.gap == 0:
            return False
        if self._points_back(clause) or self.gap == self.count:
            return True
        return not self._points_ahead(clause) and (self.turned or not self.near)

    def _points_ahead(self, clause: str) -> bool:
        """Whether a clause says, or stands where it says, that it is about what stands below."""
        return self.last or self.opened or AHEAD.search(clause) is not None

    def _points_back(self, clause: str) -> bool:
        """Whether a clause says that it is about what stands above it: "that" is what stands below
        where a colon right above an edit introduces it.
        """
        forward = self.last and introduces(self.text)
        return bool(BACK.search(clause) or (THAT.search(clause) and not forward))

    def is_open(self, clause: str) -> bool:
        """Whether a clause may speak of the edit above as well as of the one below."""
        if self._points_back(clause) or AHEAD.search(clause):
            return False
        if self.gap == self.count:
            return self.count > 1
        return not any((self.last, self.opened, self.turned, self.near))

    def above(self) -> list[int]:
        """Return the edit above, [] for none."""
        return [self.gap - 1] if self.gap else []

    def around(self) -> list[int]:
        """Return the edits above and below."""
        return [edit for edit in (self.gap - 1, self.gap) if 0 <= edit < self.count]


def introduces(text: str) -> bool:
    """Whether a line or a sentence ends in a colon: it speaks of what comes."""
    return text.rstrip(" *_").endswith((":", "："))


def heading(line: str) -> int:
    """Return the option that a line opens as a heading, 0 for none."""
    return options.heading(_MARKUP.sub("", line))


def sentences(lines: Sequence[str], gap: int, count: int) -> Iterator[Sentence]:
    """Yield the sentences of one gap."""
    paragraphs = list(map(_cut, _paragraphs(lines)))
    parts = list(chain.from_iterable(paragraphs))
    last_turn = _last_turn(parts)
    number = 0
    opened = False
    for paragraph in paragraphs:
        opened = opened or heading(paragraph[0]) > 0
        near = paragraph is paragraphs[-1]
        for part in paragraph:
            last = number == len(parts) - 1
            yield Sentence(part, gap, count, last, near, opened, last_turn > number)
            number += 1


def _last_turn(parts: Sequence[str]) -> int:
    """Return the number of the last part that turns to something else, -1 for none."""
    return max((number for number, part in enumerate(parts) if _turns(part)), default=-1)


def _turns(part: str) -> bool:
    return bool(INSTEAD.search(part) or CORRECTS.search(part))


def _paragraphs(lines: Iterable[str]) -> list[str]:
    """Join the lines of each paragraph; headings and items stand alone, and names of files are
    left out.
    """
    found = [""]
    for line in lines:
        if not line.strip() or _ITEM.match(line):
            found.append("")
        found[-1] = f"{found[-1]} {line.strip()}".strip()
    return [paragraph for paragraph in filter(None, found) if not _PATH.match(paragraph)]


def _cut(paragraph: str) -> list[str]:
    return [part for part in _SENTENCE.split(paragraph) if part.strip()] or [paragraph]
