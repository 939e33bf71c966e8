"""The Docker sandbox keeps the contract, also where user namespaces are not allowed inside a container."""

import asyncio
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


async def test_kernel_that_ends_a_container_for_memory_is_seen_from_outside() -> None:
    """The one trace of it, where a supervisor is taken with its candidate."""
    sandbox = Docker(limits=LIMITS)
    await sandbox.start(1)
    try:
        takes = ["python3", "-c", "kept = [bytearray(1 << 20) for _ in range(4_000)]"]
        calm = await sandbox._container(["sleep", "60"], {}, LIMITS, {}, "unconfined")
        greedy = await sandbox._container(takes, {}, LIMITS, {}, "unconfined")
        async with asyncio.timeout(30):
            await greedy.reader.read()
            # The daemon tells it a little later, and has no way to wait for it.
            while not await greedy.memory_kills():  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        assert await calm.memory_kills() == 0
        await asyncio.gather(calm.end(), greedy.end())
    finally:
        await sandbox.close()
