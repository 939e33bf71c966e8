"""Generators of cases: tables of genes, drawn, changed, and chosen by what their cases tell.

A case is worth keeping that tells programs apart: somebody solves it better than others do. The
best one is a case at which the program that leads is beaten by another, for there is something to
learn, and it can be learnt (SPC, arXiv:2504.19162; POET, arXiv:1901.01753, keeps tasks that are
neither too easy nor too hard, and different from those it has).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from cladogen.problem.aggregate import utility
from cladogen.problem.coevolution import Gene
from cladogen.problem.values import Metric

APART = 0.1  # the least mean distance of two kept generators, in shares of their genes' ranges
STEP = 0.2  # the standard deviation of a change, in shares of a gene's range
CROSSED = 0.3  # of children that have two parents
LARGEST_SEED = 2**31
Values = Mapping[int, float | None]  # by program: fitness on a case, None where it failed


@dataclass(frozen=True, slots=True)
class Generator:
    """A case's name, and its genes and random seed.

    ``values`` is how programs did on it, by number; ``verdict`` why it is not kept, "" when it may
    be; ``quality`` how much it tells, 0 for one that is not kept; ``by`` is "model" for one that a
    model wrote, "" for one that was drawn or changed by chance.
    """

    name: str
    genes: Mapping[str, float] = field(default_factory=dict)
    values: Values = field(default_factory=dict)
    quality: float = 0.0
    verdict: str = ""
    by: str = ""

    @property
    def made_of(self) -> dict[str, Any]:
        """What the scorer makes the case of."""
        return {"genes": dict(self.genes)}

    def to_json(self) -> dict[str, Any]:
        body = asdict(self)
        if not self.by:  # as it was before models wrote any
            del body["by"]
        return body

    @staticmethod
    def from_json(body: Mapping[str, Any]) -> Generator:
        values = {int(number): value for number, value in body["values"].items()}
        return Generator(**{**body, "values": values})


def drawn(genes: Sequence[Gene], rng: np.random.Generator) -> dict[str, float]:
    """Return a table of genes drawn evenly within their bounds, with a random seed."""
    table = {gene.name: _within(gene, rng.uniform(gene.low, gene.high)) for gene in genes}
    return table | {"seed": int(rng.integers(LARGEST_SEED))}


def child(
    genes: Sequence[Gene], parents: Sequence[Mapping[str, float]], rng: np.random.Generator
) -> dict[str, float]:
    """Return a changed copy of one of the parents, or a changed cross of two."""
    one, other = (parents[int(rng.integers(len(parents)))] for _ in range(2))
    table = dict(one)
    if rng.random() < CROSSED:
        table = {name: (one, other)[int(rng.integers(2))][name] for name in one}
    for gene in genes:
        if rng.random() < max(1.0 / len(genes), 0.5):
            step = STEP * (gene.high - gene.low) * rng.standard_normal()
            table[gene.name] = _within(gene, table[gene.name] + step)
    return table | {"seed": int(rng.integers(LARGEST_SEED))}


def _within(gene: Gene, value: float) -> float:
    value = min(gene.high, max(gene.low, value))
    return round(value) if gene.whole else float(value)


def distance(genes: Sequence[Gene], one: Generator, other: Generator) -> float:
    """Return how far two generators are apart, in mean shares of their genes' ranges."""
    steps = [
        abs(one.genes[gene.name] - other.genes[gene.name]) / (gene.high - gene.low)
        for gene in genes
    ]
    return float(np.mean(steps))


def verdict(objective: Metric, values: Values, seed: int = 0) -> str:
    """Return why a case is not worth keeping, "" when it is: it must be one that the seed program
    can be run on, and tell programs apart.
    """
    if values.get(seed) is None:
        return "the seed program fails"
    found = [value for value in values.values() if value is not None]
    if len(found) < 2 or max(found) > min(found):
        return ""
    if objective.low is None or objective.high is None:
        return "tells nothing"
    worth = utility(objective, objective.sign * found[0])
    return {1.0: "all solve it", 0.0: "none solves it"}.get(worth, "tells nothing")


def quality(values: Values, leader: int) -> float:
    """Return how much a case tells: by how much the program that leads is beaten there, and half of
    how far programs are apart.
    """
    found = [value for value in values.values() if value is not None]
    lead = values.get(leader)
    best, worst = max(found), min(found)
    return best - (worst if lead is None else lead) + 0.5 * (best - worst)


def kept(genes: Sequence[Gene], judged: Sequence[Generator], count: int) -> list[Generator]:
    """Return up to ``count`` generators worth keeping, the best first, each apart from those before
    it.
    """
    found: list[Generator] = []
    for each in sorted(judged, key=lambda one: -one.quality):
        if len(found) == count:
            break
        if not each.verdict and is_apart(genes, each, found):
            found.append(each)
    return found


def is_apart(genes: Sequence[Gene], one: Generator, others: Sequence[Generator]) -> bool:
    """Tell whether a generator is far enough from all others."""
    return all(distance(genes, one, other) >= APART for other in others)
