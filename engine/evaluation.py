"""Evaluations: what one program did on one case, and the score that a set of them adds up to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Status(StrEnum):
    """How an evaluation ended. Only OK has a score; INFRA never counts for or against a program."""

    OK = "ok"
    INVALID = "invalid"
    CRASH = "crash"
    TIMEOUT = "timeout"
    OUT_OF_MEMORY = "out_of_memory"
    REFUSED = "refused"
    INFRA = "infra"


@dataclass(frozen=True, slots=True)
class Usage:
    """What an execution used: seconds of wall clock and CPU, peak memory in MiB, bytes of
    output.
    """

    wall_s: float = 0.0
    cpu_s: float = 0.0
    peak_memory_mb: float = 0.0
    output_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Evaluation:
    """One immutable row: a program on a case with a seed.

    ``metrics`` is empty unless the status is OK. ``feedback`` is text for the proposer. ``output``
    is the SHA-256 of what the candidate returned ("" when it returned nothing): equal outputs have
    equal scores. ``log`` holds the head and tail of the candidate's standard error. ``cost_usd`` is
    None when no rate is known.
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


@dataclass(frozen=True, slots=True)
class Score:
    """What a program's evaluations add up to under its problem.

    ``fitness`` is the declared objective with its sign turned so that higher is better, None unless
    ``status`` is OK. ``objectives`` are all declared metrics, likewise turned; ``features`` the raw
    feature values, in the problem's order; ``cases`` the per-case fitness; ``utilities`` the
    per-case value in [0, 1] (0 for a failed case), the fractional success that clade counters use;
    ``signature`` names the behaviour (equal outputs, equal signature).
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
