"""What tells a definition in a language: its comments, its texts in quotes, how a block ends."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

FILL = "\x01"  # stands for each sign inside quotes
_FLAGS = re.DOTALL | re.MULTILINE


class Blocks(Enum):
    """How a language closes a block."""

    INDENT = "by a line that is indented less"
    END = "by a line that says end"
    BRACES = "by a brace"


@dataclass(frozen=True, slots=True)
class Language:
    """``quiet`` finds comments (group 1) and quoted texts; ``imports`` a line that brings names in.

    ``line_ends``: a statement may end with its line, without a sign.
    """

    blocks: Blocks
    quiet: re.Pattern[str]
    imports: re.Pattern[str]
    line_ends: bool = True

    def code(self, text: str) -> str:
        """Return ``text`` with comments blank and quoted signs filled, every line where it was."""
        return self.quiet.sub(_hidden, text)


def _hidden(match: re.Match[str]) -> str:
    fill = FILL if match.group(1) is None else " "
    return re.sub(r"[^\n]", fill, match.group())


_QUOTED = r"\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'"
_TRIPLE = r"\"\"\".*?(?:\"\"\"|\Z)|'''.*?(?:'''|\Z)"
_C_COMMENT = r"//[^\n]*|/\*.*?(?:\*/|\Z)"
_CHARACTER = r"\"(?:\\.|[^\"\\])*\"|'(?:\\[^\n']{1,8}|[^'\\\n])'"

_PYTHON = Language(
    Blocks.INDENT,
    re.compile(rf"(\#[^\n]*)|{_TRIPLE}|{_QUOTED}", _FLAGS),
    re.compile(r"[ \t]*(?:from\s+\S+\s+)?c?import\s"),
)
_ENDED = Language(
    Blocks.END,
    re.compile(rf"(\#=.*?=\#|\#[^\n]*|--[^\n]*)|{_TRIPLE}|{_QUOTED}", _FLAGS),
    re.compile(r"\s*(?:using|import|require|include)\b|\s*local\s+\w+\s*=\s*require\b"),
)
_C = Language(
    Blocks.BRACES,
    re.compile(rf"({_C_COMMENT}|^[ \t]*\#[ \t]*[a-z]+\b(?:\\\n|[^\n])*)|{_QUOTED}", _FLAGS),
    re.compile(r"\s*(?:#\s*include|using|import|package)\b"),
    line_ends=False,
)
_RUST = Language(
    Blocks.BRACES,
    re.compile(rf"({_C_COMMENT}|\#!?\[[^\n]*\]\s*$)|r(\#*)\".*?\"\2|{_CHARACTER}", _FLAGS),
    re.compile(r"\s*(?:pub\s+)?(?:use|extern\s+crate|mod\s+\w+\s*;)\b"),
    line_ends=False,
)
_SCRIPT = Language(
    Blocks.BRACES,
    re.compile(rf"({_C_COMMENT})|`(?:\\.|[^`\\])*`|{_QUOTED}", _FLAGS),
    re.compile(r"\s*(?:import|package)\b|\s*(?:const|let|var)\b[^=\n]*=\s*require\b"),
)

_BY_ENDING = {
    "py pyi pyx nim": _PYTHON,
    "jl lua rb": _ENDED,
    "c h cc hh cpp hpp cxx hxx cu cuh java cs": _C,
    "rs": _RUST,
    "js mjs cjs jsx ts tsx go kt swift scala": _SCRIPT,
}
_LANGUAGES = {
    ending: language for endings, language in _BY_ENDING.items() for ending in endings.split()
}


def language_of(path: str) -> Language | None:
    """Return the language that a file's ending tells, None for one whose blocks are not known."""
    return _LANGUAGES.get(path.rpartition(".")[2].lower())
