"""OpenAI's Responses API by way of chat completions, which every provider speaks.

Stateless: a client sends the whole conversation. Tools are functions; the tools that OpenAI's own
servers run (search, a shell) are refused by name.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from cladogen.gateway.refusals import bad_request

_SAME = ("model", "temperature", "top_p", "parallel_tool_calls", "user", "stream", "metadata")
_TEXTS = ("input_text", "output_text", "text")


def as_chat(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return a Responses request as a chat request; raises Refused for what has no counterpart."""
    if body.get("previous_response_id"):
        raise bad_request("previous_response_id: nothing is kept here; send the whole input")
    chat = {name: body[name] for name in _SAME if body.get(name) is not None}
    chat["messages"] = _messages(body)
    chat |= _tools(body)
    if body.get("max_output_tokens") is not None:
        chat["max_tokens"] = body["max_output_tokens"]
    effort = _in(body, "reasoning").get("effort")
    format_ = _in(_in(body, "text"), "format")
    chat |= {"reasoning_effort": effort} if effort else {}
    chat |= {"response_format": _format(format_)} if format_ else {}
    return chat


def _tools(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the tools of a request, and which of them is to be called."""
    found: dict[str, Any] = {}
    if body.get("tools"):
        found["tools"] = list(map(_tool, _objects(body["tools"], "tools")))
    choice = body.get("tool_choice")
    if isinstance(choice, dict):
        choice = {"type": "function", "function": {"name": choice.get("name")}}
    return found if choice is None else found | {"tool_choice": choice}


def _messages(body: Mapping[str, Any]) -> list[dict[str, Any]]:
    messages: list[dict[str, Any]] = []
    if body.get("instructions"):
        messages.append({"role": "system", "content": body["instructions"]})
    given = body.get("input")
    if isinstance(given, str):
        return [*messages, {"role": "user", "content": given}]
    for item in _objects(given, "input"):
        _add(messages, item)
    return messages


def _add(messages: list[dict[str, Any]], item: Mapping[str, Any]) -> None:
    """Add what an item of the input says to a conversation."""
    kind = item.get("type", "message")
    if kind == "message":
        role = "system" if item.get("role") == "developer" else item.get("role")
        messages.append({"role": role, "content": _content(item.get("content"))})
    elif kind == "function_call":
        function = {"name": item.get("name"), "arguments": item.get("arguments", "")}
        call = {"id": item.get("call_id"), "type": "function", "function": function}
        if not messages or messages[-1]["role"] != "assistant":
            messages.append({"role": "assistant", "content": None})
        messages[-1].setdefault("tool_calls", []).append(call)
    elif kind == "function_call_output":
        output = item.get("output")
        text = output if isinstance(output, str) else json.dumps(output)
        messages.append({"role": "tool", "tool_call_id": item.get("call_id"), "content": text})
    elif kind != "reasoning":
        raise bad_request(f"input: an item of type {kind!r} has no counterpart in a chat")


def _content(content: Any) -> Any:
    """Return a message's content: one text where it is nothing else, else its parts."""
    if isinstance(content, str):
        return content
    parts = _objects(content, "content")
    if all(part.get("type") in _TEXTS for part in parts):
        return "".join(str(part.get("text", "")) for part in parts)
    return list(map(_part, parts))


def _part(part: Mapping[str, Any]) -> dict[str, Any]:
    if part.get("type") in _TEXTS:
        return {"type": "text", "text": part.get("text", "")}
    if part.get("type") == "input_image" and part.get("image_url"):
        return {"type": "image_url", "image_url": {"url": part["image_url"]}}
    raise bad_request(f"content: a part of type {part.get('type')!r} has no counterpart in a chat")


def _tool(tool: Mapping[str, Any]) -> dict[str, Any]:
    if tool.get("type") != "function":
        raise bad_request(f"tools: {tool.get('type')!r} is run by OpenAI's servers; only functions")
    names = ("name", "description", "parameters", "strict")
    function = {name: tool[name] for name in names if tool.get(name) is not None}
    return {"type": "function", "function": function}


def _format(format_: Mapping[str, Any]) -> dict[str, Any]:
    if format_.get("type") != "json_schema":
        return dict(format_)
    schema = {name: value for name, value in format_.items() if name != "type"}
    return {"type": "json_schema", "json_schema": schema}


def _objects(value: Any, name: str) -> Sequence[Mapping[str, Any]]:
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        raise bad_request(f"{name} must be a list of objects")
    return value


def _in(body: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = body.get(name)
    return value if isinstance(value, dict) else {}


# -- the reply


def as_response(answer: Mapping[str, Any], body: Mapping[str, Any]) -> dict[str, Any]:
    """Return a chat reply as a Responses reply to ``body``."""
    choice = answer["choices"][0]
    cut = choice.get("finish_reason") == "length"
    ident = str(answer.get("id", "0"))
    status, details = "completed", None
    if cut:
        status, details = "incomplete", {"reason": "max_output_tokens"}
    return {
        "id": f"resp_{ident}",
        "object": "response",
        "created_at": answer.get("created", 0),
        "status": status,
        "error": None,
        "incomplete_details": details,
        "instructions": body.get("instructions"),
        "metadata": body.get("metadata") or {},
        "model": answer.get("model"),
        "output": _output(choice["message"], ident),
        "parallel_tool_calls": body.get("parallel_tool_calls", True),
        "temperature": body.get("temperature"),
        "tool_choice": body.get("tool_choice", "auto"),
        "tools": body.get("tools") or [],
        "top_p": body.get("top_p"),
        "usage": _usage(_in(answer, "usage")),
    }


def _output(message: Mapping[str, Any], ident: str) -> list[dict[str, Any]]:
    output: list[dict[str, Any]] = []
    if message.get("content"):
        text = {"type": "output_text", "text": message["content"], "annotations": []}
        made = {"type": "message", "id": f"msg_{ident}", "role": "assistant"}
        output.append({**made, "status": "completed", "content": [text]})
    for at, call in enumerate(message.get("tool_calls") or ()):
        function = _in(call, "function")
        output.append(
            {
                "type": "function_call",
                "id": f"fc_{ident}_{at}",
                "call_id": call.get("id"),
                "name": function.get("name"),
                "arguments": function.get("arguments", ""),
                "status": "completed",
            }
        )
    return output


def _usage(usage: Mapping[str, Any]) -> dict[str, Any]:
    prompt, reply = usage.get("prompt_tokens") or 0, usage.get("completion_tokens") or 0
    cached = _in(usage, "prompt_tokens_details").get("cached_tokens") or 0
    thought = _in(usage, "completion_tokens_details").get("reasoning_tokens") or 0
    return {
        "input_tokens": prompt,
        "input_tokens_details": {"cached_tokens": cached},
        "output_tokens": reply,
        "output_tokens_details": {"reasoning_tokens": thought},
        "total_tokens": usage.get("total_tokens") or prompt + reply,
    }
