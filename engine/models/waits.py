"""How long a provider asks to wait: in headers, in fields of an answer, or in its words."""

from __future__ import annotations

import email.utils
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

LONGEST_S = 40 * 86_400.0  # a later moment is no wait
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0,
          "秒": 1.0, "分": 60.0, "小": 3600.0, "天": 86_400.0}  # fmt: skip
_DURATION = re.compile(
    r"(?P<number>\d+(?:\.\d+)?)\s*(?P<unit>ms|milliseconds?|seconds?|secs?|s|minutes?|mins?|m|hours?|"
    r"hrs?|h|days?|d|秒|分钟?|小时|天)(?![a-z])"
)
_SAID = re.compile(
    r"(?:(?:try|retry)(?: again| (?:your|the|this) request)?|please (?:wait|retry)|wait(?:ing)?|"
    r"retrydelay\W{0,4}|(?:retry|request)s? (?:is |are )?allowed|cool-?down\W{0,2}|"
    r"back ?off|resets?|available(?: again)?|again) "
    r"?(?:after|in|for|within)?(?: about| approximately)?\W{0,3}(?P<time>(?:\d+(?:\.\d+)?"
    r"\s*(?:milliseconds?|ms|seconds?|secs?|s|minutes?|mins?|m|hours?|hrs?|h|days?|d)(?![a-z])"
    r"[\s,]*(?:and )?)+)"
)
_MOMENT = re.compile(
    r"(?:reset|regain access|available|until|again|after)\w*\D{0,20}"
    r"(\d{4}-\d\d-\d\d[t ](?:at )?\d\d:\d\d(?::\d\d)?(?:\.\d+)?\s?(?:z|utc|[+-]\d\d:?\d\d)?)"
)
_SAID_IN_CHINESE = re.compile(r"(?P<time>\d+(?:\.\d+)?\s*(?:秒|分钟?|小时|天))\s*(?:之?后|以后)")
_EPOCH = re.compile(r"(?:limit reached|reset\w*(?: at)?)\W{1,3}(\d{10})\b")
_CLOCK = re.compile(
    r"(?:resets?|again|available|until)(?: at| on)? "
    r"(?P<day>[a-z]{3}[a-z]* \d{1,2}(?:st|nd|rd|th)?(?:,? (?P<year>\d{4}))?(?:,| at)* )?"
    r"(?P<hour>\d{1,2})(?::(?P<minute>\d\d))? ?(?P<half>[ap])\.?m\b\.?"
    r"(?: \((?P<zone>[a-z_/+-]+)\))?"
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_FIELDS = ("retrydelay", "retryafter", "retryafterseconds", "retryaftersecs", "retryin", "waittime",
           "waitseconds", "waittimeseconds", "resetsinseconds", "resetinseconds",
           "resetafterseconds", "estimatedtime", "cooldowntime")  # fmt: skip
_MOMENTS = ("resetsat", "resetat", "retryat")  # fields that name a time
_IN_MS = ("retryafterms", "retryaftermillis")
_REMAINING = re.compile(r"(?P<time>\d+(?:\.\d+)? ?(?:seconds?|minutes?)) (?:remaining|left)\b")
_ONE = re.compile(r"\b(?:an?|one) (?=(?:second|minute|hour|day)\b)")
_RESET = re.compile(r"(?:rate-?limit|codex)-(?:.*-)?reset(?:-|$)")  # a header's name
_POLICY = re.compile(r"\br=0\b.*?\bt=(\d+)")  # the header ratelimit of an IETF draft


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
    in_ms, text = _ending_in(lower, "retry-after-ms"), _ending_in(lower, "retry-after")
    try:
        return max(0.0, float(in_ms) / 1000.0 if in_ms else float(text))
    except ValueError:
        return (_duration(text) or _until_date(text)) if text else None


def _ending_in(headers: Mapping[str, str], name: str) -> str:
    """Return the header of a name, else one that a gateway set something before (x-ms-,
    llm_provider-), "" for none.
    """
    return headers.get(name) or next(
        (value for each, value in headers.items() if each.endswith(f"-{name}")), ""
    )


def _in_body(body: Any) -> float | None:
    fields = [(_without_marks(name), value) for name, value in _items(body)]
    stated = _first_stated(_seconds_of(*field) for field in fields)
    if stated is not None:
        return stated
    moments = (value for name, value in fields if name in _MOMENTS)
    return next((_moment_or_duration(str(value)) for value in moments), None)


def _first_stated(waits: Iterable[float | None]) -> float | None:
    return next((seconds for seconds in waits if seconds is not None), None)


def _seconds_of(name: str, value: Any) -> float | None:
    """Return the seconds that a field names, None where it says nothing of a wait."""
    if name in _IN_MS and _is_number(value):
        return float(value) / 1000.0
    if name not in _FIELDS:
        return None
    return float(value) if _is_number(value) else _duration(str(value))


def _without_marks(name: str) -> str:
    return name.lower().replace("_", "").replace("-", "")


def _in_words(text: str) -> float | None:
    lower = _ONE.sub("1 ", text.lower())
    said = _first_found((_SAID, _SAID_IN_CHINESE, _REMAINING), lower)
    if said is not None:
        return _duration(said["time"])
    moment = _MOMENT.search(lower)
    if moment is not None:
        return _until(moment[1].replace(" at ", " "))
    epoch = _EPOCH.search(lower)
    if epoch is not None:
        return _moment_or_duration(epoch[1])
    clock = _CLOCK.search(lower)
    return None if clock is None else _until_clock(clock)


def _first_found(patterns: Iterable[re.Pattern[str]], text: str) -> re.Match[str] | None:
    return next(filter(None, (each.search(text) for each in patterns)), None)


def _until_clock(clock: re.Match[str]) -> float | None:
    """Return the seconds until a time of day, in its time zone or, as programs of this machine say
    it, in the machine's; a day may be named.
    """
    try:
        zone = _zone(clock["zone"])
        now = datetime.now(zone) if zone is not None else datetime.now().astimezone()
        moment = _next_time(clock, now)
    except (ValueError, KeyError, OSError):  # no such day, month or zone
        return None
    return max(0.0, (moment - now).total_seconds())


def _next_time(clock: re.Match[str], now: datetime) -> datetime:
    """Return when it is that time on the day that is named, else the next time that it is."""
    hour = int(clock["hour"]) % 12 + (12 if clock["half"] == "p" else 0)
    moment = now.replace(hour=hour, minute=int(clock["minute"] or 0), second=0, microsecond=0)
    if clock["day"]:
        month = _MONTHS.index(clock["day"][:3]) + 1
        day = int(re.sub(r"\D", "", clock["day"].split()[1]))
        return moment.replace(int(clock["year"] or now.year), month, day)
    return moment if moment >= now else moment + timedelta(days=1)


def _zone(name: str | None) -> tzinfo | None:
    """Return a time zone by its name in any case, None for this machine's. Raises KeyError."""
    if not name or name in ("utc", "gmt"):
        return UTC if name else None
    return ZoneInfo({zone.lower(): zone for zone in available_timezones()}[name])


def _reset(headers: Mapping[str, str], body: Any) -> float | None:
    """Return the seconds until the latest of the limits that are used up is reset."""
    lower = {name.lower(): str(value).strip() for name, value in _all_headers(headers, body)}
    policy = _POLICY.search(lower.get("ratelimit", ""))
    found: list[float | None] = [float(policy[1])] if policy else []
    found += [_moment_or_duration(lower[name]) for name in lower if _is_used_up(name, lower)]
    return max((seconds for seconds in found if seconds is not None), default=None)


def _all_headers(headers: Mapping[str, str], body: Any) -> Iterator[tuple[str, Any]]:
    """Yield an answer's headers, and those that a gateway puts into its body."""
    inner: Any = next((value for name, value in _items(body) if name == "headers"), {})
    yield from {**headers, **(inner if isinstance(inner, Mapping) else {})}.items()


def _is_used_up(name: str, headers: Mapping[str, str]) -> bool:
    """Whether a header names the reset of a limit that may be why a request was refused."""
    left = headers.get(name.replace("reset", "remaining"), "0")
    status = headers.get(name.replace("reset", "status"), "rejected")
    used_up = left in ("0", "0.0") and status == "rejected"
    return used_up and _RESET.search(name) is not None


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
