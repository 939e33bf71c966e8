"""How long a provider asks to wait: in headers, in fields of an answer, or in its words."""

from __future__ import annotations

import email.utils
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

LONGEST_S = 40 * 86_400.0  # a later moment is no wait
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}
_DURATION = re.compile(
    r"(?P<number>\d+(?:\.\d+)?)\s*(?P<unit>ms|milliseconds?|seconds?|secs?|s|minutes?|mins?|m|hours?|"
    r"hrs?|h|days?|d)(?![a-z])"
)
_SAID = re.compile(
    r"(?:(?:try|retry)(?: again)?|please (?:wait|retry)|wait(?:ing)?|retrydelay\W{0,4}|back ?off|"
    r"resets?|available(?: again)?|again) ?(?:after|in|for|within)?\W{0,3}(?P<time>(?:\d+(?:\.\d+)?"
    r"\s*(?:milliseconds?|ms|seconds?|secs?|s|minutes?|mins?|m|hours?|hrs?|h|days?|d)(?![a-z])"
    r"[\s,]*(?:and )?)+)"
)
_MOMENT = re.compile(
    r"(?:reset|regain access|available|until|again|after)\w*\D{0,20}"
    r"(\d{4}-\d\d-\d\d[t ](?:at )?\d\d:\d\d(?::\d\d)?(?:\.\d+)?\s?(?:z|utc|[+-]\d\d:?\d\d)?)"
)
_FIELDS = ("retryDelay", "retry_after", "retryAfter", "retry_after_seconds", "retry_in")
_RESETS = ("x-ratelimit-reset", "x-ratelimit-reset-requests", "x-ratelimit-reset-tokens",
           "anthropic-ratelimit-requests-reset", "anthropic-ratelimit-tokens-reset")  # fmt: skip


def stated_wait(headers: Mapping[str, str], body: Any, text: str) -> float | None:
    """Return the seconds that a refusal asks to wait, None when it says nothing of it.

    The header ``retry-after`` counts before the fields of the body, these before its words, and
    headers that say when a limit is reset count last.
    """
    for seconds in (retry_after(headers), _in_body(body), _in_words(text), _reset(headers, body)):
        if seconds is not None and seconds <= LONGEST_S:
            return seconds
    return None


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds a provider asks to wait (``retry-after`` as a number or a date,
    ``retry-after-ms``), or None.
    """
    lower = {name.lower(): str(value).strip() for name, value in headers.items()}
    try:
        if "retry-after-ms" in lower:
            return max(0.0, float(lower["retry-after-ms"]) / 1000.0)
        return max(0.0, float(lower["retry-after"]))
    except KeyError:
        return None
    except ValueError:
        text = lower.get("retry-after", "")
        return _duration(text) or _until_date(text)


def _in_body(body: Any) -> float | None:
    for name, value in _items(body):
        if name == "retry_after_ms" and _is_number(value):
            return float(value) / 1000.0
        if name in _FIELDS:
            seconds = float(value) if _is_number(value) else _duration(str(value))
            if seconds is not None:
                return seconds
    return None


def _in_words(text: str) -> float | None:
    lower = text.lower()
    said = _SAID.search(lower)
    if said is not None:
        return _duration(said["time"])
    moment = _MOMENT.search(lower)
    return None if moment is None else _until(moment[1].replace(" at ", " "))


def _reset(headers: Mapping[str, str], body: Any) -> float | None:
    """Return the seconds until the latest of the limits that are used up is reset."""
    inner: Any = next((value for name, value in _items(body) if name == "headers"), {})
    merged = {**headers, **(inner if isinstance(inner, Mapping) else {})}
    lower = {name.lower(): str(value).strip() for name, value in merged.items()}
    found = []
    for name in _RESETS:
        left = lower.get(name.replace("reset", "remaining"), "0")
        seconds = (
            _moment_or_duration(lower[name]) if name in lower and left in ("0", "0.0") else None
        )
        found += [] if seconds is None else [seconds]
    return max(found, default=None)


def _moment_or_duration(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        seconds = _duration(text)
        return _until(text) if seconds is None else seconds
    now = datetime.now(UTC).timestamp()
    if number > 1e11:  # milliseconds since 1970
        number /= 1000.0
    return max(0.0, number - now) if number > 1e9 else number


def _duration(text: str) -> float | None:
    """Read "1h2m3.5s", "250ms", "2 minutes" or a bare number of seconds."""
    text = text.strip().lower()
    parts = list(_DURATION.finditer(text))
    if parts:
        return sum(float(part["number"]) * _unit(part["unit"]) for part in parts)
    return float(text) if re.fullmatch(r"\d+(\.\d+)?", text) else None


def _unit(word: str) -> float:
    return _UNITS["ms"] if word.startswith(("ms", "milli")) else _UNITS[word[0]]


def _until(text: str) -> float | None:
    text = re.sub(r"\s*(z|utc)$", "+00:00", text.strip().lower())
    try:
        moment = datetime.fromisoformat(text.upper())
    except ValueError:
        return None
    moment = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())


def _until_date(text: str) -> float | None:
    try:
        date = email.utils.parsedate_to_datetime(text)
    except ValueError:
        return _until(text)
    date = date if date.tzinfo is not None else date.replace(tzinfo=UTC)
    return max(0.0, (date - datetime.now(UTC)).total_seconds())


def _items(value: Any, depth: int = 0) -> Iterator[tuple[str, Any]]:
    """Yield the fields of a JSON value, inner ones too."""
    if depth > 6:
        return
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield str(name), inner
            yield from _items(inner, depth + 1)
    elif isinstance(value, list):
        for each in value[:20]:
            yield from _items(each, depth + 1)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value >= 0
