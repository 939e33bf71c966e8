"""What an agent leaves is its patch, and nothing that it prints."""

from __future__ import annotations

import pytest

from cladogen.errors import PatchRefused
from cladogen.patch import Policy, apply_diff, take_tree
from cladogen.program import File, Program

BASE = Program.of({"a.py": File(b"x = 1\n"), "judge.py": File(b"y = 1\n")})


def test_files_that_an_agent_left_are_the_child_and_its_diff_leads_there() -> None:
    left = BASE.replace({"a.py": b"x = 2\n", "new/b.py": b"z = 3\n"})
    taken = take_tree(BASE, left, Policy(protected=("judge.py",)))
    assert taken.program == left
    assert apply_diff(BASE, taken.patch_text) == left


@pytest.mark.parametrize(
    ("files", "policy", "code"),
    [
        ({}, Policy(), "no-op"),
        ({"judge.py": b"y = 2\n"}, Policy(protected=("judge.py",)), "protected-file"),
        ({"b.py": b"z = 1\n"}, Policy(editable=("a.py",)), "protected-file"),
        ({"b.py": b"z = 1\n"}, Policy(allow_new_files=False), "protected-file"),
        ({"a.py": None}, Policy(allow_deleted_files=False), "protected-file"),
        ({"a.py": File(b"x = 1\n", True)}, Policy(allow_mode_change=False), "protected-file"),
        ({"a.py": b"x = \0\n"}, Policy(), "binary-patch"),
        ({"a.py": b"x = 2\n"}, Policy(evolve_blocks_in=("a.py",)), "outside-evolve-block"),
    ],
)
def test_tree_that_must_not_be_is_refused(
    files: dict[str, File | bytes | None], policy: Policy, code: str
) -> None:
    made = {path: File(data) if isinstance(data, bytes) else data for path, data in files.items()}
    left = {path: file for path, file in (dict(BASE.files) | made).items() if file is not None}
    with pytest.raises(PatchRefused) as refusal:
        take_tree(BASE, Program.of(left), policy)
    assert refusal.value.code == code
