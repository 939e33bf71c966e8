"""The lines that frame a diff: what opens a file or a hunk, what stands for code that is left
out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from cladogen.patching.read.lines import first_solid, last_solid

ENVELOPE = re.compile(
    r"^\*\*\* (?P<what>Begin Patch|End Patch|End of File|(?:Update|Add|Delete|Move to|Move)(?: "
    r"File)?)"
    r"(?:: ?(?P<name>.*))?$"
)
_RANGES = re.compile(
    r"-\s*(?P<start>\d+)?(?:,\s*(?P<old>\d+))?\s*(?:\+\s*(?P<new_start>\d+)?(?:,\s*(?P<new>\d+))?)?"
)
_START_ONLY = re.compile(r"\s*(?:lines?\s*)?(?P<start>\d+)\b")
_DIFF_WORD = re.compile(r"(?i)(diff|patch|udiff)\b")
_HUNK = re.compile(r"^@@(?:$|[ \t]*$|.*@@|[ \t]*-\d|[ \t]+\S)")
_NAMES_OLD = re.compile(r"---\s+\"?(?:[abciwo]/|/dev/null|\S*[./]\w+|\w+\s*$)")
_BELOW_NAMES = ("@@", "diff ", "GIT ", "Binary ", " ", "+", "-")
_INDENTED_PLUS = re.compile(r"[ \t]+\+")
_AT_MARGIN = re.compile(r"@@|diff --git |--- \S")
_INDENTED = re.compile(r"([ \t]+)(?:@@ |@@$|diff --git |--- \S+)")
_WORDS = (
    r"unchanged|existing|rest|omitted|remaining|remainder|same|skip(?:ped)?|other|code|lines?"
    r"|etc|as before|snip"
)
_LONGEST_ELISION = 500
_ELISION = re.compile(
    rf"^(?:#+|//+|--|;+|/\*+|<!--|%+|\(\*)?\s*(?:(?:\.{{3,}}|…)[\s.…]*|\[?(?:\.{{3,}}|…).*\b(?:{_WORDS})\b.*|"
    rf".*\b(?:{_WORDS})\b.*(?:\.{{3,}}|…)\]?)\s*(?:\*+/|-->|\*\))?$",
    re.IGNORECASE,
)


def is_elision(text: str) -> bool:
    """Whether a context line stands for unchanged code ("...", "# ... rest unchanged ...")."""
    text = text.strip()
    return len(text) <= _LONGEST_ELISION and bool(_ELISION.match(text))


def is_left_out(line: str) -> bool:
    """Whether a line of a file given whole stands for code that is left out; a bare "..." may be
    code.
    """
    return is_elision(line) and (line == "..." or bool(re.search(r"[\w#/…]|--", line)))


_SAME = (
    r"(?:unchanged|(?:the\s+)?same(?:\s+as\s+(?:before|above|previously|(?:in\s+)?(?:the\s+)?"
    r"(?:original|previous|existing|current|old)(?:\s+(?:one|code|version|implementation|function|method))?))?|"
    r"as\s+before|as\s+above|"
    r"as\s+in\s+the\s+original|omitted(?:\s+for\s+brevity)?|not\s+shown|no\s+changes?(?:\s+here)?|"
    r"existing\s+(?:code|body|implementation|logic)(?:\s+(?:here|unchanged|stays))?)"
)
_SAYS_SAME = (
    r"(?:(?:the\s+)?(?:rest|body|code|implementation|function|method)"
    r"(?:\s+of\s+[\w .`()]{1,40}?)?\s+)?"
    rf"(?:(?:is|are|stays?|remains?|left|kept)\s+)*{_SAME}"
)
_STUB = (
    r"(?:pass|raise\s+NotImplementedError(?:\(\))?|return(?:\s+None)?|\.{3}|todo!\(\)|"
    r"unimplemented!\(\))"
)
_AS_BEFORE = re.compile(
    rf"(?:{_STUB}\s*;?\s*)?(?:#+|//+|--|/\*+)\s*[(\[]?{_SAYS_SAME}[\s.!)\]]*(?:\*+/)?$",
    re.IGNORECASE,
)
_EMPTY_BODY = re.compile(rf"\{{\s*/\*+\s*{_SAYS_SAME}[\s.!]*\*+/\s*\}}", re.IGNORECASE)


_DOTS_FOR_A_BLOCK = re.compile(r"(?:for|while|if|elif|else|try|with)\b.*:\s*(?:\.{3}|…)$")
_SAYS_SO_IN_QUOTES = re.compile(
    rf"(?:\"{{3}}|'{{3}})[(\[]?{_SAYS_SAME}[\s.!)\]]*(?:\"{{3}}|'{{3}})$", re.IGNORECASE
)


def is_unwritten_body(lines: Sequence[str], at: int) -> bool:
    """Whether a line says, in place of the body of a definition, that it is as it was: "pass  # as
    before", "{ /* unchanged */ }", or a remark that is all that a block holds.
    """
    line = lines[at].strip()
    if _EMPTY_BODY.search(line) or _DOTS_FOR_A_BLOCK.match(line):
        return True
    if not _AS_BEFORE.match(line) and not _SAYS_SO_IN_QUOTES.match(line):
        return False
    return re.match(_STUB, line) is not None or _is_all_of_a_block(lines, at)


def _is_all_of_a_block(lines: Sequence[str], at: int) -> bool:
    """Whether a block holds nothing but a line, stubs below it apart."""
    above = last_solid(lines[:at]).rstrip()
    solid = filter(str.strip, lines[at + 1 :])
    below = next((each for each in solid if not re.fullmatch(_STUB, each.strip())), "")
    ends = len(_indent(below)) < len(_indent(lines[at]))
    return ends and above.endswith((":", "{"))


_REMARK = re.compile(r"\s*(?:#+|//+|--|;+|/\*+|<!--|%+|\(\*)\s*\[?(?:\.{3,}|…)")


def elided(lines: Sequence[str], at: int, base: str) -> bool:
    """Whether a line that an edit adds to ``base`` stands for code that is left out: a remark that
    begins with dots, bare dots beside other lines of their block, or a body that is said to stay.
    """
    remark = bool(_REMARK.match(lines[at])) and is_elision(lines[at])
    said = remark or _is_beside_code(lines, at) or is_unwritten_body(lines, at)
    return said and lines[at] not in base


def stands_for_a_body(lines: Sequence[str], at: int, base: str) -> bool:
    """Whether bare dots inside a file given whole or in part stand for code of ``base``: beside
    other lines of their block, or for the body of a function that has one there. Alone they may be
    code, as a stub's body.
    """
    if _is_beside_code(lines, at):
        return True
    if stub := _ONE_LINE.match(lines[at]):
        return _has_a_body(stub[1], base)
    return _are_dots(lines[at]) and _are_functions_of(list(_heads(lines, at)), base)


def _are_functions_of(heads: Sequence[tuple[str, str]], base: str) -> bool:
    """Whether the innermost of some definitions is a function, and all have a body in a text."""
    if not heads or heads[0][0] == "class":
        return False
    return all(_has_a_body(name, base) for _, name in heads)


def _are_dots(line: str) -> bool:
    return line.strip() in ("...", "…") and bool(_indent(line))


def _is_beside_code(lines: Sequence[str], at: int) -> bool:
    if not _are_dots(lines[at]):
        return False
    above, below = last_solid(lines[:at]), first_solid(lines[at + 1 :])
    if above.rstrip().endswith("{"):  # in such languages dots are never code
        return True
    depth = len(_indent(lines[at]))
    documented = above.strip().endswith(('"""', "'''"))
    return len(_indent(below)) >= depth or (len(_indent(above)) >= depth and not documented)


