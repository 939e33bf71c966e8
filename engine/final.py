"""What ships, and why: the comparisons on held-out cases and the choice among them, as values."""

from __future__ import annotations

from dataclasses import dataclass

from cladogen.evaluation import Score


@dataclass(frozen=True, slots=True)
class Comparison:
    """One short-listed program against the seed: ``gain`` is positive when it is better, in the
    objective's unit.

    ``p`` is the matched test's, ``p_adjusted`` the largest of its own and of those before it in the
    list. ``failed`` says why a program cannot ship.
    """

    number: int
    mean: float | None
    gain: float
    wins: int
    losses: int
    pairs: int
    test: str
    p: float
    p_adjusted: float
    failed: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """The program to ship (0, the first seed, when none did better), whether the gain is
    significant, and a sentence.
    """

    number: int
    significant: bool
    sentence: str
    seed_mean: float | None
    trials: tuple[Comparison, ...] = ()


@dataclass(frozen=True, slots=True)
class Final:
    """The program that ships, its held-out score and the seed's (None without held-out cases), why,
    and the short list it was chosen from.
    """

    number: int
    score: Score | None
    seed_score: Score | None
    choice: Choice | None
    sentence: str
    shortlist: tuple[int, ...] = ()
