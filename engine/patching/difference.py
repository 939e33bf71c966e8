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

Code = tuple[str, int, int, int, int]
_SLOW = 1500  # lines; a longer gap is compared with difflib's own shortcut for frequent lines


def opcodes(old: Sequence[Hashable], new: Sequence[Hashable]) -> list[Code]:
    """Return codes that turn ``old`` into ``new``; no two that follow each other are both
    "equal".
    """
    codes: list[Code] = []
    i = j = 0
    for start, other, size in [*_blocks(old, new), (len(old), len(new), 0)]:
        if i < start or j < other:
            tag = "replace" if i < start and j < other else "delete" if i < start else "insert"
            codes.append((tag, i, start, j, other))
        if size and codes and codes[-1][0] == "equal":
            codes[-1] = ("equal", codes[-1][1], start + size, codes[-1][3], other + size)
        elif size:
            codes.append(("equal", start, start + size, other, other + size))
        i, j = start + size, other + size
    return codes


def _blocks(old: Sequence[Hashable], new: Sequence[Hashable]) -> Iterator[tuple[int, int, int]]:
    """Yield (start in old, start in new, size) of what both share."""
    head, tail = _ends(old, new, (0, len(old)), (0, len(new)))
    yield 0, 0, head
    i = j = head
    for start, other, size in [
        *_anchors(old, new, head, tail),
        (len(old) - tail, len(new) - tail, 0),
    ]:
        upper, lower = _ends(old, new, (i, start), (j, other))
        yield i, j, upper
        i, j = i + upper, j + upper
        if i < start - lower and j < other - lower:
            rest, put = old[i : start - lower], new[j : other - lower]
            matcher = SequenceMatcher(None, rest, put, autojunk=max(len(rest), len(put)) > _SLOW)
            yield from ((i + a, j + b, size) for a, b, size in matcher.get_matching_blocks())
        yield start - lower, other - lower, lower + size
        i, j = start + size, other + size
    yield len(old) - tail, len(new) - tail, tail


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
) -> list[tuple[int, int, int]]:
    """Return runs (start in old, start in new, size) of lines that are unique on both sides, in one
    rising chain.
    """
    if max(len(old), len(new)) - head - tail < 50:
        return []
    parts = [side[head : len(side) - tail] for side in (old, new)]
    if not all(parts):
        return []
    names = dict(zip(dict.fromkeys([*parts[0], *parts[1]]), count(), strict=False))
    sides = [
        np.fromiter(map(names.__getitem__, part), dtype=np.int64, count=len(part)) for part in parts
    ]
    counts = [np.bincount(side, minlength=len(names)) for side in sides]
    place = np.empty(len(names), dtype=np.int64)
    place[sides[1]] = np.arange(len(sides[1]))
    left = np.flatnonzero((counts[0][sides[0]] == 1) & (counts[1][sides[0]] == 1))
    right = place[sides[0][left]]
    if len(right) and (np.diff(right) < 0).any():
        chain = _longest_chain(right.tolist())
        left, right = left[chain], right[chain]
    breaks = np.flatnonzero((np.diff(left) != 1) | (np.diff(right) != 1)) + 1
    starts = [0, *breaks.tolist()] if len(left) else []
    sizes = np.diff([*starts, len(left)]).tolist()
    return [
        (head + int(left[k]), head + int(right[k]), size)
        for k, size in zip(starts, sizes, strict=True)
    ]


def _longest_chain(places: list[int]) -> list[int]:
    """Return which entries make the longest rising chain (patience sorting)."""
    tops: list[int] = []
    owners: list[int] = []
    before: list[int] = []
    for number, place in enumerate(places):
        pile = bisect_left(tops, place)
        before.append(owners[pile - 1] if pile else -1)
        tops[pile : pile + 1] = [place]
        owners[pile : pile + 1] = [number]
    chain: list[int] = []
    number = owners[-1] if owners else -1
    while number >= 0:
        chain.append(number)
        number = before[number]
    return chain[::-1]
