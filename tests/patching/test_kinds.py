"""Replies of the kinds that words decide: each comes to the right tree or is refused, never to a wrong one.

A real file is edited at random; the reply that gives the edit is written as models write it: with an
alternative that it warns of, with the original for reference, in prose, as a part of the file, as
difflib has it, or with a fence that is never closed.

Run as a program to measure: ``PYTHONPATH=tests/support python tests/patching/test_kinds.py 5000``.
"""

from __future__ import annotations

import difflib
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pytest
from patch_corpus import CORPUS
from random_edits import Case, Hunk, changed, hunk_of, make_case, write_hunk

from cladogen.errors import PatchRefused
from cladogen.patch import apply_reply
from cladogen.patching.parts.definitions import Definition, definitions
from cladogen.patching.parts.languages import language_of
from cladogen.program import File, Program

Rng = np.random.Generator


@dataclass(frozen=True)
class Reply:
    """A reply with the file it is for and what must come of it; None: it is to be refused."""

    path: str
    base: str
    text: str
    wanted: str | None
    ended: bool = False


def text_of(lines: tuple[str, ...], end: str = "\n") -> str:
    return "\n".join(lines) + end


def fence(body: str, info: str = "diff") -> str:
    return f"```{info}\n{body.rstrip(chr(10))}\n```\n"


def diff(case: Case, hunks: tuple[Hunk, ...], rng: Rng) -> str:
    bodies = "".join(write_hunk(hunk, frozenset(), rng) for hunk in hunks)
    return f"--- a/{NAME}\n+++ b/{NAME}\n{bodies}"


NAME = "x.py"


def one_hunk(rng: Rng) -> Case:
    """Return a case of one hunk that removes a line with words, so that a rival can replace it."""
    while True:
        case = make_case(rng)
        for hunk in case.hunks:
            removed = [text for sign, text in hunk.lines if sign == "-" and len(text.split()) > 1]
            if removed and case.base.count(removed[0]) == 1:
                return replace(case, hunks=(hunk,), new=after(case.base, hunk))


def after(base: tuple[str, ...], hunk: Hunk) -> tuple[str, ...]:
    old = sum(sign != "+" for sign, _ in hunk.lines)
    put = [text for sign, text in hunk.lines if sign != "-"]
    return (*base[: hunk.start - 1], *put, *base[hunk.start - 1 + old :])


def rival(rng: Rng, case: Case) -> Hunk:
    """Return a hunk that replaces a line that the case's hunk replaces, with something else."""
    hunk = case.hunks[0]
    line = next(
        t for s, t in hunk.lines if s == "-" and len(t.split()) > 1 and case.base.count(t) == 1
    )
    at = case.base.index(line)
    put = changed(rng, line) + "  # a rival"
    return hunk_of(list(case.base), [(at, at + 1, [put])], 2)


# -- the kinds ----------------------------------------------------------------------------------------

WARNINGS = [
    "Do NOT do this:", "Don't apply this one, it is only here for contrast:", "Never do this:",
    "What you must not do:", "A bad example:", "This would be the wrong way, do not use it like this:",
    "Bitte nicht so:", "Das hier bitte nicht anwenden:", "À ne pas faire :", "N'appliquez pas ceci :",
    "No hagas esto:", "No se debe aplicar:", "Não faça isto:", "Da evitare:", "Так делать не надо:",
    "Alternatively, though I would not do that:", "Please don't apply those:",
    "Не применяйте это:", "请勿采用：", "错误示例：", "これはやってはいけません：", "하지 마세요:", "Not recommended:",
]  # fmt: skip
FAVOURS = [
    "I recommend this:", "Apply this:", "My choice:", "I would go with this one:", "Use this:",
    "The change to make (recommended):", "Diese Fassung empfehle ich:", "Je recommande ceci :",
    "Recomiendo esto:", "Recomendo isto:", "Consiglio questo:", "Рекомендую вот это:", "推荐：", "こちらを推奨します：",
    "Here is the change:", "The diff:",
]  # fmt: skip
PAIRS = [
    ("Option A:", "Option B:", "I recommend option {}."),
    ("### Approach 1", "### Approach 2", "Go with approach {}."),
    ("**Variant 1**", "**Variant 2**", "I would pick variant {}, for it is shorter."),
    ("A.", "B.", "Both work. I prefer {}."),
    ("Möglichkeit 1:", "Möglichkeit 2:", "Ich empfehle Möglichkeit {}."),
    ("Opción 1:", "Opción 2:", "Recomiendo la opción {}."),
    ("方案一：", "方案二：", "推荐方案{}。"),
    ("Вариант 1:", "Вариант 2:", "Рекомендую вариант {}."),
]


