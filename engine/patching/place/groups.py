"""From a hunk at its place to changes of the file: which lines go, what comes before which line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from operator import attrgetter

from cladogen.errors import PatchRefused
from cladogen.patching.edits import Hunk, HunkLine, LineKind
from cladogen.patching.place.match import Placement, Search
from cladogen.patching.place.style import Pair, Style, learn, signs_of

_TAKEN = (LineKind.REMOVED, LineKind.KEPT)
_WORDS = (  # in front of the name that a line binds
    "export|pub|static|constexpr|const|let|var|mut|final|async|inline|auto|unsigned|int|long|double|"
    "float|bool|size_t|char"
)
_BINDS = re.compile(
    rf"(?P<indent>\s*)(?:(?:{_WORDS})\s+)*(?:(?:def|class|fn|func|function|struct)\s+(?P<defined>\w+)"
    r"|(?P<name>[A-Za-z_]\w*)\s*(?::[^=:]+)?=(?![=>]))"
)


@dataclass(frozen=True, slots=True)
class ChangeGroup:
    """One change: ``removed`` lines go, ``added`` come before ``line``. ``leaning`` 0 belongs
    to the line before, 1 to the line after: the order when two changes meet.
    """

    removed: tuple[int, ...]
    line: int
    leaning: int
    added: tuple[str, ...]
    open_end: bool = False

    @property
    def span(self) -> range:
        """The lines from the first that goes to the last."""
        return range(self.removed[0], self.removed[-1] + 1) if self.removed else range(0)

    def collides(self, other: ChangeGroup) -> bool:
        """Whether both change the same lines, each in its own way."""
        if self == other:
            return False
        if set(self.removed) & set(other.removed):
            return True
        return self._splits(other) or other._splits(self) or self.binds_otherwise(other)

    def differs_at_one_line(self, other: ChangeGroup) -> bool:
        """Whether two changes say different things at one line, as two offers of one thing do."""
        return self.line == other.line and self.added != other.added

    def adds(self, lines: tuple[str, ...]) -> bool:
        """Whether all of some lines are among those that come, side by side."""
        count = len(lines)
        return any(
            self.added[at : at + count] == lines for at in range(len(self.added) - count + 1)
        )

    def binds_otherwise(self, other: ChangeGroup) -> bool:
        """Whether both give, at one line, a value or a body to one name, each its own."""
        if self.line != other.line:
            return False
        mine, theirs = _bound(self.added), _bound(other.added)
        return any(mine[name] != theirs[name] for name in mine.keys() & theirs.keys())

    def _splits(self, other: ChangeGroup) -> bool:
        return (
            bool(self.added and other.removed) and other.removed[0] < self.line <= other.removed[-1]
        )


def _bound(lines: Iterable[str]) -> dict[tuple[str, str], str]:
    """Return the first line that binds each name, by its indentation and the name."""
    found: dict[tuple[str, str], str] = {}
    for line in lines:
        match = _BINDS.match(line)
        if match:
            name = match["defined"] or match["name"]
            found.setdefault((match["indent"], name), line.strip())
    return found


def shared_lines(one: ChangeGroup, other: ChangeGroup) -> list[int]:
    """Return the lines that two changes which collide both change, else where they meet."""
    both = set(one.removed) & set(other.removed)
    lines = both or {*one.removed, *other.removed, one.line, other.line}
    return sorted(line for line in lines if line >= 0)


@dataclass(frozen=True, slots=True)
class PlacedHunk:
    """A hunk at the place that was chosen for it."""

    search: Search
    placement: Placement
    where: str

    def kept(self) -> Iterator[int]:
        """Yield the lines that the hunk removes and adds again."""
        rows = zip(self.search.old, self.placement.lines, strict=True)
        return (line for row, line in rows if row.kind == LineKind.KEPT and line >= 0)


def pairs(found: PlacedHunk) -> tuple[list[Pair], list[Pair]]:
    """Return the pairs of row and line, removed rows apart from context, of rows that say the same
    as their line.
    """
    strict: list[Pair] = []
    context: list[Pair] = []
    for number, row in enumerate(found.search.old):
        if row.kind != LineKind.ELIDED and _says_the_same(found, number):
            line = found.search.text.lines[found.placement.lines[number]]
            side = context if row.kind == LineKind.CONTEXT else strict
            side.append((row.text, line))
    return strict, context


def _says_the_same(found: PlacedHunk, row: int) -> bool:
    """Whether a row was found in a line that says the same."""
    exact = found.placement.cost == 0
    return exact or found.search.closeness(row, found.placement.lines[row]) == 1.0


def styles(all_found: list[PlacedHunk]) -> list[Style]:
    """Return the style for the added lines of each hunk of a file: what one hunk shows of tabs and
    signs holds for all, but indentation shifts hunk by hunk.
    """
    own: list[Style] = []
    signs: dict[int, str] = {}
    for found in all_found:
        strict, context = pairs(found)
        signs |= signs_of([*strict, *context])
        added = [row.text for row in found.search.hunk.added]
        own.append(learn(strict, context, found.search.text, added))
    tab = next(filter(None, (style.tab for style in own)), 0)
    return [replace(style, tab=_tab_for(style, tab), signs=signs) for style in own]


def _tab_for(style: Style, tab: int) -> int:
    """Return the blanks for a tab of a hunk: its own, else another's if it shows no indentation."""
    return style.tab or (0 if style.indents else tab)


