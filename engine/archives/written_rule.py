"""A selection rule that somebody wrote: a pure function from scores and visits to weights, run in a
sandbox, once for each task.

    def choose(scores, visits, parents, gains):
        return [score / (1 + made) for score, made in zip(scores, visits)]

The parent is drawn in proportion to the weights, but for a tenth of the turns, in which every
program is equally likely: no rule starves a line for good. A rule that fails, is slow or returns no
weights leaves the turn to that same uniform draw, and the run says so once. So does a sandbox that
fails, which is no fault of the rule's: once until it works again.
"""

from __future__ import annotations

import bisect
import math
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cladogen.archives.base import ArchiveView, Result, Space, Standing
from cladogen.archives.rule import Rule, propose_seed
from cladogen.archives.rule_calls import RuleCalls, RuleError
from cladogen.errors import ConfigError
from cladogen.task import Propose

Weights = NDArray[np.float64]
FLOOR = 0.1  # of the turns, in which every program is equally likely
SHOWN = 128  # of the fittest programs, and as many of the newest, are shown to the rule
MOST_FAULTS = 3  # of a rule, after which it is not called any more


class WrittenRule(Rule):
    """Draw parents as ``rule`` says: the text of a Python file with a function ``choose``, or the
    name of a file in the problem's folder ("": all programs are equally likely).

    ``choose(scores, visits, parents, gains)`` is given lists of equal length, an entry for each
    program, the oldest first: its score, from 0 for the worst twentieth to 1 for the best (the mean
    utility where the objective has a range); the children made of it, those in flight included; the
    position of its parent in the lists, -1 where that is not among them; its score less its
    parent's. It returns as many weights, none negative, not all 0. Up to 256 programs are shown,
    the fittest and the newest. ``sandbox`` is where it runs: the run's own, where none is named.
    """

    def __init__(self, space: Space, *, rule: str = "", sandbox: str = "auto") -> None:
        super().__init__(space)
        self.source = source_of(rule, space)
        self.calls = RuleCalls(self.source, sandbox)
        self.faults = 0
        self._away = False  # whether the sandbox failed at the last call
        self._unsaid = ""
        self._fittest: list[tuple[float, int]] = []  # (-fitness, number), ascending
        self._newest: deque[int] = deque(maxlen=SHOWN)
        self._scored: list[int] = []

    def choose(self, ticket: int, rng: np.random.Generator) -> Propose:
        """Draw a parent by the rule's weights, or uniformly."""
        if not self._scored or self.population.best is None:
            return propose_seed(ticket, self.population)
        any_of_all, where = rng.random(2)
        weights = None
        numbers = self._shown()
        if any_of_all >= FLOOR and self.source and self.faults < MOST_FAULTS:
            weights = self._weights(numbers)
        if weights is None:
            return Propose(ticket, (self._uniform(where),))
        sums = np.cumsum(weights)
        at = int(np.searchsorted(sums, where * sums[-1], side="right"))
        return Propose(ticket, (numbers[min(at, len(numbers) - 1)],))

    def enter(self, number: int, result: Result) -> Standing:
        fitness = self.population.fitness[number]
        if not math.isnan(fitness):
            self._scored.append(number)
            self._newest.append(number)
            self._rank(number, fitness)
        return super().enter(number, result)

    def rescore(self, number: int, result: Result, old: float) -> Standing:
        if math.isnan(old) and not math.isnan(self.population.fitness[number]):
            bisect.insort(self._scored, number)
        self._fittest = []
        for each in self.population.ranked(SHOWN):
            self._rank(each, self.population.fitness[each])
        return Standing.NOTED

    def view(self) -> ArchiveView:
        """Return how many programs are kept, and by what they are chosen."""
        kind = "a rule written for it" if self.source else "all programs alike"
        return ArchiveView(kept=self.population.scored, lines=(f"parents by {kind}",))

    def said(self) -> str:
        """Return what is to be said of the rule now, "" for nothing; it is said once."""
        text, self._unsaid = self._unsaid, ""
        return text

    def close(self) -> None:
        """End the sandbox that the rule ran in."""
        self.calls.close()

    def _rank(self, number: int, fitness: float) -> None:
        bisect.insort(self._fittest, (-fitness, number))
        del self._fittest[SHOWN:]

    def _uniform(self, where: float) -> int:
        number = self._scored[int(where * len(self._scored))]
        lost = math.isnan(self.population.fitness[number])
        return int(self.population.best or 0) if lost else number

    def _shown(self) -> list[int]:
        """Return the programs that the rule is shown, the oldest first."""
        newest = (each for each in self._newest if not math.isnan(self.population.fitness[each]))
        return sorted({*(number for _, number in self._fittest), *newest})

    def _weights(self, numbers: Sequence[int]) -> Weights | None:
        """Return the rule's weights; None where it gives none, which is said once."""
        given = self._given(numbers)
        try:
            weights = checked(self.calls.call(given), len(numbers))
        except RuleError as fault:
            known = self.faults > 0 if fault.own else self._away
            self.faults += fault.own
            self._away = not fault.own
            if not known:
                self._unsaid = f"the selection rule gives no weights, so chance chooses: {fault}"
            return None
        self._away = False
        return weights

    def _given(self, numbers: Sequence[int]) -> dict[str, list[Any]]:
        fitness, parent = self.population.fitness, self.population.parent
        scores = self._unit(np.array([fitness[number] for number in numbers]))
        at = {number: index for index, number in enumerate(numbers)}
        parents = [at.get(int(parent[number]), -1) for number in numbers]
        children = self.population.children
        return {
            "scores": scores,
            "visits": [int(children[each]) + self.pending.get(each, 0) for each in numbers],
            "parents": parents,
            "gains": [
                scores[index] - scores[up] if up >= 0 else 0.0 for index, up in enumerate(parents)
            ],
        }

    def _unit(self, fitness: Weights) -> list[float]:
        """Return scores between 0 and about 1."""
        index = len(fitness) // 20
        low, high = float(np.partition(fitness, index)[index]), float(fitness.max())
        if high <= low:
            return [0.5] * len(fitness)
        return list(map(float, (fitness - low) / (high - low)))


