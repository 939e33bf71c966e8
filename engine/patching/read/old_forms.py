"""Diffs of older forms, as ``diff -c`` and ``diff`` alone print them, turned into unified ones.

    *** solver.py        --- a name here, too      12c12
    --- solver.py                                  < old
    ***************                                ---
    *** 4,6 ****         ! old, or + and -         > new
    --- 4,6 ----         ! new

A side of a context diff that changes nothing may be left out. What a diff without context only adds
has no line that says where, and stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from cladogen.patching.difference import opcodes
from cladogen.patching.read.lines import first_solid

_OLD_RANGE = re.compile(r"\*\*\* (?P<start>\d+)(?:,\d+)? \*\*\*\*\s*$")
_NEW_RANGE = re.compile(r"--- \d+(?:,\d+)? ----\s*$")
_STARS = re.compile(r"\*{8,}(?:\s.*)?$")
_OLD_NAME = re.compile(r"\*\*\* \S")
_NEW_NAME = re.compile(r"--- \S")
_SIDE = ("  ", "! ", "- ", "+ ")
_RULE = re.compile(r"-{3}\s*$")
_NORMAL = re.compile(r"(?P<start>\d+)(?:,\d+)?[cd]\d+(?:,\d+)?\s*$")

Rows = list[tuple[str, str]]  # sign and text


def as_unified(lines: tuple[str, ...]) -> tuple[str, ...]:
    """Return lines with the hunks of older forms of diffs as unified ones; others as they are."""
    if not any(_OLD_RANGE.match(line) or _NORMAL.match(line) for line in lines):
        return lines
    return tuple(_unified(lines))


def _unified(lines: Sequence[str]) -> Iterator[str]:
    at = 0
    while at < len(lines):
        if _heads_a_file(lines, at):
            yield f"--- {lines[at][4:]}"
            yield f"+++ {lines[at + 1][4:]}"
            at += 2
            continue
        found = _context_hunk(lines, at) or _normal_hunk(lines, at)
        if found is None:
            yield lines[at]
            at += 1
        else:
            hunk, at = found
            yield from hunk


def _heads_a_file(lines: Sequence[str], at: int) -> bool:
    """Whether two lines name the sides of a context diff, whose first hunk follows."""
    if not _OLD_NAME.match(lines[at]) or not _at(_NEW_NAME, lines, at + 1):
        return False
    return _at(_OLD_RANGE, lines, _skip_stars(lines, at + 2)) is not None


def _at(pattern: re.Pattern[str], lines: Sequence[str], at: int) -> re.Match[str] | None:
    """Return what a pattern matches at a line, None also below the last one."""
    return pattern.match(lines[at]) if at < len(lines) else None


def _skip_stars(lines: Sequence[str], at: int) -> int:
    return at + 1 if _at(_STARS, lines, at) else at


def _context_hunk(lines: Sequence[str], at: int) -> tuple[list[str], int] | None:
    """Return the hunk of a context diff that starts at a line, and where it ends."""
    first = _skip_stars(lines, at)
    head = _at(_OLD_RANGE, lines, first)
    if head is None:
        return None
    old, turn = _side(lines, first + 1)
    if not _at(_NEW_RANGE, lines, turn):
        return None
    new, end = _side(lines, turn + 1)
    rows = _merged(old or _kept(new), new or _kept(old))
    return _hunk(head["start"], [sign + text for sign, text in rows]), end


def _hunk(start: str, rows: Sequence[str]) -> list[str]:
    """Return rows of a unified diff below their header."""
    gone, come = (sum(row[0] != other for row in rows) for other in "+-")
    return [f"@@ -{start},{gone} +{start},{come} @@", *rows]


def _side(lines: Sequence[str], at: int) -> tuple[Rows, int]:
    """Return the rows of one side, and the line below them."""
    rows: Rows = []
    while at < len(lines):
        line = lines[at]
        if line.startswith(_SIDE) and not _NEW_RANGE.match(line):
            rows.append((line[0], line[2:]))
        elif not line.strip() and _goes_on(lines, at):
            rows.append((" ", ""))
        elif not line.startswith("\\"):
            break
        at += 1
    return rows, at


def _goes_on(lines: Sequence[str], at: int) -> bool:
    """Whether a side goes on below a blank line that has lost its two blanks."""
    below = first_solid(lines[at:])
    return below.startswith(_SIDE) or _NEW_RANGE.match(below) is not None


def _kept(rows: Rows) -> Rows:
    """Return the side that is left out, for it changes nothing."""
    return [(sign, text) for sign, text in rows if sign == " "]


def _merged(old: Rows, new: Rows) -> Rows:
    """Return both sides as the rows of one hunk: what is no context on either goes or comes."""
    rows: Rows = []
    for tag, i, i_end, j, j_end in opcodes(_forms(old), _forms(new)):
        if tag == "equal":
            rows += [(" ", text) for _, text in old[i:i_end]]
        else:
            rows += _changed(old[i:i_end], new[j:j_end])
    return rows


def _changed(old: Rows, new: Rows) -> Iterator[tuple[str, str]]:
    yield from ((" " if sign == " " else "-", text) for sign, text in old)
    yield from (("+", text) for sign, text in new if sign != " ")


def _forms(rows: Rows) -> list[tuple[bool, str]]:
    return [(sign == " ", text) for sign, text in rows]


def _normal_hunk(lines: Sequence[str], at: int) -> tuple[list[str], int] | None:
    """Return the hunk of a diff without context that starts at a line, and where it ends."""
    head = _NORMAL.match(lines[at])
    if head is None:
        return None
    turn = end = _below(lines, at + 1, "<")
    if _at(_RULE, lines, end):
        turn = _below(lines, end + 1, ">")
    gone = [f"-{line[2:]}" for line in lines[at + 1 : end]]
    come = [f"+{line[2:]}" for line in lines[end + 1 : turn]]
    return (_hunk(head["start"], [*gone, *come]), turn) if gone else None


def _below(lines: Sequence[str], at: int, sign: str) -> int:
    while at < len(lines) and (lines[at].rstrip() == sign or lines[at].startswith(f"{sign} ")):
        at += 1
    return at
