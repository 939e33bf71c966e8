"""The Docker sandbox keeps the contract, also where user namespaces are not allowed inside a container."""

from typing import Any

import pytest

from cladogen.sandboxes.base import Limits, Sandbox
from cladogen.sandboxes.contract import LIMITS, SandboxContract
from cladogen.sandboxes.docker.sandbox import Docker

pytestmark = pytest.mark.docker


class TestDocker(SandboxContract):
    @pytest.fixture
    def make(self) -> Sandbox:
        return Docker(limits=LIMITS)


class WithoutNamespaces(Docker):
    """As on a machine that forbids user namespaces in containers: everything is killed and wiped between jobs."""

    def _settings(self, limits: Limits) -> dict[str, Any]:
        return {**super()._settings(limits), "way": "wipe"}


class TestWithoutNamespaces(SandboxContract):
    @pytest.fixture
    def make(self) -> Sandbox:
        return WithoutNamespaces(limits=LIMITS)

    async def test_the_header_says_so(self, sandbox: Sandbox) -> None:
        assert "wiped container" in sandbox.strength
