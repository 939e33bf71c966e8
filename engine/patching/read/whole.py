"""Whole files: a fence that holds a complete file, and how its name is found.

The name stands in the info string, in a heading or a line of its own before the fence, in a comment
on the first line, in a tag around it - or there is only one file the reply can mean.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from itertools import pairwise

from cladogen.patching.parts.languages import language_of
from cladogen.patching.read.items import Item
from cladogen.patching.read.line_numbers import holds_numbers, without_numbers
from cladogen.patching.read.lines import solid_span
from cladogen.patching.read.names import mentioned, named_by, same_file
from cladogen.patching.read.stance import NOTHING, Stance

Texts = Mapping[str, str]
_ATTRIBUTE = re.compile(
    r"(?:title|file|filename|path|name|file_path)\s*[=:]\s*[\"']?([^\"'\s(){}\[\]<>,;]+)",
    re.IGNORECASE,
)
_WRITES_FILE = re.compile(r"%%(?:writefile|file)\s+([\w./-]+\.\w+)\s*$")  # of a notebook
_LANGUAGES = {
    "py pyi pyx": "python py python3 cython",
    "cpp cc cxx h hpp cu cuh": "cpp c++ cuda cu",
    "c h": "c",
    "rs": "rust rs",
    "go": "go golang",
    "js mjs jsx": "javascript js jsx",
    "ts tsx": "typescript ts tsx",
    "java": "java",
    "jl": "julia",
    "yaml yml": "yaml yml",
    "toml": "toml",
    "json": "json",
    "md": "markdown md",
    "sh bash": "bash sh shell zsh",
    "txt md": "text txt plaintext",
    "": "console output log",
    "hs": "haskell",
    "f f90 f95": "fortran",
    "cs": "csharp",
}
_ENDINGS = {
    word: endings.split() for endings, words in _LANGUAGES.items() for word in words.split()
}


@dataclass(frozen=True, slots=True)
class Snippet:
    """A fence that may be a file. ``name`` is what names it, ``hint`` a file its prose mentions,
    ``label`` the line of prose right above it.
    """

    text: str
    language: str
    name: str = ""
    hint: str = ""
    label: str = ""
    closed: bool = True
    stance: Stance = NOTHING

    def fits(self, path: str) -> bool:
        """Whether the fence's language goes with the file's ending."""
        endings = _ENDINGS.get(self.language)
        return endings is None or path.rpartition(".")[2].lower() in endings


def read_snippet(item: Item, known: Texts) -> Snippet:
    """Return what a fence holds, and the name it goes by."""
    language, name = _info(item.region.info, known)
    name = name or named_by(item.label, known)
    title, lines = _titled(without_numbers(item.region.lines), name, known)
    hint = "" if title else mentioned(item.label, known)
    if _any_holds_numbers(title or hint, known):
        lines = _titled(item.region.lines, name, known)[1]
    else:
        lines = without_numbers(lines)
    text = "".join(line + "\n" for line in lines)
    return Snippet(text, language, title, hint, item.label, item.region.closed, item.stance)


_IN_A_FENCE = re.compile(r"\s*(`{3,}|~{3,})[^`\n]*\n(.*?\n?)[ \t]*\1\s*", re.DOTALL)


def unfenced_text(name: str, text: str) -> str:
    """Return a file's text without a fence that a model put around it inside of a tag or a text of
    JSON; a document may begin and end with fences of its own.
    """
    inside = None if name.endswith((".md", ".rst", ".txt")) else _IN_A_FENCE.fullmatch(text)
    return text if inside is None else inside[2]


def name_above(item: Item, known: Texts) -> str:
    """Return the file's name that a fence's info string or the line above it gives, or ""."""
    name = _info(item.region.info, known)[1]
    return name or named_by(item.label, known)


def _any_holds_numbers(name: str, known: Texts) -> bool:
    """Whether the lines of a file, or without a name of any, begin as numbered ones do; those of a
    new one may, unless it is code.
    """
    if not name:
        return any(map(holds_numbers, known.values()))
    if not same_file(name, known) and language_of(name) is None:
        return True
    return holds_numbers(known.get(same_file(name, known), ""))


def sections(lines: tuple[str, ...], known: Texts) -> list[tuple[str, ...]]:
    """Cut a fence where a comment that is only a file's name opens another file."""
    starts = [at for at, line in enumerate(lines[1:], 1) if _opens_file(line, known)]
    named = {resolved(lines[at], known) for at in starts}
    if not starts or len(named) < len(starts):
        return [lines]
    edges = [0, *starts, len(lines)]
    return [_without_blanks_at_end(lines[a:b]) for a, b in pairwise(edges)]


def _opens_file(line: str, known: Texts) -> bool:
    """Whether a line is a comment with the name of a file, and no line of the program that stands
    elsewhere than on top.
    """
    if line[:1].isspace() or not resolved(line, known):
        return False
    below = (text.split("\n")[1:] for text in known.values())
    return not any(line.strip() in map(str.strip, rows) for rows in below)


def resolved(line: str, known: Collection[str]) -> str:
    """Return the file that a comment names: one of the program, or one of a kind that it has."""
    name = _first_comment(line, known)
    if not name:
        return ""
    return same_file(name, known) or (name if _is_of_a_kind(name, known) else "")


def _is_of_a_kind(name: str, known: Collection[str]) -> bool:
    """Whether a file of the program ends as a name does."""
    ending = name.rpartition(".")[2]
    return any(path.endswith(f".{ending}") for path in known)


def _without_blanks_at_end(lines: tuple[str, ...]) -> tuple[str, ...]:
    return lines[: solid_span(lines).stop]


def _titled(lines: tuple[str, ...], name: str, known: Texts) -> tuple[str, tuple[str, ...]]:
    """Return the name that is known or that the first line gives, and the lines without a first
    line that is only a name.
    """
    if not lines:
        return name, lines
    if name:
        repeats = name in known and _label(lines[0]) == name
        return name, _below(lines) if repeats else lines
    own = _own_name(lines[0], known)
    titled = own != "" and not _in_program(lines[0], known)
    return own, _below(lines) if titled else lines


def _label(line: str) -> str:
    return line.strip().removesuffix(":").strip("`*")


def _own_name(line: str, known: Texts) -> str:
    """Return the name that the first line of a fence gives it, "" for none."""
    label = _label(line)
    return _first_comment(line, known) or (label if label in known else "")


def _below(lines: tuple[str, ...]) -> tuple[str, ...]:
    """Return lines without the first, and without a blank one after it."""
    blank = len(lines) > 1 and not lines[1].strip()
    return lines[2:] if blank else lines[1:]


def _in_program(line: str, known: Texts) -> bool:
    return any(text.split("\n", 1)[0].strip() == line.strip() for text in known.values())


def _first_comment(line: str, known: Collection[str]) -> str:
    if magic := _WRITES_FILE.match(line):
        return magic[1]
    if not re.match(r"^\s*(#|//|--|;|%|/\*|<!--|\"\"\"[^\"]+\"\"\"\s*$)", line):
        return ""
    return named_by(line, known)


def _info(info: str, known: Collection[str]) -> tuple[str, str]:
    attribute = _ATTRIBUTE.search(info)
    words = re.split(r"[\s{}:,]+", info.strip())
    language = words[0].lower()
    if attribute:
        return language, attribute.group(1)
    for word in (info.strip(), *words):
        if name := named_by(word, known):
            return "" if word == words[0] else language, name
    return language, ""
