"""For each line of a program, the ancestor that brought it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from cladogen.patching.difference import opcodes
from cladogen.patching.hunk_credit import ChildHunks, credit_by_hunk
from cladogen.patching.hunks import hunks, lines_of
from cladogen.view.run_reader import RunReader

SIBLINGS = 200  # the latest, that are compared

Origin = tuple[int, int]  # a version of a file, and a line of it, both from 0
Place = tuple[str, int]  # a path, and a line from 0


@dataclass(frozen=True, slots=True)
class BlamedLine:
    """A line, and the program that it came with. ``gain`` is that program's over its first parent,
    in fitness; ``credit`` the part of it that belongs to the line's hunk; None where either
    program has no score, or there is no parent.
    """

    path: str
    line: int
    text: str
    program: int
    operator: str
    gain: float | None
    credit: float | None


def blame(run: RunReader, number: int) -> Iterator[BlamedLine]:
    """Yield the lines of a program's editable files, along its line of first parents.

    A line that is the same in a child and its parent is the parent's.
    """
    from cladogen.program import matches

    line = run.descent(number)
    texts = list(map(run.program, line))
    credit: dict[int, Mapping[Place, float | None]] = {}
    for path in texts[-1]:
        if not matches(path, run.problem.editable):
            continue
        if "\0" in texts[-1].text(path):
            continue  # an array has no lines
        versions = [lines_of(each, path) for each in texts]
        for at, (version, there) in enumerate(_origins(versions)):
            program = line[version]
            if program not in credit:
                credit[program] = credit_of(run, program)
            operator = run.row(program).operator
            text = versions[-1][at].rstrip("\r\n")
            part = credit[program].get((path, there))
            yield BlamedLine(path, at + 1, text, program, operator, gain_of(run, program), part)


def credit_of(run: RunReader, number: int) -> Mapping[Place, float | None]:
    """Return the credit of each line that a program brought: that of its hunk, by what its siblings
    with the same hunks gained (`cladogen.patching.hunk_credit`).
    """
    parents = run.row(number).node.parents
    if not parents:
        return {}
    siblings = [each for each in run.children_of(parents[0]) if each != number][-SIBLINGS:]
    first = (each for each in siblings if run.row(each).node.parents[0] == parents[0])
    about, *others = (_change(run, each) for each in (number, *first))
    return {
        (hunk.path, hunk.there + at): credit
        for hunk, credit in credit_by_hunk(about, others).items()
        for at in range(len(hunk.new))
    }


def gain_of(run: RunReader, number: int) -> float | None:
    """Return a program's fitness less its first parent's."""
    parents = run.row(number).node.parents
    own, before = run.fitness(number), run.fitness(parents[0]) if parents else None
    return None if own is None or before is None else own - before


def _change(run: RunReader, number: int) -> ChildHunks:
    from cladogen.program import matches

    parent, child = map(run.program, (run.row(number).node.parents[0], number))
    paths = sorted({path for path in (*parent, *child) if matches(path, run.problem.editable)})
    return ChildHunks(list(hunks(parent, child, paths)), gain_of(run, number))


def _origins(versions: Sequence[Sequence[str]]) -> list[Origin]:
    """Return, for each line of the last version, the first version that it has been in since, and
    where it stood there.
    """
    origins = [(0, there) for there in range(len(versions[0]))]
    for at in range(1, len(versions)):
        found = [(at, there) for there in range(len(versions[at]))]
        for kind, start, end, there, there_end in opcodes(versions[at - 1], versions[at]):
            if kind == "equal":
                found[there:there_end] = origins[start:end]
        origins = found
    return origins
