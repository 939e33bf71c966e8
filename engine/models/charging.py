"""What a call costs whose usage does not say all of it."""

from __future__ import annotations

from cladogen.models.calls import Request
from cladogen.models.failures import ProviderFailure
from cladogen.models.model import Price
from cladogen.models.reply_stream import ReplyStream
from cladogen.models.usage import TokenUsage
from cladogen.proposal import Cost


def is_free(failure: ProviderFailure, stream: ReplyStream) -> bool:
    """Whether nothing can have been charged for a call that failed."""
    return not (stream.size or failure.charged or stream.reported_usd)


def counts_all(usage: TokenUsage, request: Request, stream: ReplyStream, *, failed: bool) -> bool:
    """Whether a usage counts all that is charged: what was counted before the end of a call that
    failed is not all of it, and a reply costs.
    """
    if failed and stream.broke_off:
        return False
    replied = request.purpose != "embed" and stream.size > 0
    return not (replied and _leaves_reply_out(usage))


def without_usage(price: Price | None, size: int, stream: ReplyStream) -> Cost:
    """Return the cost of a call of so many characters whose tokens nobody counted."""
    usd = 0.0 if price is not None and price.free else stream.reported_usd
    return Cost(usd, size // 4, stream.size // 4, 0, 1)


def _leaves_reply_out(usage: TokenUsage) -> bool:
    """Whether a count of a call that brought a reply has no token of it, and no cost either."""
    return usage.completion == 0 and usage.reported_usd is None
