"""Replies in the shapes that providers give them, through a real server, and what becomes of each."""

import json
from pathlib import Path

import pytest
from asked import Asked, request
from provider.acts import Raw, events, whole
from provider.server import FakeProvider

from cladogen.models.base import Outgoing
from cladogen.models.calls import CallStatus, Message
from cladogen.models.event_stream import EventReader
from cladogen.models.limiter import Patience
from cladogen.models.model import Model, Price
from cladogen.models.routes import Protocol, Route
from cladogen.models.usage import read_usage

ROWS = json.loads((Path(__file__).parent.parent / "data/providers/replies.json").read_text())
PRICE = Price(1.0, 4.0, 0.1, 2.0)
ONCE = Patience(attempts=1, first_s=0.001, longest_s=0.002, idle_s=5.0, outage_s=0.0)


def act(row) -> Raw:
    if "pieces" in row:
        return events(*row["pieces"], done=row["done"])
    body = row["whole"]
    return Raw(body.encode(), 200, "text/html") if isinstance(body, str) else whole(body)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['provider']}: {row['what']}")
async def test_reply_becomes_what_it_is(row):
    with FakeProvider(lambda seen: act(row)) as provider:
        async with Asked(provider, patience=ONCE, price=PRICE) as asked:
            call = await asked.models.ask(request())
    reply, cost = call.reply, call.cost
    seen = {
        "status": reply.status.value, "text": reply.text, "reasoning": reply.reasoning, "finish": reply.finish,
        "error": reply.error, "prompt": cost.prompt_tokens, "completion": cost.completion_tokens,
        "cached": cost.cached_tokens, "usd": cost.usd,
    }  # fmt: skip
    wanted = row["becomes"]
    usd = wanted.pop("usd", ...)
    assert {name: seen[name] for name in wanted} == wanted
    if usd is not ...:
        assert cost.usd == (None if usd is None else pytest.approx(usd))
    if cost.usd is None:  # what cannot be known keeps its reservation
        assert asked.budget.spend.held_usd == pytest.approx(call.most_usd)


async def test_broken_pieces_are_skipped_and_lines_may_end_in_carriage_returns():
    text = (
        '\ufeffdata: {"choices": [{"delta": {"content": "a "}}]}\r\n\r\n'
        'data: {"choices": [{"delta":\r\ndata:  {"content": "change"}}]}\r\n\r\n'
        "data: not json\r\n\r\nid: 7\r\nretry: 100\r\nevent: ping\r\ndata: {}\r\n\r\n"
        'data:{"choices": [{"delta": {}, "finish_reason": "stop"}]}\r\n\r\ndata: [DONE]'
    )
    with FakeProvider(lambda seen: Raw(text.encode())) as provider:
        async with Asked(provider) as asked:
            call = await asked.models.ask(request())
    assert call.reply.status is CallStatus.REPLIED and call.reply.text == "a change"


@pytest.mark.parametrize("end", [b"\r", b"\n", b"\r\n"], ids=["CR", "LF", "CRLF"])
@pytest.mark.parametrize("size", [1, 3, 1000])
def test_lines_of_a_stream_may_end_in_any_way_and_come_in_any_pieces(end, size):
    lines = [
        b'data: {"a": "x\\r\\n"}',
        b"",
        b"event: ping",
        b": note",
        b"data: {}",
        b"",
        b"data: [DONE]",
        b"",
        b"",
    ]
    sent, reader, seen = end.join(lines), EventReader(), []
    for at in range(0, len(sent), size):
        seen += reader.feed(sent[at : at + size])
    seen += reader.close()
    assert seen == [("", {"a": "x\r\n"}), ("ping", {}), ("", "[DONE]")] and not reader.broken


async def test_cost_in_a_header_is_charged():
    usage = {"prompt_tokens": 20, "completion_tokens": 10}
    body = {
        "choices": [{"message": {"content": "a change"}, "finish_reason": "stop"}],
        "usage": usage,
    }
    act_ = whole(body, **{"x-litellm-response-cost": "0.0375"})
    with FakeProvider(lambda seen: act_) as provider:
        async with Asked(provider) as asked:
            assert (await asked.models.ask(request())).cost.usd == 0.0375


