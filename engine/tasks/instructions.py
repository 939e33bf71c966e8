"""A Dockerfile's instructions: continued lines joined, comments left out, here-documents whole."""

from __future__ import annotations

import re
from collections.abc import Iterator

_HERE = re.compile(r"<<(-?)([\"']?)(\w+)\2")


def instructions(text: str) -> Iterator[tuple[str, str]]:
    """Yield each instruction's word, in capitals, and the rest of it."""
    lines = iter(text.splitlines())
    for line in lines:
        if line.strip() and not line.lstrip().startswith("#"):
            word, _, rest = _continued(line, lines).strip().partition(" ")
            yield word.upper(), rest.strip() + _documents(rest, lines)


def _continued(line: str, lines: Iterator[str]) -> str:
    """Return a line with those that go on with it, without comments among them."""
    while line.rstrip().endswith("\\"):
        more = next(lines, None)
        if more is None:
            break
        if not more.lstrip().startswith("#"):
            line = f"{line.rstrip()[:-1]} {more}"
    return line


def _documents(rest: str, lines: Iterator[str]) -> str:
    """Return the here-documents that an instruction opens, to the lines that end them."""
    found = ""
    for tabs, _, end in _HERE.findall(rest):
        for line in lines:
            found += f"\n{line}"
            if (line.lstrip("\t") if tabs else line).rstrip() == end:
                break
    return found
