"""Where two states of a file differ first, in words: for a refusal that names the line."""

from __future__ import annotations

from cladogen.patching.difference import opcodes
from cladogen.program import Program

SHOWN = 80  # characters of a line


def first_change(path: str, before: Program, after: Program) -> str:
    """Return which line of a file is the first that ``after`` changes, and how."""
    if path not in after.files:
        return "it is deleted"
    old = before.text(path).split("\n") if path in before.files else []
    new = after.text(path).split("\n")
    for kind, start, _, put, _ in opcodes(old, new):
        if kind == "delete":
            return f"line {start + 1} goes: {old[start].strip()[:SHOWN]!r}"
        if kind != "equal":
            return f"line {put + 1}: {new[put].strip()[:SHOWN]!r}"
    return "its mode changes"
