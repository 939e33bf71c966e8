"""What a reply gives beside the hunk at hand: files that are whole, and lines that come."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from cladogen.patching.edits import Alternative, FileEdit


def given_whole(alternatives: list[Alternative]) -> Mapping[str, str]:
    """Return the texts of files that a reply gives whole, by path; none that it gives twice."""
    edits = [edit for edit in _edits(alternatives) if edit.whole is not None]
    times = Counter(edit.name for edit in edits)
    return {edit.name: edit.whole or "" for edit in edits if times[edit.name] == 1}


def coming(alternatives: list[Alternative]) -> Mapping[str, int]:
    """Count the lines that hunks add: context that shows them is not in the file yet."""
    counts: dict[str, int] = {}
    for edit in _edits(alternatives):
        for hunk in edit.hunks:
            for line in filter(None, (row.text.strip() for row in hunk.added)):
                counts[line] = counts.get(line, 0) + 1
    return counts


def _edits(alternatives: list[Alternative]) -> Iterator[FileEdit]:
    return (edit for each in alternatives for edit in each.edits)
