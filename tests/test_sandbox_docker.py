"""The Docker sandbox keeps the contract."""

import pytest

from cladogen.sandboxes.base import Sandbox
from cladogen.sandboxes.contract import LIMITS, SandboxContract
from cladogen.sandboxes.docker import Docker

pytestmark = pytest.mark.docker


class TestDocker(SandboxContract):
    @pytest.fixture
    def make(self) -> Sandbox:
        return Docker(limits=LIMITS)
