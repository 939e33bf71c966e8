"""The engine's own diffs: git takes them, and they come back to the same program."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cladogen.errors import PatchRefused
from cladogen.patch import apply_diff, make_diff
from cladogen.program import File, Program

LINES = st.lists(
    st.sampled_from(["", "a", "b", "    a", "x = 1\r", "-- c", "++ d", "\u00e9", "@@ -1 +1 @@"]),
    max_size=30,
)
DATA = st.builds(
    lambda lines, end: ("\n".join(lines) + end).encode(), LINES, st.sampled_from(["", "\n"])
)
BINARY = st.binary(min_size=1, max_size=120).map(lambda data: data + b"\0")
FILES = st.builds(File, st.one_of(DATA, DATA, BINARY), st.booleans())
NAMES = st.sampled_from(["a.py", "b.py", "src/c d.py", 'q"\u00e9.txt', "deep/er/x"])
TREES = st.dictionaries(NAMES, FILES, min_size=1).map(Program.of)


def git(folder: Path, *words: str, given: bytes = b"") -> bytes:
    return subprocess.run(
        ["git", "-C", str(folder), *words], input=given, capture_output=True, check=True
    ).stdout


def stored(program: Program, folder: Path) -> str:
    """Write a program as a git tree; return the tree's id."""
    (folder / ".git").exists() or git(folder, "init", "-q")
    git(folder, "read-tree", "--empty")
    for path, file in program.files.items():
        blob = git(folder, "hash-object", "-w", "--stdin", given=file.data).decode().strip()
        mode = "100755" if file.executable else "100644"
        git(folder, "update-index", "--add", "--cacheinfo", f"{mode},{blob},{path}")
    return git(folder, "write-tree").decode().strip()


@given(TREES, TREES)
@settings(max_examples=300, deadline=None)
def test_diff_leads_from_one_program_to_the_other(old: Program, new: Program) -> None:
    assert apply_diff(old, make_diff(old, new)).id == new.id


@pytest.mark.parametrize("seed", range(25))
def test_git_applies_our_diffs_and_we_apply_gits(seed: int, tmp_path: Path) -> None:
    rng = np.random.default_rng(seed)
    old, new = (random_tree(rng) for _ in range(2))
    target = stored(new, tmp_path)
    source = stored(old, tmp_path)
    assert (source, target) == (old.id, new.id)
    theirs = git(tmp_path, "diff", "--binary", "-M", source, target).decode(
        "utf-8", "surrogateescape"
    )
    assert apply_diff(old, theirs).id == new.id
    ours = make_diff(old, new)
    if ours:
        git(tmp_path, "apply", "--cached", "-", given=ours.encode("utf-8", "surrogateescape"))
    assert git(tmp_path, "write-tree").decode().strip() == target


def random_tree(rng: np.random.Generator) -> Program:
    files = {}
    for name in rng.choice(
        ["a.py", "b.py", "src/c d.py", 'q"\u00e9.txt', "deep/er/x"], 3, replace=False
    ):
        lines = rng.choice(
            ["", "a", "b", "    a", "x = 1\r", "-- c", "++ d", "\u00e9"], int(rng.integers(0, 25))
        )
        end = str(rng.choice(["", "\n"])) + ("\0" if rng.random() < 0.1 else "")
        files[str(name)] = File(
            ("\n".join(map(str, lines)) + end).encode(), bool(rng.random() < 0.3)
        )
    return Program.of(files)


def test_equal_programs_have_no_diff() -> None:
    program = Program.of({"a.py": File(b"x\n")})
    assert make_diff(program, program) == ""
    assert apply_diff(program, "") == program


def test_diff_against_another_program_is_refused() -> None:
    old, new, other = (
        Program.of({"a.py": File(data)}) for data in (b"x\ny\n", b"x\nz\n", b"x\nw\n")
    )
    with pytest.raises(PatchRefused) as refusal:
        apply_diff(other, make_diff(old, new))
    assert refusal.value.code == "removed-lines-not-found"
    assert "line 2" in refusal.value.reason
