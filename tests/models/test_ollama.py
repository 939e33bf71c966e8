"""Ollama's own protocol: the window is asked for, and a prompt that was not read is said."""

import json
from dataclasses import replace

import pytest
from asked import QUICK, request
from provider.acts import Raw, whole
from provider.server import FakeProvider

from cladogen.models.asking import Models
from cladogen.models.calls import CallStatus, MemoryLog, Message
from cladogen.models.model import Model
from cladogen.proposers.tries import TOOL
from cladogen.search.budget import Budget

SHOWN = {"details": {"family": "qwen3"}, "model_info": {"qwen3.context_length": 262_144}}


def reply(*texts, thinking="", done="stop", read=2000, written=20) -> Raw:
    rows = (
        [{"message": {"role": "assistant", "content": "", "thinking": thinking}, "done": False}]
        if thinking
        else []
    )
    rows += [{"message": {"role": "assistant", "content": text}, "done": False} for text in texts]
    end = {"message": {"role": "assistant", "content": ""}, "done": True}
    rows.append(end | {"done_reason": done, "prompt_eval_count": read, "eval_count": written})
    return Raw(
        "".join(json.dumps(row) + "\n" for row in rows).encode(), type="application/x-ndjson"
    )


def act(answer=None, shown=SHOWN):
    chat = answer or reply("a ", "change")
    return lambda seen: whole(shown) if seen.path == "/api/show" else chat


async def asked(
    provider, name="ollama/qwen3", prepare=True, tickets=1, text="improve this", **changes
):
    notices = []
    model = Model(name, **changes)
    models = Models([model], MemoryLog(), Budget(), patience=QUICK, notify=notices.append)
    try:
        if prepare:
            await models.prepare()
        calls = [await models.ask(request(t, text, model=name)) for t in range(tickets)]
    finally:
        await models.close()
    return calls[-1], models, notices


@pytest.fixture
def at(monkeypatch):
    def set_(provider):
        monkeypatch.setenv("OLLAMA_API_BASE", provider.url.removesuffix("/v1"))

    return set_


async def test_window_is_asked_for_and_options_have_ollamas_names(at):
    with FakeProvider(act()) as provider:
        at(provider)
        call, models, _ = await asked(
            provider,
            parameters={
                "temperature": 0.5,
                "top_p": 0.9,
                "reasoning_effort": "high",
                "keep_alive": "5m",
            },
        )
        body = provider.seen[-1].body
    assert call.reply.text == "a change" and call.reply.status is CallStatus.REPLIED
    model = models.models["ollama/qwen3"]
    assert body["options"]["num_ctx"] == model.window == 32_768
    assert body["options"]["num_predict"] == model.output == 8_192
    assert body["options"]["temperature"] == 0.5 and body["options"]["top_p"] == 0.9
    assert body["think"] == "high" and body["keep_alive"] == "5m" and body["model"] == "qwen3"


async def test_window_is_never_larger_than_the_models_own(at):
    with FakeProvider(act(shown={"model_info": {"llama.context_length": 8192}})) as provider:
        at(provider)
        await asked(provider)
        assert provider.seen[-1].body["options"]["num_ctx"] == 8192
    with FakeProvider(act()) as provider:
        at(provider)
        await asked(provider, window=64_000, output=4000, window_given=True)
        assert provider.seen[-1].body["options"]["num_ctx"] == 64_000


@pytest.mark.parametrize(
    ("done", "status"), [("stop", "replied"), ("length", "cut"), ("load", "cut"), ("unload", "cut")]
)
async def test_endings_of_ollama(at, done, status):
    with FakeProvider(act(reply("half", done=done))) as provider:
        at(provider)
        call, *_ = await asked(provider)
    assert call.reply.status == status


async def test_thoughts_are_no_part_of_the_answer(at):
    with FakeProvider(act(reply("a change", thinking="hm"))) as provider:
        at(provider)
        call, *_ = await asked(provider)
    assert (call.reply.text, call.reply.reasoning) == ("a change", "hm")


async def test_prompt_that_was_read_only_in_part_is_said_once(at):
    with FakeProvider(act(reply("a change", read=2050))) as provider:
        at(provider)
        _, models, notices = await asked(
            provider, tickets=3, text="every point is visited once. " * 2000
        )
    told = [line for line in notices if "read 2,050 tokens" in line]
    assert len(told) == 1 and "window" in told[0]
    assert models._states["ollama/qwen3"].densest == 1.0  # a false count bounds nothing


