"""Why a program gets no reply: an HTTP status, a code and one line, as in OpenAI's errors."""

from __future__ import annotations

from typing import Any

from cladogen.models.failures import FailureKind, ProviderFailure

_STATUS = {
    FailureKind.RATE: 429,
    FailureKind.QUOTA: 429,
    FailureKind.BUSY: 503,
    FailureKind.AWAY: 503,
    FailureKind.BROKEN: 502,
    FailureKind.KEY: 502,
    FailureKind.MONEY: 502,
    FailureKind.MODEL: 502,
}
OWN_FAULT = (FailureKind.PARAMETER, FailureKind.LIMIT, FailureKind.WINDOW, FailureKind.FILTER)


class RequestRefused(Exception):  # noqa: N818  (what happened, not what to do)
    """A request that is not answered."""

    def __init__(self, status: int, code: str, text: str) -> None:
        super().__init__(text)
        self.status, self.code, self.text = status, code, text

    def body(self) -> dict[str, Any]:
        """Return the error's JSON."""
        kind = "invalid_request_error" if self.status in (400, 404, 413) else self.code
        return {
            "error": {"message": self.text, "type": kind, "param": None, "code": self.code},
        }


def bad_request(text: str) -> RequestRefused:
    """Return the refusal of a request that makes no sense."""
    return RequestRefused(400, "invalid_request", text)


def over_limit(text: str) -> RequestRefused:
    """Return the refusal of a call that a limit does not allow; clients do not repeat it."""
    return RequestRefused(402, "insufficient_quota", text)


def provider_failed(failure: ProviderFailure) -> RequestRefused:
    """Return the refusal of a call that its provider did not answer, in the provider's words."""
    refused = failure.status if failure.status is not None and failure.status < 500 else None
    status = _STATUS.get(failure.kind) or refused or 400
    return RequestRefused(status, failure.kind.value, failure.text)
