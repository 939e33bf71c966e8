"""Evaluations: what one program did on one case, and the score that a set of them adds up to."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum


class Status(StrEnum):
    """How an evaluation ended. Only OK has a score; INFRA never counts for or against a program.
    SCREENED is a program's: it ran on a proxy's cases, and was not worth the objective.
    """

    OK = "ok"
    INVALID = "invalid"
    CRASH = "crash"
    TIMEOUT = "timeout"
    OUT_OF_MEMORY = "out_of_memory"
    REFUSED = "refused"
    INFRA = "infra"
    SCREENED = "screened"


@dataclass(frozen=True, slots=True)
class Usage:
    """What an execution used: seconds of wall clock and CPU, peak memory in MiB, bytes of
    output.
    """

    wall_s: float = 0.0
    cpu_s: float = 0.0
    peak_memory_mb: float = 0.0
    output_bytes: int = 0

    @property
    def elsewhere(self) -> bool:
        """Whether no sandbox measured it: of what a service judges the time of its answer is
        known.
        """
        return bool(self.wall_s) and not (self.cpu_s or self.peak_memory_mb)


@dataclass(frozen=True, slots=True)
class Evaluation:
    """One immutable row: a program on a case with a seed.

    ``metrics`` is empty unless the status is OK. ``feedback`` is text for the proposer. ``output``
    is the SHA-256 of what the candidate returned ("" when it returned nothing): equal outputs have
    equal scores. ``log`` holds the head and tail of the candidate's standard error. ``cost_usd`` is
    None when no rate is known. ``returned`` is the beginning of what the candidate returned, in
    words, ``picture`` what the scorer drew of it (`cladogen.evaluators.picture`); "" where that is
    not kept. Neither is ever part of a held-out evaluation.
    """

    program: str
    case: str
    seed: int
    status: Status
    metrics: Mapping[str, float] = field(default_factory=dict)
    feedback: str = ""
    log: str = ""
    output: str = ""
    usage: Usage = Usage()
    cost_usd: float | None = None
    returned: str = ""
    picture: str = ""


@dataclass(frozen=True, slots=True)
class Score:
    """What a program's evaluations add up to under its problem.

    ``fitness`` is the declared objective with its sign turned so that higher is better, None unless
    ``status`` is OK. ``objectives`` are all declared metrics, likewise turned; ``features`` the raw
    feature values, in the problem's order; ``cases`` the per-case fitness; ``utilities`` the
    per-case value in [0, 1] (0 for a failed case), the fractional success that clade counters use;
    ``signature`` names the behaviour (equal outputs, equal signature; "" where no output is known).
    """

    status: Status
    fitness: float | None = None
    metrics: Mapping[str, float] = field(default_factory=dict)
    objectives: tuple[float, ...] = ()
    features: tuple[float, ...] = ()
    cases: Mapping[str, float] = field(default_factory=dict)
    utilities: Mapping[str, float] = field(default_factory=dict)
    signature: str = ""
    feedback: str = ""


def fitness_of(score: Score | None) -> float | None:
    """Return a score's fitness, None where there is no score."""
    return None if score is None else score.fitness


def came_to_the_same(first: Sequence[Evaluation], second: Sequence[Evaluation]) -> bool:
    """Tell whether two measurements came to the very same on the same cases: then their scores are
    the same.
    """
    return len(first) == len(second) and all(
        one.case == other.case and one.status is other.status and one.metrics == other.metrics
        for one, other in zip(first, second, strict=True)
    )


def noise(
    evaluations: Sequence[Evaluation], fitness: Callable[[Sequence[Evaluation]], float | None]
) -> float:
    """Return the standard deviation of a program's fitness over repeated measurements, which have
    evaluation seeds of their own; 0 when it was measured once.
    """
    by_seed: dict[int, list[Evaluation]] = {}
    for row in evaluations:
        by_seed.setdefault(row.seed, []).append(row)
    values = [value for rows in by_seed.values() if (value := fitness(rows)) is not None]
    if len(values) < 2 or min(values) == max(values):  # whose mean may differ by a rounding
        return 0.0
    mean = math.fsum(values) / len(values)
    return math.sqrt(math.fsum((value - mean) ** 2 for value in values) / (len(values) - 1))
