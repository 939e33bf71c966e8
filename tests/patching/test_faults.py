"""Real diffs with the faults that models make: each comes to the right tree or is refused, never to a wrong one.

Run as a program to measure: ``PYTHONPATH=tests/support python tests/patching/test_faults.py 5000``.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from random_edits import Case, Hunk, Line, Rng, make_case, write

from cladogen.errors import PatchRefused
from cladogen.patch import apply_reply
from cladogen.program import File, Program

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
