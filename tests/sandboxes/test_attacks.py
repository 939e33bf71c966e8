"""Every program of tests/attacks, in every sandbox: its status is the one in its header, it brings nothing home, and
the next candidate runs clean."""

from __future__ import annotations

import asyncio
import importlib.util
import os
import secrets
import shutil
import socket
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from cladogen.evaluation import Status
from cladogen.program import File
from cladogen.sandboxes import wire
from cladogen.sandboxes.base import Call, Job, Sandbox, SandboxNeeds
from cladogen.sandboxes.choose import Wanted, make
from cladogen.sandboxes.control_group import Groups

_spec = importlib.util.spec_from_file_location(
    "attack_files", Path(__file__).with_name("attack_files.py")
)
assert _spec is not None and _spec.loader is not None
attack_files = sys.modules["attack_files"] = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(attack_files)
ATTACKS = attack_files.read_all()
SANDBOXES = [
    pytest.param("docker", marks=pytest.mark.docker),
    pytest.param(
        "bubblewrap",
        marks=pytest.mark.skipif(shutil.which("bwrap") is None, reason="no bubblewrap"),
    ),
    pytest.param("local", marks=pytest.mark.slow),
    pytest.param(
        "bubblewrap without a group",
        marks=[
            pytest.mark.slow,
            pytest.mark.skipif(shutil.which("bwrap") is None, reason="no bubblewrap"),
        ],
    ),
    pytest.param("local without a group", marks=pytest.mark.slow),
    pytest.param("local without a counter", marks=pytest.mark.slow),
]

CLEAN = """
import os
def owner(process):
    try: return os.stat(f"/proc/{process}").st_uid
    except OSError: return None  # gone since it was listed
def run(world):
    # Another user of the machine can do no more than be seen here.
    mine = [p for p in os.listdir("/proc") if p.isdigit() and owner(p) == os.getuid()]
    here = [name for name in os.listdir(os.environ["TMPDIR"]) if not name.startswith(".")]
    return {"files": sorted(here), "processes": len(mine), "value": 6 * 7}
"""
MARKED = """
import sys
SECRET = "%s"
def run(world):
    print(world["mark"], SECRET, file=sys.stderr)
    if world["fail"]: raise ValueError(SECRET)
    return [SECRET, world["mark"]]
"""


def secret() -> str:
    return "LO" + "OT-" + secrets.token_hex(8)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """What an attack is told: where the secrets of the host are."""
    folder = tmp_path_factory.mktemp("host")
    for path in (folder, *folder.parents[:-1]):
        if path.owner() == folder.owner() and path != Path("/tmp"):
            path.chmod(0o755)
    (folder / "secret").write_text(secret())
    name = f"cladogen-attack-{secrets.token_hex(4)}"
    listener = socket.create_server(("", 0))
    web = ThreadingHTTPServer(("127.0.0.1", 0), Listed)
    threading.Thread(target=web.serve_forever, daemon=True).start()
    unix = socket.socket(socket.AF_UNIX)
    unix.bind("\0" + name)
    unix.listen()
    yield {
        "secret_file": str(folder / "secret"), "scorer_file": str(folder / "secret"), "files_mb": 16, "abstract": name,
        "listed": web.server_address[1], "port": listener.getsockname()[1], "addresses": [_address()],
    }  # fmt: skip
    web.shutdown()
    web.server_close()
    listener.close()
    unix.close()


class Listed(BaseHTTPRequestHandler):
    """The one host that is listed."""

    def do_GET(self) -> None:
        self.send_response(200, "listed")
        self.end_headers()

    def do_POST(self) -> None:
        self.do_GET()

    def log_message(self, *words: Any) -> None:
        pass


def _address() -> str:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return "127.0.0.1"
        return str(probe.getsockname()[0])


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=SANDBOXES)
async def sandbox(request: pytest.FixtureRequest) -> AsyncIterator[Sandbox]:
    made = _made(request.param, Wanted(limits=attack_files.LIMITS, build=("g++",)))
    await made.start(1)
    yield made
    await made.close()


