"""Most pieces of a stream are words and nothing else: they are read as all of a piece would be, only sooner."""

from __future__ import annotations

import json
from dataclasses import fields
from types import MappingProxyType

from hypothesis import given
from hypothesis import strategies as st

from cladogen.models.event_stream import EventReader
from cladogen.models.failures import CallFailed
from cladogen.models.reply_stream import ReplyStream

words = st.sampled_from([None, "", "a", "b\n", 3, ["c"], [{"type": "text", "text": "d"}]])
something = st.sampled_from([None, "", "stop", {}, {"usage": {"prompt_tokens": 3}}, [], ["x"]])
used = st.sampled_from([None, {}, {"prompt_tokens": 9, "completion_tokens": 2}])


def some(**fields):
    """Dicts with some of these fields."""
    return st.fixed_dictionaries({}, optional=fields)


deltas = some(
    content=words,
    role=st.just("assistant"),
    refusal=something,
    reasoning=words,
    tool_calls=something,
)
choices = some(index=st.sampled_from([None, 0, 1, "0"]), delta=deltas | st.none(), message=deltas, text=words,
               finish_reason=something, native_finish_reason=something, usage=used)  # fmt: skip
pieces = some(choices=st.lists(choices, max_size=2) | st.none(), usage=used, error=something, base_resp=something,
              x_groq=something, id=st.just("1"))  # fmt: skip


def taken(some_pieces):
    """Return all that a stream knows after some pieces, or that one of them was an error."""
    stream = ReplyStream(100)
    for piece, event in some_pieces:
        try:
            stream.take(piece, event)
        except CallFailed as failed:
            return str(failed)
    known = {each.name: getattr(stream, each.name) for each in fields(stream)}
    return repr(known | {"tools": stream.tools.whole})


@given(st.lists(st.tuples(pieces, st.sampled_from(["", "message", "error"])), max_size=5))
def test_piece_of_words_alone_is_taken_as_the_whole_of_it_would_be(some_pieces):
    # What is no dict is always looked through in whole.
    whole = [(MappingProxyType(piece), event) for piece, event in some_pieces]
    assert taken(some_pieces) == taken(whole)


lines = st.sampled_from(["", "", 'data: {"a": 1}', 'data: {"a":', "data: 2}", "data: {x}", "data: [DONE]", "event: b",
                         ": alive", '{"bare": 1}', "id: 3", 'data: {"a": "é"}', " "])  # fmt: skip


@given(st.lists(lines, max_size=12))
def test_line_that_is_a_piece_by_itself_is_read_as_any_other_line(some_lines):
    def read(text):
        reader = EventReader()
        found = [*reader.feed(text.encode()), *reader.close()]
        return json.dumps(found), reader.broken, reader.whole

    text = "".join(f"{line}\n" for line in some_lines)
    # Without its blank a line is no longer one of those that are read at once.
    assert read(text) == read(text.replace("data: {", "data:{"))
