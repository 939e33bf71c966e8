"""What holds for every reply: only what its lines say changes, a refusal is a refusal, rubbish does no harm."""

from __future__ import annotations

import re
import subprocess
from collections import Counter
from pathlib import Path

import numpy as np
import patch_corpus
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cladogen.errors import PatchRefused
from cladogen.patch import Policy, apply_diff, apply_reply
from cladogen.patching.read.regions import clean
from cladogen.program import File, Program

FOLDERS = [folder for folder in patch_corpus.FOLDERS if "three-thousand" not in folder.name]
DIFFS = [folder for folder in FOLDERS if "\n@@" in patch_corpus.reply(folder) and folder.name < "1"]
CODES = {
    "ambiguous-context",
    "removed-lines-not-found",
    "outside-evolve-block",
    "evolve-marker-changed",
    "protected-file",
    "path-outside-tree",
    "symlink",
    "binary-patch",
    "no-op",
    "truncated-reply",
}
PIECES = [
    "```",
    "```diff",
    "\n",
    " ",
    "-",
    "+",
    "@@",
    "<think>",
    "</think>",
    "=======",
    "<<<<<<< SEARCH",
    "...",
    "\t",
    "\0",
    "\r",
]
PIECES += [
    "--- a/x.py\n+++ b/x.py\n",
    "\u201c",
    "&lt;",
    "*** Begin Patch",
    "{",
    "}",
    "\x1b[31m",
    "rename from x",
    "\u2028",
    "\ud800",
]


def solid(text: str) -> str:
    return re.sub(r"\s+", "", text)


def spoiled(reply: str, rng: np.random.Generator) -> str:
    """Cut, double, swap and insert pieces of a reply."""
    lines = reply.split("\n")
    for _ in range(int(rng.integers(1, 5))):
        place = int(rng.integers(len(lines)))
        match int(rng.integers(6)):
            case 0:
                del lines[place]
            case 1:
                lines.insert(place, lines[int(rng.integers(len(lines)))])
            case 2:
                lines[place] = lines[place][int(rng.integers(len(lines[place]) + 1)) :]
            case 3:
                at = int(rng.integers(len(lines[place]) + 1))
                lines[place] = (
                    lines[place][:at] + PIECES[int(rng.integers(len(PIECES)))] + lines[place][at:]
                )
            case 4:
                lines = lines[: place + 1]
            case _:
                other = int(rng.integers(len(lines)))
                lines[place], lines[other] = lines[other], lines[place]
        lines = lines or [""]
    return "\n".join(lines)


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_spoiled_reply_is_applied_or_refused_with_a_known_code(folder: Path) -> None:
    base, reply = patch_corpus.base(folder), patch_corpus.reply(folder)
    rng = np.random.default_rng(7)
    for _ in range(12):
        try:
            result = apply_reply(base, spoiled(reply, rng))
        except PatchRefused as refusal:
            assert refusal.code in CODES and refusal.reason
        else:
            assert apply_diff(base, result.patch_text) == result.program != base


@pytest.mark.parametrize("folder", DIFFS, ids=lambda folder: folder.name)
def test_only_what_the_signed_lines_say_changes(folder: Path) -> None:
    base, reply = patch_corpus.base(folder), patch_corpus.reply(folder)
    rng = np.random.default_rng(11)
    for _ in range(12):
        said = clean(spoiled(reply, rng))
        try:
            result = apply_reply(base, said)
        except PatchRefused:
            continue
        if "<<<<<<<" in said or "+++ /dev/null" in said:
            continue
        removed, added = changed_lines(result.patch_text)
        signed = [
            re.sub(r"^[+-]\s*\d+ \| ?", lambda match: match.group()[0], line)
            for line in said.split("\n")
        ]
        for lines, sign in ((removed, "-"), (added, "+")):
            shown = {solid(plain(line)[1:]) for line in signed if line.lstrip()[:1] == sign}
            bare = {solid(plain(line)) for line in said.split("\n")} if sign == "+" else set()
            assert not {line for line in lines if line and line not in shown | bare}, (sign, said)


def plain(line: str) -> str:
    return line.strip().replace("\u201d", '"').replace("\u201c", '"').replace("\u00a0", " ")


def changed_lines(patch: str) -> tuple[Counter[str], Counter[str]]:
    lines = [line for line in patch.split("\n") if not line.startswith(("---", "+++"))]
    removed, added = (
        Counter(solid(line[1:]) for line in lines if line[:1] == sign) for sign in "-+"
    )
    return removed - added, added - removed


@given(
    st.lists(
        st.sampled_from([*PIECES, "a", "b = 1", "import os", "x.py\n", "- ", "1 | "]), max_size=40
    ).map("".join)
)
@settings(max_examples=300, deadline=None)
def test_rubbish_is_refused_or_applied(reply: str) -> None:
    base = Program.of({"x.py": File(b"a\nb = 1\nimport os\n"), "y.py": File(b"c\n")})
    try:
        assert apply_reply(base, reply).program != base
    except PatchRefused as refusal:
        assert refusal.code in CODES


@pytest.mark.timeout(120)
@pytest.mark.parametrize(
    "unit",
    [
        "```\n",
        "<think>",
        "</think>\n",
        "@@\n",
        "+a\n",
        "--- a\n+++ b\n",
        " x\n",
        "<<<<<<< SEARCH\n",
        "=======\n",
        "- \n",
        "{[",
        '<file path="a">',
    ],
)
def test_a_hundred_kilobytes_of_rubbish_end_soon(unit: str) -> None:
    base = Program.of({"x.py": File(b"a\nb = 1\n" * 1500)})
    for head in ("", "```diff\n--- a/x.py\n+++ b/x.py\n"):
        with pytest.raises(PatchRefused):
            apply_reply(base, head + unit * (100_000 // len(unit)))


@pytest.mark.parametrize("seed", range(30))
def test_diff_of_git_always_comes_back(seed: int, tmp_path: Path) -> None:
    rng = np.random.default_rng(seed)
    trees = []
    words = ["", "a", "b", "    a", "x = 1", "# EVOLVE", "-- c", "++ d", "...", "}", "\u00e9"]
    for name in ("old", "new"):
        files = {}
        for path in ("p.py", "q/r.txt"):
            lines = [str(word) for word in rng.choice(words, int(rng.integers(1, 40)))]
            if trees and rng.random() < 0.8:
                lines = trees[0].text(path).split("\n")
                for _ in range(int(rng.integers(0, 4))):
                    lines[int(rng.integers(len(lines)))] = str(rng.choice(words))
            files[path] = File(("\n".join(lines) + str(rng.choice(["\n", ""]))).encode())
        trees.append(Program.of(files))
        trees[-1].write(tmp_path / name)
    if trees[0] == trees[1]:
        return
    shown = subprocess.run(
        ["git", "diff", "--no-index", "old", "new"], cwd=tmp_path, capture_output=True, check=False
    )
    text = shown.stdout.decode().replace("a/old/", "a/").replace("b/new/", "b/")
    for reply in (text, f"A change.\n\n```diff\n{text}```\n"):
        assert apply_reply(trees[0], reply, Policy()).program == trees[1]
