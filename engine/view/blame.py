"""For each line of a program, the ancestor that brought it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

from cladogen.view.run_reader import RunReader


@dataclass(frozen=True, slots=True)
class BlamedLine:
    """A line, and the program that it came with. ``gain`` is that program's over its first parent,
    in fitness; None where either has no score.
    """

    path: str
    line: int
    text: str
    program: int
    operator: str
    gain: float | None


def blame(run: RunReader, number: int) -> Iterator[BlamedLine]:
    """Yield the lines of a program's editable files, along its line of first parents.

    A line that is the same in a child and its parent is the parent's.
    """
    from cladogen.program import matches

    line = run.descent(number)
    texts = [run.program(each) for each in line]
    for path in texts[-1]:
        if not matches(path, run.problem.editable):
            continue
        versions = [each.text(path).splitlines() if path in each.files else [] for each in texts]
        owners = _owners(versions)
        for at, (text, owner) in enumerate(zip(versions[-1], owners, strict=True)):
            program = line[owner]
            yield BlamedLine(
                path, at + 1, text, program, run.entries[program].operator, gain_of(run, program)
            )


def gain_of(run: RunReader, number: int) -> float | None:
    """Return a program's fitness less its first parent's."""
    parents = run.entries[number].node.parents
    own, before = run.fitness(number), run.fitness(parents[0]) if parents else None
    return None if own is None or before is None else own - before


def _owners(versions: list[list[str]]) -> list[int]:
    """Return, for each line of the last version, the first version that it has been in since."""
    owners = [0] * len(versions[0])
    for at in range(1, len(versions)):
        matcher = SequenceMatcher(None, versions[at - 1], versions[at], autojunk=False)
        found = [at] * len(versions[at])
        for old, new, size in matcher.get_matching_blocks():
            found[new : new + size] = owners[old : old + size]
        owners = found
    return owners