_BLOCK = re.compile(r"(?:async\s+)?(def|class)\s+(\w+)")


_ONE_LINE = re.compile(r"\s*(?:async\s+)?def\s+(\w+)\s*\(.*:\s*(?:\.\.\.|…)\s*(?:#.*)?$")


def _heads(lines: Sequence[str], at: int) -> Iterator[tuple[str, str]]:
    """Yield the kinds and names of the definitions that a line lies in, the innermost first."""
    depth = len(_indent(lines[at]))
    for line in reversed(lines[:at]):
        if line.strip() and len(_indent(line)) < depth:
            depth = len(_indent(line))
            if head := _BLOCK.match(line.strip()):
                yield head[1], head[2]


def _has_a_body(name: str, base: str) -> bool:
    """Whether a text defines a name with more than a stub."""
    defined = re.search(
        rf"^[ \t]*(?:async\s+)?(?:def|class)\s+{name}\b[^\n]*\n\s*(\S*)", base, re.M
    )
    return defined is not None and defined[1] not in ("pass", "...")


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]


def looks_like_diff(lines: tuple[str, ...], info: str = "") -> bool:
    """Whether lines hold a diff: by the fence's own word, or by headers that nothing else has."""
    if _have_headers(lines):
        return True
    if not any(line[:1] in ("+", "-") for line in lines):
        return False
    return _DIFF_WORD.match(info) is not None or any(map(_HUNK.match, lines))


