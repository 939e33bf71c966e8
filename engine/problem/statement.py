"""The statement: prose for whoever proposes, with parts that only some variants are told.

    <!-- only n32, rect21 -->
    what only these variants are told
    <!-- end -->

``default`` is the problem without a variant. Where Markdown is shown as a page, the marks are not
seen.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from cladogen.errors import ProblemError
from cladogen.problem.spelling import nearest

DEFAULT = "default"
ONLY = re.compile(r"^[ \t]*<!--[ \t]*(?:only[ \t]+([^>\n]*?)|(end))[ \t]*-->[ \t]*$")


def for_variant(text: str, variant: str, variants: Sequence[str], where: str) -> str:
    """Return the statement of one variant; raises ProblemError for a variant that is not there and
    for marks that do not pair.
    """
    kept: list[str] = []
    only: list[str] = []  # the variants that the lines are for; none: for all
    for number, line in enumerate(text.split("\n"), 1):
        mark = ONLY.match(line)
        if mark is not None:
            only = _lines_for(mark, only, variants, f"{where}, line {number}")
        elif not only or (variant or DEFAULT) in only:
            kept.append(line)
    if only:
        raise ProblemError(f"{where}: the part for {', '.join(only)} has no <!-- end -->")
    return re.sub(r"\n{3,}", "\n\n", "\n".join(kept))


def _lines_for(
    mark: re.Match[str], before: list[str], variants: Sequence[str], at: str
) -> list[str]:
    """Return the variants that the lines behind a mark are for; none: for all."""
    if mark[2]:
        if not before:
            raise ProblemError(f"{at}: an end without <!-- only VARIANT -->")
        return []
    if before:
        raise ProblemError(f"{at}: one part begins within another")
    return _named(mark[1], variants, at)


def _named(words: str, variants: Sequence[str], where: str) -> list[str]:
    """Return the variants that a part is for, at least one."""
    known = [DEFAULT, *variants]
    names = [name.strip() for name in words.split(",") if name.strip()]
    for name in names:
        if name not in known:
            raise ProblemError(f"{where}: no variant {name!r}{nearest(name, known)}")
    if not names:
        raise ProblemError(f"{where}: name the variants, {', '.join(known)}")
    return names
