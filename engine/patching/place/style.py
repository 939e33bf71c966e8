"""Added lines take the style of the file: its tabs, the shift of a block's indentation, its plain
quotes.

What is known is learned from the old rows that were found in another form than the reply gave them.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from math import gcd

from cladogen.kernels.alignment import FOLDING
from cladogen.patching.place.text import Text

Pair = tuple[str, str]  # a row as the reply has it, and the file's line


@dataclass(frozen=True, slots=True)
class Style:
    """How to write added lines: known indentations, blanks per tab, and signs to make plain."""

    indents: dict[str, str] = field(default_factory=dict)
    tab: int = 0  # > 0: that many blanks become a tab; < 0: a tab becomes that many blanks
    signs: dict[int, str] = field(default_factory=dict)

    def apply(self, line: str) -> str:
        """Return an added line in the style of the file."""
        if not line.strip():
            return line if not self.indents and not self.tab else line.strip(" \t")
        return self._indented(self._plain(line))

    def _plain(self, line: str) -> str:
        drifted = {
            sign: plain for sign, plain in self.signs.items() if plain == " " or plain not in line
        }
        return line.translate(drifted) if drifted else line

    def _indented(self, line: str) -> str:
        indent, rest = _cut(line)
        if indent in self.indents:
            return self.indents[indent] + rest
        if self.tab > 0 and "\t" not in indent:
            width = len(indent)
            return "\t" * (width // self.tab) + " " * (width % self.tab) + rest
        if self.tab < 0 and "\t" in indent:
            return indent.replace("\t", " " * -self.tab) + rest
        return self._shifted(indent) + rest

    def _shifted(self, indent: str) -> str:
        """Extend from the nearest known indentation: deeper by as much, or shallower by as much."""
        if not self.indents:
            return indent
        below = list(filter(indent.startswith, self.indents))
        if below:
            known = max(below, key=len)
            scale = self._scale()
            return self.indents[known] + indent[len(known) :] * scale
        known = min(self.indents, key=len)
        less = len(known) - len(indent)
        return self.indents[known][: max(len(self.indents[known]) - less, 0)]

    def _scale(self) -> int:
        """Return how many file blanks one reply blank is: 2 for a reply in two-blank steps of a
        four-blank file.
        """
        pairs = [(len(known), len(real)) for known, real in self.indents.items() if known]
        ratios = {divmod(real, width) for width, real in pairs}
        if len(pairs) < 2 or len(ratios) > 1:
            return 1
        ((scale, rest),) = ratios
        return 1 if rest else scale


def learn(strict: list[Pair], context: list[Pair], text: Text, added: list[str]) -> Style:
    """Return the style that pairs of row and line show; ``strict`` ones are removed lines, which
    weigh more.
    """
    signs = signs_of([*strict, *context])
    pairs = _indentations(strict) or _indentations(context)
    every = [*_indentations(strict), *_indentations(context)]
    tab = _tab(every, added, text)
    if tab:
        return Style(_shown(every), tab, signs)
    if 2 * sum(reply == file for reply, file in pairs) >= len(pairs):
        return Style({}, 0, signs)
    return Style(_usual(every), 0, signs)


def _shown(pairs: list[Pair]) -> dict[str, str]:
    """Return the file's indentation for each of the reply's; none that the reply left out."""
    return {reply: file for reply, file in pairs if reply or not file}


def _usual(pairs: list[Pair]) -> dict[str, str]:
    """Return what each indentation of the reply mostly is in the file."""
    votes: dict[str, Counter[str]] = {}
    for reply, file in pairs:
        votes.setdefault(reply, Counter())[file] += 1
    return {reply: files.most_common(1)[0][0] for reply, files in votes.items()}


def _cut(line: str) -> tuple[str, str]:
    rest = line.lstrip(" \t\u00a0")
    return line[: len(line) - len(rest)].replace("\u00a0", " "), rest


def _indentations(pairs: list[Pair]) -> list[Pair]:
    """Return the indentations of both sides, of lines with words if there are any: a brace may lie
    anywhere.
    """
    solid = [pair for pair in pairs if all(map(str.strip, pair))]
    worded = [pair for pair in solid if re.search(r"\w", pair[0])]
    return [(_cut(row)[0], _cut(line)[0]) for row, line in worded or solid]


def _tab(pairs: list[Pair], added: list[str], text: Text) -> int:
    """Return blanks per tab when the reply has blanks where the file has tabs, negative for the
    opposite, else 0.
    """
    toward = _blanks_per_tab(pairs)
    if toward:
        return max(round(min(toward)), 1)
    away = _blanks_per_tab([(file, reply) for reply, file in pairs])
    if away:
        return -max(round(min(away)), 1)
    return _tab_of_file(added, text)


def _blanks_per_tab(pairs: list[Pair]) -> list[float]:
    """Return how many blanks stand for a tab, of the pairs of blanks only and tabs only."""
    return [len(blanks) / len(tabs) for blanks, tabs in pairs if _are_unlike(blanks, tabs)]


def _are_unlike(blanks: str, tabs: str) -> bool:
    """Whether one indentation is of blanks only, the other of tabs only."""
    return bool(blanks and tabs) and not blanks.strip(" ") and not tabs.strip("\t")


def _tab_of_file(added: list[str], text: Text) -> int:
    """Guess without a pair: a file of tabs only, and added lines of blanks only (or the other way
    round).
    """
    coming = [_cut(line)[0] for line in added if line.strip()]
    tabs, blanks = text.indented_by
    if tabs == blanks:
        return 0
    return _tab_toward(coming) if tabs else -_blanks_toward(coming, text)


def _tab_toward(coming: list[str]) -> int:
    """Return the blanks for a tab in lines of blanks only, 0 where one has tabs."""
    return 0 if "\t" in "".join(coming) else _step(coming)


def _blanks_toward(coming: list[str], text: Text) -> int:
    """Return the blanks that a file has for a tab of what comes, 0 where no line has one."""
    return _step_of(text) if any(indent.startswith("\t") for indent in coming) else 0


def _step(indents: list[str]) -> int:
    """Return by how many blanks, two or more, lines are indented; 0 when none is."""
    wide = [len(indent) for indent in indents if indent.startswith("  ")]
    return max(gcd(*wide), 2) if wide else 0


def _step_of(text: Text) -> int:
    """Return by how many blanks a file indents."""
    steps = [len(_cut(line)[0]) for line in text.lines if line.startswith(" ") and line.strip()]
    return max(gcd(*steps), 2)


def signs_of(pairs: list[Pair]) -> dict[int, str]:
    """Return the typographic signs of the reply that the file has as plain ones."""
    found: dict[int, str] = {}
    for row, line in pairs:
        if not row.isascii():
            found |= _plain_signs(row, line)
    return found


def _plain_signs(row: str, line: str) -> dict[int, str]:
    """Return the typographic signs of a row that its line has as plain ones."""
    found = {}
    for sign in set(re.findall(r"[^\x00-\x7f]", row)):
        plain = FOLDING.get(ord(sign))
        if plain is not None and sign not in line and plain in line:
            found[ord(sign)] = plain
    return found