def _have_headers(lines: tuple[str, ...]) -> bool:
    if any(ENVELOPE.match(line) or line.startswith("diff --git ") for line in lines):
        return True
    return any(is_header(lines, position) for position in range(len(lines)))


def is_header(lines: tuple[str, ...] | list[str], position: int) -> bool:
    """Whether a "---" line here opens a file: a "+++" line and a hunk follow, and it reads as a
    name.
    """
    if not lines[position].startswith("--- ") or not _names_new(lines, position + 1):
        return False
    after = first_solid(lines[position + 2 :]) or "@@"
    return _NAMES_OLD.match(lines[position]) is not None and after.startswith(_BELOW_NAMES)


def _names_new(lines: Sequence[str], position: int) -> bool:
    return position < len(lines) and lines[position].startswith("+++ ")


def unindented(lines: tuple[str, ...]) -> tuple[str, ...]:
    """Take a common indentation off a diff whose headers are indented (a code block of markdown, a
    list).
    """
    if any(map(_AT_MARGIN.match, lines)):
        return lines
    headers = filter(None, map(_INDENTED.match, lines))
    indents = {match.group(1) for match in headers}
    if len(indents) != 1 or not any(map(_INDENTED_PLUS.match, lines)):
        return lines
    indent = indents.pop()
    return tuple(_without_indent(line, indent) for line in lines)


def _without_indent(line: str, indent: str) -> str:
    """Return a line without an indentation, or without its own where that is less."""
    return line[len(indent) :] if line.startswith(indent) else line.lstrip()


def unglued(lines: tuple[str, ...]) -> tuple[str, ...]:
    """Part the header of a file from the last line of the file before it, which has no line feed:
    so are diffs of difflib joined.
    """
    found: list[str] = []
    for line, after, hunk in zip(lines, (*lines[1:], ""), (*lines[2:], "", ""), strict=False):
        glued = after.startswith("+++ ") and hunk.startswith("@@") and not line.startswith("--- ")
        at = line.rfind("--- ") if glued else -1
        found += [line] if at < 1 else [line[:at], line[at:]]
    return tuple(found)


def first_header(lines: tuple[str, ...]) -> int:
    """Return where a diff starts: what stands above its first header is no part of it."""
    starts = (
        k
        for k, line in enumerate(lines)
        if re.match(r"diff --git |\*\*\* ", line) or is_header(lines, k)
    )
    hunks = (k for k, line in enumerate(lines) if re.match(r"@@(\s|$)|(---|\+\+\+) \S", line))
    return min(next(starts, len(lines)), next(hunks, len(lines))) % max(len(lines), 1)


@dataclass(frozen=True, slots=True)
class HunkHeader:
    """What stands between and after the @@ of a hunk."""

    start: int | None = None
    old: int | None = None
    new: int | None = None
    section: str = ""

    @property
    def counts(self) -> tuple[int, int] | None:
        """The lengths of both sides, None where one of them is not said."""
        return None if self.old is None or self.new is None else (self.old, self.new)

    @staticmethod
    def read(line: str) -> HunkHeader:
        inside, closed, after = line[2:].lstrip("@").partition("@@")
        ranges = _RANGES.search(inside) or _START_ONLY.match(inside)
        if ranges is None or not ranges.group("start"):
            return HunkHeader(section=_section(inside, after) if closed else inside.strip())
        section = after if closed else inside[ranges.end() :]
        old, new = _lengths(ranges.groupdict())
        return HunkHeader(int(ranges.group("start")), old, new, section.strip())


def _section(inside: str, after: str) -> str:
    """Return the words between and after the @@ of a header without numbers."""
    return (inside.strip(" .-+,") + " " + after.strip(" @")).strip()


def _lengths(groups: Mapping[str, str | None]) -> tuple[int | None, int | None]:
    """Return how many lines a header says the two sides have; one that a side leaves out is 1."""
    default = 1 if groups.get("new_start") else None
    old, new = groups.get("old"), groups.get("new")
    old_length = int(old) if old else default
    new_length = int(new) if new else default
    return old_length, new_length
