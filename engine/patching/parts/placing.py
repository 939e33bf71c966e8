"""Where the parts of a file go, by their names: when that is possible in exactly one way.

A definition replaces the one of its name; a class that is not complete gives its methods one by
one. A function that is new stands beside the one that uses it. Lines that the file has already say
nothing; an import that it lacks joins the others. Anything else is refused.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import NoReturn

from cladogen.errors import PatchRefused
from cladogen.patching.evolve_blocks import MARKER
from cladogen.patching.parts.definitions import Definition, every
from cladogen.patching.parts.endings import stops_short
from cladogen.patching.parts.outline import Outline, plain
from cladogen.patching.parts.overloads import may_stand_beside


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
        pairs = list(map(self._pair, self.part.definitions))
        if not any(pairs):
            self._refuse_strange()
        self._check_end(pairs)
        found = [*self._imports(), *self._additions(pairs)]
        for pair in filter(None, pairs):
            found += self._replaced(pair)
        imported = set(self.part.imports)
        self._check_known(number for number in self.part.outside if number not in imported)
        return found

    def _refuse_strange(self) -> NoReturn:
        """Refuse a part of which the file has nothing."""
        names = ", ".join(plain(one.name) for one in self.part.definitions)
        self._refuse(f"the file has no {names}" if names else "it defines nothing")

    def _check_end(self, pairs: Sequence[_Pair | None]) -> None:
        """Refuse the beginning of a file that ends within a definition: it is shorter than the
        file's, has another end, and nothing of the file follows.
        """
        last = pairs[-1]
        if last is None or not last.outermost or not self._begins_as_the_file():
            return
        if not last.new.value and stops_short(last.new, last.old, self.part, self.whole):
            line = self.part.lines[last.new.last].strip()
            self._refuse(f'it ends within {plain(last.new.name)}, with "{line[:80]}"')

    def _begins_as_the_file(self) -> bool:
        mine, theirs = (next(_solid(one, 0, len(one.lines)), "") for one in (self.part, self.whole))
        return mine == theirs

    def _refuse(self, why: str) -> NoReturn:
        reason = f"{self.path}: the fence is a part of the file ({self.why}), and {why}"
        raise PatchRefused("truncated-reply", f"{reason}; give the complete file or a diff")

    # -- which definition of the file

    def _pair(self, new: Definition) -> _Pair | None:
        """Return what a definition stands for; None for one that is new."""
        found = self._namesakes(new)
        same = [pair for pair in found if pair.old.head == new.head]
        chosen = same if len(same) == 1 else found
        self._check_one(new, chosen)
        return next(iter(chosen), None)

    def _check_one(self, new: Definition, found: Sequence[_Pair]) -> None:
        """Refuse a definition that the file has several times."""
        if len(found) > 1:
            lines = ", ".join(str(pair.old.first + 1) for pair in found)
            reason = f"{self.path}: {plain(new.name)} is defined more than once (lines {lines})"
            raise PatchRefused("ambiguous-context", f"{reason}; give a diff that shows which")

    def _namesakes(self, new: Definition) -> list[_Pair]:
        """Return the definitions of the file that have the name of one."""
        return [
            _Pair(new, old, len(path) == 1)
            for path, old in every(self.whole.definitions)
            if (_is_method(old, new) if len(path) > 1 else old.name == new.name)
        ]

    # -- what it changes

    def _replaced(self, pair: _Pair) -> list[Span]:
        missing = {one.name for one in pair.old.members} - {one.name for one in pair.new.members}
        if pair.new.members and missing:
            return self._members(pair)
        self._check_decorators(pair)
        self._check_overload(pair)
        first, new_first = self._with_remarks(pair)
        lines = self._shifted(pair, new_first, pair.new.last + 1)
        return [Span(first, pair.old.last + 1, lines)]

    def _check_decorators(self, pair: _Pair) -> None:
        """Refuse a definition without any of the decorators that the file's has, or without its
        extern "C": whether they go or were only not shown, nobody can say.
        """
        above = self.whole.lines[pair.old.first].strip()
        shown = self.part.lines[pair.new.first].lstrip()
        foreign = pair.old.head.startswith("extern") > pair.new.head.startswith("extern")
        if foreign or (above.startswith("@") and not shown.startswith("@")):
            self._refuse(f'its {plain(pair.new.name)} lacks the file\'s line "{above}"')

    def _check_overload(self, pair: _Pair) -> None:
        """Refuse a function that takes other types than the file's, which other code calls."""
        if not may_stand_beside(self.path, self.part, pair.new, self.whole, pair.old):
            return
        name = plain(pair.new.name)
        changed = {one.name for one in self.part.definitions}
        left = [one for one in self.whole.definitions if one.name not in changed]
        if name in self.whole.words_of(left):
            self._refuse(
                f"its {name} takes other types than the file's, which is called elsewhere in it: "
                "nothing says whether it stands beside that one"
            )

    def _members(self, pair: _Pair) -> list[Span]:
        """Place the methods of a class that is not complete one by one."""
        known = {one.name: one for one in pair.old.members}
        self._check_class(pair, known)
        self._check_known(_between_members(pair.new))
        spans: list[Span] = []
        for one in pair.new.members:
            spans += self._replaced(_Pair(one, known[one.name], False))
        return spans

    def _check_class(self, pair: _Pair, known: Container[str]) -> None:
        """Refuse a class that begins otherwise than the file's, or has a method that is new."""
        name = plain(pair.new.name)
        if pair.new.head != pair.old.head:
            self._refuse(f"its {name} begins otherwise than the file's")
        strange = [plain(one.name) for one in pair.new.members if one.name not in known]
        if strange:
            self._refuse(f"{name} has no {strange[0]} in the file")

    def _with_remarks(self, pair: _Pair) -> tuple[int, int]:
        """Return where both start, with the remarks above them when the new one has some."""
        above = _remarks(self.part, pair.new.first)
        if above == pair.new.first:
            return pair.old.first, pair.new.first
        return _remarks(self.whole, pair.old.first), above

    def _shifted(self, pair: _Pair, first: int, last: int) -> tuple[str, ...]:
        """Return lines of the part with the indentation that the file has at the definition."""
        mine = _indent(self.part.lines[pair.new.first])
        theirs = _indent(self.whole.lines[pair.old.first])
        return tuple(self._moved(number, mine, theirs) for number in range(first, last))

    def _moved(self, number: int, mine: str, theirs: str) -> str:
        line = self.part.lines[number]
        stays = not line.strip() or not line.startswith(mine) or self.part.is_quoted(number)
        return line if stays else theirs + line.removeprefix(mine)

    # -- what is new

    def _additions(self, pairs: Sequence[_Pair | None]) -> Iterator[Span]:
        """Yield new definitions, each beside the next one that the file has, or the one before."""
        used = self.part.words_of(pair.new for pair in pairs if pair)
        for number, new in enumerate(self.part.definitions):
            if pairs[number] is None:
                self._check_used(new, used)
                yield self._beside(new, pairs[:number], pairs[number + 1 :])

    def _check_used(self, new: Definition, used: Container[str]) -> None:
        """Refuse a new definition that nothing uses which the file has."""
        name = plain(new.name)
        if name not in used:
            self._refuse(f"nothing says where the new {name} goes, which nothing uses")

    def _beside(
        self, new: Definition, before: Sequence[_Pair | None], after: Sequence[_Pair | None]
    ) -> Span:
        following = next(filter(None, after), None)
        beside = following or next(filter(None, reversed(before)))
        if not beside.outermost:
            self._refuse(f"nothing says where the new {plain(new.name)} goes")
        first = _remarks(self.part, new.first)
        lines = tuple(self.part.lines[first : new.last + 1])
        if following:
            start = _remarks(self.whole, beside.old.first)
            return Span(start, start, (*lines, *_blanks(self.part.lines[new.last + 1 :])))
        start = beside.old.last + 1
        return Span(start, start, (*_blanks(reversed(self.part.lines[:first])), *lines))

    def _imports(self) -> Iterator[Span]:
        """Yield the imports that the file lacks, each behind the one it follows, or behind all."""
        known = {self.whole.lines[number].strip(): number for number in self.whole.imports}
        start = max(known.values(), default=-1) + 1
        for line in [self.part.lines[number] for number in self.part.imports]:
            if line.strip() not in known:
                yield Span(start, start, (line,))
            start = known.get(line.strip(), start - 1) + 1

    # -- what is left

    def _check_known(self, numbers: Iterable[int]) -> None:
        """Refuse lines with code that the file does not have: nothing says where they go."""
        known = {line.strip() for line in self.whole.lines}
        for number in numbers:
            line = self.part.lines[number].strip()
            if self.part.coded[number].strip() and line not in known:
                self._refuse(f'nothing says where its line "{line}" goes')


def _solid(outline: Outline, first: int, end: int) -> Iterator[str]:
    return (line.strip() for line in outline.lines[first:end] if line.strip())


def _is_method(member: Definition, lone: Definition) -> bool:
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
    if not line.strip() or outline.coded[number].strip() or _indent(line) != indent:
        return False
    return not MARKER.search(line) and number not in outline.imports


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]


def _blanks(lines: Iterable[str]) -> tuple[str, ...]:
    """Return the blank lines that come before the first other one."""
    found: list[str] = []
    for line in lines:
        if line.strip():
            break
        found.append("")
    return tuple(found)


def _between_members(one: Definition) -> Iterator[int]:
    """Yield the lines of a class that are in none of its methods."""
    inside = set(chain.from_iterable(member.numbers for member in one.members))
    return (number for number in one.numbers if number not in inside)
