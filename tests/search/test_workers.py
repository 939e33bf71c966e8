"""Slots for concurrent work: what is in flight is waited for, and what ends that."""

from __future__ import annotations

import asyncio

from cladogen.search.workers import Workers


async def test_work_that_a_run_goes_on_with_is_waited_for_however_long_it_takes() -> None:
    """It was cancelled after the grace of an end: a reply that took a minute was asked for again."""
    workers, done = Workers(1, grace_s=0.0), []

    async def work(item: int) -> None:
        for _ in range(20):
            await asyncio.sleep(0)
        done.append(item)

    await workers.each(work, [1, 2])
    assert done == [1, 2]


async def test_interrupt_ends_what_a_run_goes_on_with_after_its_grace() -> None:
    workers, ended = Workers(1, grace_s=0.0), []

    async def work(item: int) -> None:
        workers.interrupt()
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(item)

    await workers.each(work, [1, 2])
    assert ended == [1]
