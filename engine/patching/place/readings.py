"""Other readings of a hunk: with line numbers in front of its lines, with HTML entities, with signs
lost.

The reading that is most at home in the file is the one that was meant.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise

from cladogen.kernels.alignment import line_keys
from cladogen.patching.edits import Hunk, HunkLine, LineKind, compare, settle
from cladogen.patching.place.text import Text, encoded, form
from cladogen.patching.read.headers import is_elision
from cladogen.patching.read.line_numbers import is_numbered, without_number

_ENTITY = re.compile(r"&(?:lt|gt|amp|quot|#39|apos|nbsp);")
_PLAIN_SIGN = re.compile(r"[<>]|&(?!\w+;|#)")  # that an entity stands for


def read_as(hunks: tuple[Hunk, ...], text: Text) -> tuple[Hunk, ...]:
    """Return the hunks in the reading that is most at home in the file."""
    readings = _readings(hunks, text)
    if len(readings) > 1:
        known = set(text.keys[:, 1].tolist())
        hunks = max(readings, key=lambda reading: _at_home(reading, known))
    whole = (_with_signs(_unglued(hunk, text), text) for hunk in hunks)
    return tuple(part for hunk in whole for part in _parts(hunk, text))


def _readings(hunks: tuple[Hunk, ...], text: Text) -> list[tuple[Hunk, ...]]:
    """Return the hunks in every reading, first as they came."""
    readings = [hunks]
    for change in (_without_numbers, _without_old_numbers, _without_entities):
        readings += [read for reading in readings if (read := change(reading, text)) is not None]
    return readings


def _unglued(hunk: Hunk, text: Text) -> Hunk:
    """Part the last line of a file without a final line feed from the line that takes its place:
    difflib writes both in one row. The new end stays open, too, unless the line is the same: then
    a line feed is what is new.
    """
    if not text.endings or text.endings[-1]:
        return hunk
    rows = [part for row in hunk.rows for part in _parted(row, text.lines[-1])]
    if len(rows) == len(hunk.rows):
        return hunk
    before, last = rows[-2:]
    at = -2 if _is_taken_away(before, last) else -1
    rows[at] = replace(rows[at], open_end=True)
    return replace(hunk, rows=settle(tuple(rows)))


def _is_taken_away(before: HunkLine, last: HunkLine) -> bool:
    """Whether the last row is the line that the one before takes away."""
    return before.kind == LineKind.REMOVED and before.text == last.text


def _parted(row: HunkLine, last: str) -> list[HunkLine]:
    """Return a row as two where it removes the last line of a file, and goes on with the new
    one.
    """
    if row.kind != LineKind.REMOVED or not row.text.startswith(last + "+"):
        return [row]
    return [replace(row, text=last), HunkLine(LineKind.ADDED, row.text[len(last) + 1 :])]


def _without_numbers(hunks: tuple[Hunk, ...], _: Text) -> tuple[Hunk, ...] | None:
    texts = [row.text for hunk in hunks for row in hunk.rows if _is_of_text(row)]
    if not texts or not all(map(is_numbered, texts)):
        return None
    return _each(_unnumbered, hunks)


def _is_of_text(row: HunkLine) -> bool:
    return bool(row.text.strip()) and row.kind != LineKind.ELIDED


def _each(change: Callable[[HunkLine], HunkLine], hunks: Sequence[Hunk]) -> tuple[Hunk, ...]:
    """Return hunks with each of their rows changed."""
    return tuple(replace(hunk, rows=tuple(map(change, hunk.rows))) for hunk in hunks)


def _without_old_numbers(hunks: tuple[Hunk, ...], _: Text) -> tuple[Hunk, ...] | None:
    """Return SEARCH blocks that number the lines to be found, and not those that come."""
    solid = all(hunk.solid for hunk in hunks)
    return tuple(map(_with_old, hunks)) if solid and _numbers_only_old(hunks) else None


def _numbers_only_old(hunks: Sequence[Hunk]) -> bool:
    old = _old_texts(hunks)
    added = (row.text for hunk in hunks for row in hunk.added)
    return bool(old) and all(map(is_numbered, old)) and not any(map(is_numbered, added))


def _old_texts(hunks: Sequence[Hunk]) -> list[str]:
    return [row.text for hunk in hunks for row in hunk.old if row.text.strip()]


def _with_old(hunk: Hunk) -> Hunk:
    old = [replace(_unnumbered(row), kind=LineKind.CONTEXT) for row in hunk.old]
    new = [replace(row, kind=LineKind.CONTEXT) for row in hunk.added]
    return replace(hunk, rows=tuple(compare(old, new, LineKind.CONTEXT)))


def _parts(hunk: Hunk, text: Text) -> list[Hunk]:
    """Return a hunk without any context as several, where what it removes stands in the file, but
    not together, and each line has one that takes its place: each change is one of its own.
    """
    runs = _runs(hunk)
    if hunk.solid or len(runs) < 2 or not all(map(_is_exchange, runs)):
        return [hunk]
    if _stands([row.text for row in hunk.old], text):
        return [hunk]
    return [replace(hunk, rows=run) for run in runs]


def _runs(hunk: Hunk) -> list[tuple[HunkLine, ...]]:
    """Cut rows before each removed line that follows an added one."""
    turn = (LineKind.ADDED, LineKind.REMOVED)
    kinds = pairwise(row.kind for row in hunk.rows)
    turns = [at for at, pair in enumerate(kinds, 1) if pair == turn]
    return [hunk.rows[a:b] for a, b in pairwise([0, *turns, len(hunk.rows)])]


def _is_exchange(run: tuple[HunkLine, ...]) -> bool:
    """Whether rows are removed lines, and then as many added ones."""
    half = len(run) // 2
    kinds = [row.kind for row in run]
    return kinds == [LineKind.REMOVED] * half + [LineKind.ADDED] * half


def _stands(lines: list[str], text: Text) -> bool:
    """Whether lines stand together in a file, blanks at their ends apart."""
    wanted = [line.strip() for line in lines if line.strip()]
    known = [line.strip() for line in text.lines if line.strip()]
    return "\n".join(["", *wanted, ""]) in "\n".join(["", *known, ""])


def _unnumbered(row: HunkLine) -> HunkLine:
    text = without_number(row.text)
    elided = row.kind == LineKind.CONTEXT and is_elision(text)
    return replace(row, text=text, kind=LineKind.ELIDED if elided else row.kind)


def _without_entities(hunks: tuple[Hunk, ...], text: Text) -> tuple[Hunk, ...] | None:
    """Return the hunks without HTML entities, if the reply has no plain sign that an entity stands
    for.
    """
    rows = [row.text for hunk in hunks for row in hunk.rows]
    if not any(map(_ENTITY.search, rows)) or any(map(_PLAIN_SIGN.search, rows)):
        return None
    if any(map(_ENTITY.search, text.lines)):
        return None
    return _each(_unescaped, hunks)


def _unescaped(row: HunkLine) -> HunkLine:
    return replace(row, text=html.unescape(row.text))


def _with_signs(hunk: Hunk, text: Text) -> Hunk:
    """Give context that lost its sign the blank back that was taken for one, where the file has the
    line so.
    """
    lost = set(map(id, _lost_signs(list(filter(_is_context, hunk.rows)), text)))
    if not lost:
        return hunk
    rows = (replace(row, text=" " + row.text) if id(row) in lost else row for row in hunk.rows)
    return replace(hunk, rows=tuple(rows))


def _is_context(row: HunkLine) -> bool:
    return row.kind == LineKind.CONTEXT and bool(row.text.strip())


def _lost_signs(context: list[HunkLine], text: Text) -> list[HunkLine]:
    """Return the rows of the context whose sign was lost."""
    signed = _strange(context, text)
    lost = [row for row in signed if _is_known(" " + form(row.text), text)]
    if len(signed) == len(context):
        return signed if lost else []
    return signed if any(row.bare for row in context) else lost


def _strange(context: list[HunkLine], text: Text) -> list[HunkLine]:
    """Return the rows with a sign in front that the file does not have."""
    return [row for row in context if not row.bare and not _is_known(form(row.text), text)]


def _is_known(line: str, text: Text) -> bool:
    return int(line_keys(encoded([line]))[0, 0]) in text.known


def _at_home(hunks: tuple[Hunk, ...], known: set[int]) -> tuple[int, bool, bool]:
    """Count the old rows the file has; when readings are equal there, plain signs are more likely
    than entities, and numbers in front of every line are likelier to count lines than to be meant.
    """
    old = _old_texts(hunks)
    plain = not any(_ENTITY.search(row.text) for hunk in hunks for row in hunk.rows)
    numbered = all(map(is_numbered, old))
    return sum(key in known for key in line_keys(encoded(old))[:, 1].tolist()), plain, not numbered
