"""Ollama's own protocol: the only one in which a window can be asked for.

Without ``num_ctx`` Ollama takes a window of its own, of 2,048 or 4,096 tokens in most versions, and
drops the front of a longer prompt without a word. So the window that we count on is asked for, and
kept below what the model has.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from cladogen.models.arriving import arriving
from cladogen.models.base import Outgoing, Relayed, sendable
from cladogen.models.calls import Message, ToolCall
from cladogen.models.client_openai import headers_for, relayed
from cladogen.models.event_stream import EventReader
from cladogen.models.failures import CallFailed, Complaint, FailureKind
from cladogen.models.http import Http, Silence, whole_of
from cladogen.models.reply_stream import ReplyStream
from cladogen.models.usage import read_usage

ABOUT_S = 15.0
OUTSIDE = (
    "format",
    "keep_alive",
    "think",
    "raw",
    "template",
    "tools",
)  # what stands beside the options
_THINK = {"none": False, "minimal": "low"}  # Ollama's words for an effort


class OllamaClient:
    """Ask an Ollama server."""

    def __init__(self, http: Http) -> None:
        self._http = http

    async def chat(self, call: Outgoing, stream: ReplyStream) -> None:
        url = f"{call.route.url}/api/chat"
        asked = self._http.asked(
            "POST", url, _body(call), headers=headers_for(call), silence_s=call.silence_s
        )
        async with asked as response:
            reader, silence = EventReader(lines=True), Silence(url, call.silence_s)
            async for data in arriving(response, stream):
                for _, piece in reader.feed(data):
                    silence.heard()
                    _take(stream, piece, call)
                silence.check()
                if stream.too_long:
                    response.close()
                    return
            for _, piece in reader.close():
                _take(stream, piece, call)

    async def relay(self, call: Outgoing, body: Mapping[str, Any]) -> Relayed:
        """Send it to what Ollama has of OpenAI's protocol, which takes no window."""
        return await relayed(self._http, call, f"{call.route.url}/v1/chat/completions", body)

    async def embed(self, call: Outgoing, stream: ReplyStream) -> Sequence[Sequence[float]]:
        url = f"{call.route.url}/api/embed"
        body = {
            "model": call.route.name,
            "input": [sendable(message.text) for message in call.messages],
        }
        asked = self._http.asked(
            "POST", url, body, headers=headers_for(call), silence_s=call.silence_s
        )
        async with asked as response:
            answer = await whole_of(response)
        rows = answer.get("embeddings") if isinstance(answer, dict) else None
        if not isinstance(rows, list):
            raise CallFailed(Complaint("no embeddings in the answer"), FailureKind.BROKEN)
        stream.usage = read_usage({"prompt_eval_count": answer.get("prompt_eval_count")})
        return rows

    async def about(self, call: Outgoing) -> Mapping[str, Any] | None:
        url = f"{call.route.url}/api/show"
        body = {"model": call.route.name}
        asked = self._http.asked("POST", url, body, headers=headers_for(call), silence_s=ABOUT_S)
        try:
            async with asked as response:
                answer = await whole_of(response)
        except CallFailed as failed:
            if _does_not_say(failed.complaint):
                return None
            raise
        return _facts(answer if isinstance(answer, dict) else {})

    async def close(self) -> None:
        await self._http.close()


def _does_not_say(complaint: Complaint) -> bool:
    """Whether a server answers, and does not say what its models are."""
    status, body = complaint.status, complaint.body
    return status in (405, 501) or (status == 404 and not isinstance(body, dict))


def _facts(shown: Mapping[str, Any]) -> dict[str, int]:
    """Return a model's own window, and the one that its Modelfile asks for, from /api/show."""
    asked = re.search(r"^\s*num_ctx\s+(\d+)", str(shown.get("parameters") or ""), re.MULTILINE)
    found = {
        "context_length": _own_window(shown.get("model_info")),
        "num_ctx": int(asked[1]) if asked else 0,
    }
    return {name: value for name, value in found.items() if value > 0}


def _own_window(info: Any) -> int:
    """Return the window of the model's architecture, else the longest that is named, else 0."""
    if not isinstance(info, Mapping):
        return 0
    names = [str(name) for name in info if str(name).endswith(".context_length")]
    lengths = {name: _count(info.get(name)) for name in names}
    own = lengths.get(f"{info.get('general.architecture')}.context_length")
    return own or max(lengths.values(), default=0)


def _count(value: Any) -> int:
    try:
        return int(float(value))
    except (TypeError, ValueError, OverflowError):
        return 0


def _body(call: Outgoing) -> dict[str, Any]:
    """Return a request in Ollama's words: what OpenAI's protocol has beside the messages stands in
    ``options`` here.
    """
    options: dict[str, Any] = {"num_ctx": call.model.window}
    beside: dict[str, Any] = {}
    for name, value in call.parameters.items():
        _set_parameter(name, value, options, beside)
    return {
        "model": call.route.name,
        "messages": list(map(_message, call.messages)),
        "stream": call.streams,
        "options": options,
        **beside,
    }


def _set_parameter(name: str, value: Any, options: dict[str, Any], beside: dict[str, Any]) -> None:
    """Set a parameter among the options, or beside them, under the name that Ollama has for it."""
    if name in ("max_tokens", "max_completion_tokens"):
        options["num_predict"] = value
    elif name == "reasoning_effort":
        beside["think"] = _THINK.get(str(value), value)
    elif name == "options" and isinstance(value, Mapping):
        options |= value
    elif name in OUTSIDE:
        beside[name] = value
    elif name not in ("stream", "stream_options"):
        options[name] = value


def _message(message: Message) -> dict[str, Any]:
    """Return a message as Ollama has it: pictures stand beside the text, without their kind."""
    made: dict[str, Any] = {"role": message.role, "content": sendable(message.text)}
    if message.pictures:
        made["images"] = [url.partition(",")[2] for url in message.pictures]
    if message.tools:
        made["tool_calls"] = list(map(_called, message.tools))
    return made


def _called(call: ToolCall) -> dict[str, Any]:
    """Return a call of a tool as Ollama has it: its arguments are an object."""
    try:
        arguments = json.loads(call.arguments)
    except (ValueError, RecursionError):
        arguments = {}
    given = arguments if isinstance(arguments, dict) else {}
    return {"function": {"name": call.name, "arguments": given}}


def _take(stream: ReplyStream, piece: Any, call: Outgoing) -> None:
    if not isinstance(piece, Mapping) or stream.closed:
        return
    if "error" in piece:
        raise CallFailed(Complaint(str(piece["error"]), body=piece))
    message = piece.get("message")
    if isinstance(message, Mapping):
        stream.take({"choices": [{"message": dict(message)}]})
    if piece.get("done"):
        _end(stream, piece, call)


def _end(stream: ReplyStream, piece: Mapping[str, Any], call: Outgoing) -> None:
    stream.end(str(piece.get("done_reason") or _unsaid_ending(piece, call)))
    stream.closed = True
    stream.usage = read_usage(piece) or stream.usage


def _unsaid_ending(piece: Mapping[str, Any], call: Outgoing) -> str:
    """Return how a reply ended for a version that does not say it: by its limit, or by itself."""
    named = map(call.parameters.get, ("max_tokens", "max_completion_tokens"))
    most = next(filter(None, named), 0)
    return "length" if most and _count(piece.get("eval_count")) >= most else "stop"
