"""Edits in tags: <search> and <replace>, and whole files in <file path="x.py">."""

from __future__ import annotations

import re
from bisect import bisect
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from cladogen.patching.read.blocks import Block, looks_like_blocks

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
_FENCE_LINE = re.compile(r"(?m)^[ \t]{0,3}(?:`{3,}|~{3,})")
_LONGEST_LINE = 300  # of a tag or a name around edits
_AROUND = re.compile(r"\s*(?:</?\w[^<>]*>[^<>]*(?:</\w+>)?|[\w./ :#*`-]*\.\w+\W*)\s*")
_FILE_TAGS = "file|code|document|source|content|antArtifact|boltAction"
_FILE_TAG = re.compile(
    rf"<(?P<tag>{_FILE_TAGS})\b[^<>\n]*?"
    r"\b(?:path|name|filename|file_path|file|filePath|title)="
    r"[\"'](?P<name>[^\"'\n]+)[\"'][^<>\n]*>\n?(?P<text>.*?)\n?</(?P=tag)>",
    re.DOTALL | re.IGNORECASE,
)


def read_tags(text: str) -> list[Block]:
    """Return the blocks written as <search> and <replace> tags."""
    blocks: list[Block] = []
    last = 0
    for old, turn, new, end in _tagged(text):
        names = [first or second for first, second in _TAG_NAME.findall(text[last : old.start])]
        search, put = (
            tuple(_lines(_inside(without_cdata(text[a.end : b.start]))))
            for a, b in ((old, turn), (new, end))
        )
        before = blocks[-1].name if blocks else ""
        name = names[-1] if names else before
        blocks.append(Block(search, put, name, old.start, end.end))
        last = end.end
    return blocks


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
        waiting = turns.get(f"/{tag.word}", [])
        while waiting and tags[waiting[-1]].start < tag.end:
            waiting.pop()
        if waiting:
            at = waiting.pop()
            closing = f"/{tags[at + 1].word}"
            end = next(tags[k] for k in range(at + 2, len(tags)) if tags[k].word == closing)
            yield tag, tags[at], tags[at + 1], end
            done = end.end


def _turns(text: str, tags: list[_Tag]) -> dict[str, list[int]]:
    """Return where a tag that closes a search is followed by one that opens a replacement, by the
    word of the first, the last of each first.
    """
    after = {tag.word: tag for tag in tags}  # the last of each
    turns: dict[str, list[int]] = {}
    for at in range(len(tags) - 1, 0, -1):
        old, new = tags[at - 1], tags[at]
        ends = after.get(f"/{new.word}")
        closed = ends is not None and ends.start >= new.end
        if new.word in _REPLACE_TAGS and closed and not text[old.end : new.start].strip():
            turns.setdefault(old.word, []).append(at - 1)
    return turns


def _inside(text: str) -> str:
    return text.removeprefix("\n").rstrip(" \t").removesuffix("\n")


def _lines(text: str) -> list[str]:
    return text.removesuffix("\n").split("\n") if text else []


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
    fences = [line.start() for line in _FENCE_LINE.finditer(text)]
    shown = set(_documents(text, fences, every))
    blocks = [one for one in every if bisect(fences, one.start) not in shown]
    spans = [(one.start, one.end) for one, _, _ in files]
    spans += [(one.start, one.end) for one in blocks]
    rest = text
    for start, end in sorted(spans, reverse=True):
        rest = rest[:start] + rest[end:]
    return Tagged(tuple((name, whole) for _, name, whole in files), tuple(blocks), rest)


def _documents(text: str, fences: list[int], blocks: list[Block]) -> Iterator[int]:
    """Yield the numbers of the lines of fences below which more stands than tags and names."""
    for at in range(1, len(fences), 2):
        start, end = fences[at - 1], fences[at]
        rest, done = "", text.index("\n", start)
        for one in blocks[bisect(blocks, start, key=_start) : bisect(blocks, end, key=_start)]:
            rest, done = f"{rest}{text[done : one.start]}\n", one.end
        lines = f"{rest}{text[done:end]}".split("\n")
        if any(line.strip() and not _is_around(line) for line in lines):
            yield at


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
    if not re.search(rf"(?mi)^[ \t]*<(?:{_FILE_TAGS}|boltArtifact)\b", text):
        return found
    if not re.search(rf"</(?:{_FILE_TAGS})>", text, re.IGNORECASE):
        return found
    for match in _FILE_TAG.finditer(text):
        inside = re.sub(
            r"\A\s*```[^\n]*\n(.*?)\n?```\s*\Z",
            r"\1",
            without_cdata(match.group("text")),
            flags=re.DOTALL,
        )
        if not (read_tags(inside) or looks_like_blocks(tuple(inside.split("\n")))):
            whole = inside.removesuffix("\n") + "\n"
            found.append((_Span(*match.span()), match.group("name"), whole))
    return found
