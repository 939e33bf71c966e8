"""The archive of one's own that docs/archives.md shows keeps the contract, and every rule is described there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cladogen.archives import NAMES, make_archive
from cladogen.archives.base import Archive, Space
from cladogen.archives.contract import ArchiveContract
from cladogen.archives.options import find_archive

PAGE = (Path(__file__).parents[2] / "docs" / "archives.md").read_text()


def shown() -> type:
    block = next(
        block for block in re.findall(r"```python\n(.*?)```", PAGE, re.S) if "class Newest" in block
    )
    names: dict[str, type] = {}
    exec(block, names)
    return names["Newest"]


class TestTheArchiveOfTheGuide(ArchiveContract):
    def make(self, space: Space) -> Archive:
        return shown()(space)


def test_the_archive_of_the_guide_takes_about_30_lines() -> None:
    block = next(
        block for block in re.findall(r"```python\n(.*?)```", PAGE, re.S) if "class Newest" in block
    )
    code = [
        line
        for line in block.splitlines()
        if line.strip() and not line.startswith(("from", "import"))
    ]
    assert len(code) <= 30


@pytest.mark.parametrize("name", NAMES)
def test_every_rule_is_described(name: str) -> None:
    assert re.search(rf"^(###|\|).*`{name}`", PAGE, re.M)


@pytest.mark.parametrize("name", NAMES)
def test_every_name_makes_an_archive_with_a_source(name: str) -> None:
    archive = make_archive(name, Space())
    assert archive.opening in (None, ())
    assert find_archive(name).__doc__
