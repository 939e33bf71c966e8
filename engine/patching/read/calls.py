"""Calls of edit tools that a model writes into its text, each in the spelling of its template.

    <invoke name="edit">                 <tool_call>                    <write_to_file>
    <parameter name="path">x.py          <function=edit>                <path>x.py</path>
    </parameter> ... </invoke>           <parameter=path>x.py ...       <content> ... </content>

Also JSON in <tool_call> or after [TOOL_CALLS]. Each becomes an object as JSON has it; what it says
is read there.
"""

from __future__ import annotations

import re
from bisect import bisect
from collections.abc import Callable, Iterator
from typing import Any

from cladogen.errors import PatchRefused
from cladogen.patching.read.json_edits import as_json
from cladogen.patching.read.lines import fence_starts
from cladogen.patching.read.regions import clean
from cladogen.patching.read.tags import without_cdata
from cladogen.patching.read.thoughts import without_thoughts
from cladogen.patching.read.whole import unfenced_text

_ANY = re.compile(r"<(?:\w+:)?invoke\s|<function=|<tool_call>|\[TOOL_CALLS\]|</\w+>|/>")
_INVOKED = re.compile(
    r"(?:<tool_call>\s*)?<(?:\w+:)?invoke\s+name=\"[^\"\n]*\"\s*>(.*?)</(?:\w+:)?invoke>|"
    r"(?:<tool_call>\s*)?<function=[\w.-]+>(.*?)</function>(?:\s*</tool_call>)?",
    re.DOTALL,
)
_PARAMETER = re.compile(
    r"<(?:\w+:)?parameter(?:=|\s+name=\")(?P<name>\w+)\"?[^<>\n]*>(?P<value>.*?)</(?:\w+:)?parameter>",
    re.DOTALL,
)
_WORDED = re.compile(  # a name, and each key and value in tags
    r"<tool_call>\s*[\w.-]+\s*((?:<arg_key>[^<>]*</arg_key>\s*<arg_value>.*?</arg_value>\s*)+)</tool_call>",
    re.DOTALL,
)
_PAIR = re.compile(r"<arg_key>\s*(\w+)\s*</arg_key>\s*<arg_value>(.*?)</arg_value>", re.DOTALL)
_DATA = re.compile(
    r"<tool_call>\s*([\[{].*?[\]}])\s*</tool_call>|\[TOOL_CALLS\]\s*(\[.*\])", re.DOTALL
)
_TOOL = re.compile(
    r"(?m)^[ \t]*<(?P<tool>write_to_file|create_file|write_file|file_write|file|edit_file)>\s*"
    r"<(?P<key>path|file_path|filename|name|target_file)>(?P<path>[^<>\n]+)</(?P=key)>\s*"
    r"<(?P<what>content|contents|code|file_text)>(?P<text>.*?)</(?P=what)>\s*"
    r"(?:<\w+>[^<>\n]*</\w+>\s*)*</(?P=tool)>",
    re.DOTALL,
)
_NAMED = r"(?:path|file|name|file_path|from|old|source)=[\"'](?P<path>[^\"'\n]+)[\"']"
_GONE = re.compile(
    rf"(?m)^[ \t]*<(?P<tag>(?:delete|remove)(?:_file)?)(?:\s+{_NAMED}\s*"
    r"(?:/>|>\s*</(?P=tag)>)|>\s*<path>(?P<named>[^<>\n]+)</path>\s*</(?P=tag)>)"
)
_MOVED = re.compile(
    rf"(?m)^[ \t]*<(?P<tag>(?:rename|move)(?:_file)?)\s+{_NAMED}\s+"
    r"(?:to|new|target|destination|new_path)=[\"'](?P<to>[^\"'\n]+)[\"']\s*(?:/>|>\s*</(?P=tag)>)"
)
_RANGED = re.compile(
    r"(?m)^[ \t]*<(?P<tag>(?:edit|replace)(?:_lines|_file)?|change|update|replacement)"
    r"(?P<given>(?=[^<>\n]*\b(?:start\w*|from|lines?)=)(?:\s+\w+=(?:\"[^\"\n]*\"|'[^'\n]*'|[\w./-]+))+)\s*>"
    r"(?P<text>.*?)</(?P=tag)>",
    re.DOTALL,
)
_ATTRIBUTE = re.compile(r"(\w+)=[\"']?([^\"'\n]*?)[\"']?(?=\s+\w+=|\s*$)")
_OPENING = re.compile(
    r"(?m)^[ \t]*(?:<(?:\w+:)?invoke\s+name=|<function=|<tool_call>|\[TOOL_CALLS\]|"
    r"<(?:write_to_file|create_file|write_file|file_write)>)"
)