def _made(name: str, wanted: Wanted) -> Any:
    """Return a sandbox as it is here, or as it is where less can be counted."""
    kind, _, without = name.partition(" without a ")
    made: Any = make(kind, wanted)
    if without:
        made.groups = Groups()
        made.kernel_clock = without != "counter"
    return made


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def networked(sandbox: Any, world: dict[str, Any]) -> AsyncIterator[Sandbox]:
    """The same with a network: one host is listed."""
    needs = SandboxNeeds(network=(f"127.0.0.1:{world['listed']}",))
    made: Any = make(sandbox.name, Wanted(needs, limits=attack_files.LIMITS, build=("g++",)))
    if hasattr(made, "groups"):
        made.groups, made.kernel_clock = sandbox.groups, sandbox.kernel_clock
    await made.start(1)
    yield made
    await made.close()


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("attack", ATTACKS, ids=[attack.name for attack in ATTACKS])
async def test_attack(
    attack: Any,
    sandbox: Sandbox,
    networked: Sandbox,
    world: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    expected = attack.outcomes[sandbox.name]
    if not getattr(sandbox, "info", {"MemoryLimit": True})[
        "MemoryLimit"
    ]:  # a daemon without control groups
        expected += attack.outcomes["bubblewrap"]
    sandbox = networked if attack.network else sandbox
    if attack_files.SKIP in expected:
        pytest.skip("would harm this machine when nothing contains it")
    monkeypatch.setenv("ATTACK_API_KEY", secret())
    if attack.name == "scan_memory_for_secrets":
        await _leave_secrets(sandbox)
    execution = (await sandbox.run(attack.job(wire.encode(world))))[-1]
    if attack_files.NOT_CONTAINED not in expected:
        _judge(attack, execution, expected, _most_mb(sandbox))
    await _clean(sandbox)


def _judge(attack: Any, execution: Any, expected: tuple[str, ...], most_mb: float) -> None:
    told = (execution.status.value, execution.detail, execution.log[-500:])
    status, loot = execution.status.value, None
    if execution.output is not None:
        try:
            loot = wire.decode(execution.output)
        except wire.WireError:
            status = "undecodable"
    assert status in expected, told
    assert not loot or attack.name in ("patch_the_modules", "import_hooks"), loot
    assert execution.usage.wall_s >= attack.wall_s
    assert execution.usage.wall_s < attack_files.LIMITS.longest_s + 5
    if execution.status is Status.OK:
        assert execution.usage.cpu_s >= attack.cpu_s
    # What is recorded is what was measured: no more than all CPUs can give, and about the limit.
    assert execution.usage.cpu_s < (execution.usage.wall_s + 1) * (os.cpu_count() or 1)
    assert execution.usage.peak_memory_mb < most_mb


def _most_mb(sandbox: Any) -> float:
    """Return what a candidate can have at once, in MiB: its limit and what is measured late, or,
    where no group holds its processes together, the limit of each of them.
    """
    limits = attack_files.LIMITS
    alone = getattr(sandbox, "groups", None) is None or sandbox.groups
    return limits.memory_mb * (10 if alone else limits.processes)


async def _clean(sandbox: Sandbox) -> None:
    (execution,) = await sandbox.run(
        Job({"main.py": File(CLEAN.encode())}, "main.py:run", (Call(b"null"),), attack_files.LIMITS)
    )
    assert execution.status is Status.OK, (execution.status, execution.detail, execution.log)
    found = wire.decode(execution.output)
    assert found["value"] == 42
    assert set(found["files"]) <= {"program", "home"}
    if sandbox.name != "local":  # there, other work of this user is in sight
        assert found["processes"] <= 4


async def _leave_secrets(sandbox: Sandbox) -> None:
    for fail in (False, True):
        told = {"mark": secret(), "fail": fail}
        program = {"main.py": File((MARKED % secret()).encode())}
        await sandbox.run(
            Job(program, "main.py:run", (Call(wire.encode(told)),) * 2, attack_files.LIMITS)
        )


def test_there_are_many_attacks() -> None:
    assert len(ATTACKS) >= 60


def test_the_table_of_the_documentation_is_the_table_of_the_headers() -> None:
    text = (Path(__file__).parents[2] / "docs" / "security.md").read_text()
    assert attack_files.table(ATTACKS) in text


@pytest.mark.asyncio(loop_scope="module")
async def test_a_second_sandbox_beside_the_first_is_apart(sandbox: Sandbox) -> None:
    source = "import os\ndef run(x):\n    open(os.environ['TMPDIR'] + '/mine', 'w').close()\n    return 1"
    look = "import os\ndef run(x):\n    return os.path.exists(os.environ['TMPDIR'] + '/mine')"
    jobs = [
        Job({"main.py": File(text.encode())}, "main.py:run", (Call(b"0"),))
        for text in (source, look)
    ]
    _, (second,) = await asyncio.gather(*(sandbox.run(job) for job in jobs))
    assert second.output == b"false"
