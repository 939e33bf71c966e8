"""Tries by a tool: whatever a model calls, each call is answered, counted, recorded, and made again from the record."""

import json
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

from model_world import model_run, opened, searched, step_reply
from provider.acts import Fault
from provider.server import Answer, FakeProvider

from cladogen.ledger import Caps
from cladogen.record.model_calls import StoredCalls

TRY, OTHER = "try_change", "read_file"


def messages(seen) -> list[dict]:
    return seen.body["messages"]


def last(seen) -> dict:
    return messages(seen)[-1]


def told(seen) -> list[str]:
    """Return what the tools of the last reply said."""
    found = []
    for message in reversed(messages(seen)):
        if message["role"] != "tool":
            break
        found.insert(0, message["content"])
    return found


def call(value: float, name: str = TRY) -> tuple[str, str]:
    return (name, json.dumps({"change": step_reply("0.0", value)}))


def by_tool(*tools, text: str = ""):
    """Return a model that calls tools first, and answers with a step of 3 when it was told."""

    def act(seen):
        if last(seen)["role"] == "tool":
            return Answer(step_reply("0.0", 3.0))
        return Answer(text, tools=tools)

    return act


async def made(folder, act, provider_options=None, **options):
    store = opened(folder)
    with FakeProvider(act, **(provider_options or {})) as provider:
        await searched(model_run(store, provider.url, Caps(proposals=1), **options))
    return store, provider.seen


@pytest.mark.parametrize("streams", [True, False], ids=["streamed", "whole"])
async def test_model_with_tools_calls_one_and_is_told_what_its_change_gave(tmp_path, streams):
    act = by_tool(call(2.0), text="Let me see.")
    store, seen = await made(tmp_path / "run", act, {"streams": streams}, tries=2)
    assert [each["function"]["name"] for each in seen[0].body["tools"]] == [TRY]
    assert seen[1].body["tools"] == seen[0].body["tools"]  # some providers want them again
    asked, answered = messages(seen[1])[-2:]
    assert asked["role"] == "assistant" and asked["content"] == "Let me see."
    assert asked["tool_calls"][0]["id"] == answered["tool_call_id"]
    assert json.loads(asked["tool_calls"][0]["function"]["arguments"]).keys() == {"change"}
    assert answered["content"].startswith("Case ") and "(the parent has" in answered["content"]
    (proposal,) = store.proposals()
    assert proposal.trials == 1 and proposal.cost.calls == 2 and "+3.0" in proposal.patch
    assert "[calls try_change]" in proposal.prompt
    store.close()


async def test_parallel_calls_are_each_answered_and_no_more_are_run_than_are_left(tmp_path):
    act = by_tool(call(1.0), call(2.0), call(2.5))
    store, seen = await made(tmp_path / "run", act, tries=2)
    said = told(seen[1])
    assert len(said) == 3 and [each["tool_call_id"] for each in messages(seen[1])[-3:]] == [
        each["id"] for each in messages(seen[1])[-4]["tool_calls"]
    ]
    assert said[0].startswith("Case ") and said[1].startswith("Case ")
    assert "That was the last try" in said[1] and "That was the last try" in said[2]
    assert "That was the last try" not in said[0] and "Case " not in said[2]
    (proposal,) = store.proposals()
    assert proposal.trials == 2 and "+3.0" in proposal.patch
    store.close()


@pytest.mark.parametrize(
    ("name", "arguments", "said"),
    [
        (OTHER, '{"path": "x.txt"}', "There is no tool 'read_file', only try_change."),
        (TRY, '{"change": "Idea: x', "The arguments cannot be read"),
        (TRY, '{"patch": "x"}', "The arguments cannot be read"),
        (TRY, '["x"]', "The arguments cannot be read"),
        (TRY, "", "The arguments cannot be read"),
        (TRY, json.dumps({"change": "nothing to apply"}), "It could not be applied"),
    ],
    ids=["unknown tool", "cut arguments", "another name", "a list", "none", "no change"],
)
async def test_call_that_cannot_be_run_is_told_why_and_is_no_trial(tmp_path, name, arguments, said):
    store, seen = await made(tmp_path / "run", by_tool((name, arguments)), tries=1)
    assert len(seen) == 2 and last(seen[1])["content"].startswith(said)
    (proposal,) = store.proposals()
    assert proposal.trials == 0 and "+3.0" in proposal.patch
    store.close()


