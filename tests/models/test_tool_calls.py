"""Calls of tools, in the pieces in which servers send them."""

import json

import pytest

from cladogen.models.calls import Message, ToolCall
from cladogen.models.reply_stream import ReplyStream
from cladogen.models.tool_calls import MOST, ToolCalls


def piece(index=None, ident=None, name=None, arguments=None):
    function = {"name": name, "arguments": arguments}
    function = {key: value for key, value in function.items() if value is not None}
    told = {"index": index, "id": ident, "function": function}
    return {key: value for key, value in told.items() if value is not None}


WANTED = [("a", "try", '{"x": 1}'), ("b", "try", '{"x": 2}')]
STREAMS = {
    "by index": [
        piece(0, "a", "try", ""), piece(0, arguments='{"x"'), piece(1, "b", "try", ""),
        piece(0, arguments=": 1}"), piece(1, arguments='{"x": 2}'),
    ],
    "each whole": [piece(0, "a", "try", '{"x": 1}'), piece(1, "b", "try", '{"x": 2}')],
    "all with index 0": [piece(0, "a", "try", '{"x": 1}'), piece(0, "b", "try", '{"x": 2}')],
    "all with index 0, in pieces": [
        piece(0, "a", "try", '{"x"'), piece(0, arguments=": 1}"),
        piece(0, "b", "try", '{"x"'), piece(0, arguments=": "), piece(0, arguments="2}"),
    ],
    "all with index 0, ids repeated": [
        piece(0, "a", "try", '{"x"'), piece(0, "b", "try", '{"x"'), piece(0, "a", arguments=": 1}"),
        piece(0, "b", arguments=": "), piece(0, arguments="2}"),
    ],
    "without an index": [
        piece(ident="a", name="try", arguments='{"x"'), piece(arguments=": 1}"),
        piece(ident="b", name="try", arguments='{"x": 2}'),
    ],
    "the name repeated": [
        piece(0, "a", "try", '{"x"'), piece(0, "a", "try", ": 1}"), piece(1, "b", "try", '{"x": 2}'),
    ],
    "arguments as an object": [piece(0, "a", "try", {"x": 1}), piece(1, "b", "try", {"x": 2})],
}  # fmt: skip


@pytest.mark.parametrize("pieces", STREAMS.values(), ids=STREAMS)
def test_calls_are_put_together_as_servers_send_them(pieces):
    stream = ReplyStream(limit=1000)
    for each in pieces:
        stream.take({"choices": [{"delta": {"tool_calls": [each]}}]})
    assert [(each.id, each.name, each.arguments) for each in stream.tools.whole] == WANTED
    assert stream.size > 0


def test_calls_without_ids_are_told_apart():
    calls = ToolCalls()
    for value in (1, 2):
        calls.take(piece(name="try", arguments=json.dumps({"x": value})))
    assert [each.id for each in calls.whole] == ["call_0", "call_1"]


@pytest.mark.parametrize(
    "rubbish", [None, 3, "x", [], {}, {"function": 1}, {"index": "a", "function": {"name": 4}}]
)
def test_rubbish_is_no_call_that_breaks_anything(rubbish):
    stream = ReplyStream(limit=1000)
    stream.take({"choices": [{"delta": {"tool_calls": [rubbish]}}]})
    stream.take({"choices": [{"delta": {"tool_calls": rubbish}}]})
    assert all(isinstance(each, ToolCall) for each in stream.tools.whole)


def test_endless_calls_are_read_up_to_a_number_and_end_with_the_limit():
    stream = ReplyStream(limit=5000)
    for number in range(500):
        stream.take(
            {"choices": [{"delta": {"tool_calls": [piece(number, f"c{number}", "try", "x" * 20)]}}]}
        )
    assert len(stream.tools.whole) == MOST and stream.too_long


@pytest.mark.parametrize(
    "message",
    [
        Message("user", "a"),
        Message("user", "a", ("data:image/png;base64,AA==",)),
        Message("assistant", "", (), (ToolCall("a", "try", "{}"), ToolCall("b", "try", "[]"))),
        Message("tool", "Case x", of="a"),
    ],
)
def test_message_is_read_as_it_was_recorded_and_as_short_as_before(message):
    kept = json.loads(json.dumps(message.to_list()))
    assert Message.from_list(kept) == message
    assert len(kept) == (2 if message.role == "user" and not message.pictures else len(kept))
