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
    inside: list[str] | None = None
    for number, line in enumerate(text.split("\n"), 1):
        mark = ONLY.match(line)
        if mark is None:
            if inside is None or (variant or DEFAULT) in inside:
                kept.append(line)
        elif mark[2]:
            if inside is None:
                raise ProblemError(f"{where}, line {number}: an end without <!-- only VARIANT -->")
            inside = None
        else:
            if inside is not None:
                raise ProblemError(f"{where}, line {number}: one part begins within another")
            inside = [name.strip() for name in mark[1].split(",") if name.strip()]
            _check(inside, variants, f"{where}, line {number}")
    if inside is not None:
        raise ProblemError(f"{where}: the part for {', '.join(inside)} has no <!-- end -->")
    return re.sub(r"\n{3,}", "\n\n", "\n".join(kept))


def _check(names: Sequence[str], variants: Sequence[str], where: str) -> None:
    known = [DEFAULT, *variants]
    for name in names:
        if name not in known:
            raise ProblemError(f"{where}: no variant {name!r}{nearest(name, known)}")
    if not names:
        raise ProblemError(f"{where}: name the variants, {', '.join(known)}")
