"""The local sandbox keeps the contract."""

import pytest

from cladogen.sandboxes.base import Sandbox
from cladogen.sandboxes.contract import LIMITS, SandboxContract
from cladogen.sandboxes.local import Local


class TestLocal(SandboxContract):
    @pytest.fixture
    def make(self) -> Sandbox:
        return Local(limits=LIMITS)
