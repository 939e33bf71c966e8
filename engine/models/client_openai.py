"""OpenAI's protocol over kept connections: chat completions, embeddings, the list of models.

Hand-written because most calls go through it: litellm takes some 20 ms of CPU for one, this less
than one (docs/performance.md).
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from cladogen.models.arriving import arriving
from cladogen.models.base import Outgoing, Relayed, sendable
from cladogen.models.event_stream import DONE, MOST_BYTES, EventReader
from cladogen.models.failures import CallFailed, Complaint, FailureKind
from cladogen.models.http import Http, Silence, not_an_answer, whole_of
from cladogen.models.local_servers import Get, like_named, loaded_window
from cladogen.models.reply_stream import ReplyStream, error_in
from cladogen.models.routes import KEYLESS
from cladogen.models.usage import read_usage, read_usd

if TYPE_CHECKING:
    from aiohttp import ClientResponse

COST_HEADERS = ("x-litellm-response-cost", "x-cost-usd")
OWN_HEADERS = {
    "openai-organization": ("OPENAI_ORG_ID", "OPENAI_ORGANIZATION"),
    "openai-project": ("OPENAI_PROJECT_ID", "OPENAI_PROJECT"),
}
ABOUT_S = 15.0  # to say what models there are


class OpenAIClient:
    """Ask servers that speak OpenAI's protocol."""

    def __init__(self, http: Http) -> None:
        self._http = http

    async def chat(self, call: Outgoing, stream: ReplyStream) -> None:
        check_key(call)
        body = {
            "model": call.route.name,
            "messages": call.conversation(),
            **call.parameters,
        }
        url = call.route.at("/chat/completions")
        asked = self._http.asked(
            "POST", url, body, headers=headers_for(call), silence_s=call.silence_s
        )
        async with asked as response:
            stream.reported_usd = _cost_in_headers(response)
            await _read(response, call, stream)
            # A whole answer that came to its end has no other closing mark.
            stream.closed = stream.closed or response.content_type == "application/json"

    async def relay(self, call: Outgoing, body: Mapping[str, Any]) -> Relayed:
        check_key(call)
        return await relayed(self._http, call, call.route.at("/chat/completions"), body)

    async def embed(self, call: Outgoing, stream: ReplyStream) -> Sequence[Sequence[float]]:
        body = {
            "model": call.route.name,
            "input": [sendable(message.text) for message in call.messages],
            **call.parameters,
        }
        url = call.route.at("/embeddings")
        asked = self._http.asked(
            "POST", url, body, headers=headers_for(call), silence_s=call.silence_s
        )
        async with asked as response:
            answer = await whole_of(response)
            stream.reported_usd = _cost_in_headers(response)
        fields = answer if isinstance(answer, dict) else {}
        stream.take({**fields, "choices": []} if isinstance(answer, dict) else answer)
        usage = fields.get("usage")
        stream.usage = None
        if isinstance(usage, Mapping):
            stream.usage = read_usage(usage, stream.reported_usd)
        return _vectors(fields.get("data"))

    async def about(self, call: Outgoing) -> Mapping[str, Any] | None:
        check_key(call)
        get = self._getter(call)
        try:
            answer = await get(call.route.at("/models"))
        except CallFailed as failed:
            if _has_no_list(failed.complaint):
                return None
            raise
        named = _listed(answer.get("data") if isinstance(answer, dict) else answer)
        row = like_named(call.route.name, named)
        if call.route.own:
            row = {**row, **await loaded_window(call.route.url, row or _only(named), get)}
        return {**row, "names": tuple(named)}

    def _getter(self, call: Outgoing) -> Get:
        """Return what gets the JSON at another address of the same server."""

        async def get(url: str) -> Any:
            asked = self._http.asked("GET", url, None, headers=headers_for(call), silence_s=ABOUT_S)
            async with asked as response:
                return await whole_of(response)

        return get

    async def close(self) -> None:
        await self._http.close()


def _vectors(rows: Any) -> list[Sequence[float]]:
    """Return the vectors of an answer in the order of the texts."""
    if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
        raise CallFailed(Complaint("no embeddings in the answer"), FailureKind.BROKEN)
    ordered = sorted(rows, key=lambda row: row.get("index", 0))
    return [row.get("embedding") or () for row in ordered]


