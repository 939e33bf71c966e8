"""Protocols that go through litellm: what the provider itself said is what counts."""

import json
from dataclasses import replace

import pytest
from asked import QUICK, request
from provider.acts import Raw, whole
from provider.server import FakeProvider

from cladogen.models.asking import Models
from cladogen.models.calls import CallStatus, MemoryLog, Message
from cladogen.models.client_litellm import load_litellm
from cladogen.models.model import Model, Price
from cladogen.proposers.tries import TOOL
from cladogen.search.budget import Budget

pytestmark = pytest.mark.slow  # importing litellm takes seconds
NAME = "anthropic/claude-sonnet-4-5"


def messages(text: str, stop: str | None, **usage) -> Raw:
    """A stream of Anthropic's."""
    told = {"input_tokens": 20, "output_tokens": 1, **usage}
    events = [
        ("message_start", {"message": {"id": "m", "type": "message", "role": "assistant", "model": "c", "content": [],
                                       "stop_reason": None, "stop_sequence": None, "usage": told}}),
        ("content_block_start", {"index": 0, "content_block": {"type": "text", "text": ""}}),
        ("content_block_delta", {"index": 0, "delta": {"type": "text_delta", "text": text}}),
        ("content_block_stop", {"index": 0}),
    ]  # fmt: skip
    if stop is not None:
        delta = {"stop_reason": stop, "stop_sequence": None}
        events += [
            ("message_delta", {"delta": delta, "usage": {"output_tokens": 10}}),
            ("message_stop", {}),
        ]
    lines = [
        f"event: {name}\ndata: {json.dumps({'type': name, **body})}\n\n" for name, body in events
    ]
    return Raw("".join(lines).encode())


@pytest.fixture
def at(monkeypatch):
    def set_(provider):
        monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-very-secret-0123456789")
        monkeypatch.setenv("ANTHROPIC_API_BASE", provider.url.removesuffix("/v1"))

    return set_


async def asked(at, act, **changes):
    with FakeProvider(act) as provider:
        at(provider)
        notices, log = [], MemoryLog()
        model = Model(NAME, price=Price(1.0, 4.0, 0.1, 2.0), output=400, **changes)
        models = Models([model], log, Budget(), patience=QUICK, notify=notices.append)
        try:
            call = await models.ask(request(model=NAME))
        finally:
            await models.close()
        return call, log, notices, provider


@pytest.mark.parametrize(
    ("stop", "status"),
    [
        ("end_turn", "replied"),
        ("stop_sequence", "replied"),
        ("max_tokens", "cut"),
        ("model_context_window_exceeded", "cut"),
        ("refusal", "cut"),
        ("pause_turn", "cut"),
        ("a_word_of_tomorrow", "cut"),
    ],
)
async def test_ending_that_litellm_does_not_know_is_not_taken_for_a_good_one(at, stop, status):
    call, *_ = await asked(at, lambda seen: messages("a change", stop))
    assert call.reply.status == status and call.reply.text == "a change"


async def test_stream_that_breaks_off_is_not_made_whole(at):
    call, log, *_ = await asked(at, lambda seen: messages("half", None))
    assert call.reply.status is CallStatus.CUT and len(log.calls) == 3


async def test_cached_and_written_tokens_are_paid_at_their_rates(at):
    act = messages(
        "a change", "end_turn", cache_read_input_tokens=1000, cache_creation_input_tokens=100
    )
    call, *_ = await asked(at, lambda seen: act)
    assert call.cost.usd == pytest.approx((20 * 1 + 1000 * 0.1 + 100 * 2 + 10 * 4) / 1e6)


async def test_refusal_is_shown_in_the_providers_words_and_a_limit_kept_to(at):
    words = "max_tokens: 400 > 100, which is the maximum allowed number of output tokens for claude"

    def act(seen):
        error = {"type": "error", "error": {"type": "invalid_request_error", "message": words}}
        return whole(error, 400) if seen.body["max_tokens"] > 100 else messages("fine", "end_turn")

    call, _, notices, provider = await asked(at, act)
    assert call.reply.text == "fine" and provider.seen[-1].body["max_tokens"] == 100
    assert len(notices) == 1 and words in notices[0]


