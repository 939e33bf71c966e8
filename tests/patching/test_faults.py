"""Real diffs with the faults that models make: each comes to the right tree or is refused, never to a wrong one.

Run as a program to measure: ``python tests/patching/test_faults.py 5000``.
"""

from __future__ import annotations

import html
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from cladogen.errors import PatchRefused
from cladogen.patch import apply_reply
from cladogen.program import File, Program

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


# -- faults -----------------------------------------------------------------------------------------------------------


def each(change: Callable[[Rng, Hunk], Hunk]) -> Callable[[Rng, Case], Case]:
    def fault(rng: Rng, case: Case) -> Case:
        return replace(case, hunks=tuple(change(rng, hunk) for hunk in case.hunks))

    return fault


def styled(name: str) -> Callable[[Rng, Case], Case]:
    return lambda rng, case: replace(case, style=case.style | {name})


def start_off(rng: Rng, hunk: Hunk) -> Hunk:
    return replace(hunk, start=max(hunk.start + int(rng.integers(-9, 10)), 1))


def start_far_off(rng: Rng, hunk: Hunk) -> Hunk:
    return replace(hunk, start=max(hunk.start + int(rng.integers(-150, 150)), 1))


def section_lost(rng: Rng, hunk: Hunk) -> Hunk:
    return replace(hunk, section="")


def context_cut(rng: Rng, hunk: Hunk) -> Hunk:
    """Shorter context at one end, or both."""
    lines = list(hunk.lines)
    if rng.random() < 0.6 and len(lines) > 2 and lines[0][0] == " ":
        lines = lines[1:]
        hunk = replace(hunk, start=hunk.start + 1)
    if rng.random() < 0.6 and len(lines) > 2 and lines[-1][0] == " ":
        lines = lines[:-1]
    return replace(hunk, lines=tuple(lines))


def some_context(rng: Rng, hunk: Hunk, change: Callable[[str], str | None], rate: float) -> Hunk:
    lines: list[Line] = []
    for sign, text in hunk.lines:
        new = change(text) if sign == " " and rng.random() < rate else text
        lines += [] if new is None else [(sign, new)]
    return replace(hunk, lines=tuple(lines))


def context_reworded(rng: Rng, hunk: Hunk) -> Hunk:
    def reword(text: str) -> str:
        words = text.split()
        if len(words) < 4:
            return text
        word = words[rng.integers(len(words))]
        return text.replace(word, "other", 1)

    return some_context(rng, hunk, reword, 0.3)


def blank_context_lost(rng: Rng, hunk: Hunk) -> Hunk:
    return some_context(rng, hunk, lambda text: text if text.strip() else None, 0.7)


def context_lost(rng: Rng, hunk: Hunk) -> Hunk:
    """A line that no added line stands next to is missing; next to one, the diff would mean another place."""
    lines = hunk.lines
    near = {
        k for k in range(len(lines)) if "+" in {sign for sign, _ in lines[max(k - 1, 0) : k + 2]}
    }
    kept = [
        line for k, line in enumerate(lines) if line[0] != " " or k in near or rng.random() > 0.3
    ]
    return replace(hunk, lines=tuple(kept))


def context_invented(rng: Rng, hunk: Hunk) -> Hunk:
    places = [k for k, (sign, _) in enumerate(hunk.lines) if sign == " "]
    if not places:
        return hunk
    place = places[rng.integers(len(places))]
    return replace(
        hunk,
        lines=(*hunk.lines[:place], (" ", "    # a line that is not there"), *hunk.lines[place:]),
    )


def context_elided(rng: Rng, hunk: Hunk) -> Hunk:
    """Three or more context lines in a row become one "..."."""
    lines = list(hunk.lines)
    runs = [k for k in range(1, len(lines) - 3) if all(sign == " " for sign, _ in lines[k : k + 3])]
    if not runs:
        return hunk
    start = runs[rng.integers(len(runs))]
    end = start
    while end < len(lines) - 1 and lines[end][0] == " ":
        end += 1
    lines[start : end - 1] = [(" ", "    ...")]
    return replace(hunk, lines=tuple(lines))


