"""HTTP for one job: OpenAI's chat completions, responses and list of models.

aiohttp serves, as it asks providers: one HTTP stack, whose parser is compiled. What comes is
hostile: its size, its nesting and its numbers are bounded before anything is made of it.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import Any, Protocol

from aiohttp import web

from cladogen.gateway.chat_request import ChatRequest, read_chat
from cladogen.gateway.refusals import RequestRefused, bad_request
from cladogen.gateway.response_events import events_of
from cladogen.gateway.responses import as_chat, as_response
from cladogen.gateway.streaming import chunks_of, sent_events

MOST_BYTES = 16 << 20  # of a request
# The openai package asks no second time where a header says so: busy providers were waited for.
_NO_REPEAT = {"x-should-retry": "false"}


class Answers(Protocol):
    """What requests are answered by. A request waits for one of ``turns`` before it is read."""

    @property
    def models(self) -> Sequence[str]: ...

    @property
    def turns(self) -> asyncio.Semaphore: ...

    async def ask(self, asked: ChatRequest) -> Mapping[str, Any]: ...


Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@contextlib.asynccontextmanager
async def serving(access: Answers, listeners: Sequence[socket.socket]) -> AsyncIterator[None]:
    """Serve an access on listening sockets, which are closed at the end."""
    runner = web.AppRunner(
        _app(access), access_log=None, shutdown_timeout=0.1, handler_cancellation=True
    )  # who leaves asks for nothing more
    await runner.setup()
    try:
        for listener in listeners:
            await web.SockSite(runner, listener).start()
        yield
    finally:
        await runner.cleanup()


def _app(access: Answers) -> web.Application:
    routes = _Routes(access)
    app = web.Application(client_max_size=MOST_BYTES, middlewares=[_errors])
    for prefix in ("", "/v1"):
        app.router.add_post(f"{prefix}/chat/completions", routes.chat)
        app.router.add_post(f"{prefix}/responses", routes.responses)
        app.router.add_get(f"{prefix}/models", routes.models)
        app.router.add_get(f"{prefix}/models/{{name:.+}}", routes.model)
    return app


class _Routes:
    def __init__(self, access: Answers) -> None:
        self._access = access

    async def chat(self, request: web.Request) -> web.StreamResponse:
        async with self._access.turns:
            body = await _body(request)
            answer = await self._access.ask(read_chat(body))
        if not body.get("stream"):
            return web.json_response(answer)
        options = body.get("stream_options")
        counted = isinstance(options, dict) and bool(options.get("include_usage"))
        return _streamed(sent_events(chunks_of(answer, usage=counted), done=True))

    async def responses(self, request: web.Request) -> web.StreamResponse:
        async with self._access.turns:
            body = await _body(request)
            answer = await self._access.ask(read_chat(as_chat(body)))
        response = as_response(answer, body)
        if not body.get("stream"):
            return web.json_response(response)
        return _streamed(sent_events(events_of(response), named=True))

    async def models(self, request: web.Request) -> web.StreamResponse:
        listed = list(map(_about, self._access.models))
        return web.json_response({"object": "list", "data": listed})

    async def model(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        if name not in self._access.models:
            raise RequestRefused(404, "model_not_found", f"no model {name!r} here")
        return web.json_response(_about(name))


def _about(name: str) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": 0, "owned_by": "cladogen"}


@web.middleware
async def _errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer what is refused as OpenAI's servers do."""
    try:
        return await handler(request)
    except RequestRefused as refused:
        return _refusal(refused)
    except web.HTTPRequestEntityTooLarge:
        return _refusal(
            RequestRefused(413, "too_large", f"a request of more than {MOST_BYTES >> 20} MiB")
        )
    except web.HTTPException as error:
        text = f"{request.method} {request.path}: not served here ({error.status})"
        return _refusal(RequestRefused(error.status, "not_found", text))


def _refusal(refused: RequestRefused) -> web.Response:
    return web.json_response(refused.body(), status=refused.status, headers=_NO_REPEAT)


async def _body(request: web.Request) -> Mapping[str, Any]:
    data = await request.read()
    try:
        body = json.loads(data, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise bad_request("the request is not JSON") from None
    if not isinstance(body, dict):
        raise bad_request("the request must be a JSON object")
    return body


def _no_number(word: str) -> float:
    raise ValueError(word)


def _streamed(text: str) -> web.Response:
    return web.Response(text=text, content_type="text/event-stream", charset="utf-8")
