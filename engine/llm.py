"""litellm's border: one call of a model, as the provider itself told it. The only file that imports litellm.

litellm makes a cut stream look whole and fills in usage that the provider never sent; so what the stream said is read
(`received_finish_reason`, `chunks`), and the rest is unknown.
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

from cladogen.calls import Message
from cladogen.errors import ModelError
from cladogen.limiter import retry_after
from cladogen.models import Model, Price, Usage
from cladogen.redact import redact

COMPATIBLE = "custom_openai"  # litellm's word for a server that speaks the protocol, whatever its models are called
FIRST_PART = "first part of its name"
NEWER_LIMIT = "max_completion_tokens"
HOPELESS = (401, 402, 403, 404)
QUESTIONS = (408, 409, 425, 429)  # the 4xx that may go away


@dataclass(slots=True)
class Stream:
    """What came of one call so far; ``limit`` is the characters after which it is left. ``finish`` "" is a
    cut reply.
    """

    limit: int
    text: str = ""
    reasoning: str = ""
    finish: str = ""
    usage: Usage | None = None
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
        """Read what the stream itself said of its end and its cost, not what litellm makes of it."""
        said = response.received_finish_reason or getattr(response, "intermittent_finish_reason", None) or ""
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
        self.told_usd = float(cost) if isinstance(cost, int | float) and cost >= 0 else self.told_usd


class NoStreamError(ModelError):
    """A server that was asked for a stream and sent something else."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a call failed: the provider's words, its status, and what it asks for.

    ``refused`` names a parameter that the model does not take. ``charged`` False: it cannot have cost anything.
    """

    text: str
    status: int | None = None
    wait_s: float | None = None
    refused: str = ""
    charged: bool = True
    hopeless: bool = False

    @property
    def worth_retrying(self) -> bool:
        client = self.status is not None and 400 <= self.status < 500 and self.status not in QUESTIONS
        return not self.hopeless and not client


async def chat(
    model: Model, messages: Sequence[Message], stream: Stream, *, idle_s: float, dropped: Collection[str] = ()
) -> None:
    """Ask for a reply and read it into ``stream``, piece by piece; raises whatever litellm raises."""
    litellm = load_litellm()
    response = await litellm.acompletion(
        messages=[{"role": message.role, "content": _sendable(message.text)} for message in messages],
        num_retries=0, max_retries=0, timeout=idle_s,
        **_route(model, COMPATIBLE, dropped), **parameters(model, dropped),
    )  # fmt: skip
    if not hasattr(response, "__aiter__"):
        stream.take_whole(response)
        return
    async with _closing(response):
        try:
            async for chunk in response:
                stream.take(chunk)
                if stream.too_long:
                    break
        finally:
            stream.end(response)
    if stream.nothing and _content_type(response).startswith("application/json"):
        raise NoStreamError("the server does not stream: it answered with one JSON object")


async def embed(model: Model, messages: Sequence[Message], stream: Stream, *, idle_s: float) -> None:
    """Ask for one vector per message; ``stream.text`` becomes their JSON, each of length 1."""
    litellm = load_litellm()
    response = await litellm.aembedding(
        input=[_sendable(message.text) for message in messages], num_retries=0, max_retries=0, timeout=idle_s,
        **_route(model, "openai"),
    )  # fmt: skip
    vectors = np.array([row["embedding"] for row in response.data], dtype=float)
    if vectors.ndim != 2 or len(vectors) != len(messages) or not np.isfinite(vectors).all():
        raise ModelError(f"{model.name}: embeddings of shape {vectors.shape} for {len(messages)} texts")
    vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    stream.text, stream.finish = json.dumps(np.round(vectors, 7).tolist()), "stop"
    stream.usage = _usage(response.usage)


def parameters(model: Model, dropped: Collection[str] = ()) -> dict[str, Any]:
    """Return what is sent beside the messages, without what the model was found not to take."""
    wanted: dict[str, Any] = {"max_tokens": model.output, "stream": True, "stream_options": {"include_usage": True}}
    gone = {*dropped, "stream_options"} if "stream" in dropped else set(dropped)
    kept = {name: value for name, value in {**wanted, **model.parameters}.items() if name not in gone}
    if "max_tokens" in gone and NEWER_LIMIT not in gone:
        # litellm would turn it back into max_tokens for a server of one's own.
        kept |= {"extra_body": {NEWER_LIMIT: model.output}} if model.api_base else {NEWER_LIMIT: model.output}
    return kept


def refused_name(model: Model, failure: Failure) -> str:
    """Return FIRST_PART when a server of one's own may know the model without what stands before the first "/"."""
    return FIRST_PART if model.api_base and failure.status == 404 and "/" in model.name else ""


def _route(model: Model, provider: str, dropped: Collection[str] = ()) -> dict[str, Any]:
    key = os.environ.get(model.key) if model.key else None
    if not model.api_base:
        return {"model": model.name} | ({"api_key": key} if key else {})
    key = key or os.environ.get("OPENAI_API_KEY") or "none"  # most servers of one's own ask for no key
    name = model.name.partition("/")[2] if FIRST_PART in dropped else model.name
    return {"model": name, "custom_llm_provider": provider, "api_base": model.api_base, "api_key": key}


