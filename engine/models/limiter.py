"""The limiter: one door to a provider, shared by every coroutine that calls it."""

from __future__ import annotations

import asyncio
import email.utils
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import TracebackType

Sleep = Callable[[float], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a provider is waited for, in seconds.

    ``idle_s`` bounds the silence between two pieces of a reply, ``deadline_s`` one whole request
    with its retries. The pause before retry k is drawn from ``[0, first_s * 2^k]``, at most
    ``longest_s`` (full jitter), unless the provider says how long to wait.
    """

    attempts: int = 6
    first_s: float = 1.0
    longest_s: float = 30.0
    idle_s: float = 120.0
    deadline_s: float = 900.0
    at_once: int = 64


class Limiter:
    """Let at most ``at_once`` calls through, and nobody while the provider asked for a pause."""

    def __init__(
        self,
        at_once: int,
        *,
        sleep: Sleep = asyncio.sleep,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._door = asyncio.Semaphore(at_once)
        self._sleep, self._now = sleep, now
        self._until = 0.0

    def pause(self, seconds: float) -> None:
        """Let nobody through for a while; the longest pause asked for counts."""
        self._until = max(self._until, self._now() + seconds)

    async def __aenter__(self) -> None:
        await self._door.acquire()
        try:
            while (left := self._until - self._now()) > 0:
                await self._sleep(left)
        except BaseException:
            self._door.release()
            raise

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._door.release()


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds a provider asks to wait (``retry-after`` as a number or a date,
    ``retry-after-ms``), or None.
    """
    lower = {name.lower(): value.strip() for name, value in headers.items()}
    try:
        if "retry-after-ms" in lower:
            return max(0.0, float(lower["retry-after-ms"]) / 1000.0)
        return max(0.0, float(lower["retry-after"]))
    except KeyError:
        return None
    except ValueError:
        return _until_date(lower.get("retry-after", ""))


def _until_date(text: str) -> float | None:
    try:
        date = email.utils.parsedate_to_datetime(text)
    except ValueError:
        return None
    date = date if date.tzinfo is not None else date.replace(tzinfo=UTC)
    return max(0.0, (date - datetime.now(UTC)).total_seconds())
