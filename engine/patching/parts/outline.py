"""A text with what it defines and uses: what the questions about parts of files are asked of."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import chain

from cladogen.patching.parts.definitions import Definition, definitions, every
from cladogen.patching.parts.languages import FILL, Language

_WORD = re.compile(r"[A-Za-z_$][\w$]*")
_IMPORTING = frozenset(
    [
        "import",
        "from",
        "as",
        "use",
        "using",
        "include",
        "require",
        "const",
        "let",
        "var",
        "local",
        "crate",
        "std",
        "package",
    ]
)
_BOUND = (
    r"\b{0}\s*(?::[^=\n]+)?=(?!=)|\bfor\b[^\n]*?\b{0}\b[^\n]*?\bin\b|\bas\s+{0}\b"
    r"|(?:\bdef\s+\w+|\blambda\b|\bfn\s+\w+|\bfunction\b\s*\w*)[^\n:{{]*\b{0}\b"
    r"|\b(?:let|var|const|auto|int|double|float|bool)\s+(?:mut\s+)?{0}\b"
)


@dataclass(frozen=True)
class Outline:
    """One text in one language."""

    text: str
    language: Language

    @cached_property
    def lines(self) -> list[str]:
        return self.text.split("\n")

    @cached_property
    def code(self) -> str:
        return self.language.code(self.text)

    @cached_property
    def coded(self) -> list[str]:
        """The lines without comments, quotes filled."""
        return self.code.split("\n")

    @cached_property
    def definitions(self) -> tuple[Definition, ...]:
        return definitions(self.text, self.language)

    @cached_property
    def names(self) -> frozenset[str]:
        """The names of functions and classes of the outermost level."""
        return frozenset(one.name for one in self.definitions if not one.value)

    @cached_property
    def bound(self) -> frozenset[str]:
        """The names of the outermost level, those of values among them."""
        return frozenset(one.name for one in self.definitions)

    @cached_property
    def members(self) -> frozenset[str]:
        """The names of what lies inside classes."""
        return frozenset(path[-1] for path, _ in every(self.definitions) if len(path) > 1)

    @cached_property
    def words(self) -> frozenset[str]:
        return frozenset(_WORD.findall(self.code))

    @cached_property
    def attributes(self) -> frozenset[str]:
        """The words after a dot, an arrow or two colons."""
        return frozenset(re.findall(r"(?:\.|->|::)\s*([A-Za-z_]\w*)", self.code))

    @cached_property
    def outer(self) -> list[int]:
        """The numbers of the lines that lie in no definition."""
        inside = frozenset(chain.from_iterable(one.numbers for one in self.definitions))
        return [number for number in range(len(self.lines)) if number not in inside]

    @cached_property
    def imports(self) -> list[int]:
        """The lines that bring names in, each with the lines that its brackets take."""
        found: list[int] = []
        for number in self.outer:
            goes_on = bool(found) and number == found[-1] + 1 and self._is_open(found)
            if goes_on or self.language.imports.match(self.lines[number]):
                found.append(number)
        return found

    def _is_open(self, numbers: list[int]) -> bool:
        text = "".join(self.coded[number] for number in numbers)
        return any(text.count(left) > text.count(right) for left, right in ("()", "{}"))

    @cached_property
    def outside(self) -> list[int]:
        """The lines with code, or with text in quotes, that lie in no definition."""
        return [number for number in self.outer if self.coded[number].strip()]

    @cached_property
    def statements(self) -> list[int]:
        """The lines outside definitions that do something: no imports, no mere text in quotes."""
        return [
            number
            for number in self.outside
            if number not in self.imports and _WORD.search(self.coded[number])
        ]

    @cached_property
    def imported(self) -> frozenset[str]:
        """The words of the imports, the names that they bring in among them."""
        found = {word for number in self.imports for word in _WORD.findall(self.lines[number])}
        return frozenset(found - _IMPORTING)

    def is_quoted(self, number: int) -> bool:
        """Whether a line starts inside a text in quotes, where blanks are part of the text."""
        return self.coded[number].startswith(FILL)

    def uses(self, name: str) -> bool:
        """Whether the code says a name that it does not bind itself."""
        word = plain(name)
        return word in self.words and not re.search(_BOUND.format(re.escape(word)), self.code)

    def words_of(self, found: Iterable[Definition]) -> frozenset[str]:
        """Return the words in the code of some definitions."""
        return frozenset(word for one in found for word in _WORD.findall(self._code_of(one)))

    def _code_of(self, one: Definition) -> str:
        return "\n".join(self.coded[one.first : one.last + 1])


def plain(name: str) -> str:
    """Return the last word of a name: Put of Pool.Put."""
    words = _WORD.findall(name)
    return words[-1] if words else name
