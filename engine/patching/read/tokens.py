"""Tokens of a model's template that a server left in the reply: ``<|im_end|>``, ``</s>`` and their
like. At the margins of the answer they are no part of it; within a line, or in a fence, they may be
a program's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_TOKEN = r"(?:<\|[\w:.-]{1,40}\|>|<｜[^｜<>\n]{1,40}｜>|</?s>|<(?:end|start)_of_turn>|\[/?INST\])"
_LEAD = re.compile(rf"^[ \t]*(?:{_TOKEN}[ \t]*)+")
_TAIL = re.compile(rf"(?:[ \t]*{_TOKEN})+[ \t]*$")
_FENCE = re.compile(r"[ \t]{0,3}(?:`{3,}|~{3,})")
_CLOSED = re.compile(rf"([ \t]*(?:`{{3,}}|~{{3,}}))(?:[ \t]*{_TOKEN})+[ \t]*$")
# Between a tool's name and what it is given.
_GIVEN = re.compile(
    r"(?:\[TOOL_CALLS\]\s*)?\b[\w.-]{1,60}(?::\d+)?(?:\[CALL_ID\]\w+)?\[ARGS\]|"
    r"<\|tool_call_argument_begin\|>|<｜tool▁sep｜>"
)
_HINTS = ("<|", "<｜", "s>", "_of_turn>", "INST]", "[ARGS]")


def without_tokens(text: str) -> str:
    """Return a text without the tokens of a template at its margins, outside fences."""
    if not any(hint in text for hint in _HINTS):
        return text
    return "\n".join(_stripped(text.rstrip().split("\n")))


def _stripped(lines: list[str]) -> Iterator[str]:
    fenced = False
    for at, given in enumerate(lines):
        line = given
        if not fenced:
            line = _TAIL.sub("", _LEAD.sub("", _GIVEN.sub("\n", line)))
        line = _CLOSED.sub(r"\1", line)
        if at == len(lines) - 1:
            line = _TAIL.sub("", line)
        fenced ^= any(map(_FENCE.match, line.split("\n")))
        yield line
