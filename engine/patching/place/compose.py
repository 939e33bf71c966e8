"""From the changes of a file to its new text: each is made once, at its line."""

from __future__ import annotations

from collections.abc import Iterable
from operator import attrgetter

from cladogen.patching.place.groups import ChangeGroup
from cladogen.patching.place.text import Text


def compose(text: Text, changes: Iterable[ChangeGroup]) -> str:
    """Return the file after all changes; each is made once."""
    unique = distinct(text, changes)
    gone = {line for group in unique for line in group.removed}
    coming = _by_line(unique)
    parts: list[tuple[str, str]] = []
    at = 0
    for line in sorted({*gone, *coming}):
        parts += zip(text.lines[at:line], text.endings[at:line], strict=True)
        for group in coming.get(line, ()):
            parts += _added_parts(text, group)
        at = line + 1 if line in gone else line
    parts += zip(text.lines[at:], text.endings[at:], strict=True)
    return text.byte_order_mark + _joined(parts, text)


def _by_line(changes: Iterable[ChangeGroup]) -> dict[int, list[ChangeGroup]]:
    """Return the changes that add lines, by the line that these come before, in their order."""
    coming: dict[int, list[ChangeGroup]] = {}
    for group in sorted(changes, key=attrgetter("leaning")):
        if group.added:
            coming.setdefault(group.line, []).append(group)
    return coming


def distinct(text: Text, changes: Iterable[ChangeGroup]) -> list[ChangeGroup]:
    """Return each change once; one said twice may have lost a blank line of its context in
    between.
    """
    found = dict.fromkeys(changes)
    adding: dict[tuple[str, ...], list[ChangeGroup]] = {}
    for group in list(found):
        if not group.removed:
            alike = adding.setdefault(group.added, [])
            if any(_is_blank_between(text, group.line, other.line) for other in alike):
                del found[group]
            else:
                alike.append(group)
    return list(found)


def _is_blank_between(text: Text, one: int, other: int) -> bool:
    return all(text.blank[line] == 1 for line in range(min(one, other), max(one, other)))


def _added_parts(text: Text, group: ChangeGroup) -> list[tuple[str, str]]:
    ending = text.ending_at(group.removed[0] + 1 if group.removed else group.line)
    parts = [(line, ending) for line in group.added]
    if group.open_end and group.line == len(text.lines):
        parts[-1] = (parts[-1][0], "")
    return parts


def _joined(parts: list[tuple[str, str]], text: Text) -> str:
    """Join lines; only the last may lack its ending."""
    whole = [line + (ending or text.ending) for line, ending in parts[:-1]]
    return "".join(whole) + "".join(line + ending for line, ending in parts[-1:])