_CLOSING = re.compile(
    r"</(?:(?:\w+:)?invoke|function|tool_call|write_to_file|create_file|write_file)>"
)

Given = dict[str, Any]  # what a call gives, by its parameters
Found = tuple[re.Match[str], Given]


def tool_calls(reply: str) -> tuple[list[Given], str]:
    """Return the calls that stand in a reply outside fences and thoughts, in order, and the reply
    without them. Raises PatchRefused where one that was begun beside them never ends.
    """
    if not _ANY.search(reply):
        return [], reply
    text = without_thoughts(clean(reply))
    found = _outside_fences(text)
    if not found:
        return [], reply
    rest = _without([match for match, _ in found], text)
    if _OPENING.search(rest.rpartition("```")[2]):
        raise cut_short()
    return [given for _, given in found], rest


def _outside_fences(text: str) -> list[Found]:
    """Return the calls of a text that stand in no fence, in order."""
    fences = fence_starts(text)
    every = sorted(_found(text), key=lambda one: one[0].start())
    return [(match, given) for match, given in every if not bisect(fences, match.start()) % 2]


def _without(found: list[re.Match[str]], text: str) -> str:
    for match in reversed(_apart(found)):
        text = text[: match.start()] + text[match.end() :]
    return text


def ends_in_a_call(reply: str) -> bool:
    """Whether the only call of a reply is one that never ends."""
    opening = _OPENING.search(without_thoughts(clean(reply)).rpartition("```")[2])
    return opening is not None and not _CLOSING.search(opening.string, opening.end())


def cut_short() -> PatchRefused:
    return PatchRefused(
        "truncated-reply", "the reply ends inside a call of a tool; send the complete reply again"
    )


def _apart(found: list[re.Match[str]]) -> list[re.Match[str]]:
    """Return matches that do not lie inside the one before."""
    kept: list[re.Match[str]] = []
    for match in found:
        if not kept or match.start() >= kept[-1].end():
            kept.append(match)
    return kept


def _found(text: str) -> Iterator[Found]:
    """Yield the calls of a text, and the edits in tags, with what they give."""
    for pattern, read in _FORMS:
        for match in pattern.finditer(text):
            given = read(match)
            if given is not None:
                yield match, given


# -- calls as the templates of models write them


def _invoked(match: re.Match[str]) -> Given:
    inside = match[1] or match[2] or ""
    return {one["name"]: _value(one["value"]) for one in _PARAMETER.finditer(inside)}


def _worded(match: re.Match[str]) -> Given:
    return {key: _value(value) for key, value in _PAIR.findall(match[1])}


def _data(match: re.Match[str]) -> Given:
    return {"calls": as_json(match[1] or match[2])}


# -- tags that delete, rename, replace lines, or give a file


def _gone(match: re.Match[str]) -> Given:
    return {"path": match["path"] or match["named"], "action": "delete"}


def _moved(match: re.Match[str]) -> Given:
    return {"path": match["path"], "action": "rename", "to": match["to"]}


def _ranged(match: re.Match[str]) -> Given | None:
    """Return what tags with line numbers put in their place, None where that is tags again."""
    if match["text"].lstrip().startswith("<"):
        return None
    return {**dict(_ATTRIBUTE.findall(match["given"])), "content": _value(match["text"])}


def _file(match: re.Match[str]) -> Given:
    path = match["path"].strip()
    content = unfenced_text(path, _value(match["text"]))
    return {"path": path, "content": content.removesuffix("\n") + "\n"}


def _value(text: str) -> str:
    """Return a parameter without the line feeds that set it apart from its tags."""
    inside = without_cdata(text).removeprefix("\n")
    return re.sub(r"\n[ \t]*\Z", "\n", inside)


_FORMS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], Given | None]], ...] = (
    (_INVOKED, _invoked),
    (_WORDED, _worded),
    (_DATA, _data),
    (_GONE, _gone),
    (_MOVED, _moved),
    (_RANGED, _ranged),
    (_TOOL, _file),
)
