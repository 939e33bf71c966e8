"""Draws that evolve: how parents are drawn is itself searched for while a run goes on.

The search adapts its own selection, as GEAR, EvoX and evolved controllers have it, under a floor: a
few variants of `Draws` compete for the turns that are not kept for the given one. A variant's
fitness is the discounted gain of the children drawn by it; after every so many results the worst
variant gives way to a changed copy of the best. Which variant a task was drawn by stands in its
note, so that an archive that is told a run's results is as the run left it.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from cladogen.archives.draws import Draws
from cladogen.result import Result

FLOOR = 0.3  # of the turns, by the draws that were given
VARIANTS = 4
EVERY = 25  # results between two changes
DECAY = 0.97
STEP = 0.2  # what beating the parent is worth, where beating everything is worth 1
PRIOR = 4.0  # turns that a new variant counts as the mean of all
MARK = "draws "


class EvolvingDraws:
    """The given draws, and variants of them. A fold over `tell`: nothing here draws from a stream
    of the run but `choose`. With ``islands`` above 0 each of so many but the first has a variant of
    its own, and draws by it.
    """

    def __init__(self, given: Draws, islands: int = 0) -> None:
        self.given, self.islands = given, islands
        self._changes = 0
        count = islands - 1 if islands else VARIANTS
        self.variants = [self._changed(given) for _ in range(count)]
        self._gain, self._count = [0.0] * count, [0.0] * count
        self._told = 0

    def choose(self, rng: np.random.Generator, island: int = 0) -> tuple[Draws, str]:
        """Return how to draw next, and the note that says which it was."""
        if self.islands:
            at = island % self.islands
            return (self.given, *self.variants)[at], f"{MARK}{at}"
        if rng.random() < FLOOR:
            return self.given, f"{MARK}0"
        worth = np.array(self._worth())
        at = int(rng.choice(len(self.variants), p=worth / worth.sum()))
        return self.variants[at], f"{MARK}{at + 1}"

    def tell(self, result: Result, *, best: bool, better: bool) -> None:
        """Learn what came of a task: its child is the ``best`` so far, or ``better`` than its
        parent.
        """
        note = getattr(result.task, "note", "")
        if not note.startswith(MARK) or not result.last:
            return
        self._gain = [DECAY * each for each in self._gain]
        self._count = [DECAY * each for each in self._count]
        at = int(note.removeprefix(MARK)) - 1
        if at >= 0:
            self._gain[at] += 1.0 if best else STEP * better
            self._count[at] += 1.0
        self._told += 1
        if self._told % EVERY == 0:
            self._replace_worst()

    def lines(self) -> tuple[str, ...]:
        """Return a line on the variant that gains most."""
        worth = self._worth()
        best = self.variants[int(np.argmax(worth))]
        said = f"explore {best.explore:.2f}, elite {best.elite:.2f}, crossover {best.crossover:.2f}"
        return (f"draws after {self._changes} changes: {said}, tournament {best.tournament}",)

    def _worth(self) -> list[float]:
        """Return each variant's gain a turn, drawn to the mean of all while it is new."""
        mean = (sum(self._gain) + STEP) / (sum(self._count) + 1.0)
        pairs = zip(self._gain, self._count, strict=True)
        return [(gain + PRIOR * mean) / (count + PRIOR) for gain, count in pairs]

    def _replace_worst(self) -> None:
        worth = self._worth()
        best, worst = int(np.argmax(worth)), int(np.argmin(worth))
        if best == worst:
            return
        self.variants[worst] = self._changed(self.variants[best])
        self._gain[worst] = self._count[worst] = 0.0

    def _changed(self, draws: Draws) -> Draws:
        """Return draws with every number moved a little: the n-th change is always the same."""
        rng = np.random.default_rng([0x64726177, self._changes])
        self._changes += 1
        shares = np.array([draws.explore, draws.elite, draws.crossover])
        explore, elite, crossover = np.clip(shares + rng.normal(0.0, 0.15, 3), 0.0, 1.0).tolist()
        tournament = int(np.clip(round(draws.tournament * np.exp(rng.normal(0.0, 0.4))), 1, 64))
        return replace(
            draws, explore=explore, elite=elite, crossover=crossover, tournament=tournament
        )
