"""A Slurm cluster as machines: an evaluation is a job that is submitted, polled and cancelled.

By way of `submitit`. Request and reply are files in the run's folder, which every node must see;
partition and account come from the environment, as sbatch reads it (SBATCH_PARTITION). Whatever
else has a queue needs these three verbs.
"""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import submitit

import cladogen
from cladogen.errors import SandboxError, WorldAway
from cladogen.remote.base import MachineLost, Offer
from cladogen.remote.messages import AWAY, read_offer
from cladogen.remote.share import SERVICE_MB, Share
from cladogen.remote.slurm_job import REFUSED, work

JOBS = 64  # at once, where the command line does not say
POLL_S = 1.0  # for the reply; the queue itself is asked by submitit, much less often
MOST_LOST = 3  # jobs of one request
WAITING_S = 24 * 3600.0  # in the queue


class Slurm:
    """Jobs in Slurm's queue, at most ``share.most`` at once."""

    def __init__(self, share: Share, notice: Callable[[str], None], poll_s: float = POLL_S) -> None:
        self.slots = share.most or JOBS
        self.where = f"slurm, at most {self.slots} jobs at once"
        self._share, self._notice, self._poll_s = share, notice, poll_s
        self._free = asyncio.Semaphore(self.slots)
        self._folder = (share.folder / "queue").resolve()

    async def start(self, parcel: bytes) -> Offer:
        """Run a first job, which says what the nodes are; raises SandboxError."""
        if shutil.which("sbatch") is None:
            raise SandboxError("slurm: no sbatch on this machine; start the run on a login node")
        self._folder.mkdir(parents=True, exist_ok=True)
        (self._folder / "parcel").write_bytes(parcel)
        offer = read_offer(await self.call(b"", None))
        if why_not := offer.unfit(cladogen.__version__, None):
            raise SandboxError(f"slurm: a node cannot work for this run: {why_not}")
        self.where += f"; in each {offer.where}"
        return offer

    async def call(self, request: bytes, most_s: float | None) -> bytes:
        """Return the reply to a request; a job that ends without one is submitted again."""
        for left in reversed(range(MOST_LOST)):
            try:
                async with self._free:
                    reply = await self._job(request, most_s)
                break
            except MachineLost as lost:
                if not left:
                    raise SandboxError(f"slurm: {MOST_LOST} jobs ended; the last: {lost}") from None
                self._notice(f"slurm: {lost}; its evaluation is put back")
        if reply.startswith(REFUSED):
            raise SandboxError(f"slurm: {reply.removeprefix(REFUSED).decode()}")
        if reply.startswith(AWAY):
            raise WorldAway(reply.removeprefix(AWAY).decode())
        return reply

    def follow(self, changed: Callable[[int], None]) -> None:
        """Do nothing: the number of slots stays."""

    async def close(self) -> None:
        """Remove what only running jobs needed."""
        shutil.rmtree(self._folder, ignore_errors=True)

    async def _job(self, request: bytes, most_s: float | None) -> bytes:
        """Submit, poll; cancel when this is cancelled, or there is no end."""
        name = self._folder / uuid.uuid4().hex
        asked, replied = name.with_suffix(".request"), name.with_suffix(".reply")
        asked.write_bytes(request)
        submitting = asyncio.ensure_future(asyncio.to_thread(self._submit, asked, replied, most_s))
        try:
            job = await asyncio.shield(submitting)
        except asyncio.CancelledError:  # sbatch goes on: without its number nobody could cancel
            job = await submitting
            await asyncio.to_thread(job.cancel, False)
            raise
        try:
            async with asyncio.timeout(WAITING_S + (most_s or 0.0)):
                return await self._poll(job, replied)
        except TimeoutError:
            raise MachineLost(f"job {job.job_id} gave no reply") from None
        finally:
            if not replied.exists():
                with contextlib.suppress(OSError):
                    await asyncio.shield(asyncio.to_thread(job.cancel, False))
            for path in (asked, replied):
                path.unlink(missing_ok=True)

    def _submit(self, asked: Path, replied: Path, most_s: float | None) -> Any:
        share = self._share
        asked_for: dict[str, Any] = {}
        if share.gpus.isdecimal():
            asked_for["gpus_per_node"] = int(share.gpus)
        if share.exclusive or share.gpus == "all":
            asked_for["exclusive"] = True
        executor = submitit.SlurmExecutor(folder=self._folder / "log")
        executor.update_parameters(
            job_name="cladogen",
            cpus_per_task=max(1, round(share.cpus)),
            mem=f"{share.memory_mb + SERVICE_MB}M",
            time=None if most_s is None else int(most_s / 60) + 1,
            **asked_for,
        )
        try:
            return executor.submit(work, self._folder / "parcel", asked, replied)
        except (OSError, submitit.core.utils.FailedJobError) as error:
            raise WorldAway(f"slurm: sbatch: {str(error).splitlines()[0]}") from None

    async def _poll(self, job: Any, replied: Path) -> bytes:
        while not replied.exists():
            ended = await asyncio.to_thread(job.done)
            if ended and not replied.exists():
                raise MachineLost(f"job {job.job_id} ended as {job.state} without a reply")
            await asyncio.sleep(0 if ended else self._poll_s)
        return replied.read_bytes()
