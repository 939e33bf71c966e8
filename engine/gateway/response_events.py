"""A whole Responses reply as the events of its stream, in the order that clients build it from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

Event = dict[str, Any]


def events_of(response: Mapping[str, Any]) -> Iterator[Event]:
    """Yield the events of a reply, numbered."""
    for number, event in enumerate(_events(response)):
        yield {**event, "sequence_number": number}


def _events(response: Mapping[str, Any]) -> Iterator[Event]:
    begun = {**response, "status": "in_progress", "output": [], "usage": None}
    yield {"type": "response.created", "response": begun}
    yield {"type": "response.in_progress", "response": begun}
    for at, item in enumerate(response["output"]):
        made = _message if item["type"] == "message" else _function_call
        yield from made(item, at)
        yield {"type": "response.output_item.done", "output_index": at, "item": item}
    ending = "incomplete" if response["status"] == "incomplete" else "completed"
    yield {"type": f"response.{ending}", "response": response}


def _message(item: Mapping[str, Any], at: int) -> Iterator[Event]:
    begun = {**item, "status": "in_progress", "content": []}
    yield {"type": "response.output_item.added", "output_index": at, "item": begun}
    where = {"item_id": item["id"], "output_index": at, "content_index": 0}
    part = item["content"][0]
    empty = {**part, "text": ""}
    yield {"type": "response.content_part.added", **where, "part": empty}
    yield {"type": "response.output_text.delta", **where, "delta": part["text"], "logprobs": []}
    yield {"type": "response.output_text.done", **where, "text": part["text"], "logprobs": []}
    yield {"type": "response.content_part.done", **where, "part": part}


def _function_call(item: Mapping[str, Any], at: int) -> Iterator[Event]:
    begun = {**item, "status": "in_progress", "arguments": ""}
    yield {"type": "response.output_item.added", "output_index": at, "item": begun}
    where = {"item_id": item["id"], "output_index": at}
    arguments, kind = item["arguments"], "response.function_call_arguments"
    yield {"type": f"{kind}.delta", **where, "delta": arguments}
    yield {"type": f"{kind}.done", **where, "arguments": arguments, "name": item["name"]}
