"""What a provider says of a call's tokens and cost, read in all the shapes that are known.

What it says is charged. Where numbers do not add up, the larger reading holds: a total above
prompt plus completion, or thoughts above the completion they should be part of, were billed beside
it. What it leaves out, or cannot be true, is unknown.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from cladogen.models.model import Price
from cladogen.proposal import Cost

PROMPTS = (
    *("prompt_tokens", "input_tokens", "prompt_eval_count", "prompt_token_count"),
    "input_token_count",
)
COMPLETIONS = (
    *("completion_tokens", "output_tokens", "eval_count", "candidates_token_count"),
    "output_token_count",
)
CACHED = (
    *("cached_tokens", "prompt_cache_hit_tokens", "cache_read_input_tokens"),
    "cached_content_token_count",
)
MOST = 1 << 40  # a larger number is no count of tokens


@dataclass(frozen=True, slots=True)
class TokenUsage:
    """Tokens of one call as its provider counted them. ``cached`` and ``written`` (to a cache) are
    part of ``prompt``; ``reported_usd`` is what the provider itself says the call cost.
    """

    prompt: int
    completion: int
    cached: int = 0
    written: int = 0
    reported_usd: float | None = None

    def after(self, earlier: TokenUsage | None) -> TokenUsage:
        """Return this count with what only an earlier one of the same call said: some servers tell
        the prompt with the first piece and the completion with the last.
        """
        if earlier is None:
            return self
        usd = self.reported_usd or earlier.reported_usd
        if self.prompt and self.completion:
            return replace(self, reported_usd=usd)
        return self._filled_from(earlier, usd)

    def _filled_from(self, earlier: TokenUsage, usd: float | None) -> TokenUsage:
        return TokenUsage(
            self.prompt or earlier.prompt,
            self.completion or earlier.completion,
            self.cached or earlier.cached,
            self.written or earlier.written,
            usd,
        )

    def cost(self, price: Price | None) -> Cost:
        """Return the cost: as reported, else by the price, else unknown."""
        usd = self.reported_usd
        if usd is None and price is not None and (self.prompt or not self.completion):
            usd = price.usd(self.prompt, self.completion, self.cached, self.written)
        return Cost(usd, self.prompt, self.completion, self.cached, 1)


def read_usage(usage: Mapping[str, Any], reported_usd: float | None = None) -> TokenUsage | None:
    """Read a ``usage`` object; None when it says nothing that can be true.

    ``reported_usd`` is a cost that came beside it, in dollars.
    """
    usage = {_plain(name): value for name, value in usage.items()}
    usage = {**_details(usage, "billed_units"), **usage}  # Cohere's own protocol
    prompt = _first(usage, *PROMPTS) + _first(usage, "tool_use_prompt_token_count")
    completion = _first(usage, *COMPLETIONS)
    total = _first(usage, "total_tokens", "total_token_count")
    usd = _usd_in(usage) if reported_usd is None else reported_usd
    if not (prompt or completion):
        return None
    cached, written = _cache_in(usage)
    if _beside(usage, prompt, completion, cached + written, total):
        prompt += cached + written
    completion = _all_of_completion(usage, prompt, completion, total)
    return TokenUsage(prompt, completion, cached, written, usd)


def _cache_in(usage: Mapping[str, Any]) -> tuple[int, int]:
    """Return how many tokens were read from the provider's cache, and how many written to it."""
    within = _details(usage, "prompt_tokens_details", "input_tokens_details")
    cached = _first(within, "cached_tokens", "cache_read_tokens") or _first(usage, *CACHED)
    return cached, _written(within) or _written(usage)


def _written(fields: Mapping[str, Any]) -> int:
    """Return the tokens that were written to a cache, for however long it keeps them."""
    names = ("cache_creation_input_tokens", "cache_write_tokens", "cache_creation_tokens",
             "cache_write_input_tokens", "caching_tokens")  # fmt: skip
    by_time = _details(fields, "cache_creation")
    return _first(fields, *names) or sum(_first(by_time, name) for name in by_time)


