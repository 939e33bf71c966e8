"""Memory kills as a daemon tells of them: a little late, so that it is asked again, but not for ever."""

from __future__ import annotations

from typing import Any

import pytest

from cladogen.sandboxes.docker.attach import Attached

KILL = {"Action": "oom"}


@pytest.mark.parametrize(
    ("told", "known", "found", "asked"),
    [
        ([1], -1, 1, 1),
        ([0, 0, 1], 0, 1, 3),
        ([2, 2, 3, 9], 2, 3, 3),
        ([1], 1, 1, 10),
    ],
    ids=["how many so far", "told late", "more than those before", "none comes"],
)
async def test_a_memory_kill_that_the_daemon_tells_late_is_waited_for(
    told: list[int], known: int, found: int, asked: int
) -> None:
    asks = 0

    async def ask(*_: Any) -> list[Any]:
        nonlocal asks
        asks += 1
        return [KILL] * told[min(asks, len(told)) - 1]

    assert await Attached(ask, None, "name").memory_kills(known) == found
    assert asks == asked
