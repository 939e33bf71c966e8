"""Preview: a value of JSON and arrays in words, cut to a length, for a model or a person to read.

Only the beginning of a long list is looked at, so that the largest output costs as little as a
small one.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

ITEMS = 200  # of a list that are looked at
DIGITS = 6
SHORTEST = 60  # characters that any part of a table has
CUT = re.compile(r" \.\.\. \((\d+) characters left out\) \.\.\. ")
WORTH = 80  # characters that are not left out, for saying so takes as much room
PARTS = 2  # a part of a table takes at most this share of what is left, the last one all of it


def preview(value: Any, characters: int) -> str:
    """Return a value in at most so many characters, or a few more: a table by its keys, each with
    its share; long texts with their lines; numbers in six digits; arrays with their shape.
    """
    if not isinstance(value, Mapping):
        return _cut(_text(value), characters)
    left = characters
    lines: list[str] = []
    for at, (key, part) in enumerate(value.items()):
        if left <= 0 or at == ITEMS:
            lines.append("...")
            break
        share = left // min(len(value) - at, PARTS)
        text = _cut(_text_of_part(part), max(SHORTEST, share))
        lines.append(f"{key}:\n{_indented(text)}" if "\n" in text else f"{key}: {text}")
        left -= len(lines[-1])
    return "\n".join(lines)


def _text_of_part(part: Any) -> str:
    """Return a text of several lines as it is, one line for anything else."""
    return part if isinstance(part, str) and "\n" in part else _text(part)


def shortened(text: str, characters: int) -> str:
    """Return a preview in which every line that is cut anyway has its head alone, of so many
    characters; what is whole stays.
    """
    return "\n".join(_head(line, characters) for line in text.split("\n"))


def _head(line: str, characters: int) -> str:
    cut = CUT.search(line)
    if cut is None:
        return line
    left = int(cut[1]) + len(line) - len(cut[0]) - characters
    whole = min(cut.start(), characters) < characters or left - int(cut[1]) <= WORTH
    return line if whole else f"{line[:characters]} ... ({left} characters left out) ..."


def _text(value: Any) -> str:
    """Return one line for a value."""
    if hasattr(value, "shape") and hasattr(value, "dtype"):
        return _array(value)
    if isinstance(value, Mapping):
        first = itertools.islice(value.items(), ITEMS)
        return f"{{{_listed(map(_pair, first), len(value))}}}"
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return f"[{_listed(map(_text, value[:ITEMS]), len(value))}]"
    return _atom(value)


def _atom(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.{DIGITS}g}"
    if isinstance(value, str):
        return json.dumps(value[: 100 * ITEMS], ensure_ascii=False)
    return json.dumps(value) if value is None or isinstance(value, int) else str(value)


def _pair(item: tuple[Any, Any]) -> str:
    key, value = item
    return f"{json.dumps(str(key))}: {_text(value)}"


def _listed(first: Iterable[str], count: int) -> str:
    """Return the first of ``count`` items in one line."""
    return ", ".join(first) + ", ..." * (count > ITEMS)


def _array(array: Any) -> str:
    size = " x ".join(map(str, array.shape)) or "one number"
    rows = (
        array.reshape(array.shape[0], -1)[:ITEMS] if array.ndim > 1 else array.reshape(-1)[:ITEMS]
    )
    return f"array of {size}: {_text(rows.tolist())}"


def _cut(text: str, characters: int) -> str:
    """Return head and tail of a long text; a text of several lines is cut between them."""
    if len(text) <= characters:
        return text
    head, tail = text[: characters * 2 // 3], text[-(characters // 3) :]
    left = len(text) - len(head) - len(tail)
    if left <= WORTH:
        return text
    if "\n" in head and "\n" in tail:
        head, tail = head.rpartition("\n")[0] + "\n", "\n" + tail.partition("\n")[2]
    return f"{head} ... ({left} characters left out) ... {tail}"


def _indented(text: str) -> str:
    return "\n".join(f"    {line}".rstrip() for line in text.rstrip("\n").split("\n"))
