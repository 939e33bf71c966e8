"""Edits in tags: <search> and <replace>, and whole files in <file path="x.py">."""

from __future__ import annotations

import re
from bisect import bisect
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from cladogen.patching.read.blocks import Block, looks_like_blocks
from cladogen.patching.read.lines import fence_starts, lines_of

_SEARCH_TAGS = (
    *("search", "old", "old_str", "old_string", "original", "find", "before"),
    *("old_code", "old_text", "old_lines", "original_code", "search_block", "find_text"),
)
_REPLACE_TAGS = (
    *("replace", "new", "new_str", "new_string", "replacement", "updated", "after"),
    *("new_code", "new_text", "new_lines", "updated_code", "replace_block", "replace_text"),
)
_TAG = re.compile(rf"<(/?)({'|'.join((*_SEARCH_TAGS, *_REPLACE_TAGS))})>", re.IGNORECASE)
_TAG_NAME = re.compile(
    r"<(?:file|path|filename|file_path)>\s*([^<>\n]+?)\s*</|<\w+\s[^<>]*?(?:file|path|filename|file_path|name)=\"([^\"\n]+)\"",
    re.IGNORECASE,
)

_LONGEST_LINE = 300  # of a tag or a name around edits
_AROUND = re.compile(r"\s*(?:</?\w[^<>]*>[^<>]*(?:</\w+>)?|[\w./ :#*`-]*\.\w+\W*)\s*")
_FILE_TAGS = "file|code|document|source|content|antArtifact|boltAction"
_FILE_OPENS = re.compile(rf"(?mi)^[ \t]*<(?:{_FILE_TAGS}|boltArtifact)\b")
_FILE_CLOSES = re.compile(rf"</(?:{_FILE_TAGS})>", re.IGNORECASE)
_IN_A_FENCE = re.compile(r"\A\s*```[^\n]*\n(.*?)\n?```\s*\Z", re.DOTALL)
_FILE_TAG = re.compile(
    rf"<(?P<tag>{_FILE_TAGS})\b[^<>\n]*?"
    r"\b(?:path|name|filename|file_path|file|filePath|title)="
    r"[\"'](?P<name>[^\"'\n]+)[\"'][^<>\n]*>\n?(?P<text>.*?)\n?</(?P=tag)>",
    re.DOTALL | re.IGNORECASE,
)


def read_tags(text: str) -> list[Block]:
    """Return the blocks written as <search> and <replace> tags."""
    blocks: list[Block] = []
    last, name = 0, ""
    for old, turn, new, end in _tagged(text):
        name = _last_name(text[last : old.start]) or name
        search, put = _side(text[old.end : turn.start]), _side(text[new.end : end.start])
        blocks.append(Block(search, put, name, old.start, end.end))
        last = end.end
    return blocks


def _last_name(text: str) -> str:
    """Return the name that the last tag of a text gives, "" for none."""
    names = [first or second for first, second in _TAG_NAME.findall(text)]
    return names[-1] if names else ""


def _side(text: str) -> tuple[str, ...]:
    """Return the lines between two tags."""
    return lines_of(_inside(without_cdata(text)))


class _Tag(NamedTuple):
    start: int
    end: int
    word: str  # with the slash of a closing one


def _tagged(text: str) -> Iterator[tuple[_Tag, _Tag, _Tag, _Tag]]:
    """Yield the four tags of each block. Every tag is looked at once, however many are never
    closed.
    """
    tags = [_Tag(*match.span(), (match[1] + match[2]).lower()) for match in _TAG.finditer(text)]
    turns = _turns(text, tags)
    done = 0
    for tag in tags:
        if tag.word not in _SEARCH_TAGS or tag.start < done:
            continue
        at = _next_turn(turns.get(f"/{tag.word}", []), tags, tag)
        if at is not None:
            end = _closing(tags, at + 1)
            yield tag, tags[at], tags[at + 1], end
            done = end.end


def _next_turn(waiting: list[int], tags: list[_Tag], tag: _Tag) -> int | None:
    """Take the first turn below a tag off those that wait, and those above it; None for none."""
    while waiting and tags[waiting[-1]].start < tag.end:
        waiting.pop()
    return waiting.pop() if waiting else None


