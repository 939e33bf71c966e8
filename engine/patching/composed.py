"""From the changes of a reply to the texts of files: what several change in one file is made at
once.
"""

from __future__ import annotations

from collections.abc import Iterator

from cladogen.patching.file_change import FileChange
from cladogen.patching.place.compose import compose
from cladogen.patching.place.groups import ChangeGroup
from cladogen.patching.plan import Planner


def files(
    changes: list[FileChange], planner: Planner
) -> Iterator[tuple[str, str | None, FileChange]]:
    """Yield (path, text, change) for each file that changes; a text of None is a file that goes."""
    merged: dict[str, list[ChangeGroup]] = {}
    composed: dict[str, str] = {}
    for change in changes:
        merged.setdefault(change.source, []).extend(change.groups)
    for change in _once(changes):
        source, text = change.source, change.whole
        if change.moves:
            yield source, None, change
        if change.is_of_text:
            if source not in composed:
                composed[source] = compose(planner.parent.text(source), merged[source])
            text = composed[source]
        yield change.path, text, change


def _once(changes: list[FileChange]) -> Iterator[FileChange]:
    """Yield changes, of those that edit one file in place the first: its text has all of them."""
    given = set()
    for change in changes:
        kind = (change.path, change.executable)
        if not change.edits_in_place:
            yield change
        elif kind not in given:
            given.add(kind)
            yield change
