"""The bytes of a reply as they arrive, until its end.

Servers end a reply in three steps: a word for its ending, its usage, a closing mark. Some then
break the connection off in the middle of a chunk, or keep it open. A reply that is over by then is
whole all the same, and was paid for: nobody waits for what can add nothing to it.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from cladogen.models.endings import ReplyEnding, ending_of
from cladogen.models.reply_stream import ReplyStream

if TYPE_CHECKING:
    from aiohttp import ClientResponse

AFTER_END_S = 1.0  # for the end of the answer itself, so that its connection can be kept
FOR_USAGE_S = 30.0  # after a word for the ending, for the usage


async def arriving(response: ClientResponse, stream: ReplyStream) -> AsyncIterator[bytes]:
    """Yield what arrives. Raises what aiohttp raises, but not after a word for the ending or the
    closing mark came; from then on it is waited for a bounded time.
    """
    import aiohttp

    until = math.inf
    while True:
        said = stream.closed or ending_of(stream.finish) is not ReplyEnding.UNSAID
        if said:
            until = min(until, time.monotonic() + _most_s(stream))
        try:
            data = await _read_until(response, until)
        except (aiohttp.ClientError, TimeoutError, OSError):
            if not said:
                raise
            response.close()
            return
        if not data:
            return
        yield data


async def _read_until(response: ClientResponse, until: float) -> bytes:
    """Return the next bytes, b"" for the end; raises TimeoutError when none came in time."""
    if until == math.inf:
        return await response.content.readany()
    async with asyncio.timeout(max(0.0, until - time.monotonic())):
        return await response.content.readany()


def _most_s(stream: ReplyStream) -> float:
    """Return how long a reply that has ended is waited for: what it used may still come."""
    return AFTER_END_S if stream.closed or stream.usage is not None else FOR_USAGE_S
