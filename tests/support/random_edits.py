"""Random edits of real files, with the hunks that git would write for them, and how they are written."""

from __future__ import annotations

import html
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

CORPUS = Path(__file__).parents[1] / "data" / "patches"
SOURCES = sorted(
    path for path in CORPUS.glob("*/base/**/*") if path.is_file() and path.stat().st_size < 30_000
)
Rng = np.random.Generator
Line = tuple[str, str]  # sign and text


@dataclass(frozen=True)
class Hunk:
    start: int
    section: str
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Case:
    """A base, what it becomes, and hunks that lead there; ``style`` holds faults of the whole reply."""

    base: tuple[str, ...]
    new: tuple[str, ...]
    hunks: tuple[Hunk, ...]
    style: frozenset[str] = frozenset()


def make_case(rng: Rng) -> Case:
    """Edit a real file at one to four places, and write the hunks git would."""
    text = SOURCES[rng.integers(len(SOURCES))].read_text().replace("EVOLVE-BLOCK", "A BLOCK")
    base = text.split("\n")[:-1]
    codes = random_edit(rng, base)
    new = [line for same, i, i_end, put in codes for line in (base[i:i_end] if same else put)]
    context = int(rng.choice([1, 2, 3, 3, 3, 5]))
    return Case(tuple(base), tuple(new), tuple(hunks_of(base, codes, context)))


def random_edit(rng: Rng, base: list[str]) -> list[tuple[bool, int, int, list[str]]]:
    places = sorted(
        int(place)
        for place in rng.choice(len(base), min(int(rng.integers(1, 5)), len(base)), replace=False)
    )
    codes: list[tuple[bool, int, int, list[str]]] = []
    at = 0
    for place in places:
        if place <= at:
            continue
        kind = rng.choice(["replace", "insert", "delete", "rewrite"])
        size = 0 if kind == "insert" else int(rng.integers(1, 4 if kind != "rewrite" else 9))
        end = min(place + size, len(base))
        old = base[place:end]
        put = (
            []
            if kind == "delete"
            else [changed(rng, line) for line in old or pick(rng, base, int(rng.integers(1, 6)))]
        )
        if put == old:
            continue
        codes += [(True, at, place, []), (False, place, end, put)]
        at = end
    return [*codes, (True, at, len(base), [])]


def pick(rng: Rng, base: list[str], count: int) -> list[str]:
    start = int(rng.integers(len(base)))
    return base[start : start + count] or ["pass"]


def changed(rng: Rng, line: str) -> str:
    words = [word for word in line.split() if len(word) > 2]
    if not words or rng.random() < 0.2:
        return line
    word = words[rng.integers(len(words))]
    return line.replace(word, word + str(rng.choice(["_new", "2", " + 1", "s"])), 1)


def hunks_of(
    base: list[str], codes: list[tuple[bool, int, int, list[str]]], context: int
) -> list[Hunk]:
    """Group changes into hunks with ``context`` lines around, as git does."""
    changes = [(i, i_end, put) for same, i, i_end, put in codes if not same]
    groups: list[list[tuple[int, int, list[str]]]] = []
    for change in changes:
        if groups and change[0] - groups[-1][-1][1] <= 2 * context:
            groups[-1].append(change)
        else:
            groups.append([change])
    return [hunk_of(base, group, context) for group in groups]


def hunk_of(base: list[str], group: list[tuple[int, int, list[str]]], context: int) -> Hunk:
    first = at = max(group[0][0] - context, 0)
    lines: list[Line] = []
    for i, i_end, put in group:
        lines += [(" ", line) for line in base[at:i]]
        lines += [("-", line) for line in base[i:i_end]] + [("+", line) for line in put]
        at = i_end
    lines += [(" ", line) for line in base[at : at + context]]
    above = (line for line in reversed(base[:first]) if line[:1].isalpha() or line[:1] in "_$")
    return Hunk(first + 1, next(above, "")[:80], tuple(lines))


# -- writing them -------------------------------------------------------------------------------------


def write(case: Case, rng: Rng) -> str:
    """Return the reply."""
    if "blocks" in case.style:
        return "\n".join(write_block(hunk) for hunk in case.hunks)
    names = ("x.py", "x.py") if "no_prefix" in case.style else ("a/x.py", "b/x.py")
    head = f"--- {names[0]}\n+++ {names[1]}\n"
    if "no_git_header" not in case.style:
        head = f"diff --git {names[0]} {names[1]}\nindex 1234567..89abcde 100644\n{head}"
    bodies = [write_hunk(hunk, case.style, rng) for hunk in case.hunks]
    if "no_fence" in case.style:
        return f"A change.\n\n{head}{''.join(bodies)}"
    if "one_fence_each" in case.style:
        return "".join(f"A change.\n\n```diff\n{head}{body}```\n\n" for body in bodies)
    return f"A change.\n\n```diff\n{head}{''.join(bodies)}```\n\nDone.\n"


def write_hunk(hunk: Hunk, style: frozenset[str], rng: Rng) -> str:
    old = sum(sign != "+" for sign, _ in hunk.lines)
    new = sum(sign != "-" for sign, _ in hunk.lines)
    if "counts_wrong" in style:
        old, new = max(old + int(rng.integers(-2, 3)), 1), max(new + int(rng.integers(-2, 3)), 1)
    numbers = "" if "numbers_lost" in style else f" -{hunk.start},{old} +{hunk.start},{new} @@"
    deep = all(not text.strip() or text[:4] == "    " for _, text in hunk.lines)
    deep = (
        deep
        and any(text[:9].split() for sign, text in hunk.lines if sign != "+")
        and "sign_lost" not in style
    )
    deep = deep and any(sign != "+" and any(map(str.isalnum, text)) for sign, text in hunk.lines)
    shown = [
        write_line(number, sign, text[4:] if deep and "shifted" in style else text, style)
        for number, (sign, text) in enumerate(hunk.lines, hunk.start)
    ]
    return f"@@{numbers} {hunk.section}".rstrip() + "\n" + "".join(shown)


def write_line(number: int, sign: str, text: str, style: frozenset[str]) -> str:
    shown = html.escape(text, quote=False) if "entities" in style else text
    if "line_numbers" in style:
        return f"{sign}{number:>4} | {shown}\n"
    lost = sign == " " and ("sign_lost" if text else "blank_unprefixed") in style
    return ("" if lost else sign) + shown + "\n"


def write_block(hunk: Hunk) -> str:
    search = "".join(text + "\n" for sign, text in hunk.lines if sign != "+")
    if not search.strip():
        return write_block(replace(hunk, lines=((" ", "no such line"), *hunk.lines)))
    put = "".join(text + "\n" for sign, text in hunk.lines if sign != "-")
    return f"x.py\n<<<<<<< SEARCH\n{search}=======\n{put}>>>>>>> REPLACE\n"
