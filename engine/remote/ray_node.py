"""One node of a Ray cluster, as a machine of the pool."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

import ray
from ray.exceptions import RayError, RayTaskError
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

from cladogen.errors import SandboxError
from cladogen.remote.base import MachineLost, Offer
from cladogen.remote.messages import read_offer
from cladogen.remote.ray_worker import REFUSED, RayWorker
from cladogen.remote.share import Share

CLOSE_S = 15.0
BESIDE = 4  # calls beside evaluations: opening, closing


class NodeRefused(SandboxError):  # noqa: N818  (an answer, not a defect)
    """A node that cannot judge programs, and will not if it is asked again."""


class RayNode:
    """A node with ``slots`` evaluations at once, in one actor that is bound to it."""

    def __init__(self, node: dict[str, Any], share: Share, slots: int) -> None:
        self.ident: str = node["NodeID"]
        self.name = f"node {node['NodeManagerAddress']} ({self.ident[:6]})"
        self.slots = slots
        cpus, memory, gpus = share.takes(slots, node["Resources"])
        self._how = {
            "num_cpus": cpus,
            "memory": memory,
            "num_gpus": gpus,
            "max_restarts": 0,
            "max_task_retries": 0,
            "max_concurrency": slots + BESIDE,
            "scheduling_strategy": NodeAffinitySchedulingStrategy(self.ident, soft=False),
        }
        self._actor: Any = None

    async def open(self, parcel: Any) -> Offer:
        """Start the actor; raises Refused, or MachineLost."""
        self._actor = ray.remote(RayWorker).options(**self._how).remote(parcel, self.slots)
        reply = await self._get(self._actor.open.remote())
        if reply.startswith(REFUSED):
            raise NodeRefused(reply.removeprefix(REFUSED).decode())
        return read_offer(reply)

    async def call(self, request: bytes, most_s: float | None) -> bytes:
        """Return the reply; raises MachineLost, also when there is none in time."""
        call = self._actor.answer.remote(request)
        try:
            async with asyncio.timeout(most_s):
                return await self._get(call)
        except TimeoutError:
            self.kill()
            raise MachineLost(f"gave no answer in {most_s:.0f} s") from None
        except asyncio.CancelledError:
            ray.cancel(call)
            raise

    async def close(self) -> None:
        """End the station there in its own time, then the actor."""
        if self._actor is None:
            return
        with contextlib.suppress(TimeoutError, MachineLost):
            async with asyncio.timeout(CLOSE_S):
                await self._get(self._actor.close.remote())
        self.kill()

    def kill(self) -> None:
        if self._actor is not None:
            with contextlib.suppress(RayError, ValueError):
                ray.kill(self._actor)

    async def _get(self, call: Any) -> bytes:
        try:
            reply: bytes = await asyncio.wrap_future(call.future())
        except RayTaskError:  # a defect of ours: shown as one
            raise
        except RayError as error:
            raise MachineLost(_reason(error)) from None
        return reply


def _reason(error: RayError) -> str:
    """Return the first line of an error of Ray's that says something, with its kind."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return f"{type(error).__name__}: {lines[0][:200] if lines else 'no reason given'}"
