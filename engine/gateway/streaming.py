"""A whole chat reply as the stream that a client asked for."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any


def chunks_of(answer: Mapping[str, Any], *, usage: bool) -> Iterator[dict[str, Any]]:
    """Yield the chunks of a reply: what each choice says, how it ends, and what it took."""
    head = {
        **{name: answer.get(name) for name in ("id", "created", "model")},
        "object": "chat.completion.chunk",
    }
    for choice in answer["choices"]:
        index = choice.get("index", 0)
        delta = _numbered(choice["message"])
        yield {**head, "choices": [{"index": index, "delta": delta, "finish_reason": None}]}
        ending = choice.get("finish_reason")
        yield {**head, "choices": [{"index": index, "delta": {}, "finish_reason": ending}]}
    if usage:
        yield {**head, "choices": [], "usage": answer.get("usage")}


def _numbered(message: Mapping[str, Any]) -> dict[str, Any]:
    """Return a message as a chunk has it: its tool calls are numbered."""
    calls = message.get("tool_calls")
    if not isinstance(calls, list):
        return {name: value for name, value in message.items() if name != "tool_calls"}
    return {**message, "tool_calls": [{"index": at, **call} for at, call in enumerate(calls)]}


def sent_events(
    pieces: Iterable[Mapping[str, Any]], *, done: bool = False, named: bool = False
) -> str:
    """Return pieces as server-sent events; ``named`` ones bear the name of their type, ``done``
    adds the mark at the end of a chat's stream.
    """
    lines = []
    for piece in pieces:
        name = f"event: {piece['type']}\n" if named else ""
        lines.append(f"{name}data: {json.dumps(piece)}\n\n")
    return "".join(lines) + ("data: [DONE]\n\n" if done else "")
