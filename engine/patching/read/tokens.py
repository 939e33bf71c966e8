"""Tokens of a model's template that a server left in the reply: ``<|im_end|>``, ``</s>`` and their
like. At both ends of the answer, behind a fence and around calls of tools they are no part of it;
anywhere else they may be a program's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_TOKEN = r"(?:<\|[\w:.-]{1,40}\|>|<｜[^｜<>\n]{1,40}｜>|</?s>|<(?:end|start)_of_turn>|\[/?INST\])"
_LEAD = re.compile(rf"^[ \t]*(?:{_TOKEN}[ \t]*)+")
_LAST = re.compile(rf"{_TOKEN}\Z")
LONGEST = 64  # characters of a token, and some more
_FENCE = re.compile(r"[ \t]{0,3}(?:`{3,}|~{3,})")
# What repeats gives nothing back: a line of thousands of blanks or fences is read once.
_CLOSED = re.compile(rf"((?<!`)`{{3,}}+|(?<!~)~{{3,}}+)(?:[ \t]*+{_TOKEN})++[ \t]*+$")
_OF_DIFF = re.compile(r"[-+ ]\S|[<>=]{5,}")
# Around a call of a tool, and between its name and what it is given.
_OF_CALL = re.compile(
    r"<\|(?:python_tag|tool_calls?(?:_section)?_(?:begin|end)|tool_call|eom_id)\|>|"
    r"<｜tool▁(?:calls?|outputs?)▁(?:begin|end)｜>"
)
_GIVEN = re.compile(
    r"(?:\[TOOL_CALLS\]\s*)?\b[\w.-]{1,60}(?::\d+)?(?:\[CALL_ID\]\w+)?\[ARGS\]|"
    r"<\|tool_call_argument_begin\|>|<｜tool▁sep｜>"
)
_HINTS = ("<|", "<｜", "s>", "_of_turn>", "INST]", "[ARGS]")


def without_tokens(text: str) -> str:
    """Return a text without the tokens of a template around its answer and its calls."""
    if not any(hint in text for hint in _HINTS):
        return text
    return "\n".join(_stripped(text.strip("\n").split("\n")))


def _stripped(lines: list[str]) -> Iterator[str]:
    fenced, last = False, len(lines) - 1
    for at, given in enumerate(lines):
        line = given if fenced else _without_calls(given, at)
        line = _CLOSED.sub(r"\1", line)
        if at == last and not _OF_DIFF.match(line):
            line = _without_tail(line)
        fenced ^= any(map(_FENCE.match, line.split("\n")))
        yield line


def _without_tail(line: str) -> str:
    """Return a line without the tokens at its end, and the blanks around them."""
    kept, left = line, line.rstrip(" \t")
    while (found := _LAST.search(left, max(0, len(left) - LONGEST))) is not None:
        kept = left = left[: found.start()].rstrip(" \t")
    return kept


def _without_calls(line: str, at: int) -> str:
    """Return a line of prose without tokens around calls, the first one without any in front."""
    line = _OF_CALL.sub("", _GIVEN.sub("\n", line))
    return _LEAD.sub("", line) if at == 0 else line
