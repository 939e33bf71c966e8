"""The bubblewrap sandbox keeps the contract."""

import shutil

import pytest

from cladogen.sandboxes.base import Sandbox
from cladogen.sandboxes.bubblewrap import Bubblewrap
from cladogen.sandboxes.contract import LIMITS, SandboxContract
from cladogen.sandboxes.network.allow_list import parse

pytestmark = pytest.mark.skipif(shutil.which("bwrap") is None, reason="no bubblewrap")


class TestBubblewrap(SandboxContract):
    @pytest.fixture
    def make(self) -> Sandbox:
        return Bubblewrap(limits=LIMITS)


@pytest.mark.slow
class TestBubblewrapWithANetwork(SandboxContract):
    @pytest.fixture
    def make(self) -> Sandbox:
        return Bubblewrap(limits=LIMITS, allowed=parse(["api.example.com"]))
