"""Lines of a fence that stand beside its SEARCH/REPLACE blocks: a file that is shown around them is
no edit, code that no file has would be lost.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from cladogen.errors import PatchRefused
from cladogen.patching.read.blocks import Block
from cladogen.patching.read.headers import is_elision
from cladogen.patching.read.lines import stripped_lines
from cladogen.patching.read.names import named_by

_CODE = re.compile(
    r"\s*(?:[A-Za-z_][\w.]*(?:\[[^\]]*\])?\s*(?:[-+*/%|&^]|//|\*\*|<<|>>)?=(?!=)\s*\S|"
    r"(?:async\s+)?def\s+\w+\(|class\s+\w+[(:]|import\s+\w+$|from\s+\S+\s+import\s)"
)
_SHOWN = 3  # lines of a file around blocks: it is shown, and more than its blocks may have changed


def check_beside(lines: Sequence[str], blocks: Sequence[Block], texts: Mapping[str, str]) -> None:
    """Raise PatchRefused for code between blocks that the program does not have."""
    known = stripped_lines(texts.values())
    around = list(_around(lines, blocks, texts))
    new = [line for line in around if line not in known]
    if len(around) - len(new) < _SHOWN:
        new = list(filter(_CODE.match, new))
    if new:
        raise PatchRefused(
            "ambiguous-context",
            f'"{new[0][:80]}" stands beside the blocks of a fence, and the program does not have '
            "it; give it in a block, too",
        )


def _around(
    lines: Sequence[str], blocks: Sequence[Block], texts: Mapping[str, str]
) -> Iterator[str]:
    """Yield the solid lines outside of blocks that are no names and no remarks for other lines."""
    return (line.strip() for line in _outside(lines, blocks) if _counts(line, texts))


def _outside(lines: Sequence[str], blocks: Sequence[Block]) -> Iterator[str]:
    inside = {at for one in blocks for at in range(one.start, one.end)}
    return (line for at, line in enumerate(lines) if at not in inside)


def _counts(line: str, texts: Mapping[str, str]) -> bool:
    return bool(line.strip()) and not is_elision(line) and not named_by(line, texts)
