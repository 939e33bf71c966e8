"""Edits in JSON: diffs in strings, a path with content or with old and new text, tool calls."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from cladogen.errors import PatchRefused
from cladogen.patching.edits import Alternative, FileEdit, Hunk, LineKind
from cladogen.patching.read.blocks import at_end, rows_of
from cladogen.patching.read.commands import check_no_command
from cladogen.patching.read.json_keys import (
    ACTION_KEYS,
    CODE_KEYS,
    INSERTED_KEYS,
    NEW_KEYS,
    OLD_KEYS,
    PATH_KEYS,
    REMARK_KEYS,
    TARGET_KEYS,
    TEXT_KEYS,
)
from cladogen.patching.read.line_ranges import replaced, told_span
from cladogen.patching.read.lines import lines_of, numbered_lines
from cladogen.patching.read.names import named_by, same_file
from cladogen.patching.read.regions import clean
from cladogen.patching.read.snippets import Piece
from cladogen.patching.read.substrings import edits_of_text
from cladogen.patching.read.whole import Snippet, unfenced_text

_DELETES = frozenset(("delete", "remove", "delete_file", "remove_file", "file_delete"))
_MOVES = frozenset(("rename", "move", "rename_file", "move_file", "file_rename"))
_CHANGES = re.compile(
    r"(?:delete|remove|rename|move|insert|append|prepend|replace|swap|write|add)(?:_|$)"
)
_BESIDE = re.compile(r"(?:insert|prepend)(?:_|$)|add_(?:after|before|line)")
_LONGEST_VALUE = 5000  # lines of an object within prose
_EDIT = re.compile(r"(?m)^(?:diff --git |--- |@@|\*\*\* Begin|[ \t]*<{5,}|```)")

_QUOTED_OR_COMMA = re.compile(r"(\"(?:[^\"\\]|\\.)*\")|,(?=\s*[}\]])", re.DOTALL)

Read = Callable[[str], Iterator[Piece]]


def as_json(text: str) -> Any:
    """Return the value of a text that is JSON as a whole, None for any other."""
    stripped = text.strip()
    if stripped[:1] not in ("{", "[") or stripped[-1:] not in ("}", "]"):
        return None
    for read in (_loads, _without_last_commas, _lines_of_json):
        try:
            return read(stripped)
        except (ValueError, RecursionError):  # what is nested so deep is no edit
            continue
    return None


def _loads(text: str) -> Any:
    return json.loads(text, strict=False)


def _without_last_commas(text: str) -> Any:
    """Read JSON whose lists and objects may end in a comma."""
    kept = _QUOTED_OR_COMMA.sub(lambda match: match[1] or "", text)
    return _loads(kept)


def _lines_of_json(text: str) -> list[Any]:
    """Read JSON Lines: an object a line."""
    return [_loads(line) for line in text.split("\n") if line.strip()]


_DECODER = json.JSONDecoder(strict=False)
_OPENS = re.compile(r"[ \t]*(?:\{\s*\"|\[\s*\{)")


def with_fences_of_json(lines: list[str]) -> list[str]:
    """Return lines of prose with fences around the objects of JSON among them that are edits."""
    if not any(map(_OPENS.match, lines)):
        return lines
    found: list[str] = []
    at, fenced = 0, False
    while at < len(lines):
        fenced ^= lines[at].lstrip().startswith(("```", "~~~"))
        size = 0 if fenced else _size_of_value(lines, at)
        if size:
            found += ["```json", *lines[at : at + size], "```"]
        else:
            found.append(lines[at])
        at += max(size, 1)
    return found


def _size_of_value(lines: list[str], at: int) -> int:
    """Return how many lines an object of JSON that is an edit takes up, 0 where none starts."""
    if not _OPENS.match(lines[at]):
        return 0
    text = "\n".join(lines[at : at + _LONGEST_VALUE]).lstrip()
    try:
        value, end = _DECODER.raw_decode(text)
    except (ValueError, RecursionError):
        return 0
    whole = not text[end:].partition("\n")[0].strip()
    return text.count("\n", 0, end) + 1 if whole and _is_edit(value) else 0


def _is_edit(value: Any) -> bool:
    """Whether a value has the keys of an edit, itself or in what it holds."""
    if isinstance(value, list):
        return any(map(_is_edit, value))
    if not isinstance(value, dict):
        return False
    return _has_keys_of_an_edit(value) or any(map(_is_edit, value.values()))


def _has_keys_of_an_edit(value: Mapping[str, Any]) -> bool:
    """Whether an object names a file, and gives text."""
    keys = set(map(_snake, value))
    return not keys.isdisjoint(PATH_KEYS) and not keys.isdisjoint(
        (*OLD_KEYS, *NEW_KEYS, *TEXT_KEYS)
    )


def starts_with_value(text: str) -> bool:
    """Whether a text begins with a complete value of JSON that is an edit."""
    return _size_of_value(text.lstrip().split("\n"), 0) > 0


def looks_like_json(text: str) -> bool:
    """Whether a text begins as JSON and holds no edit of another form."""
    begins = re.match(r'\s*[{\[]\s*[{\["]', text)
    if begins and starts_with_value(text):
        return False
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


def _from_object(given: dict[str, Any], texts: Mapping[str, str], read: Read) -> Iterator[Piece]:
    value = {_snake(key): item for key, item in given.items()}
    _check_command(value.get("command"), texts)
    keys = (PATH_KEYS, OLD_KEYS, NEW_KEYS, TEXT_KEYS)
    fields = _Fields(*(_text_at(value, each) for each in keys))
    edits = _edits(value, fields, texts)
    if edits is not None:
        yield Alternative(edits)
        return
    found = list(_from_values(value, fields.path, texts, read))
    if not found:
        _check_understood(value, fields.name, texts)
    yield from found


class _Fields(NamedTuple):
    """What an object gives under the names that models use, None for what it does not give."""

    path: str | None
    old: str | None
    new: str | None
    text: str | None

    @property
    def name(self) -> str:
        return self.path or ""

    @property
    def put(self) -> str | None:
        """What comes in the place of lines."""
        return self.new if self.text is None else self.text


def _edits(
    value: dict[str, Any], fields: _Fields, texts: Mapping[str, str]
) -> tuple[FileEdit, ...] | None:
    """Return the edits that an object says itself, None where it says none."""
    if one := _in_other_words(value, fields, texts):
        return (one,)
    if fields.old is not None and fields.new is not None:
        every = str(value.get("replace_all")).lower() == "true"
        return edits_of_text(fields.old, fields.new, fields.name, texts, every=every)
    one = _of_text(value, fields, texts)
    return None if one is None else (one,)


def _in_other_words(
    value: dict[str, Any], fields: _Fields, texts: Mapping[str, str]
) -> FileEdit | None:
    """Return the edit that an object tells by the numbers of lines, or by what becomes of its
    file.
    """
    exchanges = fields.old is not None or fields.text is not None
    moved = None if exchanges else _of_whole_file(value, fields.name, texts)
    inserted = _inserted(value, fields.name, texts)
    ways = (_of_lines(value, fields, texts), moved, inserted)
    return next(filter(None, ways), None)


def _of_lines(value: dict[str, Any], fields: _Fields, texts: Mapping[str, str]) -> FileEdit | None:
    """Return the edit of lines that are named by their numbers."""
    span = told_span(value) if fields.old is None else None
    put, path = fields.put, same_file(fields.name, texts)
    if span is None or put is None or not path:
        return None
    return replaced(path, span, lines_of(put), texts)


def _of_text(value: dict[str, Any], fields: _Fields, texts: Mapping[str, str]) -> FileEdit | None:
    """Return the edit by a text alone: at the end of a file, or in the place of all of it."""
    path, text = same_file(fields.name, texts), fields.text
    if text is None:
        return None
    if path and _adds(value):
        _check_adds_at_end(value, fields.name, texts)
        return at_end(path, lines_of(text))
    known = named_by(fields.name, texts) or path
    return FileEdit(new=known, whole=unfenced_text(known, text)) if known else None


def _check_adds_at_end(value: Mapping[str, Any], path: str, texts: Mapping[str, str]) -> None:
    """Raise PatchRefused for an object whose text is to come elsewhere than at the end."""
    if _BESIDE.match(_action_in(value)):
        _check_understood(value, path, texts)


def _check_command(command: Any, texts: Mapping[str, str]) -> None:
    """Raise PatchRefused for a call that takes an edit back, or one of a shell that changes a
    file.
    """
    if command in ("undo_edit", "undo"):
        raise PatchRefused(
            "ambiguous-context",
            "the reply takes an edit back by a call; send the edits that are to be made, alone",
        )
    if isinstance(command, str):
        check_no_command(command, texts)


def _snake(key: str) -> str:
    """Return a key as this module spells it: filePath is file_path. A file's name stays."""
    if re.fullmatch(r"[A-Z]?[a-z]+(?:[A-Z][a-z]+)+", key) is None:
        return key
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", key).lower()


