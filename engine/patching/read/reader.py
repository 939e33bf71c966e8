"""Read a reply: which edits it proposes, in which alternatives."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from cladogen.errors import PatchRefused
from cladogen.patching.edits import Alternative, FileEdit
from cladogen.patching.read.blocks import (
    Block,
    block_edit,
    looks_like_blocks,
    read_blocks,
    read_tags,
)
from cladogen.patching.read.headers import first_header, is_header, looks_like_diff, unindented
from cladogen.patching.read.names import mentioned, named_by
from cladogen.patching.read.regions import Region, clean, cut, regions
from cladogen.patching.read.unified import DiffReader
from cladogen.patching.read.whole import Snippet, read_snippet, tagged_files

Texts = Mapping[str, str]  # the program's files
Piece = Alternative | Snippet

_PATH_KEYS = ("path", "file", "filename", "file_path", "filepath", "name", "target_file")
_TEXT_KEYS = (
    "content",
    "contents",
    "code",
    "new_content",
    "file_text",
    "source",
    "text",
    "full_content",
)
_OLD_KEYS = ("search", "old", "old_string", "old_str", "old_text", "original", "before", "find")
_NEW_KEYS = (
    "replace",
    "new",
    "new_string",
    "new_str",
    "new_text",
    "replacement",
    "updated",
    "after",
)
_SEARCH_WORDS = frozenset(["search", "find", "before", "old", "original", "from", "replace-this"])
_REPLACE_WORDS = frozenset(
    ["replace", "replacement", "replace-with", "with", "after", "new", "updated", "to"]
)


def read(reply: str, texts: Texts) -> list[Alternative]:
    """Return what ``reply`` proposes, in its order; raises PatchRefused for a reply that is cut
    short or proposes nothing.
    """
    pieces = list(_pieces(reply, texts))
    found = [piece for piece in pieces if isinstance(piece, Alternative)]
    snippets = [piece for piece in pieces if isinstance(piece, Snippet)]
    found = _in_order(pieces, texts) if snippets else found
    if not any(one.edits for one in found):
        raise PatchRefused(
            "no-op", "the reply proposes no edit: no diff, no SEARCH/REPLACE block, no whole file"
        )
    return found


def _in_order(pieces: list[Piece], texts: Texts) -> list[Alternative]:
    """Turn snippets into whole files: those with a name, or the last that can only mean one
    file.
    """
    edits = any(isinstance(piece, Alternative) for piece in pieces)
    named = any(isinstance(piece, Snippet) and piece.name for piece in pieces)
    found: list[Alternative] = []
    unnamed: list[Snippet] = []
    for piece in pieces:
        if isinstance(piece, Alternative):
            found.append(piece)
        elif piece.name:
            if not (edits and _is_part(piece, texts)):
                found.append(
                    Alternative(
                        (FileEdit(new=piece.name, whole=piece.text),), piece.instead, piece.group
                    )
                )
        else:
            unnamed.append(piece)
    return found if edits or named else [*found, *_only_file(unnamed, texts)]


def _is_part(snippet: Snippet, texts: Texts) -> bool:
    """Whether a named fence next to real edits merely shows a part of its file."""
    name = snippet.name.rpartition("/")[2]
    text = next((text for path, text in texts.items() if path.rpartition("/")[2] == name), "")
    return bool(text) and not looks_complete(snippet.text, text)


def looks_complete(text: str, base: str) -> bool:
    """Whether a text stands for the whole of a file rather than for a part of it."""
    lines, old = (
        [line.strip() for line in one.split("\n") if line.strip()] for one in (text, base)
    )
    return not old or 3 * len(lines) >= len(old) or (bool(lines) and lines[0] == old[0])


def _only_file(snippets: list[Snippet], texts: Texts) -> Iterator[Alternative]:
    """Fences without any name: those that can be a file of the program, complete ones rather than
    parts.
    """
    possible = [
        one for one in snippets if one.text.strip() and any(one.fits(path) for path in texts)
    ]
    complete = [
        one
        for one in possible
        if any(looks_complete(one.text, texts[path]) for path in texts if one.fits(path))
    ]
    for snippet in complete or possible:
        if snippet.text.strip():
            edit = FileEdit(whole=snippet.text, hint=snippet.hint, language=snippet.language)
            yield Alternative((edit,), snippet.instead, snippet.group)


def _pieces(text: str, texts: Texts) -> Iterator[Piece]:
    data = _json(text)
    if data is not None:
        yield from _from_json(data, texts)
        return
    if re.match(r'\s*[{\[]\s*[{\["]', text) and not re.search(
        r"(?m)^(```|@@|diff --git |<<<)", text
    ):
        raise PatchRefused(
            "truncated-reply", "the reply starts as JSON but is none; send the complete reply again"
        )
    files = (
        tagged_files(text)
        if re.search(r"(?m)^[ \t]*<(?:file|code|document|source|content)\b", text)
        else []
    )
    blocks = read_tags(text)
    if files or blocks:
        yield from (Alternative((FileEdit(new=name, whole=content),)) for name, content in files)
        yield from _from_blocks(blocks, "")
        return
    yield from _from_regions(regions(text), texts)


def _from_regions(found: list[Region], texts: Texts) -> Iterator[Piece]:
    place = group = 0
    while place < len(found):
        region = found[place]
        group += region.opens_option
        pair = _fence_pair(found, place, texts)
        if pair:
            yield replace(pair[0], group=group)
            place = pair[1]
            continue
        for piece in _from_fence(region, texts) if region.fenced else _from_prose(region, texts):
            yield replace(piece, group=group)
        place += 1


# -- fences


def _from_fence(region: Region, texts: Texts) -> Iterator[Piece]:
    hint = _hint(region.before, texts)
    region = replace(region, lines=unindented(region.lines))
    if not region.closed:
        raise _truncated(region, texts)
    data = _json("\n".join(region.lines)) if region.lines and region.lines[0][:1] in "{[" else None
    if data is not None:
        pieces = list(_from_json(data, texts))
        if pieces:
            yield from pieces
            return
    if looks_like_blocks(region.lines):
        snippet = read_snippet(region, texts)
        yield from _from_blocks(
            read_blocks(region.lines, texts, texts.values(), snippet.name), hint, region.instead
        )
    elif looks_like_diff(region.lines, region.info) and not _is_document(region, texts):
        yield from _from_diff(region, hint, texts)
    elif _holds_fences(region) and not _is_document(region, texts):
        yield from _from_regions(cut(list(region.lines)), texts)
    else:
        yield read_snippet(region, texts)


def _is_document(region: Region, texts: Texts) -> bool:
    """Whether a fence is a document (with fences or diffs of its own), told by the name it is
    given.
    """
    name = read_snippet(region, texts).name
    return name.endswith((".md", ".rst", ".txt", ".patch", ".diff")) and not region.info.startswith(
        ("diff", "patch")
    )


def _holds_fences(region: Region) -> bool:
    return any(re.match(r"\s*(```|~~~)\S", line) for line in region.lines)


def _from_diff(region: Region, hint: str, texts: Texts) -> Iterator[Piece]:
    reader = DiffReader(region.lines, texts, fenced=True)
    reader.read(first_header(region.lines))
    edits = tuple(_hinted(edit, hint) for edit in reader.edits)
    if edits:
        yield Alternative(edits, region.instead)


def _hinted(edit: FileEdit, hint: str) -> FileEdit:
    return edit if edit.old or edit.new else replace(edit, hint=hint)


def _hint(before: tuple[str, ...], texts: Texts) -> str:
    for line in reversed(before[-2:]):
        name = named_by(line, texts) or mentioned(line, texts)
        if name:
            return name
    return ""


def _truncated(region: Region, texts: Texts) -> PatchRefused:
    """Say where a fence that is never closed breaks off."""
    where = "the last fence"
    if looks_like_diff(region.lines, region.info):
        reader = DiffReader(region.lines, texts, fenced=True)
        reader.read()
        if reader.edits:
            last = reader.edits[-1]
            where = f"{last.name}: the reply ends in hunk {len(last.hunks)}; the fence"
    return PatchRefused(
        "truncated-reply", f"{where} is never closed; send the complete reply again"
    )


def _fence_pair(found: list[Region], place: int, texts: Texts) -> tuple[Alternative, int] | None:
    """Two fences headed SEARCH and REPLACE are one block; return it and the region after it."""
    second = next(
        (k for k in range(place + 1, min(place + 3, len(found))) if found[k].fenced), None
    )
    if second is None or not all(
        found[k].fenced and found[k].closed and found[k].before for k in (place, second)
    ):
        return None
    heads = [
        re.sub(r"[^a-z]+", "-", found[k].before[-1].lower()).strip("-") for k in (place, second)
    ]
    if heads[0] not in _SEARCH_WORDS or heads[1] not in _REPLACE_WORDS:
        return None
    above = found[place].before[:-1]
    name = next((named for line in reversed(above) if (named := named_by(line, texts))), "")
    return Alternative(
        (block_edit(found[place].lines, found[second].lines, name, _hint(above, texts)),)
    ), second + 1


# -- prose


def _from_prose(region: Region, texts: Texts) -> Iterator[Piece]:
    lines = unindented(region.lines)
    if looks_like_blocks(lines):
        blocks = read_blocks(lines, texts, texts.values())
        yield from _from_blocks(blocks, "", region.instead)
        return
    place = 0
    while place < len(lines):
        if not _starts_diff(lines, place):
            place += 1
            continue
        reader = DiffReader(lines, texts, fenced=False)
        end = reader.read(place)
        if reader.open_envelope:
            raise PatchRefused(
                "truncated-reply",
                "the reply ends before *** End Patch; send the complete reply again",
            )
        if min(reader.missing) > 0 and (lines[-1].strip() or sum(reader.missing) > 9):
            raise PatchRefused(
                "truncated-reply", "the reply ends inside a hunk; send the complete reply again"
            )
        hint = _hint(tuple(line for line in lines[:place] if line.strip())[-2:], texts)
        if reader.edits:
            yield Alternative(tuple(_hinted(edit, hint) for edit in reader.edits))
        place = max(end, place + 1)


def _starts_diff(lines: tuple[str, ...], place: int) -> bool:
    line = lines[place]
    if line.startswith(
        ("diff --git ", "*** Begin Patch", "*** Update File:", "*** Add File:")
    ) or is_header(lines, place):
        return True
    return bool(re.match(r"@@ (-\d|@@|\.\.\.)|@@$", line))


# -- blocks and JSON


def _from_blocks(
    blocks: Iterable[Block], hint: str, instead: bool = False
) -> Iterator[Alternative]:
    together: list[FileEdit] = []
    end = None
    for block in blocks:
        if end is not None and block.start > end + 3:
            yield Alternative(tuple(together), instead)
            together = []
        together.append(block_edit(block.search, block.replace, block.name, hint))
        end = block.end
    if together:
        yield Alternative(tuple(together), instead)


def _json(text: str) -> Any:
    stripped = text.strip()
    if stripped[:1] not in ("{", "[") or stripped[-1:] not in ("}", "]"):
        return None
    try:
        return json.loads(stripped, strict=False)
    except ValueError:
        return None


def _from_json(value: Any, texts: Texts) -> Iterator[Piece]:
    """Read edits out of JSON: diffs in strings, path and content, path with old and new text, tool
    calls.
    """
    if isinstance(value, str):
        inner = _json(value)
        if inner is not None:
            yield from _from_json(inner, texts)
        elif re.search(r"(?m)^(?:diff --git |--- |@@|\*\*\* Begin|[ \t]*<{5,}|```)", value):
            yield from _pieces(value, texts)
    elif isinstance(value, list):
        for item in value:
            yield from _from_json(item, texts)
    elif isinstance(value, dict):
        yield from _from_object(value, texts)


def _from_object(value: dict[str, Any], texts: Texts) -> Iterator[Piece]:
    path, old, new, text = (
        _text_at(value, keys) for keys in (_PATH_KEYS, _OLD_KEYS, _NEW_KEYS, _TEXT_KEYS)
    )
    if old is not None and new is not None:
        search, put = (
            tuple(side.removesuffix("\n").split("\n")) if side else () for side in (old, new)
        )
        yield Alternative((block_edit(search, put, path or ""),))
    elif path and text is not None and named_by(path, texts):
        yield Alternative((FileEdit(new=path, whole=text),))
    else:
        for key, item in value.items():
            if isinstance(item, str) and named_by(key, texts) and not _json(item):
                yield Alternative((FileEdit(new=clean(key), whole=clean(item)),))
            else:
                yield from _from_json(item, texts)


def _text_at(value: dict[str, Any], keys: tuple[str, ...]) -> str | None:
    return next((clean(value[key]) for key in keys if isinstance(value.get(key), str)), None)