def _closing(tags: list[_Tag], opening: int) -> _Tag:
    """Return the first tag that closes one."""
    word = f"/{tags[opening].word}"
    return next(tags[at] for at in range(opening + 1, len(tags)) if tags[at].word == word)


def _turns(text: str, tags: list[_Tag]) -> dict[str, list[int]]:
    """Return where a tag that closes a search is followed by one that opens a replacement, by the
    word of the first, the last of each first.
    """
    after = {tag.word: tag for tag in tags}  # the last of each
    turns: dict[str, list[int]] = {}
    for at in range(len(tags) - 1, 0, -1):
        old, new = tags[at - 1], tags[at]
        if _opens_replacement(new, after) and not text[old.end : new.start].strip():
            turns.setdefault(old.word, []).append(at - 1)
    return turns


def _opens_replacement(tag: _Tag, after: Mapping[str, _Tag]) -> bool:
    """Whether a tag opens a replacement that is closed below it."""
    ends = after.get(f"/{tag.word}")
    return tag.word in _REPLACE_TAGS and ends is not None and ends.start >= tag.end


def _inside(text: str) -> str:
    return text.removeprefix("\n").rstrip(" \t").removesuffix("\n")


def without_cdata(text: str) -> str:
    """Return what stands in <![CDATA[ ]]>, other text as it is."""
    match = re.match(r"\s*<!\[CDATA\[\n?(.*?)\]\]>\s*\Z", text, re.DOTALL)
    return match[1] if match else text


@dataclass(frozen=True, slots=True)
class Tagged:
    """What a reply gives in tags: whole files by their names, blocks, and the rest of it."""

    files: tuple[tuple[str, str], ...]
    blocks: tuple[Block, ...]
    rest: str


def read_tagged(text: str) -> Tagged:
    """Take files and blocks in tags out of a text; those that a fence shows beside other lines, as
    a document has them, are none.
    """
    files = _tagged_files(text)
    every = read_tags(text)
    fences = fence_starts(text)
    shown = set(_documents(text, fences, every))
    blocks = [one for one in every if bisect(fences, one.start) not in shown]
    spans = [*(span for span, _, _ in files), *(_Span(one.start, one.end) for one in blocks)]
    return Tagged(
        tuple((name, whole) for _, name, whole in files), tuple(blocks), _without(spans, text)
    )


def _without(spans: list[_Span], text: str) -> str:
    for start, end in sorted(spans, reverse=True):
        text = text[:start] + text[end:]
    return text


def _documents(text: str, fences: list[int], blocks: list[Block]) -> Iterator[int]:
    """Yield the numbers of the lines of fences below which more stands than tags and names."""
    for at in range(1, len(fences), 2):
        start, end = fences[at - 1], fences[at]
        first, last = (bisect(blocks, edge, key=_start) for edge in (start, end))
        lines = _beside(text[:end], text.index("\n", start), blocks[first:last]).split("\n")
        if any(line.strip() and not _is_around(line) for line in lines):
            yield at


def _beside(text: str, start: int, blocks: list[Block]) -> str:
    """Return what stands from a point on beside blocks, which part lines."""
    rest = ""
    for one in blocks:
        rest, start = f"{rest}{text[start : one.start]}\n", one.end
    return rest + text[start:]


def _start(block: Block) -> int:
    return block.start


def _is_around(line: str) -> bool:
    return len(line) <= _LONGEST_LINE and _AROUND.fullmatch(line) is not None


class _Span(NamedTuple):
    start: int
    end: int


def _tagged_files(text: str) -> list[tuple[_Span, str, str]]:
    """Return where files in tags such as <file path="x.py"> stand, their names and texts, without
    those whose tag holds edits of the file.
    """
    found: list[tuple[_Span, str, str]] = []
    if not _FILE_OPENS.search(text) or not _FILE_CLOSES.search(text):
        return found
    for match in _FILE_TAG.finditer(text):
        inside = _IN_A_FENCE.sub(r"\1", without_cdata(match.group("text")))
        if not _holds_edits(inside):
            whole = inside.removesuffix("\n") + "\n"
            found.append((_Span(*match.span()), match.group("name"), whole))
    return found


def _holds_edits(text: str) -> bool:
    return bool(read_tags(text)) or looks_like_blocks(tuple(text.split("\n")))
