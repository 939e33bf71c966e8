"""A file given whole: unchanged lines stay as the file has them, new ones take its style."""

from __future__ import annotations

import html
import re

from cladogen.patching.difference import opcodes
from cladogen.patching.evolve_blocks import stretches
from cladogen.patching.place.style import learn
from cladogen.patching.place.text import Text, form

_START = re.compile(r"\bEVOLVE[-_ ]BLOCK[-_ ]START\b")
_END = re.compile(r"\bEVOLVE[-_ ]BLOCK[-_ ]END\b")


def rewritten(base: str, whole: str) -> str:
    """Return the file after a whole new text: line endings, tabs and trailing blanks stay where the
    text did not change, and so does the end of the file unless its last line changed.
    """
    text = Text.of(base)
    lines = Text.of(_unescaped(base, whole)).lines
    style = learn([], [], text, list(lines))
    lines = tuple(style.apply(line) for line in lines) if style.tab else lines
    lines = _with_outside(text, _spliced(text, lines))
    parts: list[str] = []
    kept_end = False
    for tag, i, i_end, j, j_end in opcodes(
        [form(line) for line in text.lines], [form(line) for line in lines]
    ):
        if tag == "equal":
            parts += [
                line + ending
                for line, ending in zip(text.lines[i:i_end], text.endings[i:i_end], strict=True)
            ]
            kept_end = i_end == len(text.lines)
        elif j_end > j:
            parts += [line + text.ending_at(i) for line in lines[j:j_end]]
            kept_end = False
    closed = [part if part.endswith("\n") else part + text.ending for part in parts[:-1]]
    last = (
        parts[-1:]
        if kept_end
        else [part if part.endswith("\n") else part + text.ending for part in parts[-1:]]
    )
    return text.mark + "".join(closed + last)


def _unescaped(base: str, whole: str) -> str:
    """Undo HTML entities when the file has the plain signs and the new text has none of them."""
    signs = [sign for sign in "<>&" if sign in base]
    if signs and not any(
        sign in whole.replace("&lt;", "").replace("&gt;", "").replace("&amp;", "") for sign in "<>"
    ):
        return html.unescape(whole) if re.search(r"&(lt|gt|amp|quot|#39);", whole) else whole
    return whole


def _spliced(text: Text, lines: tuple[str, ...]) -> tuple[str, ...]:
    """Put the rest of the file around a text that is just its evolve block."""
    solid = [line for line in lines if line.strip()]
    if len(solid) < 2 or not _START.search(solid[0]) or not _END.search(solid[-1]):
        return lines
    starts, ends = (
        [k for k, line in enumerate(text.lines) if mark.search(line)] for mark in (_START, _END)
    )
    if len(starts) != 1 or len(ends) != 1 or sum(1 for line in lines if _START.search(line)) != 1:
        return lines
    first = next(k for k, line in enumerate(lines) if line.strip())
    last = next(k for k in range(len(lines) - 1, -1, -1) if lines[k].strip())
    return text.lines[: starts[0]] + lines[first : last + 1] + text.lines[ends[0] + 1 :]


def _with_outside(text: Text, lines: tuple[str, ...]) -> tuple[str, ...]:
    """Keep the file's own text outside its evolve blocks when the new text repeats it but for
    blanks.
    """
    old, new = stretches(list(text.lines)), stretches(list(lines))
    if len(old) < 3 or len(old) != len(new):
        return lines
    if any(
        _solid(outer) != _solid(repeated)
        for outer, repeated in zip(old[::2], new[::2], strict=True)
    ):
        return lines
    return tuple(
        line
        for number, stretch in enumerate(new)
        for line in (stretch if number % 2 else old[number])
    )


def _solid(lines: list[str]) -> list[str]:
    return [" ".join(form(line).split()) for line in lines if line.strip()]
