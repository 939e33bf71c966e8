"""Every reply of the corpus comes to its tree, or is refused with the same code."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cladogen.errors import PatchRefused
from cladogen.patch import Policy, apply_reply
from cladogen.program import Program

CORPUS = Path(__file__).parents[1] / "data" / "patches"
CASES = sorted(folder for folder in CORPUS.iterdir() if folder.is_dir())


@pytest.mark.parametrize("folder", CASES, ids=lambda folder: folder.name)
def test_reply_of_the_corpus(folder: Path) -> None:
    base = Program.read(folder / "base")
    reply = (folder / "reply.md").read_bytes().decode("utf-8", "surrogateescape")
    policy = Policy.read(json.loads((folder / "meta.json").read_text()))
    rejected = folder / "expect_reject.txt"
    if rejected.exists():
        with pytest.raises(PatchRefused) as refusal:
            apply_reply(base, reply, policy)
        assert refusal.value.code == rejected.read_text().partition(":")[0]
    else:
        wanted = Program.read(folder / "expect")
        got = apply_reply(base, reply, policy).program
        assert {path: got.files[path] for path in got} == {
            path: wanted.files[path] for path in wanted
        }
