"""Budgets: what a run may spend, what it has spent, and why it stops.

Money and evaluations are hard caps (for evaluations see `cladogen.search.evaluation_cap`). The most
a call can cost is reserved before the call, and settled by what it did cost. A reservation that
only calls in flight stand in the way of waits for them; one that cannot fit any more raises
`OverBudget`. What a call cost is exact or unknown; an unknown one is counted apart and keeps its
reservation, so that the cap holds all the same.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from cladogen.evaluation import Evaluation, Status
from cladogen.ledger import UNPRICED, Caps, OverBudget, Reservation, Spend, Stop
from cladogen.proposal import Cost, Outcome
from cladogen.result import Result

__all__ = ["UNPRICED", "Budget", "Caps", "OverBudget", "Reservation", "Spend", "Stop"]


FREE_REPEATS = (
    25  # how many times as many proposals may fail when all they do is repeat, at no cost
)


@dataclass(slots=True)
class _Held:
    """Reservations in flight, and those of calls that ended without saying what they cost."""

    flying: dict[int, Cost] = field(default_factory=dict)
    unknown_usd: float = 0.0

    def usd(self) -> float:
        return self.unknown_usd + sum(cost.usd or 0.0 for cost in self.flying.values())

    def tokens(self) -> int:
        return sum(_tokens(cost) for cost in self.flying.values())


class Budget:
    """Count what a run uses and say when it must stop.

    Results are folded in by `tell`, recorded ones too when a run is resumed; recorded calls by
    `charge`. ``seconds_before`` is the time that earlier sittings of the run took; ``usd_per_hour``
    prices evaluations that have no price of their own.
    """

    def __init__(
        self,
        caps: Caps = Caps(),
        *,
        seconds_before: float = 0.0,
        usd_per_hour: float = 0.0,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        import asyncio  # a command that only reads settings need not load it

        from cladogen.search.evaluation_cap import EvaluationCap

        self.caps = caps
        self._now, self._before = now, seconds_before
        self.start_clock()
        self._usd_per_s = usd_per_hour / 3600.0
        self._cost, self._unpriced, self._evaluation_usd = Cost(), 0, 0.0
        self._held, self._reservations, self._freed = _Held(), 0, asyncio.Event()
        self.room = EvaluationCap(caps.evaluations)
        # How many proposals the caps can pay for (`cladogen.expected`); None: unknown.
        self.proposals_expected: int | None = None
        self._evaluations = self._trials = self._proposals = 0
        self._best: float | None = None
        self._since_best = self._worked = 0
        self._failures: list[str] = []
        self._too_little: Stop | None = None
        self._halted: Stop | None = None
        self._repeats = 0  # proposals in a row that cost nothing and made a known program

    def start_clock(self) -> None:
        """Begin to count this session's seconds now: what was prepared before is not counted."""
        self._start = self._now() - self._before

    def tell(self, result: Result, *, trials: int = 0, detail: str = "") -> None:
        """Count a result, and ``trials`` evaluations its proposer spent inside; ``detail`` says why
        it failed.
        """
        self._evaluations += len(result.evaluations)
        self._trials += trials
        self.room.tell(result.task.ticket, len(result.evaluations) + trials)
        self._evaluation_usd += sum(self._price(row) for row in result.evaluations)
        fitness = result.score.fitness if result.score is not None else None
        improved = fitness is not None and (self._best is None or fitness > self._best)
        if improved:
            self._best = fitness
        if (
            not result.parents or result.outcome is Outcome.ABANDONED
        ):  # a seed, a measurement, or nothing
            return
        self._count_failure(result, detail)
        if result.outcome in (Outcome.NO_REPLY, Outcome.INFRA):
            return  # a call's or the world's failure takes no proposal's place
        self._proposals += 1
        self._since_best = 0 if improved else self._since_best + 1

    def _price(self, row: Evaluation) -> float:
        return row.cost_usd if row.cost_usd is not None else self._usd_per_s * row.usage.wall_s

    def charge(self, cost: Cost, most_usd: float = 0.0) -> None:
        """Count the cost of a call that is over; ``most_usd`` is the bound kept for it if its price
        is not known.
        """
        unknown = cost.usd is None
        self._unpriced += unknown
        self._held.unknown_usd += most_usd if unknown else 0.0
        self._cost = self._cost + (replace(cost, usd=0.0) if unknown else cost)

    async def reserve(self, most: Cost) -> Reservation:
        """Hold the most a call can cost; waits for calls in flight if only they stand in its way.

        Raises OverBudget when it does not fit any more, or when a cap in dollars meets a call with
        no known price.
        """
        if most.usd is None and self.caps.usd is not None:
            self._too_little = Stop("usd", UNPRICED)
            raise OverBudget(UNPRICED)
        while (cap := self._lacking(most, self._held)) is not None:
            if self._lacking(most, _Held({}, self._held.unknown_usd)) is not None:
                self._too_little = Stop(
                    cap, f"budget: what is left of --max-{cap} does not pay for another call"
                )
                raise OverBudget(self._too_little.text)
            self._freed.clear()
            await self._freed.wait()
        self._reservations += 1
        self._held.flying[self._reservations] = most
        return Reservation(self._reservations, most)

    def halt(self, stop: Stop) -> None:
        """End the run for a reason that only a proposer knows: nobody is left to ask."""
        self._halted = stop

    def settle(self, reservation: Reservation, cost: Cost) -> None:
        """Replace a reservation by what the call did cost."""
        del self._held.flying[reservation.number]
        self.charge(cost, reservation.most.usd or 0.0)
        self._freed.set()

    def stop_reason(self, proposing: int = 0) -> Stop | None:
        """Return why no new task may start, or None; ``proposing`` proposals in flight count as
        made.
        """
        spend, caps = self.spend, self.caps
        used = (
            ("usd", spend.usd + spend.evaluation_usd + spend.held_usd, caps.usd, "dollars spent"),
            ("tokens", spend.tokens, caps.tokens, "tokens used"),
            ("calls", spend.calls, caps.calls, "model calls made"),
            ("evaluations", self.room.spent, caps.evaluations, "evaluations made"),
            ("proposals", spend.proposals + proposing, caps.proposals, "proposals made"),
            ("seconds", spend.seconds, caps.seconds, "seconds used"),
            ("patience", self._since_best, caps.patience, "proposals without a better program"),
        )
        if caps.target is not None and self._best is not None and self._best >= caps.target:
            return Stop("target", "the target is reached")
        for kind, amount, cap, words in used:
            if cap is not None and amount >= cap:
                return Stop(kind, f"budget: {amount:,.4g} {words}, of {cap:,.4g}")
        return self._halted or self._too_little or self._too_large() or self._all_failing()

    @property
    def spend(self) -> Spend:
        """What has been used so far."""
        cost = self._cost
        return Spend(
            usd=cost.usd or 0.0,
            unpriced=self._unpriced,
            held_usd=self._held.unknown_usd,
            prompt_tokens=cost.prompt_tokens,
            completion_tokens=cost.completion_tokens,
            cached_tokens=cost.cached_tokens,
            calls=cost.calls,
            evaluations=self._evaluations,
            trials=self._trials,
            proposals=self._proposals,
            seconds=self._now() - self._start,
            evaluation_usd=self._evaluation_usd,
        )

    def evaluations_left(self) -> int | None:
        """Return how many evaluations the cap still allows; None without a cap."""
        return self.room.left()

    def reserve_trials(self, ticket: int, variants: int, cases: int) -> int:
        """Return how many variants a proposer may try on so many cases each; they stay reserved
        until `tell`.

        A whole evaluation stays free, for what the proposal comes to.
        """
        left = self.evaluations_left()
        room = variants if left is None else max(0, min(variants, left // max(1, cases) - 1))
        self.room.try_on(ticket, room * cases)
        return room

    def seconds_left(self) -> float | None:
        """Return how many seconds the cap still allows; None without a cap."""
        return (
            None if self.caps.seconds is None else max(0.0, self.caps.seconds - self.spend.seconds)
        )

    def _lacking(self, most: Cost, held: _Held) -> str | None:
        caps, flying = self.caps, len(held.flying)
        usd = (self._cost.usd or 0.0) + self._evaluation_usd + held.usd() + (most.usd or 0.0)
        if caps.usd is not None and usd > caps.usd:
            return "usd"
        if (
            caps.tokens is not None
            and _tokens(self._cost) + held.tokens() + _tokens(most) > caps.tokens
        ):
            return "tokens"
        if caps.calls is not None and self._cost.calls + flying + max(1, most.calls) > caps.calls:
            return "calls"
        return None

    def _too_large(self) -> Stop | None:
        if self.room.needed is None:
            return None
        made = f"{self.room.spent:,} evaluations made, of {self.caps.evaluations or 0:,}"
        return Stop(
            "evaluations", f"budget: {made}; the next program may take {self.room.needed:,}"
        )

    def _count_failure(self, result: Result, detail: str) -> None:
        kind = _failure(result)
        if result.outcome is Outcome.DUPLICATE and result.cost_usd == 0.0:
            self._repeats += 1  # what costs nothing may try again and again, but not for ever
        elif kind:
            named = not detail or detail.startswith(f"{kind}: ")
            self._failures.append((detail or kind) if named else f"{kind}: {detail}")
        else:
            self._failures.clear()
            self._repeats = 0
            self._worked += 1

    def _all_failing(self) -> Stop | None:
        if self.caps.failing is None:
            return None
        # A search that has long worked may have dry spells; one that never worked is told so at
        # once.
        allowed = self.caps.failing + min(self._worked // 4, 9 * self.caps.failing)
        if self._repeats >= FREE_REPEATS * allowed:
            return Stop(
                "failing",
                f"{self._repeats} proposals in a row made programs that are known already",
            )
        if len(self._failures) < allowed:
            return None
        common, count = Counter(self._failures).most_common(1)[0]
        return Stop(
            "failing", f"{len(self._failures)} proposals in a row failed; {count} of them: {common}"
        )


def _tokens(cost: Cost) -> int:
    return cost.prompt_tokens + cost.completion_tokens


def _failure(result: Result) -> str:
    """Name a result's failure; "" when a program ran and was scored."""
    if result.outcome is not Outcome.ACCEPTED:
        return result.outcome.value
    if result.score is None or result.score.status is not Status.OK:
        return result.score.status.value if result.score is not None else "no score"
    return ""
