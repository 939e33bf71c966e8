"""The difference of two lists of lines, as difflib's opcodes: patience first, difflib in what is
left.

Common ends come off, lines that are unique on both sides become anchors (their longest increasing
chain), and only the gaps between anchors are compared the slow way. Changes of a few lines in a
long file cost next to nothing.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Hashable, Iterator, Sequence
from difflib import SequenceMatcher
from itertools import count

import numpy as np
import numpy.typing as npt

Code = tuple[str, int, int, int, int]
_Block = tuple[int, int, int]
_Numbers = npt.NDArray[np.int64]
_SHORT = 50  # lines; below, anchors cost more than they spare
_SLOW = 1500  # lines; a longer gap is compared with difflib's own shortcut for frequent lines


def opcodes(old: Sequence[Hashable], new: Sequence[Hashable]) -> list[Code]:
    """Return codes that turn ``old`` into ``new``; no two that follow each other are both
    "equal".
    """
    codes: list[Code] = []
    i = j = 0
    for start, other, size in [*_blocks(old, new), (len(old), len(new), 0)]:
        codes += _changed(i, start, j, other)
        codes += [("equal", start, start + size, other, other + size)] if size else []
        i, j = start + size, other + size
    return codes


def _changed(i: int, i_end: int, j: int, j_end: int) -> list[Code]:
    if i < i_end and j < j_end:
        return [("replace", i, i_end, j, j_end)]
    if i < i_end:
        return [("delete", i, i_end, j, j_end)]
    return [("insert", i, i_end, j, j_end)] if j < j_end else []


def _blocks(old: Sequence[Hashable], new: Sequence[Hashable]) -> list[_Block]:
    """Return what both share, neighbours joined."""
    found: list[_Block] = []
    for start, other, size in _shared(old, new):
        if found and (start, other) == (found[-1][0] + found[-1][2], found[-1][1] + found[-1][2]):
            found[-1] = (found[-1][0], found[-1][1], found[-1][2] + size)
        elif size:
            found.append((start, other, size))
    return found


def _shared(old: Sequence[Hashable], new: Sequence[Hashable]) -> Iterator[_Block]:
    """Yield (start in old, start in new, size): the common ends, the anchors, what lies between."""
    head, tail = _ends(old, new, (0, len(old)), (0, len(new)))
    yield 0, 0, head
    i = j = head
    for start, other, size in [
        *_anchors(old, new, head, tail),
        (len(old) - tail, len(new) - tail, 0),
    ]:
        yield from _gap(old, new, (i, start), (j, other))
        yield start, other, size
        i, j = start + size, other + size
    yield len(old) - tail, len(new) - tail, tail


def _gap(
    old: Sequence[Hashable], new: Sequence[Hashable], left: tuple[int, int], right: tuple[int, int]
) -> Iterator[_Block]:
    """Yield what two ranges between anchors share."""
    head, tail = _ends(old, new, left, right)
    (i, i_end), (j, j_end) = left, right
    yield i, j, head
    rest, put = old[i + head : i_end - tail], new[j + head : j_end - tail]
    if rest and put:
        matcher = SequenceMatcher(None, rest, put, autojunk=max(len(rest), len(put)) > _SLOW)
        for a, b, size in matcher.get_matching_blocks():
            yield i + head + a, j + head + b, size
    yield i_end - tail, j_end - tail, tail


def _ends(
    old: Sequence[Hashable], new: Sequence[Hashable], left: tuple[int, int], right: tuple[int, int]
) -> tuple[int, int]:
    """Return how many items two ranges share at their start and at their end."""
    (i, i_end), (j, j_end) = left, right
    shorter = min(i_end - i, j_end - j)
    head = 0
    while head < shorter and old[i + head] == new[j + head]:
        head += 1
    tail = 0
    while tail < shorter - head and old[i_end - 1 - tail] == new[j_end - 1 - tail]:
        tail += 1
    return head, tail


def _anchors(
    old: Sequence[Hashable], new: Sequence[Hashable], head: int, tail: int
) -> list[_Block]:
    """Return runs (start in old, start in new, size) of lines that are unique on both sides, in one
    rising chain.
    """
    parts = [side[head : len(side) - tail] for side in (old, new)]
    if max(map(len, parts)) < _SHORT or not all(parts):
        return []
    left, right = _unique(parts[0], parts[1])
    if (np.diff(right) < 0).any():
        chain = _longest_chain(right.tolist())
        left, right = left[chain], right[chain]
    return _runs(left + head, right + head) if len(left) else []


def _runs(left: _Numbers, right: _Numbers) -> list[_Block]:
    """Return the stretches in which both numbers go on by one."""
    breaks = np.flatnonzero((np.diff(left) != 1) | (np.diff(right) != 1)) + 1
    starts = [0, *breaks.tolist()]
    sizes = np.diff([*starts, len(left)]).tolist()
    return [(int(left[k]), int(right[k]), size) for k, size in zip(starts, sizes, strict=True)]


def _unique(old: Sequence[Hashable], new: Sequence[Hashable]) -> tuple[_Numbers, _Numbers]:
    """Return where the lines that each side has once stand, in the order of the old side."""
    names = dict(zip(dict.fromkeys([*old, *new]), count(), strict=False))
    sides = [
        np.fromiter(map(names.__getitem__, side), dtype=np.int64, count=len(side))
        for side in (old, new)
    ]
    once = [np.bincount(side, minlength=len(names)) == 1 for side in sides]
    there = np.empty(len(names), dtype=np.int64)
    there[sides[1]] = np.arange(len(sides[1]))
    left = np.flatnonzero((once[0] & once[1])[sides[0]])
    return left, there[sides[0][left]]


def _longest_chain(numbers: list[int]) -> list[int]:
    """Return which entries make the longest rising chain (patience sorting)."""
    tops: list[int] = []
    owners: list[int] = []
    before: list[int] = []
    for entry, number in enumerate(numbers):
        pile = bisect_left(tops, number)
        before.append(owners[pile - 1] if pile else -1)
        tops[pile : pile + 1] = [number]
        owners[pile : pile + 1] = [entry]
    chain: list[int] = []
    entry = owners[-1] if owners else -1
    while entry >= 0:
        chain.append(entry)
        entry = before[entry]
    return chain[::-1]
