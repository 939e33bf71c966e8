"""Cut a reply into prose and fences, after the parts that are no answer are gone.

A fence closes on a line of signs as long as its own and no deeper; inside it, one with an info
string opens an inner fence. A fence that is never closed is a truncated reply.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain

from cladogen.patching.edits import FileEdit
from cladogen.patching.read.blocks import block_end, looks_like_blocks
from cladogen.patching.read.indented import with_fences
from cladogen.patching.read.lines import is_blank
from cladogen.patching.read.thoughts import without_thoughts

_FENCE = re.compile(
    r"^(?P<lead>[ \t]*(?:>[ \t]*)*(?:(?:[-*+]|\d+[.)])[ "
    r"\t]+)?)(?P<ticks>`{3,}|~{3,})(?P<info>[^`]*)$"
)
_QUOTES = re.compile(r"^[ \t]*>[ ]?")
_LONE = re.compile(
    "[\ud800-\udc7f\udd00-\udfff]"
)  # the rest are bytes that are not UTF-8, as surrogateescape has them
_OF_DIFF = re.compile(r"@@(\s|$)|diff --git |--- \S|\+\+\+ \S")
_OF_HEADER = re.compile(r"(index|new|old|deleted|similarity|rename) ")
_ORDER_MARK = re.compile(r"(?m)^\ufeff")  # on top of a reply, or of a file in a fence
_NO_WIDTH = re.compile("[\u200b\u2060]")
_OF_TAGS = re.compile(r"</(?:search|replace|old\w*|new\w*|file|invoke|function|tool_call)>")
_COMMENT_END = "-->"
_LONGEST_COMMENT = 300  # lines; a longer one would take long to look for
_COLOURS = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


@dataclass(frozen=True, slots=True)
class Region:
    """A run of prose, what a fence holds, or ``edits`` that stand without one. ``quoted``: each of
    its lines has the sign of a quotation.
    """

    lines: tuple[str, ...]
    fenced: bool = False
    info: str = ""
    closed: bool = True
    edits: tuple[FileEdit, ...] = ()
    quoted: bool = False


def regions(reply: str) -> list[Region]:
    """Return the regions of ``reply`` in order, without its thoughts."""
    return list(_regions(reply))


def prose_lines(reply: str) -> Iterator[str]:
    """Yield the lines of ``reply`` outside its fences, without its thoughts."""
    return chain.from_iterable(each.lines for each in regions(reply) if not each.fenced)


@lru_cache(maxsize=2)  # several ask in turn of one reply
def _regions(reply: str) -> tuple[Region, ...]:
    return tuple(cut(with_fences(visible(reply).split("\n"))))


@lru_cache(maxsize=2)
def visible(reply: str) -> str:
    """Return ``reply`` without its thoughts, and without comments that hold an edit: nobody is to
    see either.
    """
    text = without_thoughts(clean(reply))
    return (
        "\n".join(_without_comments(text.split("\n")))
        if "<!--" in text and _COMMENT_END in text
        else text
    )


def _without_comments(lines: list[str]) -> Iterator[str]:
    at, raw = 0, False
    while at < len(lines):
        raw = _in_raw_diff(lines[at], raw)
        end = _end_of_code(lines, at, raw)
        hidden = at if raw or end > at else comment_end(lines, at)
        if hidden == at:
            yield from lines[at : max(end, at + 1)]
        at = max(end, hidden, at + 1)


def _end_of_code(lines: list[str], at: int, raw: bool) -> int:
    """Return where a block or a fence that starts at a line ends, ``at`` for neither; a diff in
    prose, which is ``raw``, has no fences.
    """
    end = block_end(lines, at)
    fence = None if raw or end > at else _FENCE.match(lines[at])
    return end if fence is None else _fence(lines, at, fence)[1]


@lru_cache(maxsize=2)
def clean(reply: str) -> str:
    """Return ``reply`` with plain line feeds, without terminal colours and signs that are no
    text.
    """
    text = _COLOURS.sub("", reply.replace("\r\n", "\n").replace("\r", "\n"))
    return _LONE.sub("\ufffd", _NO_WIDTH.sub("", _ORDER_MARK.sub("", text)))


def cut(lines: list[str]) -> list[Region]:
    """Cut lines into prose and fences."""
    found: list[Region] = []
    prose: list[str] = []
    raw = False  # inside a diff that has no fence: its context lines may show fences of the file
    position = 0
    while position < len(lines):
        line = lines[position]
        end = block_end(lines, position)
        if end > position:
            prose += lines[position:end]
            position, raw = end, False
            continue
        raw = _in_raw_diff(line, raw)
        fence = _opened(line, raw)
        if fence is None:
            prose.append(line)
            position += 1
            continue
        found.append(Region(tuple(prose)))
        region, position = _fence(lines, position, fence)
        found.append(region)
        prose, raw = [], False
    found.append(Region(tuple(prose)))
    return list(filter(_says_something, found))


def without_extra_line(found: list[Region]) -> list[Region]:
    """Return regions without a last one that is only a fence's line, right below a fence: it closes
    what is closed, and opens nothing.
    """
    return found[:-1] if len(found) > 1 and _is_extra(*found[-2:]) else found


def _is_extra(above: Region, last: Region) -> bool:
    """Whether a region is nothing but the line that opens a fence, right below another one."""
    opened = above.fenced and not last.closed and not last.info
    return opened and is_blank(last.lines)


def _opened(line: str, raw: bool) -> re.Match[str] | None:
    """Return the fence that a line opens; the lines of a ``raw`` diff open none."""
    of_diff = raw and line[:1] in (" ", "+", "-")
    return None if of_diff else _FENCE.match(line)


def _says_something(region: Region) -> bool:
    return region.fenced or not is_blank(region.lines)


def comment_end(lines: Sequence[str], at: int) -> int:
    """Return where a comment that starts at a line and holds an edit ends; ``at`` for none."""
    if not lines[at].startswith("<!--") or _COMMENT_END in lines[at]:
        return at
    end = _last_of_comment(lines, at)
    return end + 1 if _holds_an_edit(tuple(lines[at + 1 : end])) else at


def _last_of_comment(lines: Sequence[str], at: int) -> int:
    """Return the line outside of fences that ends a comment, ``at`` for none."""
    fenced = False
    for end in range(at + 1, min(len(lines), at + _LONGEST_COMMENT)):
        if _COMMENT_END in lines[end] and not fenced:
            return end
        fenced ^= bool(_FENCE.match(lines[end]))
    return at


def _holds_an_edit(lines: tuple[str, ...]) -> bool:
    return looks_like_blocks(lines) or any(
        _FENCE.match(line) or _OF_DIFF.match(line) or _OF_TAGS.search(line) for line in lines
    )


def _in_raw_diff(line: str, raw: bool) -> bool:
    if _OF_DIFF.match(line):
        return True
    return raw and (not line or line[0] in " +-\\@" or bool(_OF_HEADER.match(line)))


def _fence(lines: list[str], position: int, fence: re.Match[str]) -> tuple[Region, int]:
    lead, info = fence.group("lead"), fence.group("info").strip()
    inside: list[str] = []
    depth = 1
    at = position + 1
    while at < len(lines):
        depth += _deeper(lines[at], fence, depth)
        if depth == 0:
            return Region(_dedent(inside, lead), True, info, quoted=">" in lead), at + 1
        inside.append(lines[at])
        at += 1
    if inside[-1:] == [""]:  # what the line feed at the end of the reply leaves
        inside.pop()
    return Region(_dedent(inside, lead), True, info, closed=False, quoted=">" in lead), at


def _deeper(line: str, fence: re.Match[str], depth: int) -> int:
    """Return 1 for a line that opens a fence inside of one, -1 for one that closes, else 0."""
    inner = _FENCE.match(line)
    if inner is None or not _is_like(inner, fence):
        return 0
    if inner.group("info").strip():
        return 1
    closes = depth > 1 or len(inner.group("ticks")) >= len(fence.group("ticks"))
    return -1 if closes else 0


def _is_like(inner: re.Match[str], fence: re.Match[str]) -> bool:
    """Whether a line has the sign of a fence, and stands no deeper."""
    same = inner.group("ticks")[0] == fence.group("ticks")[0]
    return same and len(inner.group("lead")) <= len(fence.group("lead"))


def _dedent(lines: list[str], lead: str) -> tuple[str, ...]:
    """Take the fence's own indentation (or quote signs) off its lines, when they all have it."""
    if ">" in lead:
        return tuple(_QUOTES.sub("", line) for line in lines)
    width = len(lead)
    if any(line[:width].strip() for line in lines):
        return tuple(lines)
    return tuple(line[width:] for line in lines)
