"""Slots, each with a supervisor started ahead, shared by every sandbox: who is free, who is worn
out, who is next.

A session's supervisor is replaced after `WORN_AFTER` jobs, after any abnormal end of a candidate,
and for a job that asks to be ``fresh``: by a fork of the template that the session was started
with, which never was told of a program; the whole session after `RENEWED_AT_MOST` of them, and
where it has no template. With the isolation "container" every job gets a session that served
nobody, and takes it to its grave. Replacements are made while others work.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

from cladogen.errors import SandboxError, WorldAway
from cladogen.evaluation import Status
from cladogen.sandboxes.base import Call, Execution, Job, Limits
from cladogen.sandboxes.devices import VARIABLE
from cladogen.sandboxes.inside.result import BUSY
from cladogen.sandboxes.line.session import Session, SupervisorGone

WORN_AFTER = 200
RENEWED_AT_MOST = 500
_KEPT_BUILDS = 256
_CLOSE_S = 20.0
_FIRST_ERROR = 300  # characters

Spawn = Callable[[Limits, int], Awaitable[Session]]


class SessionPool:
    """``slots`` sessions at work and up to as many prepared ahead."""

    def __init__(self, spawn: Spawn, rules: dict[str, Any], *, isolation: str = "fork") -> None:
        self.spawn = spawn
        self.rules = rules
        self.isolation = isolation
        self.devices: tuple[tuple[str, ...], ...] = ()  # of each slot
        self.slots = 0
        self.free: list[int] = []
        self.ready: list[Session] = []
        self.preparing: dict[asyncio.Task[Session], tuple[object, ...]] = {}
        self.ending: set[asyncio.Task[None]] = set()
        self.working: set[Session] = set()
        self.builds: OrderedDict[tuple[object, ...], Execution] = OrderedDict()
        self.slot_free = asyncio.Condition()
        self.alone = 0  # jobs that wait to be the only one, or are it
        self.alone_turn = asyncio.Lock()
        self.closed = False

    async def start(self, slots: int, limits: Limits) -> None:
        """Start one session, which shows whether this sandbox works, and the others behind it."""
        self.slots = min(slots, len(self.devices) or slots)
        self.free = list(range(self.slots))
        self.ready.append(await self._spawn_one(limits))
        self._prepare(limits, self.slots - 1)

    @property
    def about(self) -> dict[str, Any]:
        return self.ready[0].about if self.ready else {}

    async def run(self, job: Job) -> tuple[Execution, ...]:
        """Make the calls in a free slot. What the world does wrong is Status.INFRA, never an
        exception.
        """
        slot = await self._take_slot()
        try:
            if job.build:
                built = await self._build(job, slot)
                if built.files is None:
                    return tuple(built for _ in job.calls)
                job = replace(job, files={**job.files, **built.files}, build=())
            return tuple(await self._measured(job, slot))
        except SandboxError as error:
            failed = Execution(Status.INFRA, detail=str(error), away=isinstance(error, WorldAway))
            return tuple(failed for _ in job.calls)
        finally:
            await self._give_slot(slot)

    async def close(self) -> None:
        """End every session; never hangs."""
        self.closed = True
        preparing = set(self.preparing)
        self.preparing.clear()
        if preparing:
            done, late = await asyncio.wait(preparing, timeout=_CLOSE_S)
            self.ready += [
                task.result() for task in done if not task.cancelled() and task.exception() is None
            ]
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        sessions = [*self.ready, *self.working]
        self.ready.clear()
        await asyncio.gather(
            *(session.kill() for session in sessions), *self.ending, return_exceptions=True
        )

    async def _take_slot(self) -> int:
        async with self.slot_free:
            await self.slot_free.wait_for(lambda: bool(self.free) and not self.alone)
            return self.free.pop(0)

    async def _give_slot(self, slot: int) -> None:
        async with self.slot_free:
            self.free.append(slot)
            self.slot_free.notify_all()

    async def _measured(self, job: Job, slot: int) -> list[Execution]:
        """Make the calls; those for which the machine was too busy once more, with no other job
        beside them.
        """
        if job.alone:
            async with self._alone():
                return await self._attempt(job, slot)
        executions = await self._attempt(job, slot)
        again = [at for at, execution in enumerate(executions) if _starved(execution)]
        if again:
            async with self._alone():
                calls = tuple(job.calls[at] for at in again)
                found = await self._attempt(replace(job, calls=calls), slot)
            for at, execution in zip(again, found, strict=True):
                executions[at] = execution
        return executions

    @asynccontextmanager
    async def _alone(self) -> AsyncIterator[None]:
        """Wait until every other slot is free, and keep them free; for one that has a slot."""
        self.alone += 1
        try:
            async with self.slot_free:
                await self.slot_free.wait_for(lambda: len(self.free) + self.alone >= self.slots)
            async with self.alone_turn:
                yield
        finally:
            self.alone -= 1
            async with self.slot_free:
                self.slot_free.notify_all()

    async def _attempt(self, job: Job, slot: int) -> list[Execution]:
        """Run in a session; when its supervisor dies, once more in a new one: it may not be the
        candidate's doing.
        """
        for last in (False, True):
            alone = last or self.isolation == "container"
            session = await self._session(job.limits, fresh=job.fresh or alone)
            # What a job that was given up leaves on the line is no answer to the next one.
            worn = True
            try:
                kills = await session.memory_kills() if last else 0
                result = await session.run(job, slot, self._rules(slot))
                worn = alone
            except SupervisorGone as error:
                if last:
                    execution = await _gone_twice(error, session, kills, job.limits)
                    return [execution] * len(job.calls)
            else:
                return result
            finally:
                self._put_back(session, worn=worn)
        raise AssertionError("unreachable")

    def _rules(self, slot: int) -> dict[str, Any]:
        """Return the rules of a slot: those of the sandbox, and the devices that are its own."""
        if not self.devices:
            return self.rules
        own = self.devices[slot % len(self.devices)]
        return {**self.rules, "environment": {VARIABLE: ",".join(own)}}

    async def _session(self, limits: Limits, *, fresh: bool) -> Session:
        """Take the session of this shape that served most (for a fresh job: none), or wait for a
        new one.
        """
        usable = self._usable(limits, fresh=fresh)
        if usable:
            session = max(usable, key=lambda session: session.served)
            self.ready.remove(session)
        elif (old := self._renewable(limits) if fresh else None) is not None:
            session = await self._renewed(old)
        else:
            session = await self._next(limits)
        self.working.add(session)
        return session

    def _usable(self, limits: Limits, *, fresh: bool) -> list[Session]:
        alike = [each for each in self.ready if _shape(each.limits) == _shape(limits)]
        return [each for each in alike if not (fresh and each.served)]

    def _renewable(self, limits: Limits) -> Session | None:
        """Take the session of this shape that served most and may have another supervisor."""
        if self.isolation == "container":
            return None
        found = [
            session
            for session in self.ready
            if _shape(session.limits) == _shape(limits) and _may_renew(session)
        ]
        if not found:
            return None
        session = max(found, key=lambda session: session.served)
        self.ready.remove(session)
        return session

    async def _renewed(self, session: Session) -> Session:
        """Return a session with another supervisor, or where that fails, another session.

        A new one, none that is being prepared: that one may have failed alike, and wait for this.
        """
        try:
            await session.renew()
        except SandboxError:
            self._end(session)
            return await self._spawn_one(session.limits)
        except BaseException:
            self._end(session)
            raise
        return session

    async def _next(self, limits: Limits) -> Session:
        """Return the session of this shape that is being prepared, or start one."""
        while len(self.ready) > 2 * self.slots:  # of other shapes
            self._end(self.ready.pop(0))
        if _shape(limits) not in self.preparing.values():
            self._prepare(limits, 1)
        task = next(task for task, shape in self.preparing.items() if shape == _shape(limits))
        del self.preparing[task]
        return await task

    def _put_back(self, session: Session, *, worn: bool) -> None:
        self.working.discard(session)
        kept = not worn and not self.closed
        if kept and not _is_used_up(session):
            self.ready.append(session)
        elif kept and _may_renew(session):
            self._track(self._renewed(session), session.limits)
        else:
            self._end(session)
            if not self.closed:
                self._prepare(session.limits, 1)

    def _prepare(self, limits: Limits, count: int) -> None:
        for _ in range(count):
            self._track(self._spawn_one(limits), limits)

    def _track(self, session: Coroutine[Any, Any, Session], limits: Limits) -> None:
        task = asyncio.create_task(session)
        self.preparing[task] = _shape(limits)
        task.add_done_callback(self._prepared)

    async def _spawn_one(self, limits: Limits) -> Session:
        try:
            session = await self.spawn(limits, 0)
        except (SandboxError, OSError) as error:
            raise WorldAway(str(error)) from error
        session.limits = limits
        return session

    def _prepared(self, task: asyncio.Task[Session]) -> None:
        if (
            self.preparing.pop(task, None) is not None
            and not task.cancelled()
            and task.exception() is None
        ):
            self.ready.append(task.result())

    def _end(self, session: Session) -> None:
        task: asyncio.Task[None] = asyncio.create_task(_kill(session))
        self.ending.add(task)
        task.add_done_callback(self.ending.discard)

    async def _build(self, job: Job, slot: int) -> Execution:
        """Run the build command once per program and command; later jobs get its products from
        memory.
        """
        key: tuple[object, ...] = (job.program, job.build, job.limits.build_s)
        if job.program and key in self.builds:
            self.builds.move_to_end(key)
            return self.builds[key]
        limits = replace(
            job.limits, time_s=job.limits.build_s, cpu_s=job.limits.build_s * 4,
            memory_mb=max(job.limits.memory_mb, 1024), files_mb=max(job.limits.files_mb, 256),
        )  # fmt: skip
        build = replace(
            job, entry=job.build, build=(), calls=(Call(b"null"),), tree=True, limits=limits
        )
        (done,) = await self._attempt(build, slot)
        built = _built(done, job)
        if job.program and built.status is not Status.INFRA:
            self.builds[key] = built
            while len(self.builds) > _KEPT_BUILDS:
                self.builds.popitem(last=False)
        return built


def _built(done: Execution, job: Job) -> Execution:
    """Return a build with what it changed of the job's files, or with why it failed."""
    if done.files is None:
        return replace(done, detail=_why_built_not(done))
    changed = {path: file for path, file in done.files.items() if job.files.get(path) != file}
    return replace(done, files=changed)


