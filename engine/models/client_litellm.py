"""litellm's border: every protocol but OpenAI's and Ollama's. The only file that imports litellm.

litellm makes a cut stream look whole, turns words for an ending that it does not know into "stop",
and fills in usage that the provider never sent. So what the stream itself said is read, its map of
endings is kept to words that are known to be good, and the rest is unknown.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import functools
import json
import logging
import os
import re
import sys
import warnings
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from cladogen.models.base import Outgoing, Relayed, sendable
from cladogen.models.failures import CallFailed, Complaint, FailureKind
from cladogen.models.reply_stream import ReplyStream, words_of
from cladogen.models.usage import read_usage, read_usd

_UNKNOWN = (
    "no provider has a model of this name; write PROVIDER/NAME (such as anthropic/NAME), or give "
    "the address of a server with --api-base"
)
_UNSENT = ("ConnectError", "ConnectTimeout", "gaierror", "ConnectionRefusedError")
_REFUSED_HERE = ("UnsupportedParamsError",)
# Words that litellm would pass off as a good ending.
_NOT_GOOD = ("ERROR", "error", "network_error", "MALFORMED_FUNCTION_CALL", "MALFORMED_RESPONSE",
             "UNEXPECTED_TOOL_CALL", "TOO_MANY_TOOL_CALLS", "MISSING_THOUGHT_SIGNATURE",
             "FINISH_REASON_UNSPECIFIED")  # fmt: skip
_UNMAPPED = re.compile(r"Unmapped finish_reason '(.*)', defaulting")
_reading: contextvars.ContextVar[ReplyStream | None] = contextvars.ContextVar("_reading")


class LitellmClient:
    """Ask through litellm."""

    async def chat(self, call: Outgoing, stream: ReplyStream) -> None:
        litellm = await _loaded()
        _reading.set(stream)
        try:
            response = await litellm.acompletion(
                messages=call.conversation(), **_common(call), **call.parameters
            )
            if hasattr(response, "__aiter__"):
                await _read(response, stream)
            else:
                _take_whole(response, stream)
        except CallFailed:
            raise
        except Exception as error:  # noqa: BLE001  # foreign code: providers fail in their own words
            raise CallFailed(*_said(error)) from None

    async def relay(self, call: Outgoing, body: Mapping[str, Any]) -> Relayed:
        litellm = await _loaded()
        stream = ReplyStream(limit=1 << 30)
        _reading.set(stream)
        try:
            response = await litellm.acompletion(**{**body, **_common(call), "stream": False})
        except Exception as error:  # noqa: BLE001  # foreign code, as above
            raise CallFailed(*_said(error)) from None
        _take_whole(response, stream)
        return Relayed(response.model_dump(mode="json", exclude_none=True), stream.reported_usd)

    async def embed(self, call: Outgoing, stream: ReplyStream) -> Sequence[Sequence[float]]:
        litellm = await _loaded()
        texts = [sendable(message.text) for message in call.messages]
        try:
            response = await litellm.aembedding(input=texts, **_common(call), **call.parameters)
        except Exception as error:  # noqa: BLE001  # foreign code, as above
            raise CallFailed(*_said(error)) from None
        _take_usage(getattr(response, "usage", None), stream)
        return [row["embedding"] for row in response.data]

    async def about(self, call: Outgoing) -> Mapping[str, Any] | None:
        """Say whether the key is there and the name is one that litellm knows; no call is made."""
        litellm = await _loaded()
        try:
            litellm.get_llm_provider(call.model.name)
        except Exception:  # noqa: BLE001  # a zoo of errors for names it does not know
            raise CallFailed(Complaint(_UNKNOWN, sent=False), FailureKind.MODEL) from None
        if call.route.key:
            return None
        found = litellm.validate_environment(call.model.name)
        missing = ", ".join(found.get("missing_keys") or ())
        if missing and not found.get("keys_in_environment"):
            text = f"no key: set {missing} in the environment"
            raise CallFailed(Complaint(text, sent=False), FailureKind.KEY)
        return None

    async def close(self) -> None:
        """Close what litellm keeps open in this event loop."""
        if "litellm" not in sys.modules:
            return
        litellm = load_litellm()
        from litellm.litellm_core_utils.logging_worker import GLOBAL_LOGGING_WORKER

        await litellm.close_litellm_async_clients()
        litellm.in_memory_llm_clients_cache.flush_cache()
        with contextlib.suppress(RuntimeError):  # it still holds a task of a loop that is gone
            await GLOBAL_LOGGING_WORKER.stop()


def _common(call: Outgoing) -> dict[str, Any]:
    key = call.route.key
    return {
        "model": call.model.name,
        "num_retries": 0,
        "max_retries": 0,
        "timeout": call.silence_s,
        **({"api_key": key} if key else {}),
    }


async def _read(response: Any, stream: ReplyStream) -> None:
    """Read a stream of litellm's; its end and its usage are what the provider itself sent."""
    async with _closing(response):
        try:
            async for chunk in response:
                for choice in getattr(chunk, "choices", ())[:1]:
                    _take_piece(choice, stream)
                if stream.too_long:
                    break
        finally:
            _take_end(response, stream)


