"""Hunks: the separate changes that lead from one program to another, line by line.

They are what credit is given by, what two siblings are told apart by, and what a crossover takes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from cladogen.patching.difference import opcodes
from cladogen.program import Program


@dataclass(frozen=True, slots=True)
class HunkSpan:
    """Lines ``start`` to ``end`` (from 0, the last one left out) of one program's file, which are
    ``old``, are ``new`` in the other, where they stand at ``there``. Lines keep their ends.
    """

    path: str
    start: int
    end: int
    there: int
    old: tuple[str, ...]
    new: tuple[str, ...]

    @property
    def change(self) -> tuple[str, int, tuple[str, ...], tuple[str, ...]]:
        """What makes two hunks over one program the same, wherever they stand in the other."""
        return self.path, self.start, self.old, self.new


def hunks(before: Program, after: Program, paths: Iterable[str]) -> Iterator[HunkSpan]:
    """Yield what is different in the named files, in their order; a file that one program lacks is
    empty there.
    """
    for path in paths:
        if before.files.get(path) == after.files.get(path):
            continue
        old, new = (lines_of(each, path) for each in (before, after))
        yield from hunks_of(path, old, new)


def hunks_of(path: str, old: Sequence[str], new: Sequence[str]) -> Iterator[HunkSpan]:
    """Yield what is different in two lists of lines."""
    for kind, start, end, there, there_end in opcodes(old, new):
        if kind != "equal":
            yield HunkSpan(
                path, start, end, there, tuple(old[start:end]), tuple(new[there:there_end])
            )


def lines_of(program: Program, path: str) -> list[str]:
    """Return the lines of a file with their ends; none where there is no such text."""
    if path not in program.files or b"\0" in program.files[path].data:
        return []
    return program.text(path).splitlines(keepends=True)


def spliced(lines: Sequence[str], chosen: Iterable[HunkSpan]) -> str:
    """Return a file's text with the chosen hunks of it carried out."""
    made = list(lines)
    for hunk in sorted(chosen, key=lambda each: each.start, reverse=True):
        made[hunk.start : hunk.end] = hunk.new
    return "".join(made)
