"""The difference of two lists of lines, as difflib's opcodes: patience first, difflib in what is left.

Common ends come off, lines that are unique on both sides become anchors (their longest increasing chain), and only
the gaps between anchors are compared the slow way. Changes of a few lines in a long file cost next to nothing.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from difflib import SequenceMatcher

Code = tuple[str, int, int, int, int]
_SLOW = 1500  # lines; a longer gap is compared with difflib's own shortcut for frequent lines


def opcodes(old: Sequence[Hashable], new: Sequence[Hashable]) -> list[Code]:
    """Return codes that turn ``old`` into ``new``; no two that follow each other are both "equal"."""
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
    shorter = min(len(old), len(new))
    head = next((k for k in range(shorter) if old[k] != new[k]), shorter)
    tail = next((k for k in range(shorter - head) if old[-1 - k] != new[-1 - k]), shorter - head)
    if head:
        yield 0, 0, head
    i, j = head, head
    for start, other in [*_anchors(old, new, head, tail), (len(old) - tail, len(new) - tail)]:
        if i < start and j < other:
            frequent = max(start - i, other - j) > _SLOW
            matcher = SequenceMatcher(None, old[i:start], new[j:other], autojunk=frequent)
            yield from ((i + a, j + b, size) for a, b, size in matcher.get_matching_blocks() if size)
        if start < len(old) - tail:
            yield start, other, 1
        i, j = start + 1, other + 1
    if tail:
        yield len(old) - tail, len(new) - tail, tail


def _anchors(old: Sequence[Hashable], new: Sequence[Hashable], head: int, tail: int) -> list[tuple[int, int]]:
    """Return the longest chain of lines that are unique on both sides, between the common ends."""
    if max(len(old), len(new)) - head - tail < 50:
        return []
    counts, others = Counter(old[head : len(old) - tail]), Counter(new[head : len(new) - tail])
    places = {line: j for j, line in enumerate(new) if others.get(line) == 1 and head <= j < len(new) - tail}
    pairs = [
        (i, places[line])
        for i, line in enumerate(old[: len(old) - tail])
        if i >= head and line in places and counts[line] == 1
    ]
    return _longest_chain(pairs)


def _longest_chain(pairs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the longest chain that rises on both sides (patience sorting)."""
    tops: list[int] = []
    owners: list[int] = []
    before: list[int] = []
    for number, (_, j) in enumerate(pairs):
        pile = bisect_left(tops, j)
        before.append(owners[pile - 1] if pile else -1)
        tops[pile : pile + 1] = [j]
        owners[pile : pile + 1] = [number]
    chain: list[tuple[int, int]] = []
    number = owners[-1] if owners else -1
    while number >= 0:
        chain.append(pairs[number])
        number = before[number]
    return chain[::-1]