def groups(found: PlacedHunk, style: Style) -> list[ChangeGroup]:
    """Return the changes of a placed hunk."""
    result: list[ChangeGroup] = []
    number = 0
    for changes, rows in groupby(found.search.hunk.rows, key=attrgetter("changes")):
        run = tuple(rows)
        if changes:
            result += _run(found, style, run, number)
        number += sum(row.kind != LineKind.ADDED for row in run)
    return result


def _run(
    found: PlacedHunk, style: Style, run: tuple[HunkLine, ...], number: int
) -> list[ChangeGroup]:
    """Return the groups of a run of removed and added rows whose first old row has ``number``."""
    result: list[ChangeGroup] = []
    removed: list[int] = []
    added: list[HunkLine] = []
    first = number
    for row in run:
        if row.kind == LineKind.REMOVED:
            if added:
                result.append(_group(found, style, removed, added, first, number))
                removed, added, first = [], [], number
            line = found.placement.lines[number]
            removed += [line] if line >= 0 else []
            number += 1
        else:
            added.append(row)
    result.append(_group(found, style, removed, added, first, number))
    return result


def _group(
    found: PlacedHunk,
    style: Style,
    removed: list[int],
    added: list[HunkLine],
    first: int,
    after: int,
) -> ChangeGroup:
    """``first`` and ``after`` number the old rows that this change starts with and that follow
    it.
    """
    lines = tuple(style.apply(row.text) for row in added)
    line, leaning = (removed[-1] + 1, 0) if removed else _between(found, lines, first, after)
    return ChangeGroup(
        tuple(removed),
        line if added else -1,
        leaning,
        lines,
        _opens_end(found, added, first, after),
    )


def _opens_end(found: PlacedHunk, added: list[HunkLine], first: int, after: int) -> bool:
    """Whether the new last line has no line feed; a remark on both sides that the file belies says
    nothing.
    """
    belied = (
        any(row.open_end for row in found.search.old[first:after])
        and found.search.text.endings[-1] != ""
    )
    return bool(added) and added[-1].open_end and not belied


def _between(found: PlacedHunk, added: tuple[str, ...], first: int, after: int) -> tuple[int, int]:
    """Return where lines come in that stand between two old rows, when the file has more between
    them.
    """
    lines = found.placement.lines
    left = _first_found(lines[:first][::-1])
    right = _first_found(lines[after:])
    if left is None:
        return _before_all(found, first, after, right)
    if right is not None and right > left + 1:
        below = _is_below(found, added, first, after, left, right)
        return (right, 1) if below else (left + 1, 0)
    _check_neighbours(found, first, after)
    return left + 1, 0


def _before_all(found: PlacedHunk, first: int, after: int, right: int | None) -> tuple[int, int]:
    """Return where lines come in of which no row before them was found."""
    if right is None:
        raise PatchRefused(
            "ambiguous-context", f"{found.where}: no context says where its lines go; give some"
        )
    _check_neighbours(found, first, after)
    return right, 1


def _first_found(lines: Sequence[int]) -> int | None:
    return next((line for line in lines if line >= 0), None)


def _is_below(
    found: PlacedHunk, added: tuple[str, ...], first: int, after: int, left: int, right: int
) -> bool:
    """Whether added lines come right above line ``right`` and not right below line ``left``."""
    shown = _is_shown_below(found, first, after, left, right)
    if shown is not None:
        return shown
    _check_blank(found, left, right)
    text = found.search.text
    return _belongs_below(added, text.lines[left], text.lines[right])


