"""What a run may use, what it has used and why it ends: the values, and who keeps the account.

Three verbs for money, tokens and evaluations alike: `reserve` the most that something can take
before it begins, `charge` what it took, and `settle` when it is over, which gives the rest back.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Protocol

from cladogen.errors import CladogenError
from cladogen.proposal import Cost

UNPRICED = (
    "--max-usd needs a price, and this model has none: give --price NAME=PROMPT,REPLY, or "
    "cap --max-tokens"
)


class OverBudget(CladogenError):  # noqa: N818  (an end, not an error)
    """A call that the caps do not allow any more."""


@dataclass(frozen=True, slots=True)
class Caps:
    """What a run may use; None is no cap.

    ``target`` is a fitness (higher is better). ``patience`` counts proposals in a row that did not
    raise the best fitness. ``failing`` counts failures in a row with nothing that worked between
    them; long runs and many workers are granted more (`cladogen.search.dry_spell`). ``away`` is how
    many seconds a sandbox, a scorer or a disk is waited for.
    """

    usd: float | None = None
    tokens: int | None = None
    calls: int | None = None
    evaluations: int | None = None
    proposals: int | None = None
    seconds: float | None = None
    target: float | None = None
    patience: int | None = None
    failing: int | None = 40
    away: float | None = 900.0

    def having(self, name: str, value: float | None) -> Caps:
        """Return these caps with another value for one of them."""
        return Caps(**{**asdict(self), name: value})


@dataclass(frozen=True, slots=True)
class CallLimits:
    """The most calls, tokens (of prompts and replies) and dollars that a program may use of models;
    None is no limit.
    """

    calls: int | None = None
    tokens: int | None = None
    usd: float | None = None


NO_LIMITS = CallLimits()


@dataclass(frozen=True, slots=True)
class Stop:
    """Why a run ends: a word ("usd", "target", "patience", "failing", ...) and one line for a
    person.
    """

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Spend:
    """What a run has used. ``usd`` is what is known; ``unpriced`` counts calls whose price is not,
    at most ``held_usd``. ``starting_s`` is how long this command took before its search began.
    """

    usd: float = 0.0
    unpriced: int = 0
    held_usd: float = 0.0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached_tokens: int = 0
    calls: int = 0
    evaluations: int = 0
    trials: int = 0
    proposals: int = 0
    seconds: float = 0.0
    evaluation_usd: float = 0.0
    starting_s: float = 0.0

    @property
    def tokens(self) -> int:
        return self.prompt_tokens + self.completion_tokens

    def __str__(self) -> str:
        """Money in words, with what is not known of it."""
        known = f"${self.usd + self.evaluation_usd:.4f}"
        if not self.unpriced:
            return known
        calls = f"{self.unpriced} unpriced call" + "s" * (self.unpriced != 1)
        return calls if self.usd + self.evaluation_usd == 0.0 else f"{known} and {calls}"


@dataclass(frozen=True, slots=True)
class Reservation:
    """The most that one call can cost, held until `Budget.settle`."""

    number: int
    most: Cost


class Ledger(Protocol):
    """Keep the account of a run: what proposers and models need to know of a budget."""

    caps: Caps
    proposals_expected: int | None  # that the caps can pay for; None: unknown

    @property
    def proposals_made(self) -> int | None:
        """How many proposals were made; None: they are not counted."""
        ...

    async def reserve(self, most: Cost) -> Reservation:
        """Reserve the most a call can cost; waits while calls in flight may give enough back.

        Raises OverBudget when it cannot fit any more.
        """
        ...

    def settle(self, reservation: Reservation, cost: Cost) -> None:
        """Replace a reservation by what the call did cost."""
        ...

    def charge(self, cost: Cost, most_usd: float = 0.0) -> None:
        """Count a call that is over; ``most_usd`` bounds it where its price is not known."""
        ...

    def halt(self, stop: Stop) -> None:
        """End the run for a reason that only a proposer knows."""
        ...

    def seconds_left(self) -> float | None:
        """Return how many seconds the cap still allows; None without a cap."""
        ...

    def closing_s(self) -> float | None:
        """Return how many seconds everything may still take, with what comes after the search."""
        ...

    def reserve_trials(self, ticket: int, variants: int, cases: int) -> int:
        """Return how many variants may be tried on so many cases each, and reserve them."""
        ...


class Unlimited:
    """A ledger without caps, for a proposer that is used alone. It keeps no account."""

    caps = Caps()
    proposals_expected: int | None = None
    proposals_made: int | None = None

    async def reserve(self, most: Cost) -> Reservation:
        return Reservation(0, most)

    def settle(self, reservation: Reservation, cost: Cost) -> None: ...

    def charge(self, cost: Cost, most_usd: float = 0.0) -> None: ...

    def halt(self, stop: Stop) -> None: ...

    def seconds_left(self) -> float | None:
        return None

    def closing_s(self) -> float | None:
        return None

    def reserve_trials(self, ticket: int, variants: int, cases: int) -> int:
        return variants
