"""One job's way to the gateway: served on its sockets while it runs, and to nobody else."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from cladogen.gateway.caller import Caller
from cladogen.gateway.chat_request import ChatRequest
from cladogen.gateway.gateway import Gateway, over_budget
from cladogen.gateway.meter import Meter
from cladogen.gateway.refusals import OWN_FAULT, RequestRefused
from cladogen.ledger import CallLimits, OverBudget

AT_ONCE = 8  # requests of one job that are read and answered side by side; others wait


class Access:
    """What ``caller`` may ask under ``limits``.

    Afterwards ``interrupted`` says that the run ended before it was answered, ``over_budget`` that
    the run's caps allowed no call, ``trouble`` what kept a model from answering: no fault of the
    program's.
    """

    def __init__(self, gateway: Gateway, caller: Caller, limits: CallLimits, what: str) -> None:
        self.gateway, self.caller = gateway, caller
        self.meter = Meter(limits, what)
        self.interrupted = False
        self.over_budget = ""
        self.trouble = ""
        self._turns = asyncio.Semaphore(AT_ONCE)

    @property
    def models(self) -> tuple[str, ...]:
        return self.gateway.models

    @property
    def spoilt(self) -> str:
        """Why what came of the job is not its own doing, "" when it is."""
        if self.over_budget:
            return self.over_budget
        return f"a model did not answer: {self.trouble}" if self.trouble else ""

    @property
    def turns(self) -> asyncio.Semaphore:
        """What a request waits for before it is read."""
        return self._turns

    @contextlib.asynccontextmanager
    async def served(self, listeners: Sequence[socket.socket]) -> AsyncIterator[None]:
        """Serve while the context lasts; connections are closed at its end."""
        from cladogen.gateway.server import serving  # imports aiohttp

        async with serving(self, listeners):
            yield

    async def ask(self, asked: ChatRequest) -> Mapping[str, Any]:
        """Return the reply to a chat request; raises Refused."""
        try:
            return await self.gateway.ask(self.caller, self.meter, asked)
        except OverBudget as stop:
            self.over_budget = str(stop)
            raise over_budget(stop) from None
        except RequestRefused as refused:
            self._note(refused)
            raise

    def _note(self, refused: RequestRefused) -> None:
        if refused.code == "ending":
            self.interrupted = True
        elif refused.status in (429, 502, 503) and refused.code not in OWN_FAULT:
            self.trouble = refused.text