def _is_shown_below(
    found: PlacedHunk, first: int, after: int, left: int, right: int
) -> bool | None:
    """Whether the reply shows that lines come in right above the row after them, or right below the
    row before; None when it shows neither.
    """
    elided_left, elided_right = _is_elided(found, first - 1), _is_elided(found, after)
    if elided_left != elided_right:
        return elided_left
    if _is_taken_at(found, after, right):
        return True
    if _is_taken_at(found, first - 1, left):
        return False
    return None


def _is_elided(found: PlacedHunk, row: int) -> bool:
    old = found.search.old
    return 0 <= row < len(old) and old[row].kind == LineKind.ELIDED


def _is_taken_at(found: PlacedHunk, row: int, line: int) -> bool:
    """Whether a row that must be found was found at a line."""
    old = found.search.old
    inside = 0 <= row < len(old)
    return inside and old[row].kind in _TAKEN and found.placement.lines[row] == line


def _check_blank(found: PlacedHunk, left: int, right: int) -> None:
    """Raise PatchRefused when more than blank lines stand between two lines of the file."""
    text = found.search.text
    if not all(text.blank[line] == 1 for line in range(left + 1, right)):
        raise PatchRefused(
            "ambiguous-context",
            f"{found.where}: lines {left + 2} to {right} stand where it adds lines "
            f'("{text.lines[left + 1].strip()}"); '
            "show them as context",
        )


def _check_neighbours(found: PlacedHunk, first: int, after: int) -> None:
    """Raise PatchRefused when lines next to added ones are unlike the file's: then their place is a
    guess.
    """
    beside = [row for row in (first - 1, after) if _is_context(found, row)]
    if _are_gone_blanks(found, beside):
        raise _unlike(found, "between blank ones, which are not in the file")
    row = _strange(found, beside)
    if row is not None:
        text = found.search.old[row].text.strip()
        raise _unlike(found, f'next to "{text}", which is not in the file')


def _are_gone_blanks(found: PlacedHunk, beside: list[int]) -> bool:
    """Whether rows on both sides are blank, and the file has neither."""
    return len(beside) > 1 and all(_is_gone_blank(found, row) for row in beside)


def _strange(found: PlacedHunk, beside: list[int]) -> int | None:
    """Return a row that is unlike the line it was found at, or the first of rows that were found
    nowhere when all were; None where the rows may stand.
    """
    several = len(beside) > 1
    unlike = (row for row in beside if not _is_like(found, row, with_other=several))
    row = next(unlike, None)
    return row if row is not None else _missing(found, beside)


def _missing(found: PlacedHunk, beside: list[int]) -> int | None:
    """Return the first of rows that say something, where all of them were found nowhere."""
    lines = found.placement.lines
    gone = all(lines[row] < 0 and found.search.counts(row) for row in beside)
    return beside[0] if beside and gone else None


def _is_context(found: PlacedHunk, row: int) -> bool:
    inside = 0 <= row < len(found.placement.lines)
    return inside and found.search.old[row].kind == LineKind.CONTEXT


def _is_gone_blank(found: PlacedHunk, row: int) -> bool:
    return found.placement.lines[row] < 0 and not found.search.old[row].text.strip()


def _is_like(found: PlacedHunk, row: int, with_other: bool) -> bool:
    """Whether a row is like the line it was found at; one that was found nowhere is not unlike."""
    line = found.placement.lines[row]
    return line < 0 or found.search.resembles(row, line, with_other)


def _unlike(found: PlacedHunk, what: str) -> PatchRefused:
    line = max(found.placement.lines) + 1
    return PatchRefused(
        "ambiguous-context", f"{found.where}: it adds lines {what} around line {line}"
    )


def _belongs_below(added: tuple[str, ...], above: str, below: str) -> bool:
    """Whether added lines lead to what follows them, so that forgotten blank lines lie above
    them.
    """
    if not added[-1].strip():
        return bool(added[0].strip())
    if not added[0].strip():
        return False
    depth, upper, lower = (len(line) - len(line.lstrip()) for line in (added[-1], above, below))
    return depth == lower != upper


def hunk_name(path: str, number: int, hunk: Hunk, total: int) -> str:
    """Return how messages call a hunk."""
    what = "block" if hunk.at_end and hunk.start is None and not hunk.old else "hunk"
    return f"{path}, {what} {number}" if total > 1 else f"{path}, the only {what}"