async def test_reservation_covers_a_reply_that_was_billed_above_its_limit():
    usage = {"prompt_tokens": 20, "completion_tokens": 10, "total_tokens": 9_030}
    act_ = events(
        {"choices": [{"delta": {"content": "x"}, "finish_reason": "stop"}], "usage": usage}
    )
    with FakeProvider(lambda seen: act_) as provider:
        async with Asked(provider) as asked:
            calls = [await asked.models.ask(request(ticket)) for ticket in range(2)]
    assert calls[0].most_usd < calls[0].cost.usd <= calls[1].most_usd


@pytest.mark.parametrize(
    "usage", [{}, {"prompt_tokens": -5}, {"prompt_tokens": float("nan")}, {"prompt_tokens": 1e30}]
)
def test_usage_that_cannot_be_true_is_none(usage):
    assert read_usage(usage) is None


@pytest.mark.parametrize(
    ("provider", "name", "marked"),
    [
        ("openrouter", "openrouter/anthropic/claude-sonnet-4", True),
        ("openrouter", "openrouter/openai/gpt-4o", False),
        ("openai", "openai/gpt-4o", False),
    ],
)
def test_beginning_of_a_prompt_is_marked_only_where_a_provider_wants_it(provider, name, marked):
    messages = (Message("system", "rules"), Message("user", "go"))
    call = Outgoing(Model(name), Route(Protocol.OPENAI, provider, name), messages)
    system, user = call.conversation()
    assert ("cache_control" in str(system)) is marked and user == {"role": "user", "content": "go"}


