"""Align the old side of a hunk with a file: line keys, likeness of lines, and the cost tables of
all alignments.

The alignment is a semi-global one (Needleman and Wunsch 1970, free ends in the file) between the
rows of a hunk and the lines of a file. Each table entry is the cheapest way to get there, so that
the sum of both tables at a pair (row, line) is the price of the best placement that puts this row
on this line: what the uniqueness test needs.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from cladogen.kernels import native

Keys = npt.NDArray[np.uint64]
Floats = npt.NDArray[np.float32]
Bytes = npt.NDArray[np.uint8]

_SINGLE = "\u2018\u2019\u201a\u201b"
_DOUBLE = "\u201c\u201d\u201e\u201f"
_DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212"
_BLANKS = "\u00a0\u00ad\u202f\u205f\u2060\u3000\ufeff" + "".join(map(chr, range(0x2000, 0x200E)))
FOLDING = str.maketrans(
    dict.fromkeys(_SINGLE, "'")
    | dict.fromkeys(_DOUBLE, '"')
    | dict.fromkeys(_DASHES, "-")
    | dict.fromkeys(_BLANKS, " ")
    | {"\u2026": "..."}
)
_ASCII_BLANKS = dict.fromkeys(b" \t\n\x0b\x0c\r")


class Costs(NamedTuple):
    """What an alignment pays for each drift; the unit is one informative line of context that is
    not there.
    """

    squeezed: float = 0.02
    folded: float = 0.03
    gap: float = 0.9
    blank_gap: float = 0.03
    jump: float = 2.5
    elision: float = 0.02
    least_like: float = 0.6


@dataclass(frozen=True, slots=True)
class Rows:
    """The old side of a hunk, one entry per row; infinite ``substitute`` and ``skip`` mean: must be
    found.
    """

    keys: Keys
    substitute: Floats
    skip: Floats
    weight: Floats
    elided: Bytes
    may_skip: Bytes
    likeness: npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Lines:
    """A file, one entry per line. ``blank`` is 1 for a blank line, 2 for one of signs only;
    ``like`` has a row for each hunk row that ``Rows.likeness`` points to.
    """

    keys: Keys
    blank: Bytes
    like: Floats


def line_keys(text: bytes) -> Keys:
    """Return (lines, 4) keys: equal ones mean equal lines without trailing blanks, with runs of
    blanks made one, and without blanks and with typographic signs made plain. The last says what a
    line is: 0 text, 1 blank, 2 signs.
    """
    if native is not None:
        keys: Keys = native.line_keys(text)
        return keys
    return line_keys_numpy(text)


def line_keys_numpy(text: bytes) -> Keys:
    """Return what `line_keys` returns, from Python's own hashes."""
    forms = [(line.rstrip(), b" ".join(line.split()), folded(line)) for line in split(text)]
    hashes = [
        [hash(form) & (2**64 - 1) for form in triple] + [_plainness(triple[0])] for triple in forms
    ]
    return np.array(hashes, dtype=np.uint64).reshape(len(forms), 4)


def _plainness(line: bytes) -> int:
    if not line:
        return 1
    return 0 if re.search(rb"[\w\x80-\xff]", line) else 2


def split(text: bytes) -> list[bytes]:
    """Split at line feeds; an empty text has no line, and a final line feed opens no line."""
    lines = text.split(b"\n")
    return lines[:-1] if not lines[-1] else lines


def folded(line: bytes) -> bytes:
    """Return ``line`` without blanks, its typographic signs made plain."""
    if line.isascii():
        return b"".join(line.split())
    plain = line.decode("utf-8", "surrogateescape").translate(FOLDING).translate(_ASCII_BLANKS)
    return plain.replace(" ", "").encode("utf-8", "surrogateescape")


def likeness(rows: bytes, text: bytes) -> Floats:
    """Return (rows, lines) similarities: twice the longest common subsequence of bytes over both
    lengths, blanks left out.
    """
    if native is not None:
        like: Floats = native.likeness(rows, text)
        return like
    return likeness_numpy(rows, text)


