"""Edits as the tools of editors make them: a text that stands once in a file, and what replaces it.

The text may begin and end within a line. The edits that come of it are of whole lines.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from cladogen.errors import PatchRefused
from cladogen.patching.edits import FileEdit, Hunk, HunkLine, LineKind
from cladogen.patching.read.blocks import block_edit
from cladogen.patching.read.lines import lines_of
from cladogen.patching.read.names import only, same_file


def edits_of_text(
    old: str, new: str, path: str, texts: Mapping[str, str], *, every: bool = False
) -> tuple[FileEdit, ...]:
    """Return the edits that put ``new`` in the place of ``old``; ``every``: wherever it stands.

    Raises PatchRefused for a part of a line that stands more than once.
    """
    file = _file(path, texts)
    text = texts.get(file, "").replace("\r\n", "\n")
    spots = _spots(old, text)
    if every and spots and "\n" not in old + new:
        return (FileEdit(new=file, hunks=tuple(_in_each_line(old, new, text))),)
    if not _lies_within_lines(old, spots, text):
        return (block_edit(lines_of(old), lines_of(new), path),)
    if len(spots) > 1:
        raise _several(old, spots, file, text)
    return (_of_whole_lines(old, new, spots[0], file, text),)


def _file(path: str, texts: Mapping[str, str]) -> str:
    """Return the file with a name, or the only one of a program where none is given."""
    return same_file(path, texts) if path else only(texts)


def _several(old: str, spots: Sequence[int], file: str, text: str) -> PatchRefused:
    numbers = ", ".join(str(text.count("\n", 0, at) + 1) for at in spots[:5])
    return PatchRefused(
        "ambiguous-context",
        f'{file}: "{old.strip()}" stands more than once (line {numbers}); show more around it',
    )


def _spots(old: str, text: str) -> list[int]:
    """Return where ``old`` stands in a text; white space alone stands nowhere."""
    if not old.strip():
        return []
    return [match.start() for match in re.finditer(re.escape(old), text)]


def _lies_within_lines(old: str, spots: Sequence[int], text: str) -> bool:
    """Whether a text begins or ends within a line, wherever it stands."""
    return bool(spots) and all(_is_within(old, at, text) for at in spots)


def _is_within(old: str, at: int, text: str) -> bool:
    """Whether a text begins or ends within a line, beside whole words."""
    above, below = text[:at].rpartition("\n")[2], text[at + len(old) :].partition("\n")[0]
    starts_inside = bool(above.strip()) and not old.startswith("\n")
    ends_inside = bool(below.strip()) and not old.endswith("\n")
    if _is_word(above[-1:] + old[:1]) or _is_word(old[-1:] + below[:1]):
        return False
    return starts_inside or ends_inside


def _is_word(border: str) -> bool:
    """Whether the two signs at a border are of one word."""
    return re.match(r"\w\w", border) is not None


def _of_whole_lines(old: str, new: str, at: int, file: str, text: str) -> FileEdit:
    """Return the edit of the lines that a text lies in."""
    first = text.rfind("\n", 0, at) + 1
    end = text.find("\n", at + len(old))
    last = len(text) if end < 0 else end
    above, below = text[first:at], text[at + len(old) : last]
    return block_edit(lines_of(above + old + below), lines_of(above + new + below), file)


def _in_each_line(old: str, new: str, text: str) -> Iterator[Hunk]:
    """Yield a hunk for each line that holds a text."""
    for number, line in enumerate(text.split("\n"), 1):
        if old in line:
            gone = HunkLine(LineKind.REMOVED, line)
            comes = HunkLine(LineKind.ADDED, line.replace(old, new))
            yield Hunk((gone, comes), start=number)
