"""The clients of a run: one for each protocol that is spoken, made when it is first needed."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from cladogen.models.base import Client
from cladogen.models.http import Http
from cladogen.models.routes import Protocol


class Clients:
    """Make clients and close them. One object per event loop."""

    def __init__(self) -> None:
        self._http = Http()
        self._made: dict[Protocol, Client] = {}
        self._loaded: set[Protocol] = set()
        self._warming: list[asyncio.Future[None]] = []

    def of(self, protocol: Protocol) -> Client:
        """Return the client that speaks a protocol."""
        if protocol not in self._made:
            self._made[protocol] = self._make(protocol)
        return self._made[protocol]

    def warm(self, protocols: Iterable[Protocol]) -> None:
        """Begin to import what these protocols need, in a thread beside the event loop."""
        loop = asyncio.get_running_loop()
        self._warming = [loop.run_in_executor(None, _import, each) for each in protocols]

    async def loaded(self, protocols: Iterable[Protocol]) -> None:
        """Return when what these protocols need is imported: on a busy machine that takes long,
        which is no provider's silence.
        """
        missing = set(protocols) - self._loaded
        if not missing:
            return  # every call asks for this
        loop = asyncio.get_running_loop()
        await asyncio.gather(*(loop.run_in_executor(None, _import, each) for each in missing))
        self._loaded |= missing

    async def close(self) -> None:
        """Close every connection and end every process."""
        await asyncio.gather(*self._warming, return_exceptions=True)
        for client in self._made.values():
            await client.close()
        await self._http.close()

    def _make(self, protocol: Protocol) -> Client:
        if protocol is Protocol.OPENAI:
            from cladogen.models.client_openai import OpenAIClient

            return OpenAIClient(self._http)
        if protocol is Protocol.OLLAMA:
            from cladogen.models.client_ollama import OllamaClient

            return OllamaClient(self._http)
        if protocol is Protocol.COMMAND:
            from cladogen.models.client_command import CommandClient

            return CommandClient()
        from cladogen.models.client_litellm import LitellmClient

        return LitellmClient()


def _import(protocol: Protocol) -> None:
    if protocol is Protocol.LITELLM:
        from cladogen.models.client_litellm import load_litellm

        load_litellm()
    elif protocol is not Protocol.COMMAND:
        import aiohttp  # noqa: F401
