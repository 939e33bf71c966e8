"""Where the parts of a file go, by their names: when that is possible in exactly one way.

A definition replaces the one of its name; a class that is not complete gives its methods one by
one. A function that is new stands beside the one that uses it. Lines that the file has already say
nothing; an import that it lacks joins the others. Anything else is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NoReturn

from cladogen.errors import PatchRefused
from cladogen.patching.evolve_blocks import MARK
from cladogen.patching.parts.definitions import Definition, every
from cladogen.patching.parts.outline import Outline, plain


@dataclass(frozen=True, slots=True)
class Span:
    """Lines ``first`` up to ``last`` (exclusive) of a file that ``lines`` take the place of."""

    first: int
    last: int
    lines: tuple[str, ...]


def placed(path: str, why: str, part: Outline, whole: Outline) -> list[Span]:
    """Return the spans that ``part`` changes; raises PatchRefused when it fits in no or many ways.

    ``why`` says what makes it a part.
    """
    return _Placing(path, why, part, whole).spans()


@dataclass(frozen=True, slots=True)
class _Pair:
    """A definition of the part and the one of the file that it stands for."""

    new: Definition
    old: Definition
    outermost: bool


@dataclass(frozen=True, slots=True)
class _Placing:
    path: str
    why: str
    part: Outline
    whole: Outline

    def spans(self) -> list[Span]:
        pairs = [self._pair(one) for one in self.part.definitions]
        if not any(pairs):
            names = ", ".join(plain(one.name) for one in self.part.definitions)
            self._refuse(f"the file has no {names}" if names else "it defines nothing")
        found = [*self._imports(), *self._between(pairs)]
        for pair in pairs:
            found += self._replaced(pair) if pair else []
        self._check_rest()
        return found

    def _refuse(self, why: str) -> NoReturn:
        reason = f"{self.path}: the fence is a part of the file ({self.why}), and {why}"
        raise PatchRefused("truncated-reply", f"{reason}; give the complete file or a diff")

    # -- which definition of the file

    def _pair(self, new: Definition) -> _Pair | None:
        """Return what a definition stands for; None for one that is new."""
        found = [
            _Pair(new, old, len(path) == 1)
            for path, old in every(self.whole.definitions)
            if (_is_same(old, new) if len(path) > 1 else old.name == new.name)
        ]
        same = [pair for pair in found if pair.old.head == new.head]
        if len(found) > 1 and len(same) == 1:
            found = same
        if len(found) > 1:
            lines = ", ".join(str(pair.old.first + 1) for pair in found)
            reason = f"{self.path}: {plain(new.name)} is defined more than once (lines {lines})"
            raise PatchRefused("ambiguous-context", f"{reason}; give a diff that shows which")
        return found[0] if found else None

    # -- what it changes

    def _replaced(self, pair: _Pair) -> list[Span]:
        missing = {one.name for one in pair.old.members} - {one.name for one in pair.new.members}
        if pair.new.members and missing:
            return self._members(pair)
        first, new_first = self._with_remarks(pair)
        shift = self._shift(pair)
        lines = (self._shifted(number, shift) for number in range(new_first, pair.new.last + 1))
        return [Span(first, pair.old.last + 1, tuple(lines))]

    def _members(self, pair: _Pair) -> list[Span]:
        """Place the methods of a class that is not complete one by one."""
        if pair.new.head != pair.old.head:
            self._refuse(f"its {plain(pair.new.name)} begins otherwise than the file's")
        known = {one.name: one for one in pair.old.members}
        found: list[Span] = []
        for one in pair.new.members:
            if one.name not in known:
                self._refuse(f"{plain(pair.new.name)} has no {plain(one.name)} in the file")
            found += self._replaced(_Pair(one, known[one.name], False))
        inside = {n for one in pair.new.members for n in range(one.first, one.last + 1)}
        self._check_known(n for n in range(pair.new.first, pair.new.last + 1) if n not in inside)
        return found

    def _with_remarks(self, pair: _Pair) -> tuple[int, int]:
        """Return where both start, with the remarks above them when the new one has some."""
        above = _remarks(self.part, pair.new.first)
        if above == pair.new.first:
            return pair.old.first, pair.new.first
        return _remarks(self.whole, pair.old.first), above

    def _shift(self, pair: _Pair) -> tuple[str, str]:
        """Return the indentation that the part has at a definition's start, and the file's."""
        return _indent(self.part.lines[pair.new.first]), _indent(self.whole.lines[pair.old.first])

    def _shifted(self, number: int, shift: tuple[str, str]) -> str:
        line = self.part.lines[number]
        mine, theirs = shift
        if mine == theirs or not line.strip() or self.part.is_quoted(number):
            return line
        return theirs + line.removeprefix(mine) if line.startswith(mine) else line

    # -- what is new

    def _between(self, pairs: Sequence[_Pair | None]) -> Iterator[Span]:
        """Yield new definitions, each beside the next one that the file has."""
        for number, pair in enumerate(pairs):
            if pair is None:
                yield self._beside(number, pairs)

    def _beside(self, number: int, pairs: Sequence[_Pair | None]) -> Span:
        new = self.part.definitions[number]
        if not any(plain(new.name) in self._words(pair) for pair in pairs if pair):
            self._refuse(f"nothing says where the new {plain(new.name)} goes, which nothing uses")
        after = next((pair for pair in pairs[number + 1 :] if pair), None)
        before = next((pair for pair in reversed(pairs[:number]) if pair), None)
        beside = after or before
        assert beside is not None
        if not beside.outermost:
            self._refuse(f"nothing says where the new {plain(new.name)} goes")
        lines = tuple(self.part.lines[_remarks(self.part, new.first) : new.last + 1])
        if after:
            place = _remarks(self.whole, after.old.first)
            gap = self._gap_after(new.last)
            return Span(place, place, (*lines, *gap))
        place = beside.old.last + 1
        return Span(place, place, (*self._gap_before(new.first), *lines))

    def _words(self, pair: _Pair) -> frozenset[str]:
        return Outline(self.part.of([pair.new]), self.part.language).words

    def _gap_after(self, line: int) -> tuple[str, ...]:
        rest = self.part.lines[line + 1 :]
        solid = next((k for k, one in enumerate(rest) if one.strip()), len(rest))
        return ("",) * solid

    def _gap_before(self, line: int) -> tuple[str, ...]:
        above = self.part.lines[: _remarks(self.part, line)]
        solid = next((k for k, one in enumerate(reversed(above)) if one.strip()), len(above))
        return ("",) * solid

    def _imports(self) -> Iterator[Span]:
        """Yield the imports that the file lacks, each behind the one it follows, or behind all."""
        known = {self.whole.lines[number].strip(): number for number in self.whole.imports}
        place = max(known.values(), default=-1) + 1
        for number in self.part.imports:
            line = self.part.lines[number]
            if line.strip() in known:
                place = known[line.strip()] + 1
            elif line.strip():
                yield Span(place, place, (line,))

    # -- what is left

    def _check_rest(self) -> None:
        imported = set(self.part.imports)
        self._check_known(number for number in self.part.outside if number not in imported)

    def _check_known(self, numbers: Iterator[int]) -> None:
        """Refuse lines with code that the file does not have: nothing says where they go."""
        known = {line.strip() for line in self.whole.lines}
        for number in numbers:
            line = self.part.lines[number].strip()
            if self.part.coded[number].strip() and line not in known:
                self._refuse(f'nothing says where its line "{line}" goes')


def _is_same(member: Definition, lone: Definition) -> bool:
    """Whether a lone definition is a method: same name, and same first parameter, such as self."""
    heads = [re.split(r"[,):]", one.head, maxsplit=1)[0] for one in (member, lone)]
    return plain(member.name) == plain(lone.name) and heads[0] == heads[1]


def _remarks(outline: Outline, first: int) -> int:
    """Return the first line of the remarks right above a line, at its own indentation; an evolve
    block's marker is none.
    """
    at = first
    while at > 0 and _is_remark(outline, at - 1, _indent(outline.lines[first])):
        at -= 1
    return at


def _is_remark(outline: Outline, number: int, indent: str) -> bool:
    line = outline.lines[number]
    if _indent(line) != indent:
        return False
    said = line.strip() and not outline.coded[number].strip()
    return bool(said) and not MARK.search(line) and number not in outline.imports


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]
