"""Run a command's event loop to its end, or to an early one that leaves nothing behind.

A reader that goes away and a signal cancel the work: whatever is open (sandboxes, the record) is
closed on the way out. A second signal ends the process at once; what it held is then removed by
those who watch over it.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Coroutine
from typing import Any, TypeVar

from cladogen.cli.outlets import EndedBySignal, calling_when_gone, lookout, say
from cladogen.search.interrupts import ENDS, answered_by, die

Value = TypeVar("Value")


def until_done(work: Coroutine[Any, Any, Value]) -> Value:
    """Return what the work returns; raises OutputLost or EndedBySignal when it was ended early."""
    return asyncio.run(_watched(work))


async def _watched(work: Coroutine[Any, Any, Value]) -> Value:
    task = asyncio.ensure_future(work)
    signals: list[signal.Signals] = []

    def end(number: signal.Signals) -> None:
        if signals:
            die(number)
        signals.append(number)
        say(f"evolve: interrupted ({number.name}): closing what is open; once more: end at once")
        task.cancel()

    loop = asyncio.get_running_loop()
    with calling_when_gone(task.cancel) as lost, answered_by(end, ENDS), lookout() as watch:
        loop.add_reader(watch, watch.look)
        await asyncio.wait({task})
        loop.remove_reader(watch)
    if lost:
        raise lost[0] from None
    if signals and task.cancelled():
        raise EndedBySignal(signals[0])
    return task.result()