async def test_model_that_does_not_think_is_asked_without_effort(at):
    def answer(seen):
        if seen.path == "/api/show":
            return whole(SHOWN)
        return (
            whole({"error": '"qwen3" does not support thinking'}, 400)
            if "think" in seen.body
            else reply("fine")
        )

    with FakeProvider(answer) as provider:
        at(provider)
        call, _, notices = await asked(provider, parameters={"reasoning_effort": "high"})
    assert call.reply.text == "fine" and "reasoning_effort" in notices[0]


async def test_model_that_is_not_pulled_is_one_line(at):
    with FakeProvider(lambda seen: whole({"error": "model 'qwen3' not found"}, 404)) as provider:
        at(provider)
        with pytest.raises(Exception, match="model 'qwen3' not found"):
            await asked(provider)


async def test_server_of_ones_own_that_is_ollama_is_asked_in_its_protocol():
    listed = ({"id": "qwen3", "object": "model", "owned_by": "library"},)
    with FakeProvider(act(), listed=listed) as provider:
        call, _, notices = await asked(provider, name="qwen3", api_base=provider.url)
        assert provider.seen[-1].path == "/api/chat" and call.reply.text == "a change"
    assert "is Ollama" in notices[0]


async def test_error_in_the_middle_of_a_stream_breaks_the_reply_off(at):
    rows = [
        {"message": {"content": "half"}, "done": False},
        {"error": "llama runner process has terminated"},
    ]
    broken = Raw(
        "".join(json.dumps(row) + "\n" for row in rows).encode(), type="application/x-ndjson"
    )
    with FakeProvider(act(broken)) as provider:
        at(provider)
        call, *_ = await asked(provider)
    assert call.reply.status is CallStatus.CUT and "llama runner" in call.reply.error


async def test_error_after_the_end_of_a_reply_takes_nothing_of_it_back(at):
    rows = [
        {"message": {"content": "a change"}, "done": True, "done_reason": "stop", "eval_count": 5},
        {"error": "llama runner process has terminated"},
    ]
    body = "".join(json.dumps(row) + "\n" for row in rows).encode()
    with FakeProvider(act(Raw(body, type="application/x-ndjson"))) as provider:
        at(provider)
        call, *_ = await asked(provider)
    assert call.reply.status is CallStatus.REPLIED and call.reply.text == "a change"


async def test_tools_and_their_results_go_in_ollamas_own_words(at):
    called = {"function": {"name": "try_change", "arguments": {"change": "a diff"}}}
    calls = {"role": "assistant", "content": "", "tool_calls": [called, called]}
    rows = [{"message": calls, "done": False},
            {"message": {"role": "assistant", "content": ""}, "done": True, "done_reason": "stop",
             "prompt_eval_count": 100, "eval_count": 5}]  # fmt: skip
    body = "".join(json.dumps(row) + "\n" for row in rows).encode()
    answer = lambda seen: reply("done") if seen.step else Raw(body, type="application/x-ndjson")  # noqa: E731
    with FakeProvider(answer) as provider:
        at(provider)
        models = Models([Model("ollama/qwen3")], MemoryLog(), Budget(), patience=QUICK)
        first = replace(request(model="ollama/qwen3"), parameters=json.dumps({"tools": [TOOL]}))
        try:
            call = await models.ask(first)
            talk = (*first.messages, Message("assistant", "", tools=call.reply.tools))
            said = tuple(Message("tool", "Case 1", of=each.id) for each in call.reply.tools)
            last = await models.ask(replace(first, messages=(*talk, *said)))
        finally:
            await models.close()
    assert len(call.reply.tools) == 2 and json.loads(call.reply.tools[0].arguments) == {
        "change": "a diff"
    }
    assert last.reply.text == "done"
    sent = provider.seen[1].body
    assert sent["tools"] == [TOOL] and "tools" not in sent["options"]
    assert sent["messages"][-3]["tool_calls"] == [called, called]
    assert [each["role"] for each in sent["messages"][-2:]] == ["tool", "tool"]