def _has_no_list(complaint: Complaint) -> bool:
    """Whether a server answers, and has no list of models."""
    status = complaint.status or 0
    return complaint.sent and (status < 400 or status in (404, 405, 501))


def _only(named: Mapping[str, Mapping[str, Any]]) -> Mapping[str, Any]:
    """Return the one model that a server has, {} where it has several: some take any name."""
    return next(iter(named.values())) if len(named) == 1 else {}


def _listed(rows: Any) -> dict[str, Mapping[str, Any]]:
    """Return what a server tells of each model, by name, some only the names; what is no list, or
    no model, names none.
    """
    found: dict[str, Mapping[str, Any]] = {}
    for row in _list(rows):
        match {"id": row} if isinstance(row, str) else row:
            case {"id": str(name)} as about if name:
                found[name] = about
    return found


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


async def relayed(http: Http, call: Outgoing, url: str, body: Mapping[str, Any]) -> Relayed:
    """Send a chat request on to an address and return the whole reply."""
    sent = {**body, "model": call.route.name, "stream": False}
    asked = http.asked("POST", url, sent, headers=headers_for(call), silence_s=call.silence_s)
    async with asked as response:
        answer = await whole_of(response)
        usd = _cost_in_headers(response)
    if not isinstance(answer, dict):
        raise CallFailed(Complaint("the answer is no object"), FailureKind.BROKEN)
    complaint = error_in(answer)
    if complaint is not None:
        raise CallFailed(complaint)
    return Relayed(answer, usd)


async def _read(response: ClientResponse, call: Outgoing, stream: ReplyStream) -> None:
    """Read an answer piece by piece: a stream of events, or JSON in its place."""
    reader, silence, size = EventReader(), Silence(call.route.provider, call.silence_s), 0
    pieces = 0
    async for data in arriving(response, stream):
        pieces += _take_fed(stream, reader.feed(data), silence)
        silence.check()
        size += len(data)
        if stream.too_long or size > MOST_BYTES:
            stream.limit = min(stream.limit, stream.size - 1)
            response.close()
            return
    for event, piece in reader.close():
        pieces += 1
        _take(stream, event, piece)
    stream.closed |= reader.whole
    if not pieces and reader.broken:
        raise not_an_answer(reader.broken)


def _take_fed(stream: ReplyStream, fed: Iterable[tuple[str, Any]], silence: Silence) -> int:
    """Take what came until the reply is too long; return how many pieces it was."""
    pieces = 0
    for event, piece in fed:
        pieces += 1
        silence.heard()
        _take(stream, event, piece)
        if stream.too_long:
            break
    return pieces


def _take(stream: ReplyStream, event: str, piece: Any) -> None:
    if piece == DONE:
        stream.closed = True
    else:
        stream.take(piece, event)


def check_key(call: Outgoing) -> None:
    """Raise `CallFailed` where a provider needs a key and the environment holds none."""
    route = call.route
    if not route.own and not route.key and route.provider not in KEYLESS:
        text = f"no key: set {' or '.join(route.keys)} in the environment"
        raise CallFailed(Complaint(text, sent=False), FailureKind.KEY)


def headers_for(call: Outgoing) -> dict[str, str]:
    """Return the headers that say who asks. Raises `CallFailed` for a key that none can hold."""
    key, route = call.route.key, call.route
    if not (key.isascii() and key.isprintable()):
        text = f"the key in {_holding(call)} has a line feed or a sign in it that no key has"
        raise CallFailed(Complaint(f"{text}; set it anew", sent=False), FailureKind.KEY)
    headers = {"authorization": f"Bearer {key}"} if key else {}
    if route.provider == "openai":
        headers |= _headers_set()
    return headers


def _headers_set() -> dict[str, str]:
    """Return those of OpenAI's own headers for which the environment holds a value."""
    said = {header: _first_set(names) for header, names in OWN_HEADERS.items()}
    return {header: value for header, value in said.items() if value}


def _first_set(names: Sequence[str]) -> str:
    """Return the first of these variables that is set, "" for none."""
    return next(filter(None, map(os.environ.get, names)), None) or ""


def _holding(call: Outgoing) -> str:
    return next((name for name in call.route.keys if os.environ.get(name)), "")


def _cost_in_headers(response: ClientResponse) -> float | None:
    return next(
        (usd for name in COST_HEADERS if (usd := read_usd(response.headers.get(name)))), None
    )
