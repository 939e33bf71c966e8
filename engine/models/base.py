"""The seam of clients: one call of a model over one protocol."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from cladogen.models.calls import Message
from cladogen.models.model import Model
from cladogen.models.reply_stream import ReplyStream
from cladogen.models.routes import Route

# Providers of Claude: they keep a prompt's beginning where it is marked. Others keep it unasked.
MARKED = frozenset(("anthropic", "bedrock", "vertex_ai", "openrouter"))


@dataclass(frozen=True, slots=True)
class Outgoing:
    """What is sent: address, messages, the parameters beside them, and how long a silence is
    borne, in seconds.
    """

    model: Model
    route: Route
    messages: Sequence[Message]
    parameters: Mapping[str, Any] = field(default_factory=dict)
    silence_s: float = 600.0

    @property
    def streams(self) -> bool:
        return bool(self.parameters.get("stream"))

    @property
    def sent(self) -> Mapping[str, Any]:
        """What goes along with the texts and a provider may refuse, by name."""
        drawn = any(message.pictures for message in self.messages)
        return {**self.parameters, **({"pictures": True} if drawn else {})}

    @property
    def marks_prefix(self) -> bool:
        """Whether the provider keeps a prompt's beginning only where a mark asks for it."""
        return self.route.provider in MARKED and "claude" in self.model.name.lower()

    def conversation(self) -> list[dict[str, Any]]:
        """Return the messages as JSON has them; bytes that are no characters are replaced.

        The system message is the same in every prompt of a run: where the provider needs a mark to
        keep it, it has one.
        """
        return list(map(self._as_json, self.messages))

    def _as_json(self, message: Message) -> dict[str, Any]:
        text = sendable(message.text)
        if message.role == "tool":
            return {"role": "tool", "tool_call_id": message.of, "content": text}
        if message.tools:
            return {"role": message.role, "content": text or None, "tool_calls": _called(message)}
        if message.pictures:
            return {"role": message.role, "content": _drawn(text, message.pictures)}
        if message.role == "system" and self.marks_prefix:
            kept = {"type": "text", "text": text, "cache_control": {"type": "ephemeral"}}
            return {"role": message.role, "content": [kept]}
        return {"role": message.role, "content": text}


@dataclass(frozen=True, slots=True)
class Relayed:
    """A whole reply in OpenAI's chat protocol, as its provider sent it, and the cost that it
    reports beside it, in dollars.
    """

    body: Mapping[str, Any]
    reported_usd: float | None = None


class Client(Protocol):
    """Speak one protocol. Calls of one client run side by side in one event loop."""

    async def chat(self, call: Outgoing, stream: ReplyStream) -> None:
        """Ask for a reply and read it into ``stream``; raises `CallFailed` with what the provider
        said.
        """
        ...

    async def relay(self, call: Outgoing, body: Mapping[str, Any]) -> Relayed:
        """Ask for one whole reply to ``body``, a request of OpenAI's chat protocol without its
        model; tools and whatever else is in it go along. Raises as `chat` does.
        """
        ...

    async def embed(self, call: Outgoing, stream: ReplyStream) -> Sequence[Sequence[float]]:
        """Ask for one vector per message; raises as `chat` does."""
        ...

    async def about(self, call: Outgoing) -> Mapping[str, Any] | None:
        """Return what the provider says of the model, for nothing: {} when it knows the model and
        says no more, None when it has no answer to that. Raises as `chat` does.
        """
        ...

    async def close(self) -> None:
        """Close connections; leaves no task and no socket behind."""
        ...


def _drawn(text: str, pictures: Sequence[str]) -> list[dict[str, Any]]:
    """Return the content of a message with pictures, which stand there by their addresses."""
    drawn = [{"type": "image_url", "image_url": {"url": url}} for url in pictures]
    return [{"type": "text", "text": text}, *drawn]


def _called(message: Message) -> list[dict[str, Any]]:
    """Return the tools that a message calls, as OpenAI's protocol has them."""
    return [
        {
            "id": each.id,
            "type": "function",
            "function": {"name": each.name, "arguments": sendable(each.arguments)},
        }
        for each in message.tools
    ]


def sendable(text: str) -> str:
    """Replace what is not a character: JSON has no place for the bytes that surrogates stand
    for.
    """
    return text.encode("utf-8", "replace").decode("utf-8")
