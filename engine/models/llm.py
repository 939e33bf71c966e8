"""litellm's border: one call of a model, as the provider itself told it. The only file that imports
litellm.

litellm makes a cut stream look whole and fills in usage that the provider never sent; so what the
stream said is read (`received_finish_reason`, `chunks`), and the rest is unknown.
"""

from __future__ import annotations

import contextlib
import functools
import json
import logging
import os
import sys
import warnings
from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import numpy as np

from cladogen.errors import ModelError
from cladogen.models.calls import Message
from cladogen.models.failures import FIRST_PART, NoStreamError
from cladogen.models.model import Model, Price, TokenUsage

# litellm's word for a server that speaks the protocol, whatever its models are called
COMPATIBLE = "custom_openai"
NEWER_LIMIT = "max_completion_tokens"


@dataclass(slots=True)
class ReplyStream:
    """What came of one call so far; ``limit`` is the characters after which it is left. ``finish``
    "" is a cut reply.
    """

    limit: int
    text: str = ""
    reasoning: str = ""
    finish: str = ""
    usage: TokenUsage | None = None
    told_usd: float | None = None

    @property
    def nothing(self) -> bool:
        return not (self.text or self.reasoning or self.finish)

    @property
    def too_long(self) -> bool:
        return len(self.text) + len(self.reasoning) > self.limit

    def take(self, chunk: Any) -> None:
        for choice in getattr(chunk, "choices", ())[:1]:
            self.text += choice.delta.content or ""
            self.reasoning += getattr(choice.delta, "reasoning_content", None) or ""

    def end(self, response: Any) -> None:
        """Read what the stream itself said of its end and its cost, not what litellm makes of
        it.
        """
        said = (
            response.received_finish_reason
            or getattr(response, "intermittent_finish_reason", None)
            or ""
        )
        self.finish = "length" if self.too_long else said
        for chunk in response.chunks:
            told = getattr(chunk, "usage", None)
            if told is not None:
                self._take_usage(told)

    def take_whole(self, response: Any) -> None:
        choice = response.choices[0]
        self.text = choice.message.content or ""
        self.reasoning = getattr(choice.message, "reasoning_content", None) or ""
        self.finish = choice.finish_reason or "stop"
        self._take_usage(getattr(response, "usage", None))

    def _take_usage(self, told: Any) -> None:
        self.usage = _usage(told) or self.usage
        cost = getattr(told, "cost", None)
        self.told_usd = (
            float(cost) if isinstance(cost, int | float) and cost >= 0 else self.told_usd
        )


async def chat(
    model: Model,
    messages: Sequence[Message],
    stream: ReplyStream,
    *,
    idle_s: float,
    dropped: Collection[str] = (),
) -> None:
    """Ask for a reply and read it into ``stream``, piece by piece; raises whatever litellm
    raises.
    """
    litellm = load_litellm()
    response = await litellm.acompletion(
        messages=[
            {"role": message.role, "content": _sendable(message.text)} for message in messages
        ],
        num_retries=0,
        max_retries=0,
        timeout=idle_s,
        **_route(model, COMPATIBLE, dropped),
        **parameters(model, dropped),
    )
    if not hasattr(response, "__aiter__"):
        stream.take_whole(response)
        return
    content_type = _content_type(response)  # not after the end: the stream is gone then
    async with _closing(response):
        try:
            async for chunk in response:
                stream.take(chunk)
                if stream.too_long:
                    break
        finally:
            stream.end(response)
    if stream.nothing and content_type.startswith("application/json"):
        raise NoStreamError("the server does not stream: it answered with one JSON object")


async def embed(
    model: Model, messages: Sequence[Message], stream: ReplyStream, *, idle_s: float
) -> None:
    """Ask for one vector per message; ``stream.text`` becomes their JSON, each of length 1."""
    litellm = load_litellm()
    response = await litellm.aembedding(
        input=[_sendable(message.text) for message in messages],
        num_retries=0,
        max_retries=0,
        timeout=idle_s,
        **_route(model, "openai"),
    )
    vectors = np.array([row["embedding"] for row in response.data], dtype=float)
    if vectors.ndim != 2 or len(vectors) != len(messages) or not np.isfinite(vectors).all():
        raise ModelError(
            f"{model.name}: embeddings of shape {vectors.shape} for {len(messages)} texts"
        )
    vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    stream.text, stream.finish = json.dumps(np.round(vectors, 7).tolist()), "stop"
    stream.usage = _usage(response.usage)


