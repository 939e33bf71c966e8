"""How replies end: which words are good, and what becomes of every other."""

import pytest
from asked import Asked, request
from provider.acts import Raw, events, whole
from provider.server import FakeProvider

from cladogen.models.calls import CallStatus
from cladogen.models.endings import ReplyEnding, ending_of

USAGE = {"prompt_tokens": 9, "completion_tokens": 3, "total_tokens": 12}


def reply(text: str, finish: str | None, *, usage=True, done=True, **choice) -> Raw:
    """A streamed reply with this word for its end."""
    first = {"choices": [{"index": 0, "delta": {"role": "assistant", "content": text}}]}
    last = {"choices": [{"index": 0, "delta": {}, "finish_reason": finish, **choice}]}
    told = [{"choices": [], "usage": USAGE}] if usage else []
    return events(first, last, *told, done=done)


@pytest.mark.parametrize(
    "word", ["stop", "STOP", "end_turn", "stop_sequence", "eos", "COMPLETE", "tool_calls"]
)
async def test_good_ending_makes_a_whole_reply(word):
    with FakeProvider(lambda seen: reply("a change", word)) as provider:
        async with Asked(provider) as asked:
            call = await asked.models.ask(request())
    assert call.reply.status is CallStatus.REPLIED and call.reply.text == "a change"


@pytest.mark.parametrize(
    "word",
    ["length", "max_tokens", "MAX_TOKENS", "model_length", "model_context_window_exceeded", "content_filter",
     "SAFETY", "RECITATION", "sensitive", "guardrail_intervened", "refusal", "incomplete", "some_new_word"],
)  # fmt: skip
async def test_reply_with_any_other_ending_is_cut_and_asked_for_once(word):
    with FakeProvider(lambda seen: reply("half a change", word)) as provider:
        async with Asked(provider) as asked:
            call = await asked.models.ask(request())
        assert provider.count() == 1
    assert call.reply.status is CallStatus.CUT and call.reply.finish == word


@pytest.mark.parametrize(
    ("word", "ending"),
    [
        ("eosFound", ReplyEnding.WHOLE), ("FINISH_REASON_STOP", ReplyEnding.WHOLE), ("REASON_STOP", ReplyEnding.WHOLE),
        ("toolCalls", ReplyEnding.WHOLE), ("STOP_CRITERIA_MET", ReplyEnding.WHOLE), ("FINISH", ReplyEnding.WHOLE),
        ("maxPredictedTokensReached", ReplyEnding.CUT), ("REASON_MAX_CONTEXT", ReplyEnding.CUT), ("not_finished", ReplyEnding.CUT),
        ("IMAGE_PROHIBITED_CONTENT", ReplyEnding.FILTERED), ("USER_CANCEL", ReplyEnding.FILTERED),
        ("modelUnloaded", ReplyEnding.FAILED), ("NO_IMAGE", ReplyEnding.FAILED), ("engine_error", ReplyEnding.FAILED),
        ("null", ReplyEnding.UNSAID), ("None", ReplyEnding.UNSAID), ("stopped_by_nobody", ReplyEnding.UNKNOWN),
    ],
)  # fmt: skip
def test_word_is_known_in_every_spelling(word, ending):
    assert ending_of(word) is ending


async def test_unknown_ending_is_said_once():
    with FakeProvider(lambda seen: reply("half a change", "some_new_word")) as provider:
        async with Asked(provider) as asked:
            for ticket in range(3):
                await asked.models.ask(request(ticket))
    assert sum("some_new_word" in line for line in asked.notices) == 1


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize(
    "word", ["error", "network_error", "insufficient_system_resource", "abort"]
)
async def test_reply_that_its_provider_gave_up_is_asked_for_again(word, stream):
    message = {"choices": [{"message": {"content": "half"}, "finish_reason": word}], "usage": USAGE}
    acts = iter([reply("half", word) if stream else whole(message), reply("all", "stop")])
    with FakeProvider(lambda seen: next(acts)) as provider:
        async with Asked(provider, parameters={"stream": stream}) as asked:
            call = await asked.models.ask(request())
    assert call.reply.text == "all" and [c.reply.status for c in asked.log.calls] == [
        "cut",
        "replied",
    ]
    assert asked.log.calls[0].cost.usd is not None  # it said what the half cost


async def test_gateways_good_word_is_not_believed_over_its_providers_bad_one():
    act = reply("half", "stop", native_finish_reason="MAX_TOKENS")
    with FakeProvider(lambda seen: act) as provider:
        async with Asked(provider) as asked:
            assert (await asked.models.ask(request())).reply.status is CallStatus.CUT


@pytest.mark.parametrize("finish", [None, ""])
async def test_reply_without_an_ending_is_whole_when_usage_and_closing_mark_came(finish):
    with FakeProvider(lambda seen: reply("a change", finish)) as provider:
        async with Asked(provider) as asked:
            call = await asked.models.ask(request())
        assert provider.count() == 1 and call.reply.status is CallStatus.REPLIED


async def test_reply_without_an_ending_or_usage_is_not_applied_nor_paid_for_again():
    with FakeProvider(lambda seen: reply("a change", None, usage=False)) as provider:
        async with Asked(provider) as asked:
            call = await asked.models.ask(request())
        assert provider.count() == 1 and call.reply.status is CallStatus.CUT
    assert len(asked.notices) == 1 and "none is applied" in asked.notices[0]


async def test_stream_without_ending_or_closing_mark_broke_off():
    with FakeProvider(lambda seen: reply("half", None, done=False)) as provider:
        async with Asked(provider) as asked:
            call = await asked.models.ask(request())
        assert provider.count() == 3 and call.reply.status is CallStatus.CUT


async def test_whole_answer_without_an_ending_is_whole():
    body = {
        "choices": [{"message": {"content": "a change"}, "finish_reason": None}],
        "usage": USAGE,
    }
    with FakeProvider(lambda seen: whole(body)) as provider:
        async with Asked(provider) as asked:
            assert (await asked.models.ask(request())).reply.status is CallStatus.REPLIED


def test_every_ending_has_one_meaning():
    assert ending_of("FINISH_REASON_MAX_TOKENS") is ReplyEnding.CUT
    assert ending_of(" Tool-Calls ") is ReplyEnding.WHOLE
    assert ending_of("") is ReplyEnding.UNSAID and ending_of("x") is ReplyEnding.UNKNOWN
