"""A file given whole: unchanged lines stay as the file has them, new ones take its style."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from itertools import chain

from cladogen.patching.difference import opcodes
from cladogen.patching.evolve_blocks import stretches
from cladogen.patching.place.groups import ChangeGroup
from cladogen.patching.place.style import learn
from cladogen.patching.place.text import Text, form

_START = re.compile(r"\bEVOLVE[-_ ]BLOCK[-_ ]START\b")
_END = re.compile(r"\bEVOLVE[-_ ]BLOCK[-_ ]END\b")


def rewritten(text: Text, whole: str) -> tuple[ChangeGroup, ...]:
    """Return the changes that a whole new text makes to a file: line endings, tabs and trailing
    blanks stay where the text did not change, and so does the end of the file unless its last line
    changed.
    """
    lines = Text.of(_unescaped(text, whole)).lines
    lines = _with_outside(text, _spliced(text, styled(text, lines)))
    return tuple(changed(text, 0, len(text.lines), lines))


def styled(text: Text, lines: tuple[str, ...]) -> tuple[str, ...]:
    """Return lines that are to stand in a file indented as it is: by tabs, or by blanks."""
    style = learn([], [], text, list(lines))
    return tuple(map(style.apply, lines)) if style.tab else lines


def changed(text: Text, first: int, last: int, lines: tuple[str, ...]) -> Iterator[ChangeGroup]:
    """Yield the changes that make lines ``first`` up to ``last`` (exclusive) read as ``lines``."""
    old = list(map(form, text.lines[first:last]))
    for tag, i, i_end, j, j_end in opcodes(old, list(map(form, lines))):
        if tag != "equal":
            line = first + i_end if j_end > j else -1
            yield ChangeGroup(tuple(range(first + i, first + i_end)), line, 0, lines[j:j_end])


def _unescaped(text: Text, whole: str) -> str:
    """Undo HTML entities when the file has the plain signs and the new text has none of them."""
    base = "\n".join(text.lines)
    if any(sign in base for sign in "<>&") and not _has_brackets(whole):
        return html.unescape(whole) if re.search(r"&(lt|gt|amp|quot|#39);", whole) else whole
    return whole


def _has_brackets(text: str) -> bool:
    """Whether a text has a sign that is no part of an entity."""
    plain = text.replace("&lt;", "").replace("&gt;", "").replace("&amp;", "")
    return any(sign in plain for sign in "<>")


def _spliced(text: Text, lines: tuple[str, ...]) -> tuple[str, ...]:
    """Put the rest of the file around a text that is just its evolve block."""
    block = _without_blank_ends(lines)
    starts, ends = _lines_with(_START, text.lines), _lines_with(_END, text.lines)
    if len(starts) != 1 or len(ends) != 1 or not _is_one_block(block):
        return lines
    return text.lines[: starts[0]] + block + text.lines[ends[0] + 1 :]


def _without_blank_ends(lines: tuple[str, ...]) -> tuple[str, ...]:
    solid = [k for k, line in enumerate(lines) if line.strip()]
    return lines[solid[0] : solid[-1] + 1] if solid else ()


def _is_one_block(lines: tuple[str, ...]) -> bool:
    """Whether lines begin and end with markers, and no other block begins within them."""
    if len(lines) < 2 or len(_lines_with(_START, lines)) != 1:
        return False
    return bool(_START.search(lines[0]) and _END.search(lines[-1]))


def _lines_with(pattern: re.Pattern[str], lines: tuple[str, ...]) -> list[int]:
    return [k for k, line in enumerate(lines) if pattern.search(line)]


def _with_outside(text: Text, lines: tuple[str, ...]) -> tuple[str, ...]:
    """Keep the file's own text outside its evolve blocks when the new text repeats it but for
    blanks.
    """
    old, new = stretches(list(text.lines)), stretches(list(lines))
    if len(old) < 3 or len(old) != len(new):
        return lines
    if list(map(_solid, old[::2])) != list(map(_solid, new[::2])):
        return lines
    new[::2] = old[::2]
    return tuple(chain.from_iterable(new))


def _solid(lines: list[str]) -> list[str]:
    return [" ".join(form(line).split()) for line in lines if line.strip()]
