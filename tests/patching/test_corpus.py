"""Every reply of the corpus comes to its tree, or is refused with the same code."""

from __future__ import annotations

from pathlib import Path

import patch_corpus
import pytest

from cladogen.errors import PatchRefused
from cladogen.patch import Policy, apply_reply


@pytest.mark.parametrize("folder", patch_corpus.FOLDERS, ids=lambda folder: folder.name)
def test_reply_of_the_corpus(folder: Path) -> None:
    meta, base = patch_corpus.meta(folder), patch_corpus.base(folder)
    before = dict(base.files)
    reply, ended = patch_corpus.reply(folder), meta.get("ended", False)
    try:
        got = apply_reply(base, reply, Policy.read(meta), ended=ended).program
    except PatchRefused as refusal:
        rejected = folder / "expect_reject.txt"
        assert rejected.exists(), refusal
        assert refusal.code == rejected.read_text().partition(":")[0]
        assert dict(base.files) == before
    else:
        wanted = patch_corpus.wanted(folder)
        assert wanted is not None, "it is to be refused"
        assert dict(got.files) == dict(wanted.files)


def test_corpus_has_no_kind_that_its_readme_does_not_list() -> None:
    listed = (patch_corpus.CORPUS / "README.md").read_text()
    written = [folder for folder in patch_corpus.FOLDERS if folder.name >= "1"]
    kinds = {kind for folder in written for kind in patch_corpus.meta(folder)["faults"]}
    assert not {kind for kind in kinds if f"`{kind}`" not in listed}
