"""Failures of providers, read: what they say, whether they may go away, what they can have cost."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from cladogen.errors import ModelError
from cladogen.models.limiter import retry_after
from cladogen.models.model import Model
from cladogen.models.redact import redact, without_logins

FIRST_PART = "first part of its name"
HOPELESS = (401, 402, 403, 404)
QUESTIONS = (408, 409, 425, 429)  # the 4xx that may go away


class NoStreamError(ModelError):
    """A server that was asked for a stream and sent something else."""


@dataclass(frozen=True, slots=True)
class ProviderFailure:
    """Why a call failed: the provider's words, its status, and what it asks for.

    ``refused`` names a parameter that the model does not take. ``charged`` False: it cannot have
    cost anything.
    """

    text: str
    status: int | None = None
    wait_s: float | None = None
    refused: str = ""
    charged: bool = True
    hopeless: bool = False

    @property
    def worth_retrying(self) -> bool:
        client = (
            self.status is not None and 400 <= self.status < 500 and self.status not in QUESTIONS
        )
        return not self.hopeless and not client


def refused_name(model: Model, failure: ProviderFailure) -> str:
    """Return FIRST_PART when a server of one's own may know the model without what stands before
    the first "/".
    """
    return FIRST_PART if model.api_base and failure.status == 404 and "/" in model.name else ""


def read_failure(error: Exception, sent: Collection[str]) -> ProviderFailure:
    """Read what a provider's exception says; ``sent`` are the names of the parameters it was
    sent.
    """
    status = getattr(error, "status_code", None)
    status = status if isinstance(status, int) else None
    headers = dict(getattr(error, "litellm_response_headers", None) or {})
    response = getattr(error, "response", None)
    headers |= dict(getattr(response, "headers", None) or {}) if not headers else {}
    answered = bool(
        headers
    )  # an answer with an error status; without one nobody knows what was charged
    text = without_logins(redact(" ".join(str(error).split())[:500])) or type(error).__name__
    refused = _refused(error, status, text, sent)
    if isinstance(error, TimeoutError):
        text = "the deadline passed"
    hopeless = answered and (status in HOPELESS or "insufficient_quota" in text)
    hopeless = hopeless or type(error).__name__ in (
        "AuthenticationError",
        "NotFoundError",
        "LiteLLMUnknownProvider",
    )
    hopeless = (hopeless or "LLM Provider NOT provided" in text or _no_key(error)) and not refused
    free = answered or refused or hopeless or _never_sent(error)
    charged = isinstance(error, NoStreamError) or not free
    return ProviderFailure(
        text, status if answered else None, retry_after(headers), refused, charged, bool(hopeless)
    )


def _refused(error: Exception, status: int | None, text: str, sent: Collection[str]) -> str:
    """Return the name of the parameter that a model does not take, "" when that is not what it
    says.
    """
    if isinstance(error, NoStreamError):
        return "stream"
    if type(error).__name__ != "UnsupportedParamsError" and status not in (400, 422):
        return ""
    body = getattr(error, "body", None)
    named = body.get("param") if isinstance(body, dict) else None
    if named in sent:
        return str(named)
    words = (
        "unsupported",
        "not support",
        "unrecognized",
        "unknown",
        "not permitted",
        "extra inputs",
        "too large",
        "maximum context",
    )
    if not any(word in text.lower() for word in words):
        return ""
    return next((name for name in sorted(sent, key=len, reverse=True) if name in text), "")


def _no_key(error: BaseException) -> bool:
    """Return whether the provider's client itself refused to begin: it has no key."""
    while (cause := error.__cause__ or error.__context__) is not None:
        error = cause
    return (
        type(error).__name__ == "OpenAIError"
        and type(error).__module__.partition(".")[0] == "openai"
    )


def _never_sent(error: BaseException) -> bool:
    """Return whether a call failed before anything was sent: no connection, or refused by litellm
    itself.
    """
    names = {
        "ConnectError",
        "ConnectTimeout",
        "UnsupportedParamsError",
        "LiteLLMUnknownProvider",
        "gaierror",
    }
    cause: BaseException | None = error
    while cause is not None:
        if type(cause).__name__ in names:
            return True
        cause = cause.__cause__ or cause.__context__
    return "LLM Provider NOT provided" in str(error)
