"""Money and tokens: what calls may cost, what they did cost, and what nobody knows of it.

The most a call can cost is reserved before the call, and settled by what it did cost. A reservation
that only calls in flight stand in the way of waits for them; one that cannot fit any more raises
`OverBudget`. What a call cost is exact or unknown; an unknown one is counted apart and keeps its
reservation, so that the cap holds all the same.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from cladogen.ledger import UNPRICED, Caps, OverBudget, Reservation, Stop
from cladogen.proposal import SPENT, Cost


class Money:
    """The account of a run's calls under its caps. ``beside`` tells what else was spent, in
    dollars.
    """

    def __init__(self, caps: Caps, beside: Callable[[], float] = lambda: 0.0) -> None:
        self._caps, self._beside = caps, beside
        self.cost = Cost()  # of what has a price
        self.unpriced = 0
        self.unknown_usd = 0.0  # at most, for calls that ended without saying what they cost
        self.too_little: Stop | None = None
        self._in_flight: dict[int, Cost] = {}
        self._reservations = 0
        self._settled = asyncio.Event()

    @property
    def tokens(self) -> int:
        return tokens_of(self.cost)

    def change_caps(self, caps: Caps) -> None:
        """Hold other caps from now on."""
        self._caps, self.too_little = caps, None
        self._settled.set()

    def charge(self, cost: Cost, most_usd: float = 0.0) -> None:
        """Count the cost of a call that is over; ``most_usd`` bounds it if its price is not
        known.
        """
        if cost.usd is None:
            self.unpriced += 1
            self.unknown_usd += most_usd
            cost = replace(cost, usd=0.0)
        self.cost = self.cost + cost

    async def reserve(self, most: Cost) -> Reservation:
        """Reserve the most a call can cost; waits for calls in flight if only they are in its way.

        Raises OverBudget when it does not fit any more, or when a cap in dollars meets a call with
        no known price.
        """
        if most.usd is None and self._caps.usd is not None:
            raise self._over(Stop("usd", UNPRICED))
        while self._lacking(most, self._in_flight.values()):
            if cap := self._lacking(most, ()):
                text = f"{SPENT}what is left of --max-{cap} does not pay for another call"
                raise self._over(Stop(cap, text))
            self._settled.clear()
            await self._settled.wait()
        self._reservations += 1
        self._in_flight[self._reservations] = most
        return Reservation(self._reservations, most)

    def settle(self, reservation: Reservation, cost: Cost) -> None:
        """Replace a reservation by what the call did cost."""
        del self._in_flight[reservation.number]
        self.charge(cost, reservation.most.usd or 0.0)
        self._settled.set()

    def _over(self, stop: Stop) -> OverBudget:
        self.too_little = stop
        return OverBudget(stop.text)

    def _needed(self, most: Cost, in_flight: Sequence[Cost]) -> dict[str, float]:
        """Return what is spent once a call is made beside others."""
        usd = (self.cost.usd or 0.0) + self._beside() + self.unknown_usd
        return {
            "usd": usd + sum(cost.usd or 0.0 for cost in [*in_flight, most]),
            "tokens": sum(map(tokens_of, [self.cost, *in_flight, most])),
            "calls": self.cost.calls + len(in_flight) + max(1, most.calls),
        }

    def _lacking(self, most: Cost, in_flight: Iterable[Cost]) -> str:
        """Name the cap under which a call does not fit beside others, "" when it fits."""
        usd, tokens, calls = self._caps.usd, self._caps.tokens, self._caps.calls
        if usd is None and tokens is None and calls is None:
            return ""
        every = {"usd": usd, "tokens": tokens, "calls": calls}
        caps = {name: cap for name, cap in every.items() if cap is not None}
        needed = self._needed(most, list(in_flight))
        return next((name for name, cap in caps.items() if needed[name] > cap), "")


def tokens_of(cost: Cost) -> int:
    return cost.prompt_tokens + cost.completion_tokens
