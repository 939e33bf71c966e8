"""How long to wait, as providers say it."""

from datetime import UTC, datetime, timedelta

import pytest

from cladogen.models.waits import retry_after, stated_wait


def in_an_hour() -> datetime:
    return datetime.now(UTC) + timedelta(hours=1)


@pytest.mark.parametrize(
    ("words", "seconds"),
    [
        ("Please retry in 34.07s.", 34.07),
        ("Please try again in 20s", 20),
        ("Please try again in 6m0s.", 360),
        ("Please try again in 1h2m3.5s.", 3723.5),
        ("Please try again in 250ms.", 0.25),
        ("Please retry after 20 seconds.", 20),
        ("try again after 1 seconds", 1),
        ("Try again in 59 minutes", 3540),
        ("Upgrade or try again in 3 hours 12 minutes.", 11_520),
        ("try again in 2 days", 172_800),
        ("please wait 30 seconds", 30),
        ("(reset after 23s)", 23),
        ("limit resets in 5 minutes", 300),
        ("Please try again in about 2 minutes.", 120),
        ("Retry your request in 1 minute.", 60),
        ("请求过于频繁，请在 30 秒后重试", 30),
        ("Please wait a minute before trying again", 60),
        ("Next retry allowed in 12.5 sec", 12.5),
        ("Reduce your request rate; 20 seconds remaining", 20),
        ("cooldown: 30s", 30),
        ("slow down", None),
        ("Limit 10000, Used 9000, Requested 3000", None),
        ("retry with 3 shots", None),
        ("", None),
    ],
)
def test_wait_in_words(words, seconds):
    told = stated_wait({}, None, words)
    assert told == (None if seconds is None else pytest.approx(seconds))


@pytest.mark.parametrize(
    ("body", "seconds"),
    [
        ({"error": {"details": [{"retryDelay": "34s"}]}}, 34),
        ([{"error": {"details": [{"retryDelay": "1.5s"}]}}], 1.5),
        ({"error": {"retry_after": 12}}, 12),
        ({"retry_after_ms": 1500}, 1.5),
        ({"error": "Model x is currently loading", "estimated_time": 20.0}, 20),
        ({"error": {"resets_in_seconds": 3000, "resets_at": 4_000_000_000}}, 3000),
        ({"error": {"retryAfterSeconds": 12}}, 12),
        ({"retryAfterMs": "no number"}, None),
        ({"error": {"message": "no"}}, None),
        ("text", None),
    ],
)
def test_wait_in_a_body(body, seconds):
    told = stated_wait({}, body, "")
    assert told == (None if seconds is None else pytest.approx(seconds, abs=5))


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "1.5"}, 1.5),
        ({"retry-after-ms": "250"}, 0.25),
        ({"retry-after": "2m"}, 120),
        ({"x-ratelimit-reset-tokens": "6m0s", "x-ratelimit-remaining-tokens": "0"}, 360),
        ({"x-ratelimit-reset-tokens": "6m0s", "x-ratelimit-remaining-tokens": "500"}, None),
        ({}, None),
    ],
)
def test_wait_in_headers(headers, seconds):
    told = stated_wait(headers, None, "")
    assert told == (None if seconds is None else pytest.approx(seconds, abs=5))


def test_header_counts_before_body_and_body_before_words():
    body = {"error": {"retryDelay": "30s"}}
    assert stated_wait({"retry-after": "10"}, body, "try again in 50s") == 10
    assert stated_wait({}, body, "try again in 50s") == 30


def test_moment_at_which_access_comes_back_is_a_wait():
    soon = in_an_hour()
    text = f"you will regain access on {soon:%Y-%m-%d} at {soon:%H:%M} UTC."
    assert stated_wait({}, None, text) == pytest.approx(3600, abs=120)
    assert stated_wait({}, None, "resets at 1999-01-01 00:00 UTC") == 0.0


def test_moment_of_a_reset_is_a_wait_in_seconds_milliseconds_or_as_a_date():
    soon = in_an_hour()
    inner = {"X-RateLimit-Reset": str(int(soon.timestamp() * 1000))}
    left = "anthropic-ratelimit-tokens-remaining"
    for headers, body in (
        ({"x-ratelimit-reset": str(int(soon.timestamp()))}, None),
        ({}, {"error": {"metadata": {"headers": inner}}}),
        ({"anthropic-ratelimit-tokens-reset": soon.isoformat(), left: "0"}, None),
    ):
        assert stated_wait(headers, body, "") == pytest.approx(3600, abs=60)


def test_retry_after_is_read_as_seconds_milliseconds_or_date():
    assert retry_after({"Retry-After": "1.5"}) == 1.5
    assert retry_after({"retry-after-ms": "250"}) == 0.25
    assert retry_after({"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}) == 0.0
    assert retry_after({"retry-after": "soon"}) is None and retry_after({}) is None


@pytest.mark.parametrize(
    ("words", "later"),
    [
        ("You've hit your session limit · resets {clock} (UTC)", timedelta(hours=3)),
        ("5-hour limit reached ∙ resets {clock} (GMT)", timedelta(hours=3)),
        ("You've hit your usage limit. Try again at {day} {clock} (UTC).", timedelta(days=3)),
        ("Claude AI usage limit reached|{epoch}", timedelta(hours=3)),
    ],
)
def test_wait_until_a_time_of_day_as_command_line_clients_say_it(words, later):
    moment = (datetime.now(UTC) + later).replace(minute=30, second=0, microsecond=0)
    clock = f"{(moment.hour + 11) % 12 + 1}:{moment.minute:02} {'am' if moment.hour < 12 else 'pm'}"
    day = f"{moment:%b} {moment.day}th, {moment.year}"
    said = words.format(clock=clock, day=day, epoch=int(moment.timestamp()))
    wanted = (moment - datetime.now(UTC)).total_seconds()
    assert stated_wait({}, None, said) == pytest.approx(wanted, abs=30)


@pytest.mark.parametrize(
    "words", ["resets 3pm (Nowhere/Land)", "try again at Foo 99th, 2026 3:05 PM"]
)
def test_time_of_day_that_is_none_is_no_wait(words):
    assert stated_wait({}, None, words) is None


def test_wait_until_the_limit_that_is_used_up_is_reset():
    headers = {
        "x-ratelimit-remaining-requests-day": "1000",
        "x-ratelimit-reset-requests-day": "40000",
        "x-ratelimit-remaining-tokens-minute": "0",
        "x-ratelimit-reset-tokens-minute": "33.5",
        "ratelimit-remaining": "0",
        "ratelimit-reset": "17",
        "anthropic-ratelimit-unified-7d-status": "allowed",
        "anthropic-ratelimit-unified-7d-reset": "500000",
    }
    assert stated_wait(headers, None, "slow down") == 33.5


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"llm_provider-retry-after": "11"}, 11),
        ({"x-ms-retry-after-ms": "1500"}, 1.5),
        ({"x-retry-after": "15"}, 15),
        ({"x-codex-primary-reset-after-seconds": "40"}, 40),
        ({"RateLimit": '"default";r=0;t=50'}, 50),
        ({"RateLimit": '"default";r=9;t=50'}, None),
        ({"retry-after": "5", "x-retry-after": "15"}, 5),
    ],
)
def test_wait_in_a_header_that_a_gateway_names_in_its_own_way(headers, seconds):
    assert stated_wait(headers, None, "") == seconds


def test_wait_until_a_moment_that_a_field_names():
    for moment in (in_an_hour().isoformat(), int(in_an_hour().timestamp())):
        assert stated_wait({}, {"error": {"resets_at": moment}}, "") == pytest.approx(3600, abs=5)
