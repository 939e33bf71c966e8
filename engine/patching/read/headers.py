"""The lines that frame a diff: what opens a file or a hunk, what stands for code that is left
out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

ENVELOPE = re.compile(
    r"^\*\*\* (?P<what>Begin Patch|End Patch|End of File|(?:Update|Add|Delete|Move to|Move)(?: "
    r"File)?)"
    r"(?:: ?(?P<name>.*))?$"
)
_RANGES = re.compile(
    r"-\s*(?P<start>\d+)?(?:,\s*(?P<old>\d+))?\s*(?:\+\s*(?P<new_start>\d+)?(?:,\s*(?P<new>\d+))?)?"
)
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


def looks_like_diff(lines: tuple[str, ...], info: str = "") -> bool:
    """Whether lines hold a diff: by the fence's own word, or by headers that nothing else has."""
    if any(ENVELOPE.match(line) or line.startswith("diff --git ") for line in lines):
        return True
    if any(is_header(lines, place) for place in range(len(lines))):
        return True
    marked = re.match(r"(?i)(diff|patch|udiff)\b", info) is not None
    hunks = [line for line in lines if re.match(r"^@@(?:$|[ \t]*$|.*@@|[ \t]*-\d|[ \t]+\S)", line)]
    signed = any(line[:1] in ("+", "-") for line in lines)
    return (marked and signed) or (bool(hunks) and signed)


def is_header(lines: tuple[str, ...] | list[str], place: int) -> bool:
    """Whether a "---" line here opens a file: a "+++" line and a hunk follow, and it reads as a
    name.
    """
    if (
        not lines[place].startswith("--- ")
        or place + 1 >= len(lines)
        or not lines[place + 1].startswith("+++ ")
    ):
        return False
    after = next((line for line in lines[place + 2 :] if line.strip()), "@@")
    named = re.match(r"---\s+\"?(?:[abciwo]/|/dev/null|\S*[./]\w+|\w+\s*$)", lines[place])
    return bool(named) and (
        after.startswith(("@@", "diff ", "GIT ", "Binary ")) or after[:1] in " +-"
    )


def unindented(lines: tuple[str, ...]) -> tuple[str, ...]:
    """Take a common indentation off a diff whose headers are indented (a code block of markdown, a
    list).
    """
    if any(re.match(r"@@|diff --git |--- \S", line) for line in lines):
        return lines
    headers = [re.match(r"([ \t]+)(?:@@ |@@$|diff --git |--- \S+)", line) for line in lines]
    indents = {match.group(1) for match in headers if match}
    if len(indents) != 1 or not any(re.match(r"[ \t]+\+", line) for line in lines):
        return lines
    indent = indents.pop()
    return tuple(
        line[len(indent) :] if line.startswith(indent) else line.lstrip() for line in lines
    )


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

    @staticmethod
    def read(line: str) -> HunkHeader:
        inside, closed, after = line[2:].lstrip("@").partition("@@")
        ranges = _RANGES.search(inside) or re.match(r"\s*(?:lines?\s*)?(?P<start>\d+)\b", inside)
        if ranges is None or not ranges.group("start"):
            plain = inside.strip(" .-+,")
            return HunkHeader(
                section=(plain + " " + after.strip(" @")).strip() if closed else inside.strip()
            )
        groups = ranges.groupdict()
        old, new = (int(groups[side]) if groups.get(side) else None for side in ("old", "new"))
        if groups.get("new_start"):
            old, new = (1 if old is None else old), (1 if new is None else new)
        section = after if closed else inside[ranges.end() :]
        return HunkHeader(int(groups["start"]), old, new, section.strip())
