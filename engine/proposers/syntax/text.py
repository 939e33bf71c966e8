"""Operators on files in any language: numbers, operator signs and whole lines, without knowing the
grammar.
"""

from __future__ import annotations

import re

import numpy as np

from cladogen.patching.evolve_blocks import open_spans
from cladogen.proposers.syntax.pick import pick, rounded

_SKIP = re.compile(
    r"//[^\n]*|/\*.*?\*/|#(?:include|define|pragma|if|endif|ifdef|ifndef)[^\n]*|\"(?:\\.|[^\"\\\n])*\"",
    re.S,
)
_NUMBER = re.compile(r"(?<![\w.])(\d+\.\d*(?:[eE][-+]?\d+)?|\.\d+|\d+[eE][-+]?\d+|\d+)(?![\w.])")
_SIGNS = {
    "<=": ("<",),
    ">=": (">",),
    "<": ("<=", ">"),
    ">": (">=", "<"),
    "==": ("!=",),
    "!=": ("==",),
    "&&": ("||",),
    "||": ("&&",),
    "+=": ("-=",),
    "-=": ("+=",),
    "+": ("-", "*"),
    "-": ("+",),
    "*": ("+",),
    "/": ("*",),
    "min": ("max",),
    "max": ("min",),
    "true": ("false",),
    "false": ("true",),
}
_SIGN = re.compile(
    r"(?<=[\w)\]] )(<=|>=|<|>|==|!=|&&|\|\||\+=|-=|\+|-|\*|/)(?= "
    r"[\w(\-])|\b(min|max)\b(?=\()|\b(true|false)\b"
)


def _found(pattern: re.Pattern[str], text: str) -> list[re.Match[str]]:
    quiet = [match.span() for match in _SKIP.finditer(text)]
    spans = open_spans(text)
    loud = (match for match in pattern.finditer(text) if not _starts_in(match, quiet))
    return [match for match in loud if _lies_in(match, spans)]


def _starts_in(match: re.Match[str], spans: list[tuple[int, int]]) -> bool:
    return any(start <= match.start() < end for start, end in spans)


def _lies_in(match: re.Match[str], spans: list[tuple[int, int]]) -> bool:
    return any(start <= match.start() and match.end() <= end for start, end in spans)


def numbers(text: str) -> list[re.Match[str]]:
    """Return where a text holds numbers that may change: not in words, quotes or comments."""
    return _found(_NUMBER, text)


def is_length(text: str, match: re.Match[str]) -> bool:
    """Tell whether a number is an index or a length: alone in square brackets."""
    return text[: match.start()].rstrip()[-1:] == "[" and text[match.end() :].lstrip()[:1] == "]"


def number(text: str, donor: str | None, rng: np.random.Generator) -> str:
    """Change one number."""
    found = numbers(text)
    match = pick(found, rng)
    old = match.group(1)
    return text[: match.start(1)] + _moved(old, rng) + text[match.end(1) :]


def _moved(old: str, rng: np.random.Generator) -> str:
    if old.isdigit():
        return str(max(0, _moved_whole(int(old), rng)))
    real = float(old)
    factor = float(np.exp(rng.normal(0, pick((0.05, 0.3, 1.0), rng))))
    return repr(rounded(real * factor if real else rng.random(), 4))


def _moved_whole(value: int, rng: np.random.Generator) -> int:
    step = pick((-1, 1), rng) * int(rng.geometric(0.4))
    scaled = round(value * float(np.exp(rng.normal(0, 0.5))))
    far = abs(value) > 4 and rng.random() < 0.5 and scaled != value
    return scaled if far else value + step


def sign(text: str, donor: str | None, rng: np.random.Generator) -> str:
    """Exchange one operator sign, min for max, or true for false."""
    match = pick(_found(_SIGN, text), rng)
    return text[: match.start()] + pick(_SIGNS[match.group()], rng) + text[match.end() :]


def line(text: str, donor: str | None, rng: np.random.Generator) -> str:
    """Delete, double or move one line that is a statement by itself, or take one of the donor's."""
    indices = _statements(text)
    rows = text.splitlines(keepends=True)
    at, way = pick(indices, rng), rng.random()
    if way < 0.3:
        del rows[at]
    elif way < 0.5:
        rows.insert(at, rows[at])
    elif way < 0.75 or donor is None:
        other = pick(indices, rng)
        rows[at], rows[other] = rows[other], rows[at]
    else:
        return _with_gift(rows, at, donor, rng)
    return "".join(rows)


def _with_gift(rows: list[str], at: int, donor: str, rng: np.random.Generator) -> str:
    """Return the text with a line of the donor's in place of one of its own, or before it."""
    gifts = donor.splitlines(keepends=True)
    chosen = [gifts[position] for position in _statements(donor) if gifts[position] not in rows]
    width = 1 if rng.random() < 0.5 else 0
    gift = pick(chosen, rng)
    rows[at : at + width] = [gift]
    return "".join(rows)


def _statements(text: str) -> list[int]:
    """Return the numbers of lines that end like a statement and open or close nothing."""
    spans, start, found = open_spans(text), 0, []
    for position, row in enumerate(text.splitlines(keepends=True)):
        end = start + len(row)
        if _is_statement(row.strip()) and any(a <= start and end <= b for a, b in spans):
            found.append(position)
        start = end
    return found


def _is_statement(row: str) -> bool:
    balanced = all(row.count(one) == row.count(two) for one, two in ("()", "[]", "{}"))
    return balanced and row.endswith(";") and not row.startswith(_FIXED)


_FIXED = ("//", "#", "return", "using", "typedef")