async def test_model_that_goes_on_calling_after_the_last_try_is_left_after_two_reminders(tmp_path):
    def act(seen):
        if "tools" in seen.body:
            return Answer("", tools=(call(2.0),))
        return Answer(step_reply("0.0", 3.0))

    store, seen = await made(tmp_path / "run", act, tries=1)
    left, answered = store.proposals()
    assert left.trials == 1 and not left.patch and left.cost.calls == 4
    assert "called a tool (try_change) in place of an answer" in left.reason
    assert ["tools" in each.body for each in seen] == [True] * 4 + [False]  # and offered no more
    assert "+3.0" in answered.patch
    store.close()


async def test_provider_that_refuses_tools_is_asked_without_and_its_model_tries_in_words(tmp_path):
    def act(seen):
        if "tools" in seen.body:
            return Fault(status=400, message="registry/tiny:latest does not support tools")
        if last(seen)["content"].startswith("Case "):
            return Answer(step_reply("0.0", 3.0))
        return Answer("Try:\n\n" + step_reply("0.0", 2.0))

    store, seen = await made(tmp_path / "run", act, tries=1)
    assert ["tools" in each.body for each in seen] == [True, False, False]
    (proposal,) = store.proposals()
    assert proposal.trials == 1 and "+3.0" in proposal.patch
    store.close()


async def test_provider_that_takes_no_tool_result_gets_the_conversation_in_words(tmp_path):
    def act(seen):
        if any(message["role"] == "tool" for message in messages(seen)):
            return Fault(status=400, message="messages.1: a thought is missing before the call")
        if "Case " in str(last(seen)["content"]):
            return Answer(step_reply("0.0", 3.0))
        return Answer("", tools=(call(2.0), call(1.0)))

    store, seen = await made(tmp_path / "run", act, tries=3)
    assert "tools" not in seen[-1].body
    talk = messages(seen[-1])[-4:]
    assert [message["role"] for message in talk] == ["assistant", "user"] * 2
    assert [message["content"].startswith("Try:\n\n") for message in talk] == [True, False] * 2
    assert all(message["content"].startswith("Case ") for message in talk[1::2])
    (proposal,) = store.proposals()
    assert proposal.trials == 2 and "+3.0" in proposal.patch, "both calls are counted as tries"
    store.close()


async def test_without_the_option_no_tool_is_offered_and_a_called_one_is_no_answer(tmp_path):
    store, seen = await made(tmp_path / "run", by_tool(call(2.0)))
    assert "tools" not in seen[0].body
    first = next(iter(store.proposals()))
    assert first.trials == 0 and "called a tool" in first.reason
    store.close()


async def test_session_that_was_killed_after_a_call_of_a_tool_goes_on_from_it(tmp_path):
    whole, _ = await made(tmp_path / "whole", by_tool(call(2.0)), tries=2)
    first = StoredCalls(whole).all()[0]
    assert first.reply.tools[0].name == TRY and not first.reply.text
    cut = opened(tmp_path / "cut")
    log = StoredCalls(cut)
    log.finish(log.begin(first.request, 0, 0.0), first.reply, first.cost)
    assert log.all()[0].reply == first.reply and log.all()[0].request == first.request
    with FakeProvider(by_tool(call(2.0))) as provider:
        await searched(model_run(cut, provider.url, Caps(proposals=1), tries=2))
    assert len(provider.seen) == 1 and last(provider.seen[0])["role"] == "tool"
    both = [
        [(made.patch, made.trials, made.prompt) for made in one.proposals()] for one in (whole, cut)
    ]
    assert both[0] == both[1]
    whole.close()
    cut.close()
