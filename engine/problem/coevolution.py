"""What a problem states of cases that evolve against its programs: ``[coevolution]``.

A generator is a table of genes, numbers within the bounds that the problem states; its scorer makes
a case of them (``generate`` and ``admit``, `cladogen.scoring`). What the engine does with them says
`cladogen.search.coevolution`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from cladogen.errors import ProblemError
from cladogen.evaluation import Evaluation
from cladogen.problem.strict_toml import Table

PREFIX = "evolved-"  # of the names of cases that were not there when the run began
REFERENCE = "of_seed"  # the metric of such a case that says what the seed program has there
BESIDE = ("evaluator", "tasks", "proxy")
MOST_GENES, MOST_CASES, LARGEST = 32, 200, 1e9


@dataclass(frozen=True, slots=True)
class Gene:
    """A number of a generator, from ``low`` to ``high``, both included; ``whole``: an integer."""

    name: str
    low: float
    high: float
    whole: bool


Genes = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class ShownCase:
    """A generator as a model sees it: its genes, and what programs, by number, have there."""

    genes: Genes
    values: Mapping[int, float | None]


@dataclass(frozen=True, slots=True)
class CoevolutionSettings:
    """How cases evolve: after every ``every`` proposals a generation of a ``population`` of
    generators. Up to ``each`` of the best become champions, until there are ``champions``; a
    program's gain over the seed on them has a ``share`` in its score.
    """

    genes: tuple[Gene, ...] = ()
    every: int = 20
    population: int = 8
    each: int = 2
    champions: int = 6
    share: float = 0.5


NO_COEVOLUTION = CoevolutionSettings()


def read_coevolution(top: Table, beside: Iterable[str]) -> CoevolutionSettings:
    """Return how cases can evolve; without genes where the problem does not say. ``beside`` are all
    tables of the problem.
    """
    if "coevolution" not in top.values:
        top.known.append("coevolution")
        return NO_COEVOLUTION
    table = top.table("coevolution")
    default = NO_COEVOLUTION
    found = CoevolutionSettings(
        _genes(table.table("genes")),
        table.number("every", default.every, 1),
        table.number("population", default.population, 2, MOST_CASES),
        table.number("each", default.each, 1, MOST_CASES),
        table.number("champions", default.champions, 1, MOST_CASES),
        table.number("share", default.share, high=1.0, above=0),
    )
    table.done()
    given = set(beside)
    for other in BESIDE:
        if other in given:
            raise ProblemError(
                f"{table.where}: means nothing beside [{other}]; leave one of them out"
            )
    return found


def _genes(table: Table) -> tuple[Gene, ...]:
    names = table.keys_named()
    if not names:
        raise ProblemError(
            f"{table.where} is empty; name what a case is made from, with the least and the "
            "largest value of each: length = [1, 100]"
        )
    if "seed" in names:
        raise ProblemError(f"{table.where}: seed is given to every case; name the gene otherwise")
    if len(names) > MOST_GENES:
        raise ProblemError(f"{table.where}: {len(names)} genes; at most {MOST_GENES} can evolve")
    return tuple(_gene(name, table) for name in names)


def _gene(name: str, table: Table) -> Gene:
    where = f"{table.where}: {name}"
    value = table.take(name, list)
    if len(value) != 2 or not all(map(_is_number, value)):
        raise ProblemError(f"{where} must be two numbers, the least and the largest: [1, 100]")
    low, high = value
    if not -LARGEST <= low < high <= LARGEST:
        raise ProblemError(f"{where} = [{low}, {high}] must rise, within -1e9 and 1e9")
    return Gene(name, float(low), float(high), isinstance(low, int) and isinstance(high, int))


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_evolved(case: str) -> bool:
    """Tell whether a case is one that evolved."""
    return case.startswith(PREFIX)


def gain(rows: Mapping[str, Sequence[Evaluation]], objective: str, sign: float) -> float:
    """Return by how much a program is better than the seed on evolved cases, summed over them: of
    each the mean objective of its evaluations, less what they say that the seed has there.
    """
    total = 0.0
    for found in rows.values():
        own = [row.metrics[objective] - row.metrics[REFERENCE] for row in found]
        total += sign * sum(own) / len(own)
    return total
