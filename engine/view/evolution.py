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

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cladogen.program import matches
from cladogen.prompts.restored import RECENT, Descents, Lines, Restored, lines_of
from cladogen.view.run_reader import RunReader

MOST = 2_000  # of the newest children whose lines are compared


@dataclass(frozen=True, slots=True)
class Births:
    """Children with a score whose first parent has one, too, oldest first: a column of each fact.
    ``maker`` is a number of `Evolution.makers`; ``before`` is the parent's fitness.
    """

    child: NDArray[np.int64]
    parent: NDArray[np.int64]
    generation: NDArray[np.int64]
    maker: NDArray[np.int64]
    fitness: NDArray[np.float64]
    before: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.child)


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
    def births(self) -> Births:
        """Every child that has a score and whose first parent has one, oldest first."""
        parents, fitness = np.array(self._parents, "i8"), self._fitness
        before = np.where(parents >= 0, fitness[parents], np.nan)
        born = np.flatnonzero(~np.isnan(fitness) & ~np.isnan(before))
        numbers = {name: at for at, name in enumerate(self.makers)}
        maker = np.array([numbers[name] for name in self._operators], "i8")
        return Births(
            born, parents[born], self._depths[born], maker[born], fitness[born], before[born]
        )

    @cached_property
    def makers(self) -> list[str]:
        """Who made programs: operators, or several with "+" between them."""
        return sorted(set(self._operators))

    @cached_property
    def _operators(self) -> list[str]:
        return self._run.operators()

    @cached_property
    def _parents(self) -> list[int]:
        """The first parent of each program, -1 for none."""
        return self._run.first_parents()

    @cached_property
    def _fitness(self) -> NDArray[np.float64]:
        """The fitness of each program, NaN where it has none."""
        found, known = np.full(len(self._parents), np.nan), self._run.fitnesses
        numbers = np.fromiter(known, "i8", len(known))
        values = np.fromiter(known.values(), "f8", len(known))
        there = numbers < len(found)  # of a run that goes on there may be more by now
        found[numbers[there]] = values[there]
        return found

    @cached_property
    def _depths(self) -> NDArray[np.int64]:
        depths: list[int] = []
        for parent in self._parents:
            depths.append(0 if parent < 0 else depths[parent] + 1)
        return np.array(depths, "i8")

    @cached_property
    def _pools(self) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """How many programs of each generation have a score, and the mean of their fitness."""
        scored = np.flatnonzero(~np.isnan(self._fitness))
        levels = self._depths[scored]
        count = np.bincount(levels)
        sums = np.bincount(levels, self._fitness[scored])
        return count, sums / np.maximum(count, 1)

    def by_generation(self) -> list[PriceTerms]:
        """Return the split of each generation's gain over the one before; both parts add up to the
        change of the mean.
        """
        births, (pool, _) = self.births, self._pools
        chosen, changed = self._parts
        count = np.bincount(births.generation)
        selected = np.bincount(births.generation, chosen)
        transmitted = np.bincount(births.generation, changed)
        return [
            _terms(str(level), pool[level - 1], count[level], selected[level], transmitted[level])
            for level in np.flatnonzero(count).tolist()
        ]

    def by_operator(self) -> list[PriceTerms]:
        """Return the same split for the children of each operator, over all generations, most
        children first.
        """
        made: dict[str, list[int]] = {}
        for at, maker in enumerate(self.makers):
            for operator in dict.fromkeys(maker.split("+")):
                made.setdefault(operator, []).append(at)
        rows = [self._of_makers(name, makers) for name, makers in made.items()]
        return sorted(filter(None, rows), key=lambda row: (-row.children, row.name))

    def _of_makers(self, name: str, makers: Sequence[int]) -> PriceTerms | None:
        """Return the split for the children that were made so; None where there are none."""
        births, (pool, _) = self.births, self._pools
        among = np.zeros(len(self.makers), bool)
        among[makers] = True
        its = np.flatnonzero(among[births.maker])
        if not len(its):
            return None
        chosen, changed = (part[its] for part in self._parts)
        levels = np.flatnonzero(np.bincount(births.generation[its])) - 1
        return _terms(name, pool[levels].sum(), len(its), chosen.sum(), changed.sum())

    @cached_property
    def _parts(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Of each birth what the choice of its parent gave, and what the change gave."""
        births, (_, mean) = self.births, self._pools
        return births.before - mean[births.generation - 1], births.fitness - births.before

    def windows(self, parts: int = 10) -> list[Window]:
        """Return the parents' number over the run, a window for each tenth of its children."""
        parents = self.births.parent
        cuts = [len(parents) * part // parts for part in range(parts + 1)]
        spans = (parents[one:other] for one, other in pairwise(cuts))
        return [_window(span) for span in spans if len(span)]

    @cached_property
    def restored(self) -> Restored:
        """Of the lines that the newest children added (2 000 at most), those that an ancestor had
        and lost.
        """
        return self._descents.over(self.births.child[-MOST:].tolist())

    @cached_property
    def recently_restored(self) -> Restored:
        """The same of the last forty children."""
        return self._descents.over(self.births.child[-RECENT:].tolist())

    @cached_property
    def _descents(self) -> Descents:
        run = self._run
        editable = run.problem.editable

        def lines(number: int) -> Lines:
            return lines_of(run.store.some_texts(number, lambda path: matches(path, editable)))

        def parents(number: int) -> Sequence[int]:
            parent = self._parents[number]
            return () if parent < 0 else (parent,)

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


def _terms(name: str, parents: Any, children: Any, selected: Any, transmitted: Any) -> PriceTerms:
    """Return the split of sums over children."""
    count = int(children)
    return PriceTerms(
        name, int(parents), count, float(selected) / count, float(transmitted) / count
    )


def _window(parents: NDArray[np.int64]) -> Window:
    counts = [count for count in np.bincount(parents).tolist() if count]
    return Window(len(parents), len(counts), effective_parents(counts))
