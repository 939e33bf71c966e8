"""Operators on files in any language: numbers, operator signs and whole lines, without knowing the
grammar.
"""

from __future__ import annotations

import re

import numpy as np

from cladogen.patching.evolve_blocks import open_spans
from cladogen.proposers.syntax.grow import pick, rounded

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
    return [
        match for match in pattern.finditer(text)
        if any(start <= match.start() and match.end() <= end for start, end in spans)
        and not any(start <= match.start() < end for start, end in quiet)
    ]  # fmt: skip


def numbers(text: str) -> list[re.Match[str]]:
    """Return where a text holds numbers that may change: not in words, quotes or comments."""
    return _found(_NUMBER, text)


def number(text: str, donor: str | None, rng: np.random.Generator) -> str | None:
    """Change one number."""
    found = numbers(text)
    if not found:
        return None
    match = pick(found, rng)
    old = match.group(1)
    return text[: match.start(1)] + _moved(old, rng) + text[match.end(1) :]


def _moved(old: str, rng: np.random.Generator) -> str:
    if old.isdigit():
        value = int(old)
        step = pick((-1, 1), rng) * int(rng.geometric(0.4))
        scaled = round(value * float(np.exp(rng.normal(0, 0.5))))
        new = scaled if abs(value) > 4 and rng.random() < 0.5 and scaled != value else value + step
        return str(max(0, new))
    real = float(old)
    factor = float(np.exp(rng.normal(0, pick((0.05, 0.3, 1.0), rng))))
    return repr(rounded(real * factor if real else rng.random(), 4))


def sign(text: str, donor: str | None, rng: np.random.Generator) -> str | None:
    """Exchange one operator sign, min for max, or true for false."""
    found = _found(_SIGN, text)
    if not found:
        return None
    match = pick(found, rng)
    return text[: match.start()] + pick(_SIGNS[match.group()], rng) + text[match.end() :]


def line(text: str, donor: str | None, rng: np.random.Generator) -> str | None:
    """Delete, double or move one line that is a statement by itself, or take one of the donor's."""
    rows = text.splitlines(keepends=True)
    places = _statements(text)
    if not places:
        return None
    at = pick(places, rng)
    way = rng.random()
    if way < 0.3:
        del rows[at]
    elif way < 0.5:
        rows.insert(at, rows[at])
    elif way < 0.75 or donor is None:
        other = pick(places, rng)
        rows[at], rows[other] = rows[other], rows[at]
    else:
        gifts = donor.splitlines(keepends=True)
        chosen = [gifts[place] for place in _statements(donor) if gifts[place] not in rows]
        if not chosen:
            return None
        if rng.random() < 0.5:
            rows[at] = pick(chosen, rng)
        else:
            rows.insert(at, pick(chosen, rng))
    return "".join(rows)


def _statements(text: str) -> list[int]:
    """Return the numbers of lines that end like a statement and open or close nothing."""
    spans, start, found = open_spans(text), 0, []
    for place, row in enumerate(text.splitlines(keepends=True)):
        inside = any(first <= start and start + len(row) <= last for first, last in spans)
        body = row.strip()
        balanced = all(body.count(one) == body.count(two) for one, two in ("()", "[]", "{}"))
        if (
            inside
            and balanced
            and body.endswith(";")
            and not body.startswith(("//", "#", "return", "using", "typedef"))
        ):
            found.append(place)
        start += len(row)
    return found