@pytest.mark.parametrize(
    ("pieces", "text"),
    [(("a \ud83d", "\ude00 b"), "a \U0001f600 b"), (("a \ud800 b",), "a \ufffd b")],
    ids=["in two pieces", "alone"],
)
async def test_half_of_a_character_in_a_reply_does_not_end_the_run(pieces, text):
    deltas = [{"choices": [{"index": 0, "delta": {"content": piece}}]} for piece in pieces]
    end = {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
    with FakeProvider(lambda seen: events(*deltas, end)) as provider:
        async with Asked(provider) as asked:
            call = await asked.models.ask(request())
    assert call.reply.text == text and text.encode()


async def test_second_choice_is_no_part_of_the_reply():
    rows = [(0, "a ", None), (1, "rival", "stop"), (0, "change", "stop")]
    pieces = [
        {"choices": [{"index": at, "delta": {"content": said}, "finish_reason": finish}]}
        for at, said, finish in rows
    ]
    with FakeProvider(lambda seen: events(*pieces)) as provider:
        async with Asked(provider) as asked:
            call = await asked.models.ask(request())
    assert call.reply.text == "a change"


async def test_words_of_a_gateway_that_says_success_false_are_the_reason():
    told = {"success": False, "msg": "the token is not known", "code": 401}
    with FakeProvider(lambda seen: whole(told)) as provider:
        async with Asked(provider, patience=ONCE) as asked:
            call = await asked.models.ask(request())
    assert "the token is not known" in call.reply.error


def test_cost_that_a_gateway_writes_as_a_text_or_an_amount_of_dollars_is_read():
    for cost, usd in (
        ("0.0123", 0.0123),
        ({"usd": 0.0123}, 0.0123),
        ({"amount": 0.0123, "currency": "USD"}, 0.0123),
        ({"amount": 0.0123, "currency": "EUR"}, None),
    ):
        usage = read_usage({"prompt_tokens": 100, "completion_tokens": 50, "cost": cost})
        assert usage is not None and usage.reported_usd == usd


@pytest.mark.parametrize(
    ("usage", "prompt", "completion", "cached", "written"),
    [
        ({"input_tokens": 5000, "output_tokens": 100, "cache_read_input_tokens": 2000}, 7000, 100, 2000, 0),
        ({"input_tokens": 5000, "output_tokens": 9, "cache_creation_input_tokens": 2000}, 7000, 9, 0, 2000),
        ({"prompt_tokens": 5000, "completion_tokens": 100, "total_tokens": 7100, "cache_read_input_tokens": 2000},
         7000, 100, 2000, 0),
        ({"prompt_tokens": 7000, "completion_tokens": 100, "total_tokens": 7100, "cache_read_input_tokens": 2000},
         7000, 100, 2000, 0),
        ({"input_tokens": 700, "output_tokens": 10, "input_tokens_details": {"cached_tokens": 200}}, 700, 10, 200, 0),
        ({"inputTokens": 20, "outputTokens": 10, "totalTokens": 30, "cacheReadInputTokens": 5}, 25, 10, 5, 0),
        ({"promptTokenCount": 20, "candidatesTokenCount": 10, "thoughtsTokenCount": 100, "totalTokenCount": 130},
         20, 110, 0, 0),
        ({"prompt_tokens": "20", "completion_tokens": "10"}, 20, 10, 0, 0),
        ({"inputTokens": 10, "outputTokens": 20, "totalTokens": 130, "cacheReadInputTokens": 80,
          "cacheWriteInputTokens": 20}, 110, 20, 80, 20),
        ({"promptTokenCount": 100, "toolUsePromptTokenCount": 40, "candidatesTokenCount": 20, "totalTokenCount": 160},
         140, 20, 0, 0),
        ({"prompt_tokens": 100, "completion_tokens": 20, "prompt_tokens_details": {
            "cached_tokens": 0, "cache_creation": {"ephemeral_5m_input_tokens": 40}}}, 100, 20, 0, 40),
        ({"billed_units": {"input_tokens": 90, "output_tokens": 20}, "tokens": {"input_tokens": 100}}, 90, 20, 0, 0),
        ({"input_token_count": 90, "output_token_count": 20}, 90, 20, 0, 0),
    ],
    ids=["read from a cache", "written", "beside, says the total", "within, says the total", "details", "camel case",
         "Gemini's names", "texts", "Bedrock's, read and written", "Gemini's tools", "written, by how long it is kept",
         "Cohere's, billed", "counts"],
)  # fmt: skip
def test_tokens_are_counted_under_every_providers_names(usage, prompt, completion, cached, written):
    told = read_usage(usage)
    assert told is not None
    assert (told.prompt, told.completion, told.cached, told.written) == (
        prompt,
        completion,
        cached,
        written,
    )


async def test_prompt_that_is_counted_with_the_first_piece_and_reply_with_the_last_are_both_charged():
    pieces = [
        {"choices": [{"index": 0, "delta": {"content": "a change"}}], "usage": {"prompt_tokens": 2000}},
        {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}],
         "usage": {"prompt_tokens": 0, "completion_tokens": 100}},
    ]  # fmt: skip
    with FakeProvider(lambda seen: events(*pieces)) as provider:
        async with Asked(provider, price=PRICE) as asked:
            cost = (await asked.models.ask(request())).cost
    assert (cost.prompt_tokens, cost.completion_tokens) == (2000, 100)
    assert cost.usd == pytest.approx((2000 * 1.0 + 100 * 4.0) / 1e6)


@pytest.mark.parametrize("completion", [0, -1, None, "none"])
async def test_reply_of_which_no_token_is_counted_is_of_unknown_cost(completion):
    usage = {"prompt_tokens": 100, "completion_tokens": completion, "total_tokens": 100}
    piece = {
        "choices": [{"index": 0, "delta": {"content": "a change"}, "finish_reason": "stop"}],
        "usage": usage,
    }
    with FakeProvider(lambda seen: events(piece)) as provider:
        async with Asked(provider, price=PRICE) as asked:
            assert (await asked.models.ask(request())).cost.usd is None
    assert asked.budget.spend.unpriced == 1
    usage["cost"] = 0.25
    with FakeProvider(lambda seen: events(piece)) as provider:
        async with Asked(provider, price=PRICE) as asked:
            assert (await asked.models.ask(request())).cost.usd == 0.25


async def test_usage_within_the_choice_is_charged():
    usage = {"prompt_tokens": 20, "completion_tokens": 10, "total_tokens": 30}
    piece = {
        "choices": [
            {"index": 0, "delta": {"content": "x"}, "finish_reason": "stop", "usage": usage}
        ]
    }
    with FakeProvider(lambda seen: events(piece)) as provider:
        async with Asked(provider, price=PRICE) as asked:
            assert (await asked.models.ask(request())).cost.completion_tokens == 10