def quotes_curled(rng: Rng, hunk: Hunk) -> Hunk:
    def curl(sign: str, text: str) -> str:
        return text if sign == "+" else text.replace('"', "\u201d").replace("'", "\u2019")

    return replace(hunk, lines=tuple((sign, curl(sign, text)) for sign, text in hunk.lines))


def trailing_blanks_lost(rng: Rng, hunk: Hunk) -> Hunk:
    return replace(hunk, lines=tuple((s, t if s == "+" else t.rstrip()) for s, t in hunk.lines))


def out_of_order(rng: Rng, case: Case) -> Case:
    return replace(case, hunks=tuple(case.hunks[k] for k in rng.permutation(len(case.hunks))))


def said_twice(rng: Rng, case: Case) -> Case:
    if "numbers_lost" in case.style:  # two equal hunks without numbers can mean two equal places
        return case
    return replace(case, hunks=(*case.hunks, case.hunks[rng.integers(len(case.hunks))]))


FAULTS: dict[str, Callable[[Rng, Case], Case]] = {
    "start_off": each(start_off),
    "start_far_off": each(start_far_off),
    "section_lost": each(section_lost),
    "context_cut": each(context_cut),
    "context_reworded": each(context_reworded),
    "blank_context_lost": each(blank_context_lost),
    "context_lost": each(context_lost),
    "context_invented": each(context_invented),
    "context_elided": each(context_elided),
    "quotes_curled": each(quotes_curled),
    "trailing_blanks_lost": each(trailing_blanks_lost),
    "out_of_order": out_of_order,
    "said_twice": said_twice,
} | {
    name: styled(name)
    for name in (
        "counts_wrong",
        "numbers_lost",
        "no_git_header",
        "no_prefix",
        "blank_unprefixed",
        "line_numbers",
        "entities",
        "crlf",
        "sign_lost",
        "shifted",
        "no_fence",
        "one_fence_each",
        "blocks",
    )
}


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


# -- judging ----------------------------------------------------------------------------------------------------------


def judge(seed: int) -> tuple[str, list[str], str, Case]:
    """Return right, refused, blank (right but for blank lines) or wrong; the faults; and the reply."""
    rng = np.random.default_rng(seed)
    case = make_case(rng)
    while not case.hunks:
        case = make_case(rng)
    names = [
        str(name) for name in rng.choice(sorted(FAULTS), int(rng.integers(0, 5)), replace=False)
    ]
    for name in names:
        case = FAULTS[name](rng, case)
    if "said_twice" in names:
        case = replace(case, style=case.style - {"numbers_lost"})
    ending = "\r\n" if "crlf" in case.style else "\n"
    base = Program.of({"x.py": File("".join(line + ending for line in case.base).encode())})
    reply = write(case, rng)
    try:
        got = apply_reply(base, reply).program.text("x.py")
    except PatchRefused as refusal:
        return f"refused {refusal.code}", names, reply, case
    wanted = "".join(line + ending for line in case.new)
    if got == wanted:
        return "right", names, reply, case
    solid = [line for line in got.split(ending) if line.strip()] == [
        line for line in case.new if line.strip()
    ]
    return "blank" if solid else "wrong", names, reply, case


@pytest.mark.parametrize("seed", range(40))
def test_faulted_diff_is_right_or_refused(seed: int) -> None:
    for number in range(seed * 10, seed * 10 + 10):
        verdict, names, reply, _ = judge(number)
        assert verdict != "wrong", f"{names}\n{reply}"


def main(count: int, start: int = 0) -> None:
    verdicts: Counter[str] = Counter()
    faults: dict[str, Counter[str]] = {}
    for seed in range(start, start + count):
        verdict, names, _, _ = judge(seed)
        verdicts[verdict] += 1
        for name in names or ["none"]:
            faults.setdefault(name, Counter())[verdict.split()[0]] += 1
        if verdict == "wrong":
            print(seed, names)
    print(dict(verdicts))
    for name, counts in sorted(faults.items()):
        print(f"{name:<22}", dict(counts))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
