"""What coding agents' commands print, in the forms that their makers document.

Claude Code 2.x (`claude -p`, 2026), Codex CLI 0.50 and later (`codex exec --json`, 2025-10), Gemini
CLI 0.11 and later (`gemini -p --output-format`, 2025-10).
"""

import json

import pytest
from commands import asked, command

from cladogen.models.calls import CallStatus
from cladogen.models.command_output import read_output
from cladogen.models.failures import CallFailed
from cladogen.models.model import Price
from cladogen.models.reply_stream import ReplyStream

PATCH = "Idea: go\n\n```diff\n-a\n+b\n```"
CLAUDE = {
    "type": "result", "subtype": "success", "is_error": False, "result": PATCH,
    "stop_reason": "end_turn", "total_cost_usd": 0.0079825,
    "usage": {"input_tokens": 3, "cache_read_input_tokens": 15635, "output_tokens": 6},
}  # fmt: skip
STARTED = {"type": "system", "subtype": "init", "session_id": "x"}
CODEX = (
    {"type": "thread.started", "thread_id": "x"},
    {"type": "turn.started"},
    {"type": "item.completed", "item": {"id": "0", "type": "reasoning", "text": "hm"}},
    {"type": "item.completed", "item": {"id": "1", "type": "error", "message": "a warning"}},
    {"type": "item.completed", "item": {"id": "2", "type": "agent_message", "text": PATCH}},
    {"type": "turn.completed",
     "usage": {"input_tokens": 70021, "cached_input_tokens": 57088, "output_tokens": 2374}},
)  # fmt: skip
GEMINI = {
    "response": PATCH,
    "stats": {"models": {"gemini-2.5-pro": {"tokens": {
        "prompt": 24939, "candidates": 20, "total": 25113, "cached": 21263, "thoughts": 154}}}},
}  # fmt: skip
GEMINI_STREAM = (
    {"type": "init", "session_id": "x", "model": "gemini-2.5-pro"},
    {"type": "message", "role": "user", "content": "the prompt"},
    {"type": "message", "role": "assistant", "content": PATCH[:5], "delta": True},
    {"type": "message", "role": "assistant", "content": PATCH[5:], "delta": True},
    {"type": "result", "status": "success",
     "stats": {"total_tokens": 120, "input_tokens": 100, "output_tokens": 20}},
)  # fmt: skip


def lines(*objects) -> str:
    return "\n".join(json.dumps(each) for each in objects)


async def printed(text: str, **more):
    return (await asked(command(f"print({text!r})"), **more))[0]


@pytest.mark.parametrize(
    ("output", "prompt", "completion", "cached"),
    [
        (json.dumps(CLAUDE), 15638, 6, 15635),
        (json.dumps([STARTED, CLAUDE]), 15638, 6, 15635),
        (
            lines(STARTED, {"type": "assistant", "message": {"content": []}}, CLAUDE),
            15638,
            6,
            15635,
        ),
        (lines(*CODEX), 70021, 2374, 57088),
        (json.dumps(GEMINI), 24939, 174, 21263),
        (lines(*GEMINI_STREAM), 100, 20, 0),
    ],
    ids=["claude", "claude verbose", "claude stream", "codex", "gemini", "gemini stream"],
)
async def test_answer_and_tokens_are_taken_out_of_what_an_agent_prints(
    output, prompt, completion, cached
):
    call = await printed(output)
    assert (call.reply.status, call.reply.text) == (CallStatus.REPLIED, PATCH)
    cost = call.cost
    assert (cost.prompt_tokens, cost.completion_tokens, cost.cached_tokens) == (
        prompt, completion, cached,
    )  # fmt: skip


async def test_cost_that_an_agent_tells_is_charged_and_an_untold_one_is_unknown():
    assert (await printed(json.dumps(CLAUDE))).cost.usd == 0.0079825
    assert (await printed(lines(*CODEX))).cost.usd is None
    priced = await printed(lines(*CODEX), price=Price(1.0, 10.0, 0.1))
    assert priced.cost.usd == pytest.approx((12933 * 1.0 + 57088 * 0.1 + 23740) / 1e6)


async def test_answer_that_an_agent_says_was_cut_is_never_applied():
    call = await printed(json.dumps(CLAUDE | {"stop_reason": "max_tokens"}))
    assert call.reply.status is CallStatus.CUT