def _take_end(response: Any, stream: ReplyStream) -> None:
    said = response.received_finish_reason
    stream.end(said or getattr(response, "intermittent_finish_reason", None) or "")
    for chunk in response.chunks:
        _take_usage(getattr(chunk, "usage", None), stream)


def _take_piece(choice: Any, stream: ReplyStream) -> None:
    stream.say(choice.delta.content or "")
    stream.think(getattr(choice.delta, "reasoning_content", None) or "")
    _take_tools(choice.delta, stream)
    _take_fields(choice, stream)


def _take_whole(response: Any, stream: ReplyStream) -> None:
    choice = response.choices[0]
    stream.say(choice.message.content or "")
    stream.think(getattr(choice.message, "reasoning_content", None) or "")
    _take_tools(choice.message, stream)
    stream.end(choice.finish_reason or "")
    stream.closed = True
    _take_fields(choice, stream)
    _take_usage(getattr(response, "usage", None), stream)
    hidden = getattr(response, "_hidden_params", None) or {}
    stream.reported_usd = read_usd((hidden.get("additional_headers") or {}).get("x-cost-usd"))


def _take_tools(said: Any, stream: ReplyStream) -> None:
    for call in getattr(said, "tool_calls", None) or ():
        stream.tools.take(call.model_dump())


def _take_fields(choice: Any, stream: ReplyStream) -> None:
    """Take a provider's own word for the ending, where litellm keeps it beside its own."""
    fields = getattr(choice, "provider_specific_fields", None) or {}
    native = fields.get("native_finish_reason") if isinstance(fields, Mapping) else None
    if isinstance(native, str):
        stream.native_finish = native


def _take_usage(reported: Any, stream: ReplyStream) -> None:
    if reported is not None and hasattr(reported, "model_dump"):
        stream.usage = read_usage(reported.model_dump(), stream.reported_usd) or stream.usage


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


_ANSWERED = ("AuthenticationError", "NotFoundError", "RateLimitError", "BadRequestError",
             "ContextWindowExceededError", "ServiceUnavailableError", "InternalServerError",
             "ContentPolicyViolationError")  # fmt: skip


def _said(error: Exception) -> tuple[Complaint, FailureKind | None]:
    """Return what a provider said in one of litellm's exceptions, without litellm's own words."""
    name = type(error).__name__
    text, quoted = _unwrapped(_plain(" ".join(str(error).split())))
    text = text or name
    unsent = _kept_back(error, text)
    if unsent is not None:
        return Complaint(text, sent=False), unsent
    if name in _REFUSED_HERE:
        return Complaint(text, 400, body=None), None
    headers = _headers(error)
    body = getattr(error, "body", None)
    heard = _status_heard(error, headers)
    return Complaint(text, heard, headers, quoted if body is None else body), None


def _status_heard(error: Exception, headers: Mapping[str, str]) -> int | None:
    """Return the status that a provider answered with; None where litellm made one up."""
    status = getattr(error, "status_code", None)
    answered = bool(headers) or type(error).__name__ in _ANSWERED
    return status if isinstance(status, int) and answered else None


