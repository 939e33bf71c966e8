"""A Ray cluster as machines: one actor for each node, and a look at the nodes now and then.

The nodes that are there at the start are waited for a little; later ones are taken in as they come.
A node that is lost goes, an actor that ended alone (killed for its memory) is started again, with
growing pauses, a few times.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import socket
import time
from collections.abc import Callable
from typing import Any

import ray

import cladogen
from cladogen.errors import SandboxError
from cladogen.remote.base import MachineLost, Offer
from cladogen.remote.pool import MachinePool
from cladogen.remote.ray_node import NodeRefused, RayNode
from cladogen.remote.share import Share

ANSWER_S = 10.0  # for a connection to the address
INIT_S = 120.0  # to join, or to start, a cluster
READY_S = 900.0  # for the first node: an image may have to be built there
OTHERS_S = 20.0  # for the other nodes of the start, once the first is ready
LOOK_S = 2.0
MOST_STARTS = 6  # of one node's actor
LONGEST_PAUSE_S = 60.0


class RayNodes:
    """The nodes of a cluster on which at least one evaluation fits."""

    def __init__(self, share: Share, notice: Callable[[str], None]) -> None:
        self._share, self._notice = share, notice
        self._pool = MachinePool(notice, lost=self._let_go)
        self._parcel: Any = None
        self._offer: Offer | None = None
        self._nodes: dict[str, RayNode] = {}
        self._starts: dict[str, int] = {}
        self._not_before: dict[str, float] = {}
        self._refused: dict[str, str] = {}
        self._starting: set[asyncio.Task[None]] = set()
        self._looking: asyncio.Task[None] | None = None
        self._ready = asyncio.Event()
        self._joined = False

    @property
    def slots(self) -> int:
        return self._pool.slots

    @property
    def where(self) -> str:
        sandbox = self._offer.where if self._offer else "not started"
        return f"ray, {len(self._nodes)} nodes, {self.slots} slots; on each {sandbox}"

    def follow(self, changed: Callable[[int], None]) -> None:
        """Call ``changed`` with the number of slots whenever it changes."""
        self._pool.follow(changed)

    async def start(self, parcel: bytes) -> Offer:
        """Join the cluster and start an actor on each node; return the first one's offer."""
        await self._join()
        self._parcel = await asyncio.to_thread(ray.put, parcel)
        await self._look()
        if not self._starting:
            raise SandboxError(
                f"ray: no node has room for one evaluation ({self._share.cpus:g} CPUs, "
                f"{self._share.memory_mb} MiB, {self._share.gpus or 'no'} GPUs); see ray status"
            )
        first = list(self._starting)
        await self._wait_for_one(first)
        await asyncio.wait(first, timeout=OTHERS_S)
        if self._offer is None:
            raise SandboxError(f"ray: no node can judge programs: {self._why_not()}")
        self._looking = asyncio.ensure_future(self._keep_looking())
        return self._offer

    async def call(self, request: bytes, most_s: float | None) -> bytes:
        """Return the reply to a request, from whichever node is free."""
        return await self._pool.call(request, most_s)

    async def close(self) -> None:
        """End the actors, and leave the cluster."""
        tasks = [*self._starting, *([self._looking] if self._looking else [])]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=LOOK_S)
        await asyncio.gather(*(node.close() for node in self._nodes.values()))
        if self._joined:
            await asyncio.to_thread(ray.shutdown)

    async def _join(self) -> None:
        if ray.is_initialized():
            return  # by whoever calls `evolve()`: theirs to leave
        address = self._share.address or os.environ.get("RAY_ADDRESS", "")
        await asyncio.to_thread(_answers, address)
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
        os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
        joining = asyncio.to_thread(
            ray.init,
            address=address or None,
            log_to_driver=False,
            logging_level=logging.ERROR,
            include_dashboard=None if address else False,
        )
        try:
            async with asyncio.timeout(INIT_S):
                await joining
        except (ConnectionError, RuntimeError, ValueError, TimeoutError) as error:
            said = next(iter(str(error).splitlines()), "") or f"no answer in {INIT_S:.0f} s"
            raise SandboxError(f"ray: {address or 'a cluster of its own'}: {said}") from None
        self._joined = True

    async def _wait_for_one(self, starting: list[asyncio.Task[None]]) -> None:
        """Wait until one node is ready, or none can be."""
        ready = asyncio.ensure_future(self._ready.wait())
        every = asyncio.ensure_future(asyncio.wait(starting))
        try:
            await asyncio.wait({ready, every}, timeout=READY_S, return_when=asyncio.FIRST_COMPLETED)
        finally:
            ready.cancel()
            every.cancel()

    def _why_not(self) -> str:
        return next(iter(self._refused.values()), "") or f"none was ready in {READY_S:.0f} s"

    async def _keep_looking(self) -> None:
        while True:
            await asyncio.sleep(LOOK_S)
            await self._look()

    async def _look(self) -> None:
        """Take in what is new, and let go of what is gone."""
        nodes = await asyncio.to_thread(ray.nodes)
        alive = {node["NodeID"]: node for node in nodes if node["Alive"]}
        for ident in [ident for ident in self._nodes if ident not in alive]:
            self._lost(self._nodes[ident], "the node is gone")
        for ident, node in alive.items():
            if ident not in self._nodes and ident not in self._refused:
                self._begin(node)

    def _begin(self, node: dict[str, Any]) -> None:
        """Begin to start an actor on a node that has room for one, unless it is too early."""
        ident = node["NodeID"]
        slots = self._slots_on(node["Resources"])
        if not slots or time.monotonic() < self._not_before.get(ident, 0.0):
            return
        starts = self._starts[ident] = self._starts.get(ident, 0) + 1
        pause = min(LONGEST_PAUSE_S, 2.0**starts)
        self._not_before[ident] = time.monotonic() + pause
        self._nodes[ident] = RayNode(node, self._share, slots)
        task = asyncio.ensure_future(self._open(self._nodes[ident]))
        self._starting.add(task)
        task.add_done_callback(self._starting.discard)

    def _slots_on(self, resources: dict[str, float]) -> int:
        fitting = self._share.fits(resources)
        if self._share.most is None:
            return fitting
        return min(fitting, self._share.most - sum(node.slots for node in self._nodes.values()))

    async def _open(self, node: RayNode) -> None:
        try:
            offer = await node.open(self._parcel)
        except NodeRefused as refusal:
            self._refuse(node, str(refusal))
        except MachineLost as lost:
            self._lost(node, str(lost))
        else:
            why_not = offer.unfit(cladogen.__version__, self._offer)
            if why_not:
                self._refuse(node, why_not)
            else:
                self._take_in(node, offer)

    def _take_in(self, node: RayNode, offer: Offer) -> None:
        for line in offer.notices if self._offer is None else ():
            self._notice(line)
        self._offer = self._offer or offer
        self._pool.add(node)
        self._ready.set()

    def _refuse(self, node: RayNode, why: str) -> None:
        self._refused[node.ident] = f"{node.name}: {why}"
        self._notice(f"{node.name} is not used: {why}")
        self._forget(node)

    def _lost(self, node: RayNode, why: str) -> None:
        if not self._pool.drop(node, why):
            self._let_go(node, why)

    def _let_go(self, node: RayNode, why: str) -> None:
        self._forget(node)
        if self._starts[node.ident] >= MOST_STARTS:
            self._refuse(node, f"it was lost {MOST_STARTS} times; the last time {why}")

    def _forget(self, node: RayNode) -> None:
        if self._nodes.get(node.ident) is node:
            del self._nodes[node.ident]
            node.kill()


def _answers(address: str) -> None:
    """Raise SandboxError when nothing listens at HOST:PORT; Ray itself would ask for minutes."""
    host, colon, port = address.removeprefix("ray://").rpartition(":")
    if not colon or not port.isdecimal():
        if address and address not in ("auto", "local"):
            raise SandboxError(f"ray: {address!r} is no address; write HOST:PORT, auto or local")
        return
    try:
        with contextlib.closing(socket.create_connection((host, int(port)), ANSWER_S)):
            return
    except OSError as error:
        why = error.strerror or str(error)
        raise SandboxError(
            f"ray: {address} does not answer ({why}); is the cluster up? ray status --address "
            f"{address}"
        ) from None