async def test_wrong_key_ends_the_model_and_is_in_no_notice(at):
    body = {
        "type": "error",
        "error": {"type": "authentication_error", "message": "invalid x-api-key"},
    }
    call, _, notices, provider = await asked(at, lambda seen: whole(body, 401))
    assert provider.count("/messages") == 1 and "invalid x-api-key" in call.reply.error
    assert "sk-very" not in repr(notices) and call.cost.usd == 0.0


async def test_wait_that_is_told_is_heeded_through_litellm(at):
    body = {"type": "error", "error": {"type": "rate_limit_error", "message": "slow down"}}
    acts = iter([whole(body, 429, **{"retry-after": "0.01"}), messages("fine", "end_turn")])
    call, *_ = await asked(at, lambda seen: next(acts))
    assert call.reply.text == "fine"


def test_litellm_still_says_aloud_which_endings_it_does_not_know(caplog):
    load_litellm()
    from litellm.litellm_core_utils import core_helpers

    assert core_helpers._FINISH_REASON_MAP["end_turn"] == "stop"
    assert core_helpers.map_finish_reason("error") == "stop"  # what it says, and a handler hears


async def test_system_message_is_marked_to_be_kept_by_a_provider_that_wants_a_mark(at):
    acts = lambda seen: messages("fine", "end_turn", cache_read_input_tokens=1000)  # noqa: E731
    with FakeProvider(acts) as provider:
        at(provider)
        models = Models([Model(NAME, output=400)], MemoryLog(), Budget(), patience=QUICK)
        asked = replace(
            request(model=NAME), messages=(Message("system", "rules"), Message("user", "go"))
        )
        try:
            call = await models.ask(asked)
        finally:
            await models.close()
    body = provider.seen[-1].body
    assert body["system"][0]["cache_control"] == {"type": "ephemeral"}
    assert "cache_control" not in json.dumps(body["messages"])
    assert call.cost.cached_tokens == 1000


def tool_use(arguments: dict) -> Raw:
    """A stream of Anthropic's with two calls of a tool."""
    text = json.dumps(arguments)
    events = [("message_start", {"message": {
        "id": "m", "type": "message", "role": "assistant", "model": "c", "content": [], "stop_reason": None,
        "stop_sequence": None, "usage": {"input_tokens": 20, "output_tokens": 1}}})]  # fmt: skip
    for at in (0, 1):
        block = {"type": "tool_use", "id": f"toolu_{at}", "name": "try_change", "input": {}}
        events.append(("content_block_start", {"index": at, "content_block": block}))
        for part in (text[:5], text[5:]):
            delta = {"type": "input_json_delta", "partial_json": part}
            events.append(("content_block_delta", {"index": at, "delta": delta}))
        events.append(("content_block_stop", {"index": at}))
    delta = {"stop_reason": "tool_use", "stop_sequence": None}
    events += [
        ("message_delta", {"delta": delta, "usage": {"output_tokens": 10}}),
        ("message_stop", {}),
    ]
    lines = [
        f"event: {name}\ndata: {json.dumps({'type': name, **body})}\n\n" for name, body in events
    ]
    return Raw("".join(lines).encode())


async def test_tools_go_and_their_calls_and_results_come_back_in_the_providers_protocol(at):
    arguments = {"change": "a diff"}
    with FakeProvider(
        lambda seen: messages("done", "end_turn") if seen.step else tool_use(arguments)
    ) as provider:
        at(provider)
        models = Models([Model(NAME, output=400)], MemoryLog(), Budget(), patience=QUICK)
        first = replace(request(model=NAME), parameters=json.dumps({"tools": [TOOL]}))
        try:
            call = await models.ask(first)
            talk = (*first.messages, Message("assistant", "", tools=call.reply.tools))
            said = tuple(
                Message("tool", f"Case {each.id}", of=each.id) for each in call.reply.tools
            )
            last = await models.ask(replace(first, messages=(*talk, *said)))
        finally:
            await models.close()
    assert [(each.id, each.name) for each in call.reply.tools] == [
        ("toolu_0", "try_change"),
        ("toolu_1", "try_change"),
    ]
    assert all(json.loads(each.arguments) == arguments for each in call.reply.tools)
    assert last.reply.text == "done" and not last.reply.tools
    sent = provider.seen[1].body
    assert sent["tools"][0]["name"] == "try_change"
    *_, used, results = sent["messages"]
    assert [block["type"] for block in used["content"]] == ["tool_use", "tool_use"]
    assert [block["tool_use_id"] for block in results["content"]] == ["toolu_0", "toolu_1"]