def warned(rng: Rng) -> Reply:
    case = one_hunk(rng)
    where = f"{NAME}\n" if rng.random() < 0.3 else ""  # a file's name between words and edit
    good = f"{pick(rng, FAVOURS)}\n\n{where}{fence(diff(case, case.hunks, rng))}"
    bad = f"{pick(rng, WARNINGS)}\n\n{where}{fence(diff(case, (rival(rng, case),), rng))}"
    parts = [good, bad] if rng.random() < 0.5 else [bad, good]
    return Reply(NAME, text_of(case.base), "\n".join(parts), text_of(case.new))


def chosen(rng: Rng) -> Reply:
    case = one_hunk(rng)
    heads = PAIRS[rng.integers(len(PAIRS))]
    bodies = [fence(diff(case, hunks, rng)) for hunks in (case.hunks, (rival(rng, case),))]
    best = int(rng.integers(2))
    bodies = bodies if best == 0 else bodies[::-1]
    names = {"A.": "AB", "Option A:": "AB", "方案一：": "一二"}.get(heads[0], "12")
    verdict = heads[2].format(names[best])
    options = "\n".join(f"{head}\n\n{body}" for head, body in zip(heads, bodies, strict=False))
    text = f"{verdict}\n\n{options}" if rng.random() < 0.5 else f"{options}\n{verdict}\n"
    return Reply(NAME, text_of(case.base), text, text_of(case.new))


def contradictory(rng: Rng) -> Reply:
    case = one_hunk(rng)
    hunks = (*case.hunks, rival(rng, case))
    if rng.random() < 0.5:
        text = fence(diff(case, hunks, rng))
    else:
        text = "\n".join(fence(diff(case, (hunk,), rng)) for hunk in hunks)
    return Reply(NAME, text_of(case.base), text, None)


LABELS = [
    "The original {}, for reference:", "Original `{}`:", "For reference, {} as it is now:", "Current `{}`:",
    "Zum Vergleich das Original von {}:", "Pour référence, le code actuel de {} :", "Código original de {}:",
    "原始的 {}（供参考）：", "Для справки, исходный {}:", "参考までに、元の {}：",
]  # fmt: skip


def referred(rng: Rng) -> Reply:
    case = make_case(rng)
    start = int(rng.integers(len(case.base)))
    shown = case.base if rng.random() < 0.5 else case.base[start : start + 12]
    original = f"{pick(rng, LABELS).format(NAME)}\n\n{fence(text_of(shown), 'python')}"
    edit = f"The change:\n\n{fence(diff(case, case.hunks, rng))}"
    parts = [original, edit] if rng.random() < 0.6 else [edit, original]
    return Reply(NAME, text_of(case.base), "\n".join(parts), text_of(case.new))


PROSE = [
    ("In `{}`, replace:", "with:"), ("In {} replace these lines:", "by:"), ("Change this in `{}`:", "to:"),
    ("Ersetze in `{}`:", "durch:"), ("Dans `{}`, remplacez :", "par :"), ("En `{}`, cambia:", "por:"),
    ("在 `{}` 中，将：", "替换为："), ("В `{}` замените:", "на:"), ("`{}` の次の行を", "以下に置き換えます。"),
    ("Before ({}):", "After:"), ("Em `{}`, substitua:", "por:"), ("In `{}`, sostituisci:", "con:"),
]  # fmt: skip


def told(rng: Rng) -> Reply:
    """Each hunk as two fences; the places must be told by what goes alone."""
    case = make_case(rng)
    parts = []
    for hunk in case.hunks:
        old, new = (tuple(t for s, t in hunk.lines if s != sign) for sign in "+-")
        head, turn = PROSE[rng.integers(len(PROSE))]
        parts.append(
            f"{head.format(NAME)}\n\n{fence(text_of(old), 'python')}\n{turn}\n\n{fence(text_of(new), 'python')}"
        )
    return Reply(NAME, text_of(case.base), "\n".join(parts), text_of(case.new))


def by_difflib(rng: Rng) -> Reply:
    """A file without a final line feed, its last line changed as often as not."""
    case = make_case(rng)
    base, new = text_of(case.base, ""), text_of(case.new, "")
    if rng.random() < 0.5:
        new = new + " # changed at the end"
    if base == new or base.endswith("\n") or new.endswith("\n"):
        return by_difflib(rng)
    made = difflib.unified_diff(
        base.splitlines(keepends=True), new.splitlines(keepends=True), NAME, NAME
    )
    return Reply(NAME, base, fence("".join(made)), new)