async def test_failed_turn_is_a_failure_and_what_it_cost_is_charged():
    failed = CLAUDE | {"is_error": True, "subtype": "error_max_turns", "result": ""}
    call = await printed(json.dumps(failed))
    assert call.reply.status is CallStatus.FAILED and call.cost.usd == 0.0079825
    turn = {"type": "turn.failed", "error": {"message": "stream disconnected"}}
    call = await printed(lines(*CODEX[:3], turn))
    assert call.reply.status is CallStatus.FAILED and "disconnected" in call.reply.error


@pytest.mark.parametrize("text", ['{"a.py": "a = 1"}', "[1, 2]", "{not json", '{"type": 1}\nmore'])
async def test_answer_that_is_json_itself_stays_as_it_is(text):
    assert (await printed(text)).reply.text.strip() == text


CUT = {"type": "assistant", "message": {"content": [{"type": "text", "text": "half"}]}}
ANSWERED = [
    {"type": "item.completed", "item": {"type": "agent_message", "text": "the reply"}},
    {"type": "turn.completed", "usage": {"input_tokens": 100, "output_tokens": 9}},
]
OPENCODE = [
    {"type": "text", "part": {"type": "text", "text": "the reply"}},
    {"type": "step_finish", "part": {"type": "step-finish", "cost": 0.02, "tokens": {
        "input": 100, "output": 9, "reasoning": 3, "cache": {"read": 50, "write": 0}}}},
]  # fmt: skip
CHOICE = {"message": {"content": "the reply"}, "finish_reason": "stop"}
USED = {"prompt_tokens": 5, "completion_tokens": 4}


def rows(*objects, before=""):
    return before + "".join(json.dumps(each) + "\n" for each in objects)


@pytest.mark.parametrize(
    ("output", "text", "finish"),
    [
        (rows({"response": "the reply"}, before="Loaded cached credentials.\n"), "the reply", "exit 0"),
        (rows(*ANSWERED, before="WARNING: could not update PATH\n"), "the reply", "exit 0"),
        (rows(*OPENCODE), "the reply", "exit 0"),
        (rows({"choices": [CHOICE], "usage": USED}), "the reply", "stop"),
        (rows({"choices": [{**CHOICE, "finish_reason": "length"}]}), "the reply", "length"),
        (rows({"message": {"content": "the reply"}, "done": True, "done_reason": "stop"}), "the reply", "stop"),
        (rows({"type": "message", "role": "assistant", "content": [{"type": "text", "text": "the reply"}],
               "stop_reason": "end_turn"}), "the reply", "end_turn"),
        (rows({"type": "system"}, CUT), "half", "incomplete"),
        ("\x1b[32mthe\x1b[0m reply\x1b[K\x1b]0;title\x07", "the reply", "exit 0"),
        ("\u280b thinking\r\x1b[2Kthe reply\n", "the reply\n", "exit 0"),
        ("\ufeffthe\r\nreply", "the\nreply", "exit 0"),
        (rows({"type": "edit", "path": "a.py"}), rows({"type": "edit", "path": "a.py"}), "exit 0"),
        ("```json\n" + rows({"response": "x"}), "```json\n" + rows({"response": "x"}), "exit 0"),
    ],
    ids=["gemini, a line before", "codex, a line before", "opencode", "OpenAI's", "OpenAI's, cut", "Ollama's",
         "Anthropic's", "claude, no result", "colours", "a spinner", "line ends", "JSON that is the answer", "a fence"],
)  # fmt: skip
def test_answer_is_found_in_what_commands_print(output, text, finish):
    stream = ReplyStream(limit=1 << 20)
    stream.end("exit 0")
    read_output(stream, output)
    assert (stream.text, stream.finish) == (text, finish)


def test_cost_and_tokens_of_several_steps_are_added():
    stream = ReplyStream(limit=1 << 20)
    read_output(stream, rows(*OPENCODE, *OPENCODE))
    assert stream.usage is not None and stream.usage.reported_usd == pytest.approx(0.04)
    assert (stream.usage.prompt, stream.usage.completion, stream.usage.cached) == (300, 24, 100)


@pytest.mark.parametrize(
    ("objects", "words"),
    [
        ([{"type": "result", "subtype": "error_max_turns", "total_cost_usd": 0.2}], "error_max_turns"),
        ([{"type": "turn.started"}, {"type": "error", "message": "You've hit your usage limit."}], "usage limit"),
    ],
)  # fmt: skip
def test_output_without_an_answer_is_no_reply(objects, words):
    with pytest.raises(CallFailed, match=words):
        read_output(ReplyStream(limit=1 << 20), rows(*objects))
