"""Budgets: what a run may spend, what it has spent, and why it stops.

Hard caps on money, tokens and calls (`cladogen.search.money`), on evaluations and proposals
(`cladogen.search.counted_cap`), and on seconds; and the soft ends: target, patience, failures in a
row (`cladogen.search.dry_spell`).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

from cladogen.evaluation import Evaluation
from cladogen.ledger import UNPRICED, Caps, OverBudget, Reservation, Spend, Stop
from cladogen.proposal import Cost, Outcome
from cladogen.record.later import Later
from cladogen.result import Brief, Result
from cladogen.search.clock import LEAST_S, MEASURED_LAST, SEARCHED, SHARE, STOPPING, STOPPING_S
from cladogen.search.counted_cap import CountedCap
from cladogen.search.dry_spell import DrySpell
from cladogen.search.money import Money

__all__ = ["UNPRICED", "Budget", "Caps", "OverBudget", "OverCap", "Reservation", "Spend", "Stop"]

NO_PROPOSAL = (Outcome.NO_REPLY, Outcome.INFRA, Outcome.ABANDONED)  # a call's, the world's failure


class OverCap(Exception):  # noqa: N818  (an end, not an error)
    """A task that a cap does not allow any more."""


class Budget:
    """Count what a run uses and say when it must stop.

    Results are folded in by `tell`, recorded ones too when a run is resumed; recorded calls by
    `charge`. ``seconds_before`` is the time that earlier sessions of the run took; ``usd_per_hour``
    prices evaluations that have no price of their own. ``workers`` is how many proposals may be in
    flight at once.
    """

    def __init__(
        self,
        caps: Caps = Caps(),
        *,
        seconds_before: float = 0.0,
        usd_per_hour: float = 0.0,
        workers: int = 1,
        least_closing_s: float = LEAST_S,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self.caps = caps
        self._now, self._before = now, seconds_before
        self._least_closing_s = least_closing_s
        self._began: float | None = None  # the command, by the same clock
        self.start_clock()
        self._usd_per_s = usd_per_hour / 3600.0
        self.money = Money(caps, lambda: self._evaluation_usd)
        self.evaluations = CountedCap(caps.evaluations)
        self.proposals = CountedCap(caps.proposals)
        # How many proposals the caps can pay for (`cladogen.archives.expected`); None: unknown.
        self.proposals_expected: int | None = None
        self._evaluations = self._trials = self._since_best = 0
        self._in_events = 0  # evaluations that are in no result
        self._evaluation_usd = 0.0
        self._best: float | None = None
        self._dry_spell = DrySpell(caps, workers)
        self._halted: Stop | None = None

    def start_clock(self) -> None:
        """Begin to count this session's seconds now: what was prepared before shortens what comes
        after the search, and is counted as far as it took more than that can spare.
        """
        now = self._now()
        self._start = now - self._before
        self._started_s = 0.0 if self._began is None else now - self._began
        stopping_s = max(STOPPING_S, STOPPING * self._started_s)
        self._starting_s = 0.0 if self._began is None else self._started_s + stopping_s
        self._start -= self.counted_start_s

    def command_began(self, at: float) -> None:
        """Take the time since then, by the same clock, for what starting takes."""
        self._began = at

    @property
    def counted_start_s(self) -> float:
        """How many of the seconds that starting took are taken off the search's."""
        cap = self.caps.seconds
        if cap is None:
            return 0.0
        beyond = self._starting_s - (1.0 - MEASURED_LAST) * self._share(cap)
        left = max(0.0, cap - self._before)
        return min(max(0.0, beyond), (1.0 - SEARCHED) * left)

    def tell(self, result: Result, *, trials: int = 0, detail: str = "") -> None:
        """Count a result, and ``trials`` evaluations its proposer spent inside; ``detail`` says why
        it failed.
        """
        ticket, evaluations = result.task.ticket, len(result.evaluations)
        self._evaluations += evaluations
        self._trials += trials
        self._evaluation_usd += self._prices(result.evaluations)
        self.evaluations.settle(ticket, evaluations + trials)
        proposed = bool(result.parents) and result.outcome is not Outcome.ABANDONED
        counts = proposed and result.outcome not in NO_PROPOSAL
        self.proposals.settle(ticket, int(counts))
        improved = self._improves(result)
        if proposed:
            status = None if result.score is None else result.score.status
            self._dry_spell.count_one(result.outcome, status, detail)
        if counts:
            self._since_best = 0 if improved else self._since_best + 1

    def tell_all(self, results: Sequence[Brief], cases: int) -> None:
        """Count recorded results, whose evaluations are known to have no price of their own; a
        variant that a proposer tried is ``cases`` evaluations.
        """
        if self._usd_per_s:
            for result in results:
                self.tell(result.whole(), trials=result.trials * cases, detail=result.reason)
            return
        made = sum(result.made for result in results)
        trials = sum(result.trials for result in results) * cases
        self._evaluations += made
        self._trials += trials
        self.evaluations.settle_all((result.ticket for result in results), made + trials)
        counted = sum(map(self._counts, results))
        self.proposals.settle_all((result.ticket for result in results), counted)

    def _counts(self, result: Brief) -> bool:
        """Take note of a recorded result, and tell whether a proposal was made for it."""
        improved = self._is_best(result.fitness)
        if not result.parents or result.outcome is Outcome.ABANDONED:
            return False
        self._dry_spell.count_one(result.outcome, result.status, result.reason)
        if result.outcome in NO_PROPOSAL:
            return False
        self._since_best = 0 if improved else self._since_best + 1
        return True

    def count_recorded(self, evaluations: int) -> None:
        """Count evaluations that are recorded in an event, and in no result: of programs that were
        written before there was a seed program, and of generations of cases.
        """
        self._evaluations += evaluations
        self._in_events += evaluations
        self.evaluations.settled += evaluations

    def state(self) -> list[Any]:
        """Return what the results so far come to, for a checkpoint."""
        settled = self.evaluations.settled - self._in_events
        made = self._evaluations - self._in_events
        counts = [made, settled, self.proposals.settled, self._trials, self._since_best]
        return [counts, self._evaluation_usd, self._best, self._dry_spell.state()]

    def restore(self, state: list[Any]) -> None:
        """Take in what `state` gave, of a budget that was told no result."""
        (made, settled, proposals, self._trials, self._since_best), usd, self._best, dry = state
        self._evaluations += made
        self.evaluations.settled += settled
        self.proposals.settled += proposals
        self._evaluation_usd += usd
        self._dry_spell.restore(dry)

    def change_cap(self, name: str, value: float) -> None:
        """Hold another cap from now on; who waits under it looks again."""
        self.caps = self.caps.having(name, value)
        self.money.change_caps(self.caps)
        self.evaluations.hold(self.caps.evaluations)
        self.proposals.hold(self.caps.proposals)

    def halt(self, stop: Stop) -> None:
        """End the run for a reason that only a proposer knows: nobody is left to ask."""
        self._halted = stop

    # -- before, during and after what a cap bounds

    async def reserve(self, most: Cost) -> Reservation:
        """Reserve the most a call can cost; raises OverBudget when it does not fit any more."""
        return await self.money.reserve(most)

    def settle(self, reservation: Reservation, cost: Cost) -> None:
        """Replace a reservation by what the call did cost."""
        self.money.settle(reservation, cost)

    def charge(self, cost: Cost, most_usd: float = 0.0) -> None:
        """Count a call that is over; ``most_usd`` bounds it where its price is not known."""
        self.money.charge(cost, most_usd)

    async def available(self) -> None:
        """Wait while all that is left is reserved, but may come back from work in flight."""
        caps = (self.proposals, self.evaluations)
        while waiting := [cap for cap in caps if cap.waits]:
            await waiting[0].change()

    async def reserve_task(self, ticket: int, most: int, *, proposals: bool = True) -> None:
        """Reserve ``most`` evaluations for a task, and a proposal where it asks for one; raises
        OverCap when they cannot fit any more.
        """
        if not await self.proposals.reserve(ticket, int(proposals)):
            raise OverCap(f"task {ticket}: no proposals are left")
        if not await self.evaluations.reserve(ticket, most):
            raise OverCap(f"task {ticket}: no evaluations are left")

    async def reserve_repair(self, ticket: int, most: int) -> bool:
        """Reserve one more proposal for a task, and its evaluations; False when they do not fit."""
        # It waits for nobody's proposal: who has reserved the last one may wait for this task.
        return self.proposals.reserve_now(ticket, 1) and await self.evaluations.reserve(
            ticket, most
        )

    def reserve_trials(self, ticket: int, variants: int, cases: int) -> int:
        """Return how many variants a proposer may try on so many cases each; they stay reserved
        until `tell`.

        A whole evaluation stays free, for what the proposal comes to.
        """
        left = self.evaluations_left()
        most = variants if left is None else max(0, min(variants, left // max(1, cases) - 1))
        self.evaluations.reserve_trials(ticket, most * cases)
        return most

    def charge_proposal(self, ticket: int, trials: int) -> None:
        """Count a proposal that was made, and the evaluations that its proposer tried."""
        self.proposals.charge(ticket, 1)
        self.evaluations.charge_trials(ticket, trials)

    def give_back(self, ticket: int) -> None:
        """Give back what a task that is over had reserved."""
        self.proposals.give_back(ticket)
        self.evaluations.give_back(ticket)

    # -- what there is

    @property
    def proposals_made(self) -> int:
        """How many proposals were made, those among them whose children are being measured."""
        return self.proposals.spent

    @property
    def spend(self) -> Spend:
        """What has been used so far."""
        cost = self.money.cost
        return Spend(
            usd=cost.usd or 0.0,
            unpriced=self.money.unpriced,
            held_usd=self.money.unknown_usd,
            prompt_tokens=cost.prompt_tokens,
            completion_tokens=cost.completion_tokens,
            cached_tokens=cost.cached_tokens,
            calls=cost.calls,
            evaluations=self._evaluations,
            trials=self._trials,
            proposals=self.proposals.settled,
            seconds=self._now() - self._start,
            evaluation_usd=self._evaluation_usd,
            starting_s=self._started_s,
        )

    def stop_reason(self) -> Stop | None:
        """Return why no new task may start, or None."""
        return self._at_target() or self._used_up() or self._cannot_go_on()

    def evaluations_left(self) -> int | None:
        """Return how many evaluations the cap still allows; None without a cap."""
        return self.evaluations.left()

    def seconds_left(self) -> float | None:
        """Return how many seconds the cap still allows; None without a cap."""
        if self.caps.seconds is None:
            return None
        return max(0.0, self.caps.seconds - self.spend.seconds)

    def closing_s(self) -> float | None:
        """Return how many seconds the run may still take, with what comes after its search; None
        without a cap.
        """
        cap = self.caps.seconds
        if cap is None:
            return None
        share = self._share(cap)
        share = max(MEASURED_LAST * share, share - self._starting_s)
        return max(0.0, cap + share - self.spend.seconds)

    def _share(self, cap: float) -> float:
        """Return how many seconds a run may take beside those of its search."""
        return max(SHARE * cap, self._least_closing_s)

    def begin_anew(self) -> None:
        """Forget failures in a row, as a run does that is continued: what was in the way may be
        gone.
        """
        self._dry_spell.forget()

    @property
    def repeats(self) -> bool:
        """Whether proposals lately only gave what is known: time to ask for something else."""
        return self._dry_spell.repeats

    def _prices(self, rows: Sequence[Evaluation]) -> float:
        if isinstance(rows, Later) and rows.free and not self._usd_per_s:
            return 0.0  # known without reading them
        return sum(map(self._price, rows))

    def _price(self, row: Evaluation) -> float:
        return row.cost_usd if row.cost_usd is not None else self._usd_per_s * row.usage.wall_s

    def _improves(self, result: Result) -> bool:
        """Tell whether a result is better than all before it, which it then counts among."""
        return self._is_best(result.fitness)

    def _is_best(self, fitness: float | None) -> bool:
        if fitness is None or (self._best is not None and fitness <= self._best):
            return False
        self._best = fitness
        return True

    def _at_target(self) -> Stop | None:
        target, best = self.caps.target, self._best
        if target is None or best is None or best < target:
            return None
        return Stop("target", "the target is reached")

    def _used_up(self) -> Stop | None:
        caps = self.caps
        bounded = (
            ("usd", caps.usd, self._usd, "dollars spent"),
            ("tokens", caps.tokens, lambda: self.money.tokens, "tokens used"),
            ("calls", caps.calls, lambda: self.money.cost.calls, "model calls made"),
            ("evaluations", caps.evaluations, lambda: self.evaluations.spent, "evaluations made"),
            ("proposals", caps.proposals, lambda: self.proposals.settled, "proposals made"),
            ("seconds", caps.seconds, lambda: self._now() - self._start, "seconds used"),
            (
                "patience",
                caps.patience,
                lambda: self._since_best,
                "proposals without a better program",
            ),
        )
        for kind, cap, used, words in bounded:
            if cap is not None and (amount := used()) >= cap:
                return Stop(kind, f"budget: {amount:,.4g} {words}, of {cap:,.4g}")
        return None

    def _usd(self) -> float:
        """Return the dollars that are spent, and those that may have been."""
        return (self.money.cost.usd or 0.0) + self._evaluation_usd + self.money.unknown_usd

    def _cannot_go_on(self) -> Stop | None:
        stop = self._halted or self.money.too_little or self._too_large()
        return stop or self._dry_spell.stop()

    def _too_large(self) -> Stop | None:
        lacking = self.evaluations.lacking
        if lacking is None:
            return None
        made = f"{self.evaluations.spent:,} evaluations made, of {self.caps.evaluations or 0:,}"
        return Stop("evaluations", f"budget: {made}; the next program may take {lacking:,}")