@lru_cache(maxsize=256)
def _plain(name: str) -> str:
    """Return a field's name in lower case with underscores, as most servers write it."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", str(name)).lower()


def _beside(usage: Mapping[str, Any], prompt: int, completion: int, kept: int, total: int) -> bool:
    """Whether tokens read from or written to a cache are counted beside the prompt: they are more,
    the total says so, or the names are Anthropic's, which always does.
    """
    anthropic = "prompt_tokens" not in usage and any(
        name in usage
        for name in (
            "cache_read_input_tokens",
            "cache_creation_input_tokens",
            "cache_write_input_tokens",
        )
    )
    return kept > prompt or (kept > 0 and (anthropic or total == prompt + completion + kept))


def _all_of_completion(usage: Mapping[str, Any], prompt: int, completion: int, total: int) -> int:
    """Return the completion with what was billed beside it: thoughts, or a rest of the total."""
    within = _details(usage, "completion_tokens_details", "output_tokens_details")
    thought = _first(within, "reasoning_tokens", "thinking_tokens") or _first(
        usage, "reasoning_tokens", "thoughts_token_count"
    )
    beside = thought if thought > completion else 0
    return max(completion + beside, total - prompt)


def _usd_in(usage: Mapping[str, Any]) -> float | None:
    """Return the dollars that a gateway wrote into its usage; None when it wrote none, or 0."""
    cost = _stated_cost(usage)
    ticks = _number(usage.get("cost_in_usd_ticks"))  # 1e10 to a dollar
    if cost is None and ticks is not None:
        return ticks / 1e10 or None
    upstream = _upstream(usage)
    if upstream is None:
        return read_usd(cost)
    return (_number(cost) or 0.0) + upstream or None


def _stated_cost(usage: Mapping[str, Any]) -> Any:
    """Return the first field of a cost, whatever it holds; of parts, their sum."""
    names = ("cost", "estimated_cost", "cost_usd", "total_cost")
    cost = next((usage[name] for name in names if usage.get(name) is not None), None)
    return _total_of(cost) if isinstance(cost, Mapping) else cost


def _upstream(usage: Mapping[str, Any]) -> float | None:
    """Return what goes to a provider whose key is the user's own, beside the gateway's fee; None
    where the cost is all.
    """
    details = usage.get("cost_details")
    if not usage.get("is_byok") or not isinstance(details, Mapping):
        return None
    return _number(details.get("upstream_inference_cost")) or 0.0


def _total_of(cost: Mapping[str, Any]) -> Any:
    """Return the sum of a cost that is given in parts, None where it is not in dollars."""
    if str(cost.get("currency", "usd")).lower() != "usd":
        return None
    names = ("total_cost", "total", "usd", "amount")
    return next((cost[each] for each in names if each in cost), None)


def read_usd(value: Any) -> float | None:
    """Return a number of dollars that came as a number or a text; None for anything else, or 0."""
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return None
    return _number(value) or None


def _first(usage: Mapping[str, Any], *names: str) -> int:
    """Return the first count above 0 under one of the names, else 0."""
    for name in names:
        found = usage.get(name)
        if found is None:
            continue
        value = _number(found)
        if value is not None and 0 < value <= MOST:
            return int(value)
    return 0


def _number(value: Any) -> float | None:
    if isinstance(value, str) and re.fullmatch(r"\s*\d{1,15}(?:\.0*)?\s*", value, re.ASCII):
        value = float(value)  # as some gateways write it
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if math.isfinite(value) and value >= 0 else None


def _details(usage: Mapping[str, Any], *names: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = next(
        (usage[name] for name in names if isinstance(usage.get(name), Mapping)), {}
    )
    return {_plain(name): value for name, value in found.items()}
