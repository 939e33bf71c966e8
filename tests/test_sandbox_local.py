"""The local sandbox keeps the contract."""

import pytest

from cladogen.sandboxes.base import Sandbox
from cladogen.sandboxes.local import Local
from cladogen.sandboxes.contract import LIMITS, SandboxContract


class TestLocal(SandboxContract):
    @pytest.fixture
    def make(self) -> Sandbox:
        return Local(limits=LIMITS)