def _from_values(
    value: dict[str, Any], path: str | None, texts: Mapping[str, str], read: Read
) -> Iterator[Piece]:
    """Yield what an object's code says, or what its values say one by one."""
    code = "" if path else _text_at(value, CODE_KEYS) or ""
    if "\n" not in code.strip():
        for key, item in value.items():
            yield from _from_entry(key, _of_file(item, path, texts), texts, read)
    elif _EDIT.search(code):
        yield from _from_text(code, texts, read)
    else:
        yield Snippet(code, "")


def _of_whole_file(
    value: Mapping[str, Any], path: str, texts: Mapping[str, str]
) -> FileEdit | None:
    """Return what an object says is to become of a file of the program, and nothing else: it goes,
    or gets another name; None for any other object.
    """
    file, action, target = same_file(path, texts), _action_in(value), _target_in(value)
    said = set(value) - {*PATH_KEYS, *ACTION_KEYS, *TARGET_KEYS, *REMARK_KEYS}
    if not file or said:
        return None
    if action in _DELETES:
        return FileEdit(old=file, deleted=True)
    return FileEdit(old=file, new=target, renamed=True) if target and action in _MOVES else None


def _target_in(value: Mapping[str, Any]) -> str:
    """Return the other name that an object gives, "" for none."""
    return next(filter(None, (_text(value.get(key)) for key in TARGET_KEYS)), "")