def _usage(told: Any) -> Usage | None:
    """Read a provider's usage; None when it says nothing (litellm then has zeros)."""
    prompt, completion = getattr(told, "prompt_tokens", 0) or 0, getattr(told, "completion_tokens", 0) or 0
    if prompt + completion <= 0:
        return None
    cached = getattr(getattr(told, "prompt_tokens_details", None), "cached_tokens", 0) or 0
    return Usage(prompt, completion, min(cached, prompt))


def read_failure(error: Exception, sent: Collection[str]) -> Failure:
    """Read what a provider's exception says; ``sent`` are the names of the parameters it was sent."""
    status = getattr(error, "status_code", None)
    status = status if isinstance(status, int) else None
    headers = dict(getattr(error, "litellm_response_headers", None) or {})
    response = getattr(error, "response", None)
    headers |= dict(getattr(response, "headers", None) or {}) if not headers else {}
    answered = bool(headers)  # an answer with an error status; without one nobody knows what was charged
    text = redact(" ".join(str(error).split())[:500]) or type(error).__name__
    refused = _refused(error, status, text, sent)
    if isinstance(error, TimeoutError):
        text = "the deadline passed"
    hopeless = answered and (status in HOPELESS or "insufficient_quota" in text)
    hopeless = hopeless or type(error).__name__ in ("AuthenticationError", "NotFoundError", "LiteLLMUnknownProvider")
    hopeless = (hopeless or "LLM Provider NOT provided" in text or _no_key(error)) and not refused
    free = answered or refused or hopeless or _never_sent(error)
    charged = isinstance(error, NoStreamError) or not free
    return Failure(text, status if answered else None, retry_after(headers), refused, charged, bool(hopeless))


def _refused(error: Exception, status: int | None, text: str, sent: Collection[str]) -> str:
    """Return the name of the parameter that a model does not take, "" when that is not what it says."""
    if isinstance(error, NoStreamError):
        return "stream"
    if type(error).__name__ != "UnsupportedParamsError" and status not in (400, 422):
        return ""
    body = getattr(error, "body", None)
    named = body.get("param") if isinstance(body, dict) else None
    if named in sent:
        return str(named)
    words = ("unsupported", "not support", "unrecognized", "unknown", "not permitted", "extra inputs", "too large",
             "maximum context")  # fmt: skip
    if not any(word in text.lower() for word in words):
        return ""
    return next((name for name in sorted(sent, key=len, reverse=True) if name in text), "")


def _no_key(error: BaseException) -> bool:
    """Return whether the provider's client itself refused to begin: it has no key."""
    while (cause := error.__cause__ or error.__context__) is not None:
        error = cause
    return type(error).__name__ == "OpenAIError" and type(error).__module__.partition(".")[0] == "openai"


def _never_sent(error: BaseException) -> bool:
    """Return whether a call failed before anything was sent: no connection, or refused by litellm itself."""
    names = {"ConnectError", "ConnectTimeout", "UnsupportedParamsError", "LiteLLMUnknownProvider", "gaierror"}
    cause: BaseException | None = error
    while cause is not None:
        if type(cause).__name__ in names:
            return True
        cause = cause.__cause__ or cause.__context__
    return "LLM Provider NOT provided" in str(error)


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
    """Return the content type of the HTTP answer behind a stream, "" where the provider's client does not show it."""
    headers = getattr(getattr(getattr(response, "completion_stream", None), "response", None), "headers", {})
    return str(headers.get("content-type", ""))


def _sendable(text: str) -> str:
    """Replace what is not a character: JSON has no place for the bytes that surrogates stand for."""
    return text.encode("utf-8", "replace").decode("utf-8")


# -- litellm itself -----------------------------------------------------------------------------------------------


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
    """Import litellm (2.6 s), quiet, offline and without reading any ``.env`` file: keys come from the environment."""
    os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")
    os.environ.setdefault("LITELLM_MODE", "PRODUCTION")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import litellm

        # pydantic builds these at their first use, with warnings; build them here.
        for kind in ("ModelResponse", "ModelResponseStream", "EmbeddingResponse", "Usage", "Message"):
            getattr(litellm, kind)()
    litellm.telemetry = False
    litellm.suppress_debug_info = True
    litellm.disable_aiohttp_transport = True  # httpx closes what it opens
    for name in ("LiteLLM", "LiteLLM Router", "LiteLLM Proxy", "httpx", "openai"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    return litellm


def price_of(model: Model) -> Price | None:
    """Return a model's price: the user's, else the one litellm ships; None when neither knows it.

    litellm writes 0 for models it has no price of; that is unknown, not free. A price of 0 has to come from the user.
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
    return Price(1e6 * (prompt or 0.0), 1e6 * (completion or 0.0), None if cached is None else 1e6 * cached)


def limits_of(name: str) -> tuple[int, int] | None:
    """Return (window, output) in tokens as litellm knows them, None for a model it does not know."""
    row = load_litellm().model_cost.get(name) or {}
    window, output = row.get("max_input_tokens"), row.get("max_output_tokens")
    return (int(window), int(output)) if window and output else None


def provider_of(model: Model) -> str:
    """Name who answers for a model: its server, or the provider that litellm finds from its name."""
    return urlsplit(model.api_base).netloc.rpartition("@")[2] if model.api_base else _provider_named(model.name)


@functools.cache
def _provider_named(name: str) -> str:
    with contextlib.suppress(Exception):  # an unknown name fails later, in the call, with litellm's own words
        return str(load_litellm().get_llm_provider(name)[1])
    return name
