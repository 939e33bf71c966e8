"""Write ``problem.toml``: tables of plain values, in the order given."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


def write_toml(values: Mapping[str, Any], comments: Mapping[str, str] | None = None) -> str:
    """Return TOML; ``comments`` go above the table of that name. Empty values are left out."""
    above = _comments(comments or {})
    rows: list[str] = []  # of single values, then of lists: what is no table
    rows_of_lists: list[str] = []
    tables: list[str] = []
    for key, value in values.items():
        if isinstance(value, Mapping):
            tables.append(above.get(key, "") + _table(_key(key), value))
        elif not isinstance(value, list):
            rows.append(_line(key, value))
        elif _tables(value):
            tables += [above.get(key, "") + _rows(f"[[{_key(key)}]]", each) for each in value]
        else:
            rows_of_lists.append(_line(key, value))
    parts = ["\n".join(filter(None, [*rows, *rows_of_lists])), *tables]
    return "\n\n".join(filter(str.strip, parts)) + "\n"


def _comments(texts: Mapping[str, str]) -> dict[str, str]:
    return {key: _comment(text) for key, text in texts.items()}


def _comment(text: str) -> str:
    return "".join(f"# {line}\n" for line in text.splitlines())


def _tables(value: list[Any]) -> bool:
    return bool(value) and all(isinstance(each, Mapping) for each in value)


def _table(name: str, values: Mapping[str, Any]) -> str:
    own = {key: value for key, value in values.items() if not isinstance(value, Mapping)}
    inner = [key for key in values if key not in own]
    head = [_rows(f"[{name}]", own)] if own else []
    return "\n\n".join([*head, *(_table(f"{name}.{_key(key)}", values[key]) for key in inner)])


def _rows(head: str, values: Mapping[str, Any]) -> str:
    return "\n".join([head, *filter(None, map(_line, values, values.values()))])


def _line(key: str, value: Any) -> str:
    if value is None or value in ("", [], ()):
        return ""
    return f"{_key(key)} = {json.dumps(value, ensure_ascii=False, allow_nan=False)}"


def _key(name: str) -> str:
    bare = name.replace("_", "a").replace("-", "a").isalnum() and name.isascii()
    return name if bare else json.dumps(name)
