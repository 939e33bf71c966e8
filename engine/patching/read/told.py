"""Files that the prose beside edits tells to rename or to delete: that is no edit, and not done."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from cladogen.errors import PatchRefused
from cladogen.patching.edits import Alternative
from cladogen.patching.read.names import same_file
from cladogen.patching.read.regions import regions

_FIRST = r"(?:(?:first|then|also|and|next|finally|please|now|lastly|afterwards|you\s+can)\W+)*"
_PATH = r"[`'\"*]*(?P<path>[\w./-]+\.\w+)[`'\"*]*"
_TOLD = (
    re.compile(
        rf"(?:^|[.;:!]\s+|,?\s+and\s+)[\s>#*_-]*(?:\d+[.)]\s+)?{_FIRST}"
        rf"(?:rename|move|delete|remove|drop)\s+(?:the\s+)?(?:(?:now\s+)?(?:unused|old|whole|entire)\s+)?"
        rf"(?:file\s+|module\s+)?{_PATH}(?=\s*(?:[.,;:(]|$|to\b|into\b|as\b|since\b|because\b|from\s+the\s+program))",
        re.IGNORECASE,
    ),
    re.compile(
        rf"{_PATH}\s+(?:should|must|can|has\s+to|needs\s+to|is\s+to)\s+be\s+"
        r"(?:renamed|moved|deleted|removed|dropped)\b",
        re.IGNORECASE,
    ),
    re.compile(rf"(?:^|[.;:!]\s+)\W*{_FIRST}make\s+{_PATH}\s+executable\b", re.IGNORECASE),
)


def check_told(reply: str, made: Sequence[Alternative], known: Collection[str]) -> None:
    """Raise PatchRefused where the prose tells to rename or delete a file of the program, and no
    edit does.
    """
    prose = [line for region in regions(reply) if not region.fenced for line in region.lines]
    edits = [edit for one in made for edit in one.edits]
    moved = {edit.old or edit.name for edit in edits if edit.deleted or edit.renamed or edit.mode}
    for line in prose:
        for match in (match for pattern in _TOLD for match in pattern.finditer(line[:1000])):
            path = same_file(match["path"], known)
            if path and path not in {same_file(name, known) for name in moved}:
                raise PatchRefused(
                    "ambiguous-context",
                    f'the reply says "{match.group().strip()[:80]}", which no edit does; give it '
                    "as a diff with the file's old and new name, or leave it out",
                )
