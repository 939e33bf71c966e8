"""What a text has changed of an earlier one, and the ways to take one of the changes back."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from cladogen.patching.difference import Code, opcodes
from cladogen.program import Program, matches

_WORD = re.compile(r"\d+\.?\d*(?:[eE][-+]?\d+)?|\w+|[^\S\n]+|\n|[^\w\s]")


def difference(old: str, new: str) -> int:
    """Return how much there is to read in a difference: the characters, spaces apart, of the words
    that went and of those that came.
    """
    before, after = words_of(old), words_of(new)
    changed = _changes(before, after)
    gone = [word for _, start, end, _, _ in changed for word in before[start:end]]
    come = [word for _, _, _, start, end in changed for word in after[start:end]]
    return sum(len(word.strip()) for word in gone + come)


def to_read(program: Program, seeds: Sequence[Program], editable: Sequence[str]) -> int:
    """Return how much there is to read in a program's difference from the seed nearest to it."""
    paths = [path for path in program if matches(path, editable)]
    return min(sum(_of_file(seed, program, path) for path in paths) for seed in seeds)


def _of_file(seed: Program, program: Program, path: str) -> int:
    if path in seed.files and seed.files[path] == program.files[path]:
        return 0
    return difference(seed.text(path) if path in seed.files else "", program.text(path))


def restored(old: str, new: str) -> list[str]:
    """Return ``new`` with one change taken back: of a stretch of lines, or of a few words."""
    texts = [
        *_without_one_change(lines_of(old), lines_of(new)),
        *_without_one_change(words_of(old), words_of(new)),
    ]
    return [text for text in dict.fromkeys(texts) if text != new]


def changed_part(old: str, new: str) -> tuple[str, str]:
    """Return two different texts without the words that both begin and end with."""
    before, after = words_of(old), words_of(new)
    changed = _changes(before, after)
    (_, i, _, j, _), (_, _, i_end, _, j_end) = changed[0], changed[-1]
    return "".join(before[i:i_end]), "".join(after[j:j_end])


def combined(old: str, texts: Sequence[str]) -> str:
    """Return ``old`` with the changes of all ``texts``; of two at one place the first stays."""
    before, taken = words_of(old), dict[tuple[int, int], list[str]]()
    for text in texts:
        after = words_of(text)
        for _, i, i_end, j, j_end in _changes(before, after):
            if not _meets_any(i, i_end, taken):
                taken[i, i_end] = after[j:j_end]
    for start, end in sorted(taken, reverse=True):
        before[start:end] = taken[start, end]
    return "".join(before)


def _meets_any(first: int, last: int, spans: Iterable[tuple[int, int]]) -> bool:
    """Whether a stretch shares a place with one of several, or lies right beside it."""
    return any(first <= end and start <= last for start, end in spans)


def shared_lines(old: str, new: str) -> frozenset[int]:
    """Return the numbers, from 1, of the lines of ``new`` that are still those of ``old``."""
    equal = [code for code in opcodes(lines_of(old), lines_of(new)) if code[0] == "equal"]
    return frozenset(row + 1 for _, _, _, start, end in equal for row in range(start, end))


def lines_of(text: str) -> list[str]:
    """Return the lines of a text with their ends, cut where Python's own parser cuts them."""
    rows = text.encode("utf-8", "surrogateescape").splitlines(keepends=True)
    return [row.decode("utf-8", "surrogateescape") for row in rows]


def words_of(text: str) -> list[str]:
    """Return the words, numbers, signs and spaces of a text; joined they are the text."""
    return _WORD.findall(text)


def _without_one_change(before: list[str], after: list[str]) -> Iterator[str]:
    for _, i, i_end, j, j_end in _changes(before, after):
        yield "".join(after[:j] + before[i:i_end] + after[j_end:])


def _changes(before: list[str], after: list[str]) -> list[Code]:
    return [code for code in opcodes(before, after) if code[0] != "equal"]