def _headers(error: Exception) -> dict[str, str]:
    """Return the headers that came with an error, as litellm kept them or as its response did."""
    own = getattr(error, "litellm_response_headers", None)
    return dict(own or getattr(getattr(error, "response", None), "headers", None) or {})


_QUOTED = re.compile(r"b'(\{.*\})'")


def _unwrapped(text: str) -> tuple[str, Any]:
    """Return words without the JSON, as Python writes bytes, that litellm quotes an answer in, and
    that JSON; None where there is none.
    """
    text = text.partition(" Original exception: ")[0]
    quoted = _QUOTED.search(text)
    if quoted is None:
        return text, None
    try:
        inner = json.loads(quoted[1].replace("\\'", "'"))
    except (ValueError, RecursionError):
        return text, None
    said = words_of(inner)
    return (f"{text[: quoted.start()]}{said}" if said else text), inner


def _kept_back(error: Exception, text: str) -> FailureKind | None:
    """Return why a request was never sent, None where it was, or is refused in its provider's
    place.
    """
    if not set(_UNSENT).isdisjoint(type(cause).__name__ for cause in _causes(error)):
        return FailureKind.AWAY
    if type(error).__name__ in _REFUSED_HERE:
        return None
    if "LLM Provider NOT provided" in text:
        return FailureKind.MODEL
    return FailureKind.KEY if _no_key(error) else None


def _plain(text: str) -> str:
    """Return words without the names of litellm's classes in front of them."""
    while True:
        first, _, rest = text.partition(" ")
        if (
            not (first.startswith("litellm.") or first.endswith(("Error:", "Exception:")))
            or not rest
        ):
            return text.removeprefix("- ")
        text = rest.removeprefix("- ")


def _causes(error: BaseException | None) -> list[BaseException]:
    found: list[BaseException] = []
    while error is not None and len(found) < 20:
        found.append(error)
        error = error.__cause__ or error.__context__
    return found


def _no_key(error: BaseException) -> bool:
    """Return whether the provider's client itself refused to begin: it has no key."""
    last = _causes(error)[-1]
    return type(last).__name__ == "OpenAIError" and type(last).__module__.startswith("openai")


# -- litellm itself


async def _loaded() -> Any:
    """Return litellm, imported beside the event loop: that takes seconds."""
    if "litellm" in sys.modules and load_litellm.cache_info().currsize:
        return load_litellm()
    return await asyncio.get_running_loop().run_in_executor(None, load_litellm)


class _Unmapped(logging.Handler):
    """Hear litellm say that it takes an unknown ending for a good one."""

    def emit(self, record: logging.LogRecord) -> None:
        said = _UNMAPPED.match(record.getMessage())
        stream = _reading.get(None)
        if said is not None and stream is not None:
            stream.unmapped = said[1]


@functools.cache
def load_litellm() -> Any:
    """Import litellm (6 s of CPU, 200 MB), quiet, offline and without reading any ``.env`` file:
    keys come from the environment.
    """
    os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")
    os.environ.setdefault("LITELLM_MODE", "PRODUCTION")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import litellm

        # pydantic builds these at their first use, with warnings; build them here.
        for kind in ("ModelResponse", "ModelResponseStream", "EmbeddingResponse", "Usage",
                     "Message"):  # fmt: skip
            getattr(litellm, kind)()
        # What litellm imports only in its first call warns too: make one here, which reaches no
        # provider.
        litellm.completion(
            model="openai/none", messages=[{"role": "user", "content": ""}], mock_response="none"
        )
    litellm.telemetry = False
    litellm.suppress_debug_info = True
    litellm.disable_aiohttp_transport = True  # httpx closes what it opens
    _keep_endings()
    for name in ("LiteLLM Router", "LiteLLM Proxy", "httpx", "openai"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    return litellm


def _keep_endings() -> None:
    """Have litellm say aloud which endings it does not know, and take out those that are bad."""
    from litellm.litellm_core_utils import core_helpers

    known: dict[str, str] = getattr(core_helpers, "_FINISH_REASON_MAP", {})
    for word in _NOT_GOOD:
        known.pop(word, None)
    logger = logging.getLogger("LiteLLM")
    logger.handlers, logger.propagate = [_Unmapped()], False
    logger.setLevel(logging.WARNING)
