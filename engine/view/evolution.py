"""What a run's evolution was made of: selection and transmission, parents, and circles.

Price's equation (Price 1970, doi:10.1038/227520a0; 1972) splits the change of the mean fitness from
a generation to its children exactly in two:

    mean(children) - mean(parents) = cov(w, z) / mean(w)  +  mean(w * (z' - z)) / mean(w)
                                     selection               transmission

where ``z`` is the fitness of a program, ``w`` how many children it has and ``z'`` their mean
fitness. Selection says what the choice of parents gave, transmission what the changes gave. A
generation is the distance from a seed program along first parents; programs without a score count
nowhere.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

from cladogen.program import matches
from cladogen.prompts.restored import RECENT, Descents, Lines, Restored, lines_of
from cladogen.view.run_reader import RunReader

MOST = 2_000  # of the newest children whose lines are compared


class Birth(NamedTuple):
    """A child with a score: its fitness and its first parent's, and who made it."""

    child: int
    parent: int
    generation: int
    operators: tuple[str, ...]
    fitness: float
    before: float


@dataclass(frozen=True, slots=True)
class PriceTerms:
    """The change of mean fitness over ``children``, and its two parts, in fitness.

    ``change`` is selection + transmission.
    """

    name: str
    parents: int
    children: int
    selection: float
    transmission: float

    @property
    def change(self) -> float:
        return self.selection + self.transmission


@dataclass(frozen=True, slots=True)
class Window:
    """A tenth of a run: its children, and how many equally used parents they amount to."""

    children: int
    distinct: int
    effective: float | None


class Evolution:
    """Reads a run once and answers from what it read."""

    def __init__(self, run: RunReader) -> None:
        self._run = run

    @cached_property
    def births(self) -> list[Birth]:
        """Every child that has a score and whose first parent has one, oldest first."""
        found, fitness = [], self._run.fitnesses
        columns = zip(self._parents, self._depths, self._operators, strict=True)
        for number, (parent, depth, operators) in enumerate(columns):
            own = fitness.get(number)
            before = None if parent is None else fitness.get(parent)
            if parent is not None and own is not None and before is not None:
                found.append(Birth(number, parent, depth, operators, own, before))
        return found

    @cached_property
    def _parents(self) -> list[int | None]:
        return self._run.first_parents()

    @cached_property
    def _operators(self) -> list[tuple[str, ...]]:
        """Who made each program; a run has few names, and each is taken apart once."""
        names = self._run.operators()
        apart = {name: tuple(name.split("+")) for name in set(names)}
        return [apart[name] for name in names]

    @cached_property
    def _depths(self) -> list[int]:
        depths: list[int] = []
        for parent in self._parents:
            depths.append(0 if parent is None else depths[parent] + 1)
        return depths

    @cached_property
    def _pools(self) -> dict[int, tuple[int, float]]:
        """How many programs of each generation have a score, and the mean of their fitness."""
        count, sums = Counter[int](), dict[int, float]()
        for number, fitness in self._run.fitnesses.items():
            level = self._depths[number]
            count[level] += 1
            sums[level] = sums.get(level, 0.0) + fitness
        return {level: (many, sums[level] / many) for level, many in count.items()}

    def by_generation(self) -> list[PriceTerms]:
        """Return the split of each generation's gain over the one before; both parts add up to the
        change of the mean.
        """
        levels: dict[int, list[Birth]] = {}
        for birth in self.births:
            levels.setdefault(birth.generation, []).append(birth)
        return [self._price(str(level), levels[level]) for level in sorted(levels)]

    def by_operator(self) -> list[PriceTerms]:
        """Return the same split for the children of each operator, over all generations, most
        children first.
        """
        made: dict[str, list[Birth]] = {}
        for birth in self.births:
            for operator in dict.fromkeys(birth.operators):
                made.setdefault(operator, []).append(birth)
        ordered = sorted(made, key=lambda name: (-len(made[name]), name))
        return [self._price(name, made[name]) for name in ordered]

    def _price(self, name: str, births: Sequence[Birth]) -> PriceTerms:
        pools = self._pools
        chosen = [birth.before - pools[birth.generation - 1][1] for birth in births]
        changed = [birth.fitness - birth.before for birth in births]
        levels = {birth.generation - 1 for birth in births}
        parents = sum(pools[level][0] for level in levels)
        count = len(births)
        return PriceTerms(name, parents, count, sum(chosen) / count, sum(changed) / count)

    def windows(self, parts: int = 10) -> list[Window]:
        """Return the parents' number over the run, a window for each tenth of its children."""
        births = self.births
        cuts = [len(births) * part // parts for part in range(parts + 1)]
        spans = (births[one:other] for one, other in pairwise(cuts))
        return [_window(span) for span in spans if span]

    @cached_property
    def restored(self) -> Restored:
        """Of the lines that the newest children added (2 000 at most), those that an ancestor had
        and lost.
        """
        return self._descents.over(birth.child for birth in self.births[-MOST:])

    @cached_property
    def recently_restored(self) -> Restored:
        """The same of the last forty children."""
        return self._descents.over(birth.child for birth in self.births[-RECENT:])

    @cached_property
    def _descents(self) -> Descents:
        run = self._run
        editable = run.problem.editable

        def lines(number: int) -> Lines:
            return lines_of(run.store.some_texts(number, lambda path: matches(path, editable)))

        def parents(number: int) -> Sequence[int]:
            parent = self._parents[number]
            return () if parent is None else (parent,)

        return Descents(parents, lines)


def effective_parents(children: Iterable[int]) -> float | None:
    """Return the number of equally used parents that would give two children the same parent as
    often; ``children`` are counts by parent.

    The inbreeding effective size by identity of parents, W (W - 1) / sum of w (w - 1) (Crow and
    Kimura 1970, chapter 7). None when no parent has two children.
    """
    counts = list(children)
    total, same = sum(counts), sum(count * (count - 1) for count in counts)
    return total * (total - 1) / same if same else None


def _window(births: Sequence[Birth]) -> Window:
    counts = Counter(birth.parent for birth in births)
    return Window(len(births), len(counts), effective_parents(counts.values()))