def likeness_numpy(rows: bytes, text: bytes) -> Floats:
    """Return what `likeness` returns, with Python's long integers as bit vectors (Hyyro 2004)."""
    lines = split(text)
    table = [
        [_similarity(b"".join(row.split()), b"".join(line.split())) for line in lines]
        for row in split(rows)
    ]
    return np.array(table, dtype=np.float32).reshape(len(table), len(lines))


def _similarity(left: bytes, right: bytes) -> float:
    if not left and not right:
        return 1.0
    masks: dict[int, int] = {}
    for index, byte in enumerate(left):
        masks[byte] = masks.get(byte, 0) | 1 << index
    full = (1 << len(left)) - 1
    state = full
    for byte in right:
        shared = state & masks.get(byte, 0)
        state = ((state + shared) | (state & ~shared)) & full
    return 2.0 * (len(left) - state.bit_count()) / (len(left) + len(right))


def match_costs(rows: Rows, lines: Lines, costs: Costs, row: int) -> Floats:
    """Return what it costs to put ``row`` on each line of the file."""
    found = np.full(len(lines.keys), rows.substitute[row], dtype=np.float32)
    known = rows.likeness[row]
    if known >= 0:
        like = lines.like[known]
        close = like >= np.float32(costs.least_like)
        found[close] = rows.weight[row] * (np.float32(1.2) - like[close])
    found[lines.blank == 1] = np.inf
    if rows.weight[row] >= 1:
        found[lines.blank == 2] = np.inf
    for level, cost in ((2, costs.folded), (1, costs.squeezed), (0, 0.0)):
        found[lines.keys[:, level] == rows.keys[row, level]] = cost
    return found


def align(rows: Rows, lines: Lines, costs: Costs) -> tuple[Floats, Floats]:
    """Return two (rows + 1, lines + 1) tables: the cheapest alignment of the rows before i that
    leaves the file at line j, and of the rows from i on that starts there.
    """
    if native is None:
        return align_numpy(rows, lines, costs)
    before, after = native.align(
        rows.keys,
        rows.substitute,
        rows.skip,
        rows.weight,
        rows.elided,
        rows.may_skip,
        rows.likeness,
        lines.keys,
        lines.blank,
        lines.like,
        np.array(costs, dtype=np.float32),
    )
    return before, after


def align_numpy(rows: Rows, lines: Lines, costs: Costs) -> tuple[Floats, Floats]:
    """Return what `align` returns, row by row; a run of skipped lines is a running minimum."""
    count = len(rows.keys)
    pairs = [match_costs(rows, lines, costs, row) for row in range(count)]
    before = np.zeros((count + 1, len(lines.keys) + 1), dtype=np.float32)
    after = np.zeros_like(before)
    for row in range(count):
        here = before[row] + rows.skip[row]
        here[1:] = np.minimum(here[1:], before[row, :-1] + pairs[row])
        if rows.elided[row]:
            here = np.minimum(here, np.minimum.accumulate(before[row]) + np.float32(costs.elision))
        before[row + 1] = _passing(here, rows, lines, costs, row) if row + 1 < count else here
    for row in reversed(range(count)):
        here = after[row + 1] + rows.skip[row]
        here[:-1] = np.minimum(here[:-1], after[row + 1, 1:] + pairs[row])
        if rows.elided[row]:
            nearest = np.minimum.accumulate(after[row + 1, ::-1])[::-1]
            here = np.minimum(here, nearest + np.float32(costs.elision))
        after[row] = _passing(here[::-1], rows, lines, costs, row - 1, True)[::-1] if row else here
    return before, after


def _passing(
    here: Floats, rows: Rows, lines: Lines, costs: Costs, row: int, mirrored: bool = False
) -> Floats:
    """Let the file run on after ``row``: over blank lines, over others at a price, or in one
    jump.
    """
    free = bool(rows.may_skip[row])
    blank = lines.blank[::-1] if mirrored else lines.blank
    steps = np.where(blank == 1, costs.blank_gap, costs.gap if free else 1e6).astype(np.float64)
    walked = np.concatenate([[0.0], np.cumsum(steps)])
    passed = (np.minimum.accumulate(here - walked) + walked).astype(np.float32)
    passed[passed > 1e5] = np.inf
    if free:
        passed = np.minimum(passed, np.minimum.accumulate(here) + np.float32(costs.jump))
    found: Floats = np.minimum(passed, here)
    return found