def left_open(rng: Rng) -> Reply:
    """A fence that is never closed; half of them break off inside the last hunk."""
    case = make_case(rng)
    body = diff(case, case.hunks, rng).rstrip("\n").split("\n")
    wanted: str | None = text_of(case.new)
    signed = [k for k, line in enumerate(body) if k > 2 and line[:1] in ("+", "-")]
    if signed and rng.random() < 0.5:
        body = body[: signed[-1]]
        wanted = None
    return Reply(NAME, text_of(case.base), "```diff\n" + "\n".join(body) + "\n", wanted, ended=True)


def part(rng: Rng) -> Reply:
    """One function or method, alone or below the first lines of its file."""
    while True:
        path, base = SOURCES[rng.integers(len(SOURCES))]
        lines = base.split("\n")
        found = [one for top in definitions(base, language_of(path)) for one in (top, *top.members)]
        found = [one for one in found if one.last - one.first >= 2]
        if len(found) < 2:
            continue
        one = found[rng.integers(len(found))]
        line = int(rng.integers(one.first + 1, one.last + 1))
        new = list(lines)
        new[line] = changed(rng, lines[line])
        if new[line] != lines[line]:
            return Reply(path, base, write_part(rng, path, new, one), "\n".join(new))


def write_part(rng: Rng, path: str, lines: list[str], one: Definition) -> str:
    body = lines[one.first : one.last + 1]
    indent = len(body[0]) - len(body[0].lstrip())
    if rng.random() < 0.5:
        body = [line[indent:] if not line[:indent].strip() else line for line in body]
    elif rng.random() < 0.3 and indent == 0:
        body = lines[: one.last + 1]
    head = pick(rng, [f"{path}", f"**{path}**", f"`{path}`:", f"In {path} only this changes:"])
    return f"{head}\n{fence(text_of(tuple(body)), '')}"


def pick(rng: Rng, words: list[str]) -> str:
    return words[rng.integers(len(words))]


def sources() -> list[tuple[str, str]]:
    paths = [*CORPUS.glob("*/base/**/*"), *CORPUS.glob("bases/**/*")]
    return [
        (path.name, path.read_text().replace("EVOLVE-BLOCK", "A BLOCK"))
        for path in sorted(paths)
        if path.is_file() and path.stat().st_size < 30_000 and language_of(path.name)
    ]


SOURCES = sources()
KINDS: dict[str, Callable[[Rng], Reply]] = {
    "warned": warned,
    "chosen": chosen,
    "contradictory": contradictory,
    "referred": referred,
    "told": told,
    "difflib": by_difflib,
    "left_open": left_open,
    "part": part,
}


# -- judging ------------------------------------------------------------------------------------------


def judge(seed: int) -> tuple[str, str, Reply]:
    """Return the kind, the verdict (right, refused, wrong) and the reply."""
    rng = np.random.default_rng(seed)
    kind = sorted(KINDS)[seed % len(KINDS)]
    reply = KINDS[kind](rng)
    base = Program.of({reply.path: File(reply.base.encode())})
    try:
        got = apply_reply(base, reply.text, ended=reply.ended).program.text(reply.path)
    except PatchRefused as refusal:
        return kind, "right" if reply.wanted is None else f"refused {refusal.code}", reply
    if reply.wanted is None:
        return kind, "wrong", reply
    return kind, "right" if same(got, reply.wanted) else "wrong", reply


def same(got: str, wanted: str) -> bool:
    """Whether two texts are alike but for blank lines, which no definition holds."""
    return [line for line in got.split("\n") if line.strip()] == [
        line for line in wanted.split("\n") if line.strip()
    ] and got.endswith("\n") == wanted.endswith("\n")


@pytest.mark.parametrize("seed", range(40))
def test_reply_of_a_kind_that_words_decide_is_right_or_refused(seed: int) -> None:
    for number in range(seed * 8, seed * 8 + 8):
        kind, verdict, reply = judge(number)
        assert verdict != "wrong", f"{kind}\n{reply.text}"


def main(count: int, start: int = 0) -> None:
    verdicts: dict[str, Counter[str]] = {}
    for seed in range(start, start + count):
        kind, verdict, _ = judge(seed)
        verdicts.setdefault(kind, Counter())[verdict] += 1
        if verdict == "wrong":
            print(seed, kind)
    for kind, counts in sorted(verdicts.items()):
        print(f"{kind:<16}", dict(counts))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