def parameters(model: Model, dropped: Collection[str] = ()) -> dict[str, Any]:
    """Return what is sent beside the messages, without what the model was found not to take."""
    wanted: dict[str, Any] = {
        "max_tokens": model.output,
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    gone = {*dropped, "stream_options"} if "stream" in dropped else set(dropped)
    kept = {
        name: value for name, value in {**wanted, **model.parameters}.items() if name not in gone
    }
    if "max_tokens" in gone and NEWER_LIMIT not in gone:
        # litellm would turn it back into max_tokens for a server of one's own.
        kept |= (
            {"extra_body": {NEWER_LIMIT: model.output}}
            if model.api_base
            else {NEWER_LIMIT: model.output}
        )
    return kept


def _route(model: Model, provider: str, dropped: Collection[str] = ()) -> dict[str, Any]:
    key = os.environ.get(model.key) if model.key else None
    if not model.api_base:
        return {"model": model.name} | ({"api_key": key} if key else {})
    key = (
        key or os.environ.get("OPENAI_API_KEY") or "none"
    )  # most servers of one's own ask for no key
    name = model.name.partition("/")[2] if FIRST_PART in dropped else model.name
    return {
        "model": name,
        "custom_llm_provider": provider,
        "api_base": model.api_base,
        "api_key": key,
    }


def _usage(told: Any) -> TokenUsage | None:
    """Read a provider's usage; None when it says nothing (litellm then has zeros)."""
    prompt, completion = (
        getattr(told, "prompt_tokens", 0) or 0,
        getattr(told, "completion_tokens", 0) or 0,
    )
    if prompt + completion <= 0:
        return None
    cached = getattr(getattr(told, "prompt_tokens_details", None), "cached_tokens", 0) or 0
    return TokenUsage(prompt, completion, min(cached, prompt))


@contextlib.asynccontextmanager
async def _closing(response: Any) -> AsyncIterator[None]:
    """Close a stream also when it is left in the middle, so that its connection is not kept."""
    try:
        yield
    finally:
        close = getattr(getattr(response, "completion_stream", None), "close", None)
        if close is not None:
            with contextlib.suppress(Exception):
                await close()


def _content_type(response: Any) -> str:
    """Return the content type of the HTTP answer behind a stream, "" where the provider's client
    does not show it.
    """
    headers = getattr(
        getattr(getattr(response, "completion_stream", None), "response", None), "headers", {}
    )
    return str(headers.get("content-type", ""))


def _sendable(text: str) -> str:
    """Replace what is not a character: JSON has no place for the bytes that surrogates stand
    for.
    """
    return text.encode("utf-8", "replace").decode("utf-8")


# -- litellm itself


async def close() -> None:
    """Close what litellm keeps open in this event loop; leaves no task and no socket behind."""
    if "litellm" not in sys.modules:
        return
    litellm = load_litellm()
    from litellm.litellm_core_utils.logging_worker import GLOBAL_LOGGING_WORKER

    await litellm.close_litellm_async_clients()
    litellm.in_memory_llm_clients_cache.flush_cache()
    with contextlib.suppress(RuntimeError):  # it still holds a task of an event loop that is gone
        await GLOBAL_LOGGING_WORKER.stop()


@functools.cache
def load_litellm() -> Any:
    """Import litellm (2.6 s), quiet, offline and without reading any ``.env`` file: keys come from
    the environment.
    """
    os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")
    os.environ.setdefault("LITELLM_MODE", "PRODUCTION")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import litellm

        # pydantic builds these at their first use, with warnings; build them here.
        for kind in (
            "ModelResponse",
            "ModelResponseStream",
            "EmbeddingResponse",
            "Usage",
            "Message",
        ):
            getattr(litellm, kind)()
        # What litellm imports only in its first call warns too: make one here, which reaches no
        # provider.
        litellm.completion(
            model="openai/none", messages=[{"role": "user", "content": ""}], mock_response="none"
        )
    litellm.telemetry = False
    litellm.suppress_debug_info = True
    litellm.disable_aiohttp_transport = True  # httpx closes what it opens
    for name in ("LiteLLM", "LiteLLM Router", "LiteLLM Proxy", "httpx", "openai"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    return litellm


def price_of(model: Model) -> Price | None:
    """Return a model's price: the user's, else the one litellm ships; None when neither knows it.

    litellm writes 0 for models it has no price of; that is unknown, not free. A price of 0 has to
    come from the user.
    """
    return model.price or _shipped_price(model.name)


@functools.cache
def _shipped_price(name: str) -> Price | None:
    litellm = load_litellm()
    row = litellm.model_cost.get(name)
    if row is None:
        with contextlib.suppress(Exception):  # raises a zoo of errors for names it does not know
            plain, provider, *_ = litellm.get_llm_provider(name)
            row = litellm.model_cost.get(plain) or litellm.model_cost.get(f"{provider}/{plain}")
    row = row or {}
    prompt, completion = row.get("input_cost_per_token"), row.get("output_cost_per_token")
    if not prompt and not completion:
        return None
    cached = row.get("cache_read_input_token_cost")
    return Price(
        1e6 * (prompt or 0.0), 1e6 * (completion or 0.0), None if cached is None else 1e6 * cached
    )


def limits_of(name: str) -> tuple[int, int] | None:
    """Return (window, output) in tokens as litellm knows them, None for a model it does not
    know.
    """
    row = load_litellm().model_cost.get(name) or {}
    window, output = row.get("max_input_tokens"), row.get("max_output_tokens")
    return (int(window), int(output)) if window and output else None


def provider_of(model: Model) -> str:
    """Name who answers for a model: its server, or the provider that litellm finds from its
    name.
    """
    return (
        urlsplit(model.api_base).netloc.rpartition("@")[2]
        if model.api_base
        else _provider_named(model.name)
    )


@functools.cache
def _provider_named(name: str) -> str:
    with contextlib.suppress(
        Exception
    ):  # an unknown name fails later, in the call, with litellm's own words
        return str(load_litellm().get_llm_provider(name)[1])
    return name
