"""Edits in JSON: diffs in strings, a path with content or with old and new text, tool calls."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from cladogen.patching.edits import Alternative, FileEdit
from cladogen.patching.read.blocks import block_edit
from cladogen.patching.read.names import named_by
from cladogen.patching.read.regions import clean
from cladogen.patching.read.snippets import Piece

_PATH_KEYS = ["path", "file", "filename", "file_path", "filepath", "name", "target_file"]
_TEXT_KEYS = [
    "content",
    "contents",
    "code",
    "new_content",
    "file_text",
    "source",
    "text",
    "full_content",
]
_OLD_KEYS = ["search", "old", "old_string", "old_str", "old_text", "original", "before", "find"]
_NEW_KEYS = [
    "replace",
    "new",
    "new_string",
    "new_str",
    "new_text",
    "replacement",
    "updated",
    "after",
]
_EDIT = re.compile(r"(?m)^(?:diff --git |--- |@@|\*\*\* Begin|[ \t]*<{5,}|```)")

Read = Callable[[str], Iterator[Piece]]


def as_json(text: str) -> Any:
    """Return the value of a text that is JSON as a whole, None for any other."""
    stripped = text.strip()
    if stripped[:1] not in ("{", "[") or stripped[-1:] not in ("}", "]"):
        return None
    try:
        return json.loads(stripped, strict=False)
    except ValueError:
        return None


def looks_like_json(text: str) -> bool:
    """Whether a text begins as JSON and holds no edit of another form."""
    begins = re.match(r'\s*[{\[]\s*[{\["]', text)
    return bool(begins) and not re.search(r"(?m)^(```|@@|diff --git |<<<)", text)


def from_json(value: Any, texts: Mapping[str, str], read: Read) -> Iterator[Piece]:
    """Yield the edits of a JSON value; ``read`` reads a text that it holds."""
    if isinstance(value, str):
        yield from _from_text(value, texts, read)
    elif isinstance(value, list):
        for item in value:
            yield from from_json(item, texts, read)
    elif isinstance(value, dict):
        yield from _from_object(value, texts, read)


def _from_text(value: str, texts: Mapping[str, str], read: Read) -> Iterator[Piece]:
    inner = as_json(value)
    if inner is not None:
        yield from from_json(inner, texts, read)
    elif _EDIT.search(value):
        yield from read(value)


def _from_object(value: dict[str, Any], texts: Mapping[str, str], read: Read) -> Iterator[Piece]:
    path, old, new, text = (
        _text_at(value, keys) for keys in (_PATH_KEYS, _OLD_KEYS, _NEW_KEYS, _TEXT_KEYS)
    )
    if old is not None and new is not None:
        yield Alternative((block_edit(_lines(old), _lines(new), path or ""),))
    elif path and text is not None and named_by(path, texts):
        yield Alternative((FileEdit(new=path, whole=text),))
    else:
        for key, item in value.items():
            yield from _from_entry(key, item, texts, read)


def _from_entry(key: str, item: Any, texts: Mapping[str, str], read: Read) -> Iterator[Piece]:
    if isinstance(item, str) and named_by(key, texts) and not as_json(item):
        yield Alternative((FileEdit(new=clean(key), whole=clean(item)),))
    else:
        yield from from_json(item, texts, read)


def _text_at(value: dict[str, Any], keys: list[str]) -> str | None:
    return next((clean(value[key]) for key in keys if isinstance(value.get(key), str)), None)


def _lines(text: str) -> tuple[str, ...]:
    return tuple(text.removesuffix("\n").split("\n")) if text else ()
