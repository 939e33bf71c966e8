"""What a program asks for, as a chat request: checked, and made into what is recorded."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cladogen.gateway.caller import Caller
from cladogen.gateway.refusals import bad_request
from cladogen.models.calls import GATEWAY, Message, Request
from cladogen.models.classify import LIMITS

MOST_CHOICES = 16
_OF_THE_WAY = ("model", "stream", "stream_options", "messages")  # no part of what is recorded so


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """A request of OpenAI's chat protocol, checked. ``body`` has neither model nor stream in it;
    ``limit`` is the most tokens of a reply that it names, 0 where it names none.
    """

    model: str
    body: Mapping[str, Any]
    limit: int = 0
    choices: int = 1

    @property
    def size(self) -> int:
        """How many bytes go to the model."""
        shown = {name: self.body[name] for name in ("messages", "tools") if name in self.body}
        return len(json.dumps(shown, ensure_ascii=False).encode("utf-8", "replace"))

    @property
    def messages(self) -> tuple[Message, ...]:
        """The conversation, as it is recorded."""
        return tuple(map(_message, self.body["messages"]))

    def request(self, caller: Caller) -> Request:
        """Return what is recorded. Its key is of what is asked and of who asks."""
        rest = {name: value for name, value in self.body.items() if name not in _OF_THE_WAY}
        return Request(
            caller.ticket,
            0,
            GATEWAY,
            self.model,
            self.messages,
            json.dumps({"caller": caller.to_json(), **rest}, sort_keys=True),
        )


def read_chat(body: Mapping[str, Any], default: str = "") -> ChatRequest:
    """Check a request; raises Refused. ``default`` is the model where none is named."""
    model = body.get("model") or default
    if not isinstance(model, str):
        raise bad_request("model must be a text")
    _check_messages(body.get("messages"))
    choices = _count(body, "n") or 1
    if choices > MOST_CHOICES:
        raise bad_request(f"n = {choices}; at most {MOST_CHOICES}")
    limits = [_count(body, name) for name in LIMITS]
    kept = {name: value for name, value in body.items() if name not in _OF_THE_WAY[:3]}
    return ChatRequest(model, kept, max(limits), choices)


def _check_messages(messages: Any) -> None:
    if not isinstance(messages, list) or not messages:
        raise bad_request("messages must be a list with a message in it")
    if not all(isinstance(each, dict) and isinstance(each.get("role"), str) for each in messages):
        raise bad_request("each of messages must be an object with a role")


def _count(body: Mapping[str, Any], name: str) -> int:
    value = body.get(name)
    if value is None:
        return 0
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < 1 << 40:
        raise bad_request(f"{name} must be a whole number above 0")
    return value


def _message(fields: Mapping[str, Any]) -> Message:
    """Return a message for the record: its text where it is no more than that, else its JSON."""
    if set(fields) == {"role", "content"} and isinstance(fields["content"], str):
        return Message(fields["role"], fields["content"])
    return Message(fields["role"], json.dumps(fields, sort_keys=True))