def _action_in(value: Mapping[str, Any]) -> str:
    """Return what an object calls its kind, with underscores; "" where it says none."""
    found = (value.get(key) for key in ACTION_KEYS)
    words = next((one for one in found if isinstance(one, str)), "")
    return re.sub(r"[\s-]+", "_", words.strip().lower())


def _adds(value: Mapping[str, Any]) -> bool:
    """Whether an object says that its text comes to what its file has."""
    action = _action_in(value)
    return action in ("a", "append", "append_to_file") or bool(_BESIDE.match(action))


def _check_understood(value: Mapping[str, Any], path: str, texts: Mapping[str, str]) -> None:
    """Raise PatchRefused for an object that says it changes a file, in a form that is not known."""
    file, action = same_file(path, texts), _action_in(value)
    if file and _CHANGES.match(action):
        raise PatchRefused(
            "ambiguous-context",
            f'{file}: an edit of the kind "{action[:40]}" is not understood; give the old and the '
            "new text, a diff, or the whole file",
        )


def _of_file(item: Any, path: str | None, texts: Mapping[str, str]) -> Any:
    """Return the edits in an object, as those of the file that it names, where they name none."""
    return _with_path(item, path) if path and same_file(path, texts) else item


def _with_path(item: Any, path: str) -> Any:
    """Return an object, or each of a list, with a path where it names none."""
    if isinstance(item, list):
        return [_with_path(each, path) for each in item]
    if not isinstance(item, dict) or set(map(_snake, item)) & set(PATH_KEYS):
        return item
    return {"path": path, **item}


def _inserted(value: dict[str, Any], path: str, texts: Mapping[str, str]) -> FileEdit | None:
    """Return what a call inserts below a line of a file; None for another call. The lines around
    come with it, as a diff shows them.
    """
    number, text = str(value.get("insert_line", "")).strip(), _text_at(value, INSERTED_KEYS)
    file = same_file(path, texts)
    if not number.isdecimal() or text is None or not file:
        return None
    lines = numbered_lines(texts[file])
    at = int(number)
    if at > len(lines):
        raise PatchRefused(
            "removed-lines-not-found", f"{file}: no line {at}; the file has {len(lines)}"
        )
    first = max(at - 3, 0)
    above = rows_of(LineKind.CONTEXT, lines[first:at])
    below = rows_of(LineKind.CONTEXT, lines[at : at + 3])
    rows = (*above, *rows_of(LineKind.ADDED, lines_of(text)), *below)
    return FileEdit(new=file, hunks=(Hunk(rows, start=first + 1),))


def _from_entry(key: str, item: Any, texts: Mapping[str, str], read: Read) -> Iterator[Piece]:
    if isinstance(item, str) and named_by(key, texts) and _is_file(key, item):
        yield Alternative((FileEdit(new=clean(key), whole=clean(item)),))
    else:
        yield from from_json(item, texts, read)


def _is_file(name: str, text: str) -> bool:
    """Whether a text under a file's name is the file: JSON is edits, but in a file of JSON."""
    return name.endswith((".json", ".jsonl", ".ipynb")) or not as_json(text)


def _text_at(value: dict[str, Any], keys: list[str]) -> str | None:
    """Return the text under the first of some keys that has one, also as a list of its lines."""
    return next((text for key in keys if (text := _text(value.get(key))) is not None), None)


def _text(value: Any) -> str | None:
    given = _joined(value) if isinstance(value, list) else value
    return clean(given) if isinstance(given, str) else None


def _joined(lines: list[Any]) -> str | None:
    """Return a list of lines as a text, None for a list of anything else, or of nothing."""
    if not lines or not all(isinstance(line, str) for line in lines):
        return None
    return "".join(line.removesuffix("\n") + "\n" for line in lines)
