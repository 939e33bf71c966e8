"""Machines that come and go, and requests that are given to whichever is free.

A request in the hands of a machine that is lost goes to another. One at which several machines in a
row were lost is given up: it may be the reason.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from cladogen.errors import SandboxError, WorldAway
from cladogen.remote.base import MachineLost
from cladogen.remote.messages import AWAY

MOST_LOST = 3  # machines at one request
EMPTY_S = 60.0  # with no machine left, until that is said to whoever waits
REST_S = 30.0  # for a machine whose sandbox is away


class Machine(Protocol):
    """One machine that answers ``slots`` requests at once."""

    name: str
    slots: int

    async def call(self, request: bytes, most_s: float | None) -> bytes:
        """Return the reply; raises MachineLost."""
        ...


@dataclass(slots=True)
class PooledMachine:
    """A machine in the pool: how many requests it has in hand, and until when it gets no more."""

    machine: Machine
    busy: int = 0
    rests_until: float = 0.0


class MachinePool:
    """Give requests to machines. ``notice`` takes lines for the screen, ``lost`` each machine that
    is dropped, and why.
    """

    def __init__(
        self,
        notice: Callable[[str], None],
        *,
        lost: Callable[[Any, str], None] = lambda machine, why: None,
        empty_s: float = EMPTY_S,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._notice, self._lost, self._empty_s, self._now = notice, lost, empty_s, now
        self._members: list[PooledMachine] = []
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._empty_since = now()
        self._followers: list[Callable[[int], None]] = []
        self._last_lost = "none was ever ready"

    @property
    def slots(self) -> int:
        return sum(member.machine.slots for member in self._members)

    def follow(self, changed: Callable[[int], None]) -> None:
        """Call ``changed`` with the number of slots whenever it changes."""
        self._followers.append(changed)

    def add(self, machine: Machine) -> None:
        """Take a machine in."""
        self._members.append(PooledMachine(machine))
        self._changed()
        for _ in range(machine.slots):
            self._wake()

    def drop(self, machine: Machine, why: str) -> bool:
        """Give a machine no more requests; what it has in hand is put back when its calls end.
        False when it was not here.
        """
        member = next((each for each in self._members if each.machine is machine), None)
        if member is None:
            return False
        self._members.remove(member)
        self._last_lost = f"{machine.name}: {why}"
        self._empty_since = self._now()
        left = f"{self.slots} slots are left" if self._members else "no machine is left"
        back = f"{member.busy} evaluations are put back" if member.busy else "it had none in hand"
        self._notice(f"lost {machine.name} ({why}); {back}, {left}")
        self._changed()
        self._lost(machine, why)
        return True

    async def call(self, request: bytes, most_s: float | None) -> bytes:
        """Return the reply to a request, from whichever machine is free; raises as `Machines`
        does.
        """
        lost: list[str] = []
        while len(lost) < MOST_LOST:
            member = await self._take()
            try:
                reply = await member.machine.call(request, most_s)
                if reply.startswith(AWAY):
                    raise WorldAway(reply.removeprefix(AWAY).decode())
                member.rests_until = 0.0
                return reply
            except MachineLost as error:
                lost.append(f"{member.machine.name}: {error}")
                self.drop(member.machine, str(error))
            except WorldAway:
                member.rests_until = self._now() + REST_S
                if self._all_rest():
                    raise
            finally:
                member.busy -= 1
                self._wake()
        raise SandboxError(f"{MOST_LOST} machines were lost at this evaluation; last {lost[-1]}")

    async def _take(self) -> PooledMachine:
        """Return the machine with the most room, one more request in its hands."""
        while (member := self._free()) is None:
            self._raise_if_empty()
            await self._wait()
        member.busy += 1
        return member

    def _free(self) -> PooledMachine | None:
        now, all_rest = self._now(), self._all_rest()
        free = [
            member
            for member in self._members
            if member.busy < member.machine.slots and (all_rest or member.rests_until <= now)
        ]
        return min(free, key=lambda member: member.busy / member.machine.slots, default=None)

    def _all_rest(self) -> bool:
        return all(member.rests_until > self._now() for member in self._members)

    def _raise_if_empty(self) -> None:
        if not self._members and self._now() - self._empty_since >= self._empty_s:
            raise WorldAway(f"no machine is left; last {self._last_lost}")

    async def _wait(self) -> None:
        """Wait until a slot is free, or until it is time to look again."""
        waiter = asyncio.get_running_loop().create_future()
        self._waiting.append(waiter)
        try:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(min(self._empty_s, REST_S)):
                    await waiter
        except asyncio.CancelledError:
            if waiter.done() and not waiter.cancelled():
                self._wake()  # it was this one's turn: it is the next one's now
            raise
        finally:
            waiter.cancel()

    def _wake(self) -> None:
        while self._waiting:
            waiter = self._waiting.popleft()
            if not waiter.done():
                waiter.set_result(None)
                return

    def _changed(self) -> None:
        for changed in self._followers:
            changed(self.slots)
