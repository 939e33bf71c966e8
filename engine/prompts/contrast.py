"""Contrast: two children of one program, of which one did better, and where they first part.

What a pair of siblings shares cannot be what made the difference, so that the first hunk in which
they differ says more than both programs apart (contrastive reflection in R-MCTS,
arXiv:2410.02052; Agent-R cuts a failed line at its first wrong step, arXiv:2501.11425).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cladogen.patching.hunks import HunkSpan, hunks, lines_of
from cladogen.program import Program
from cladogen.prompts.context import Context
from cladogen.prompts.sections import Section, clip, fenced, plain

LOOKED_AT = 24  # of a program's latest children
AROUND = 3  # lines that are shown before and after the hunk
TOKENS = 600  # of the hunk


@dataclass(frozen=True, slots=True)
class Contrast:
    """Two children of ``parent``, by number, the first hunk that leads from the worse to the
    better one, and how many there are.
    """

    parent: int
    better: int
    worse: int
    first: HunkSpan
    count: int


def section(context: Context, number: int) -> Section:
    """Show the contrast that a program's children give, else its own siblings; empty where there
    is none.
    """
    found = contrast(context, number)
    return Section("", "", 0.0) if found is None else _section(context, found)


def contrast(context: Context, number: int) -> Contrast | None:
    """Return the contrast of a program's children, else of its siblings, itself among them."""
    if context.alone:
        return among(context, number)
    families = (number, *context.record.node(number).parents[:1])
    found = (among(context, family) for family in families)
    return next((each for each in found if each is not None), None)


def among(context: Context, parent: int) -> Contrast | None:
    """Return the best of a program's children beside the one of the worse that is most like it:
    the fewest hunks, then the largest difference in fitness, then the older.
    """
    ranked = _ranked(context, parent)
    if not ranked:
        return None
    top, best = ranked[0]
    pairs = []
    for fitness, number in ranked[1:]:
        if top - fitness <= context.noise:
            continue
        apart = _apart(context, number, best)
        if apart:
            pairs.append((len(apart), fitness, number, apart[0]))
    if not pairs:
        return None
    count, _, worse, first = min(pairs, key=lambda pair: pair[:3])
    return Contrast(parent, best, worse, first, count)


def _ranked(context: Context, parent: int) -> list[tuple[float, int]]:
    """Return the latest children that have a fitness, best first, with it."""
    latest = list(context.record.children(parent))[-LOOKED_AT:]
    scored = [(context.fitness(number), number) for number in latest]
    known = [(fitness, number) for fitness, number in scored if fitness is not None]
    return sorted(known, key=lambda each: (-each[0], each[1]))


def _apart(context: Context, worse: int, better: int) -> Sequence[HunkSpan]:
    one, other = context.record.program(worse), context.record.program(better)
    paths = dict.fromkeys((*context.editable(one), *context.editable(other)))
    return list(hunks(one, other, sorted(paths)))


def _section(context: Context, found: Contrast) -> Section:
    name = context.problem.objective.name
    good, bad = context.shown(found.better, found.worse)
    where = "the only hunk" if found.count == 1 else f"the first of {found.count} hunks"
    body = (
        f"Both change #{found.parent}: #{found.better} has {name} {good}, #{found.worse} has "
        f"{bad}. From #{found.worse} to #{found.better}, {where} in which they differ:\n\n"
        f"{fenced(clip(_shown(context.record.program(found.worse), found.first), TOKENS), 'diff')}"
    )
    return Section("Two children of one program, one better than the other", body, 0.15)


def _shown(worse: Program, hunk: HunkSpan) -> str:
    """Return a hunk as a diff, with some lines around it."""
    lines = lines_of(worse, hunk.path)
    before = lines[max(0, hunk.start - AROUND) : hunk.start]
    after = lines[hunk.end : hunk.end + AROUND]
    signed = [(" ", before), ("-", hunk.old), ("+", hunk.new), (" ", after)]
    rows = [sign + line.rstrip("\r\n") for sign, some in signed for line in some]
    return plain("\n".join([f"{hunk.path}, line {hunk.start + 1}", *rows]))
