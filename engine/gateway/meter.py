"""Counting what one caller asks for, under limits: reserved before a call, settled after it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import replace

from cladogen.gateway.refusals import over_limit
from cladogen.ledger import CallLimits
from cladogen.proposal import Cost


class Meter:
    """Count calls under limits. ``what`` names whose they are, in refusals.

    A call of unknown price counts as the most that it can cost.
    """

    def __init__(self, limits: CallLimits, what: str) -> None:
        self.limits, self.what = limits, what
        self.cost = Cost()
        self._in_flight: dict[int, Cost] = {}
        self._numbers = 0
        self._settled = asyncio.Event()

    def tokens_left(self) -> int | None:
        """Return how many tokens are neither used nor reserved; None without a limit."""
        if self.limits.tokens is None:
            return None
        used = sum(map(tokens, [self.cost, *self._in_flight.values()]))
        return max(0, self.limits.tokens - used)

    async def reserve(self, most: Cost) -> int:
        """Reserve the most that a call can take; waits where only calls in flight are in the way.

        Raises Refused when it does not fit any more.
        """
        while self._lacking(most, self._in_flight.values()):
            if name := self._lacking(most, ()):
                raise over_limit(f"{self.what} may use {self._words(name)}; no call fits any more")
            self._settled.clear()
            await self._settled.wait()
        self._numbers += 1
        self._in_flight[self._numbers] = most
        return self._numbers

    def settle(self, number: int, cost: Cost) -> None:
        """Replace a reservation by what the call did take."""
        most = self._in_flight.pop(number)
        self.charge(cost, most.usd or 0.0)
        self._settled.set()

    def charge(self, cost: Cost, most_usd: float = 0.0) -> None:
        """Count a call that is over."""
        usd = most_usd if cost.usd is None else cost.usd
        self.cost += replace(cost, usd=usd)

    def _lacking(self, most: Cost, in_flight: Iterable[Cost]) -> str:
        all_ = [self.cost, *in_flight, most]
        needed = {
            "calls": sum(cost.calls for cost in all_),
            "tokens": sum(map(tokens, all_)),
            "usd": sum(cost.usd or 0.0 for cost in all_),
        }
        for name, amount in needed.items():
            limit = getattr(self.limits, name)
            if limit is not None and amount > limit:
                return name
        return ""

    def _words(self, name: str) -> str:
        limit = getattr(self.limits, name)
        return f"${limit:g}" if name == "usd" else f"{limit} {name}"


def tokens(cost: Cost) -> int:
    """Return the tokens of prompt and reply."""
    return cost.prompt_tokens + cost.completion_tokens
