"""The `for` loops of a text in C or C++, found without a grammar.

A loop is read where its head counts one variable up by one (``for (int i = 0; i < n; ++i)``); its
body is a block, one statement, or another loop.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from cladogen.patching.evolve_blocks import open_spans

# Comments, directives and literals: no loop begins in them, and no bracket in them counts.
QUIET = re.compile(
    r"//[^\n]*|/\*.*?\*/|^[ \t]*#[^\n]*|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'", re.S | re.M
)
_FOR = re.compile(r"\bfor\s*\(")
_FIRST = re.compile(r"\s*((?:[A-Za-z_][\w:]*\s+)+)([A-Za-z_]\w*)\s*=\s*([^,;]+?)\s*")
_LIMIT = re.compile(r"\s*([A-Za-z_]\w*)\s*(<=?)\s*([^;&|?]+?|\([^;]*\))\s*")
_CLOSING = {"(": ")", "[": "]", "{": "}"}
LARGEST = 100_000  # characters of a text that is looked through for loops


@dataclass(frozen=True, slots=True)
class Loop:
    """A counting loop: where it stands, its head without brackets, and its body as text."""

    start: int
    end: int
    head: str
    body: str
    kind: str  # the type of the variable, as written
    variable: str
    first: str
    test: str  # "<" or "<="
    limit: str

    @property
    def limit_text(self) -> str:
        """The first value that is not reached, as an expression."""
        plain = self.limit if re.fullmatch(r"\w+|\(.*\)", self.limit) else f"({self.limit})"
        return plain if self.test == "<" else f"{plain} + 1"

    def mentions(self, name: str) -> bool:
        """Tell whether the head reads a name."""
        return is_named(name, self.head)


def loops(text: str) -> list[Loop]:
    """Return the counting loops that may change, outer ones before those inside them."""
    if len(text) > LARGEST:
        return []
    plain = blanked(text)
    spans = open_spans(text)
    found = (_read(text, plain, match) for match in _FOR.finditer(plain))
    return [loop for loop in found if loop is not None and _is_within(loop, spans)]


def _is_within(loop: Loop, spans: Iterable[tuple[int, int]]) -> bool:
    return any(first <= loop.start and loop.end <= last for first, last in spans)


def blanked(text: str) -> str:
    """Return the text with spaces in place of comments, directives and literals."""
    return QUIET.sub(lambda match: re.sub(r"[^\n]", " ", match.group()), text)


def is_named(name: str, code: str) -> bool:
    return re.search(rf"(?<![\w.]){re.escape(name)}\b", code) is not None


def with_value(code: str, name: str, value: str) -> str:
    """Return code that reads ``value`` where it read a variable."""
    return re.sub(rf"(?<![\w.]){re.escape(name)}\b", value, code)


def statements(body: str) -> list[str]:
    """Return the statements of a block in order, each as written, its comment before it."""
    plain, found, start, at = blanked(body), [], 0, 0
    while at < len(plain):
        if plain[at].isspace():
            at += 1
            continue
        at = _statement_end(plain, at)
        found.append(body[start:at].strip())
        start = at
    return found


def _read(text: str, plain: str, match: re.Match[str]) -> Loop | None:
    """Return the loop whose head begins at a match, None for one of another form."""
    closed = _closed(plain, match.end() - 1)
    head = plain[match.end() : closed - 1]
    parts = head.split(";")
    if closed > len(plain) or len(parts) != 3:
        return None
    first, limit = _FIRST.fullmatch(parts[0]), _LIMIT.fullmatch(parts[1])
    if first is None or limit is None or limit[1] != first[2]:
        return None
    if re.sub(r"\s", "", parts[2]) not in (f"++{first[2]}", f"{first[2]}++", f"{first[2]}+=1"):
        return None
    end = _statement_end(plain, match.start())
    return Loop(
        match.start(), end, text[match.end() : closed - 1], text[_inside(plain, closed, end)],
        first[1].strip(), first[2], first[3], limit[2], limit[3],
    )  # fmt: skip


def _inside(plain: str, closed: int, end: int) -> slice:
    """Return where the body lies of a loop whose head is closed, without braces round it."""
    start = closed + len(plain[closed:]) - len(plain[closed:].lstrip())
    braces = plain[start : start + 1] == "{"
    return slice(start + 1, end - 1) if braces else slice(start, end)


def _statement_end(plain: str, at: int) -> int:
    """Return where the statement that begins at a position ends."""
    while at < len(plain) and plain[at].isspace():
        at += 1
    if plain[at : at + 1] == "{":
        return _closed(plain, at)
    word = re.compile(r"(?:for|while|if|switch)\b\s*(?:constexpr\s*)?").match(plain, at)
    if word is not None and plain[word.end() : word.end() + 1] == "(":
        end = _statement_end(plain, _closed(plain, word.end()))
        other = re.compile(r"\s*else\b").match(plain, end)
        return end if other is None else _statement_end(plain, other.end())
    return _behind_semicolon(plain, at)


def _behind_semicolon(plain: str, at: int) -> int:
    while at < len(plain) and plain[at] != ";":
        at = _closed(plain, at) if plain[at] in _CLOSING else at + 1
    return min(at + 1, len(plain))


def _closed(plain: str, at: int) -> int:
    """Return the position behind the bracket that closes the one at a position; behind the end of
    the text when there is none.
    """
    waiting: list[str] = []
    for position in range(at, len(plain)):
        sign = plain[position]
        if sign in _CLOSING:
            waiting.append(_CLOSING[sign])
        elif waiting and sign == waiting[-1]:
            waiting.pop()
            if not waiting:
                return position + 1
    return len(plain) + 1
