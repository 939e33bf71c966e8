"""Tasks: what an archive asks for next. Propose a child of these parents, or measure this program
again.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Purpose(StrEnum):
    """What a task is for."""

    SEARCH = "search"  # the archive asked for it
    SEED = "seed"  # to measure a seed program, before the search
    FINAL = "final"  # to shorten what is going to ship, after the search
    PERSON = "person"  # somebody asked for it, in place of the archive
    CASES = "cases"  # to measure what leads on cases that evolved


@dataclass(frozen=True, slots=True)
class Propose:
    """Make a child of ``parents`` (one, or two for a crossover; none for a seed program).

    ``inspirations`` are other programs worth reading. ``cases`` are the cases to measure the child
    on at once; None means every training case, through the problem's stages. ``island`` and
    ``note`` are the archive's own, given back to it with the result; ``hint`` asks the proposer for
    an operator ("paradigm" on stagnation). ``purpose`` says why there is this task. ``alone``: the
    proposer is to see nothing of other programs, so that a baseline is one.
    """

    ticket: int
    parents: tuple[int, ...] = ()
    inspirations: tuple[int, ...] = ()
    cases: tuple[str, ...] | None = None
    island: int = 0
    note: str = ""
    hint: str = ""
    purpose: Purpose = Purpose.SEARCH
    alone: bool = False


@dataclass(frozen=True, slots=True)
class Measure:
    """Measure program number ``program`` on ``cases`` (with evaluation seed ``seed``)."""

    ticket: int
    program: int
    cases: tuple[str, ...]
    seed: int = 0
    island: int = 0
    note: str = ""
    purpose: Purpose = Purpose.SEARCH


Task = Propose | Measure