def source_of(rule: str, space: Space) -> str:
    """Return the text of a rule, given as such or as the name of a file; raises ConfigError."""
    if not rule.strip():
        return ""
    text = rule if "\n" in rule else _read(rule, space.folder)
    if "def choose(" not in text:
        raise ConfigError("archive written_rule: rule: it must define choose(scores, visits, ...)")
    return text


def _read(name: str, folder: Path | None) -> str:
    """Return a file of the problem's folder."""
    path = None if folder is None else folder / name
    if folder is None or path is None or not path.resolve().is_relative_to(folder.resolve()):
        raise ConfigError(f"archive written_rule: rule = {name!r}: no file of the problem")
    if not path.is_file():
        raise ConfigError(f"archive written_rule: {path}: no such file; rule names it")
    return path.read_text(encoding="utf-8", errors="replace")


def checked(weights: object, count: int) -> Weights:
    """Return what a rule returned as ``count`` weights, the largest 1; raises RuleError for
    anything else.
    """
    if isinstance(weights, np.ndarray):
        weights = weights.tolist()
    found = _numbers(weights, count)
    if not np.isfinite(found).all() or (found < 0).any() or not found.any():
        raise RuleError("its weights must be finite, not negative, and not all 0")
    largest: np.float64 = found.max()
    return found / largest


def _numbers(weights: object, count: int) -> Weights:
    if not isinstance(weights, list) or len(weights) != count:
        what = len(weights) if isinstance(weights, list) else type(weights).__name__
        raise RuleError(f"it returned {what}, not {count} weights")
    if not all(isinstance(each, int | float) and not isinstance(each, bool) for each in weights):
        raise RuleError("it returned weights that are no numbers")
    try:
        return np.array(weights, dtype="f8")
    except OverflowError:
        raise RuleError("it returned weights that are too large") from None
