"""Operators on a search in C or C++: how many rounds it has, and what it accepts meanwhile; the
counterparts of `searching`, by looks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from cladogen.proposers.syntax.c_nest import Loop, blanked, loops
from cladogen.proposers.syntax.pick import NothingToDo, pick, rounded

FACTORS = (3, 10, 30)
MOST_ROUNDS = 1_000_000_000
THRESHOLDS = (0.001, 0.01, 0.1)
_TEST = re.compile(r"\bif\s*\([^;{}?]*?[\w)\]]\s*(<=?|>=?)\s*([A-Za-z_]\w*)\s*\)")


def stretch(text: str, donor: str | None, rng: np.random.Generator) -> str:
    """Let a loop of a number of rounds do several times as many, at the same pace of what its
    round decides: ``pow(c, round)``, and shares of the number of rounds.
    """
    loop = pick([each for each in loops(text) if each.limit.isdigit()], rng)
    factor, rounds = pick(FACTORS, rng), int(loop.limit)
    if not 1 < rounds * factor <= MOST_ROUNDS:
        raise NothingToDo
    part = text[loop.start : loop.end]
    head = len(part) - len(part[part.index(loop.head) + len(loop.head) :])
    name = re.escape(loop.variable)
    first = re.sub(rf"\b{rounds}\b(?=\s*;)", str(rounds * factor), part[:head])
    body = re.sub(
        rf"(/\s*(?:\(double\)\s*)?){rounds}\b(?!\.)", rf"\g<1>{rounds * factor}", part[head:]
    )
    body = re.sub(
        rf"(\bpow\(\s*)(\d*\.\d+)(\s*,\s*{name}\s*\))",
        lambda found: f"{found[1]}{rounded(float(found[2]) ** (1 / factor), 9)!r}{found[3]}",
        body,
    )
    return text[: loop.start] + first + body + text[loop.end :]


def accept(text: str, donor: str | None, rng: np.random.Generator) -> str:
    """Let a search take what is a little worse, ever less so until its last round: threshold
    accepting (Dueck, Scheuer: J. Comput. Phys. 90, 1990).
    """
    at, sign, name, loop = pick(list(_tests(text)), rng)
    left = f"(1 - {loop.variable} / (double){loop.limit_text})"
    size = f"({name} < 0 ? -{name} : {name})"
    slack = f"{sign} {pick(THRESHOLDS, rng)} * {size} * {left}"
    return f"{text[:at]} {slack}{text[at:]}"


def _tests(text: str) -> Iterator[tuple[int, str, str, Loop]]:
    """Yield the comparisons with a variable that is assigned where they hold: where the variable
    ends, the sign that makes the test easier, its name, and the innermost loop around.
    """
    plain, found = blanked(text), loops(text)
    for match in _TEST.finditer(plain):
        around = _innermost(found, match)
        name = match[2]
        if around is None or around.variable in re.findall(r"\w+", match.group()):
            continue
        if re.search(rf"\b{name}\s*=[^=]", plain[match.end() : around.end]):
            yield match.end(2), "+" if match[1][0] == "<" else "-", name, around


def _innermost(found: list[Loop], match: re.Match[str]) -> Loop | None:
    around = [loop for loop in found if loop.start <= match.start() and match.end() <= loop.end]
    return around[-1] if around else None