def _why_built_not(built: Execution) -> str:
    """Return why a build failed, with the first error that it told: others follow from it."""
    lines = list(filter(None, map(str.strip, built.log.splitlines())))
    errors = [line for line in lines if "error" in line.lower()]
    first = next(iter(errors or lines), "")[:_FIRST_ERROR]
    return f"build failed: {built.detail}: {first}" if first else f"build failed: {built.detail}"


def _shape(limits: Limits) -> tuple[object, ...]:
    """Return what a session is fixed to from its start."""
    return (limits.memory_mb, limits.cpus, limits.processes)


def _is_used_up(session: Session) -> bool:
    return session.abnormal or session.served >= WORN_AFTER


def _may_renew(session: Session) -> bool:
    return bool(session.about.get("renews")) and session.renewed < RENEWED_AT_MOST


async def _gone_twice(
    error: SupervisorGone, session: Session, kills: int, limits: Limits
) -> Execution:
    """Return the verdict on a job that has lost two supervisors: its program's doing where they
    ended, the machine's where they were too slow to answer.

    What a program holds in files of memory stays for a moment after it was ended for it, and the
    kernel may take the supervisor in that moment, too.
    """
    if error.late:
        return Execution(Status.INFRA, detail=f"{BUSY}: {error}")
    if await session.memory_kills(kills) > kills:
        detail = f"its sandbox was ended by the kernel: more than {limits.memory_mb} MiB of memory"
        return Execution(Status.OUT_OF_MEMORY, detail=detail)
    return Execution(Status.CRASH, detail=f"took its sandbox down, twice: {error}")


def _starved(execution: Execution) -> bool:
    return execution.status is Status.INFRA and execution.detail.startswith(BUSY)


async def _kill(session: Session) -> None:
    await session.kill()
