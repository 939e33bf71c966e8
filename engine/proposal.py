"""Proposals: attempts to make a child, kept also when they failed."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """What became of a task."""

    ACCEPTED = (
        "accepted"  # a new program was made and evaluated (its status may still be a failure)
    )
    MEASURED = "measured"  # a known program was measured again
    REFUSED = "refused"  # the patch could not be applied; `reason` says why
    DUPLICATE = "duplicate"  # the program, or its behaviour, was known already
    NO_REPLY = "no_reply"  # the proposer gave nothing (provider failure, empty reply)
    INFRA = "infra"  # the world failed; counts for and against nothing
    ABANDONED = "abandoned"  # the run was stopped while the task was in flight


# How a reason begins where a cap leaves too little for a call: nothing was asked, and nothing
# failed.
SPENT = "budget: "


@dataclass(frozen=True, slots=True)
class Cost:
    """What a proposal cost. ``usd`` None means unpriced, never zero."""

    usd: float | None = 0.0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached_tokens: int = 0
    calls: int = 0

    def __add__(self, other: Cost) -> Cost:
        usd = None if self.usd is None or other.usd is None else self.usd + other.usd
        return Cost(
            usd,
            self.prompt_tokens + other.prompt_tokens,
            self.completion_tokens + other.completion_tokens,
            self.cached_tokens + other.cached_tokens,
            self.calls + other.calls,
        )


@dataclass(frozen=True, slots=True)
class Expectation:
    """What a proposal says it will do: metric, cases (empty: all), change in the metric's own unit
    and sign. ``before`` is the parent's value, None when it has none.
    """

    metric: str
    change: float | None = None
    cases: tuple[str, ...] = ()
    text: str = ""
    before: float | None = None


@dataclass(frozen=True, slots=True)
class Proposal:
    """An attempt to make a child: what was asked of which model, and the patch that came back.

    ``patch`` is a git diff against the first parent, "" when there is none; then ``code`` and
    ``reason`` say why. ``trials`` counts variants the proposer measured on all training cases
    (constant tuning), ``repairs`` the rounds before this one.

    ``form`` is the format of answer that was asked for. ``parent_fitness`` says what the first
    parent had, so that a recorded proposal alone tells what its child gained. ``in_vain`` names an
    operator that was tried first, or beside a model's call, in ``vain_s`` seconds, and did not make
    this; ``beside`` is the program whose numbers were tuned then. ``renewed`` says that
    the run's notes were written anew under this ticket, ``wording`` which wording of the operator's
    text was used, "" where that is not known. ``operators`` are those that were applied in a row,
    where ``operator`` names but one of them. ``specialist`` names who proposed it, where a run has
    several proposers. ``memory`` is how much was shown of what the run remembers, "" for the usual
    amount.
    """

    ticket: int
    operator: str
    parents: tuple[int, ...]
    patch: str = ""
    code: str = ""
    reason: str = ""
    summary: str = ""
    model: str = ""
    prompt: str = ""
    reply: str = ""
    cost: Cost = Cost()
    expectation: Expectation | None = None
    seconds: float = 0.0
    trials: int = 0
    repairs: int = 0
    form: str = ""
    parent_fitness: float | None = None
    in_vain: str = ""
    renewed: bool = False
    wording: str = ""
    operators: tuple[str, ...] = ()
    specialist: str = ""
    vain_s: float = 0.0
    memory: str = ""
    beside: int | None = None
