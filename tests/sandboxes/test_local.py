"""The local sandbox keeps the contract."""

import os
from pathlib import Path

import pytest

from cladogen.sandboxes.base import Sandbox
from cladogen.sandboxes.contract import LIMITS, SandboxContract
from cladogen.sandboxes.inside import folders
from cladogen.sandboxes.local import Local


class TestLocal(SandboxContract):
    @pytest.fixture
    def make(self) -> Sandbox:
        return Local(limits=LIMITS)


def test_folders_deeper_than_any_path_are_removed(tmp_path: Path) -> None:
    top = tmp_path / "scratch"
    top.mkdir()
    below = os.open(top, os.O_RDONLY)
    for _ in range(3000):
        os.mkdir("folder", dir_fd=below)
        above, below = below, os.open("folder", os.O_RDONLY, dir_fd=below)
        os.close(above)
    os.fchmod(below, 0)
    os.close(below)
    folders.remove(str(top))
    assert not top.exists()
