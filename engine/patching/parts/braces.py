"""Statements of a text whose blocks lie in braces, and the names that they define."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_CONTAINER = re.compile(
    r"\b(?:class|struct|enum(?:\s+class)?|union|trait|interface|namespace|mod|object|record|type)\s+"
    r"(?P<name>[\w:$]+)[^()=;]*\Z"
)
_IMPL = re.compile(r"\bimpl\b.+\Z", re.DOTALL)
_FUNCTION = re.compile(
    r"\b(?:function\b\s*\*?|func\b|fun\b|fn\b)\s*(?P<receiver>\([^()]*\)\s*)?(?P<name>[\w$]+)"
)
_ASSIGNED = re.compile(
    r"\A(?:export\s+|pub\s+|static\s+|final\s+)*(?:const|let|var|val|constexpr|auto)\b[^=({]*?"
    r"(?P<name>[A-Za-z_$][\w$]*)\s*(?::[^=]+)?=(?!=)|\Astatic\b[^=({]*?(?P<other>\w+)\s*="
)
_CALLABLE = re.compile(r"(?P<name>operator\s*[^\s(]+|~?[A-Za-z_$][\w$:]*)\s*\(")
_NOT_NAMES = frozenset(
    [
        "if",
        "for",
        "while",
        "switch",
        "catch",
        "return",
        "sizeof",
        "else",
        "do",
        "alignas",
        "decltype",
        "noexcept",
        "super",
        "this",
    ]
)
# Attributes and annotations: brackets follow them, and they are no definition.
_QUALIFIER = re.compile(
    r"(?:\b(?:__attribute__|__attribute|__declspec|__launch_bounds__|_Alignas|alignas|decltype"
    r"|explicit|noexcept)|@[\w.]+)\s*\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)|\[\[(?:(?!\[\[).)*?\]\]",
    re.DOTALL,
)
_CONTROL = frozenset(["if", "for", "while", "switch", "catch", "return", "else", "do", "match"])
_CONTINUES = tuple("=,+-*/&|?:.(<>[")


@dataclass(frozen=True, slots=True)
class Statement:
    """What lies between two ends of statements: its offsets (``end`` inclusive), name and inside.

    A name of "" is none; what lies inside a namespace without a name is in ``inside`` all the same.
    """

    start: int
    end: int
    name: str
    head: str
    inside: tuple[Statement, ...] = ()
    value: bool = False


def statements(code: str, line_ends: bool) -> tuple[Statement, ...]:
    """Return the statements of the outermost level that define a name or hold some that do."""
    return tuple(_Scanner(code, line_ends).level(0, len(code)))


def _name(head: str) -> tuple[str, str]:
    """Return what a statement's head defines: (name, "container", "function", "value" or "")."""
    head = _QUALIFIER.sub(" ", head)
    impl = _IMPL.search(head)
    if impl:
        return " ".join(impl.group().split()), "container"
    for pattern, kind in ((_CONTAINER, "container"), (_ASSIGNED, "value"), (_FUNCTION, "function")):
        match = pattern.search(head)
        if match:
            groups = match.groupdict()
            name = groups["name"] or groups.get("other") or ""
            return _received(groups.get("receiver")) + name, kind
    return _called(head), "function"


def _received(receiver: str | None) -> str:
    """Return the type that a method of Go belongs to, as a prefix of its name."""
    words = re.findall(r"\w+", receiver or "")
    return words[-1] + "." if words else ""


def _called(head: str) -> str:
    """Return the first name in front of a bracket: a function as C, Java and methods have it.

    What stands under a condition or in a loop is called there, not defined.
    """
    word = re.match(r"\W*(\w+)", head)
    if word and word[1] in _CONTROL:
        return ""
    names = (match["name"] for match in _CALLABLE.finditer(head))
    return next((name for name in names if name not in _NOT_NAMES), "")


@dataclass(slots=True)
class _Scanner:
    """Walks over code whose comments and quotes are hidden."""

    code: str
    line_ends: bool
    _closing: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        opened: list[int] = []
        for match in re.finditer(r"[{}]", self.code):
            if match.group() == "{":
                opened.append(match.start())
            elif opened:
                self._closing[opened.pop()] = match.start()

    def level(self, start: int, stop: int) -> Iterator[Statement]:
        """Yield the statements between two offsets that say something by name."""
        at = start
        while at < stop:
            end, body = self._end(at, stop)
            found = self._statement(at, end, body)
            if found is not None:
                yield found
            at = end + 1

    def _end(self, start: int, stop: int) -> tuple[int, int]:
        """Return where the statement that starts here ends, and where its body opens, or -1."""
        body = -1
        for at, last in self._outermost(start, stop):
            if self.code[at] == "{":
                body = at if body < 0 else body
                if self._is_over(start, body, last):
                    return last, body
            elif self.code[at] == ";" or self._line_is_over(start, at):
                return at, body
        return stop - 1, body

    def _outermost(self, start: int, stop: int) -> Iterator[tuple[int, int]]:
        """Yield the offsets outside of brackets, each with where it ends: a block is passed at
        once.
        """
        depth, at = 0, start
        while at < stop:
            sign = self.code[at]
            depth += (sign in "([") - (sign in ")]")
            last = self._closing.get(at, stop - 1) if sign == "{" else at
            if depth == 0:
                yield at, last
            at = last + 1

    def _is_over(self, start: int, body: int, closing: int) -> bool:
        """Whether a statement ends with the brace that closes its body."""
        head = self.code[start:body]
        rest = self.code[closing + 1 : closing + 40].lstrip(" \t")
        if rest.startswith(";") or head.rstrip().endswith(("=", ",", "(")):
            return False
        return not _ASSIGNED.search(head.lstrip())

    def _line_is_over(self, start: int, at: int) -> bool:
        if not self.line_ends or self.code[at] != "\n":
            return False
        said = self.code[start:at].strip()
        after = self.code[at:].lstrip()[:1]
        return bool(said) and not said.endswith(_CONTINUES) and after not in (".", "{")

    def _statement(self, start: int, end: int, body: int) -> Statement | None:
        text = self.code[start : end + 1]
        first = start + len(text) - len(text.lstrip())
        head = self.code[first : body if body >= first else end + 1]
        name, kind = _name(head)
        if body < 0 and kind != "value":
            return None
        inside: tuple[Statement, ...] = ()
        if _may_hold(name, kind, head):
            inside = tuple(self.level(body + 1, self._closing.get(body, end)))
        if not name and not inside:
            return None
        return Statement(first, end, name, "".join(head.split()), inside, kind == "value")


def _may_hold(name: str, kind: str, head: str) -> bool:
    """Whether others may lie in a statement: in a container, or in a block without a name, as a
    namespace can be.
    """
    return kind == "container" or (not name and "=" not in head)
