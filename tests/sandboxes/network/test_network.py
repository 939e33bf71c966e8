"""A candidate with a list of hosts reaches these and nothing else, from inside docker and bubblewrap."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from own_folder import own_temporary_folder

from cladogen.errors import SandboxError
from cladogen.evaluation import Status
from cladogen.program import File
from cladogen.sandboxes import wire
from cladogen.sandboxes.base import Call, Execution, Job, Limits, Sandbox, SandboxNeeds, Service
from cladogen.sandboxes.bubblewrap import Bubblewrap
from cladogen.sandboxes.choose import open_sandbox
from cladogen.sandboxes.docker.owner import LABEL_OWNER, owner
from cladogen.sandboxes.line.session import Session
from cladogen.sandboxes.network.allow_list import parse
from cladogen.sandboxes.network.start import WayOut

LIMITS = Limits(time_s=60.0, memory_mb=256, files_mb=16)
NAMES = [
    pytest.param("docker", marks=pytest.mark.docker),
    pytest.param(
        "bubblewrap",
        marks=pytest.mark.skipif(shutil.which("bwrap") is None, reason="no bubblewrap"),
    ),
]
GONE_WITHIN_S = 60.0  # on a busy machine; less than a second on an idle one
FETCH = """
import urllib.request
def run(urls):
    found = []
    for url in urls:
        try:
            with urllib.request.urlopen(url, timeout=30) as answer:
                found.append(answer.read().decode())
        except OSError as error:
            found.append(f"{error} {error.read().decode() if hasattr(error, 'read') else ''}")
    return found
"""
ECHO = """
import socket
def run(asked):
    with socket.create_connection(("127.0.0.1", 3128), timeout=30) as line:
        line.sendall(f"CONNECT {asked} HTTP/1.1\\r\\n\\r\\n".encode())
        told = b""
        while not told.endswith(b"\\r\\n\\r\\n"):
            told += line.recv(1)
        if b" 200 " not in told:
            return told.decode() + line.recv(1000).decode()
        line.sendall(b"through the tunnel")
        line.shutdown(socket.SHUT_WR)
        return line.makefile().read()
"""


class Answers(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._answer(f"{self.path} of {self.headers['Host']}")

    def do_POST(self) -> None:
        self._answer(self.rfile.read(int(self.headers["Content-Length"])).decode()[::-1])

    def _answer(self, text: str) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *words: Any) -> None:
        pass


@pytest.fixture(scope="module")
def web() -> Iterator[int]:
    """The port of a web server on this machine's loopback."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


@pytest.fixture(scope="module")
def echo() -> Iterator[int]:
    """The port of a server that sends back what it gets, when that has ended."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with contextlib.suppress(OSError):
            while True:
                line, _ = listener.accept()
                with line:
                    while part := line.recv(1 << 16):
                        line.sendall(part)

    threading.Thread(target=serve, daemon=True).start()
    yield listener.getsockname()[1]
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()


def gates(engine: int | None = None) -> list[int]:
    """Return the gate processes of an engine, this one unless it is named."""
    mark = f"cladogen-gate-{engine or os.getpid()}-".encode()
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            if mark in path.read_bytes():
                found.append(int(path.parent.name))
    return found


def containers(owned_by: str) -> list[str]:
    if not shutil.which("docker"):
        return []
    command = ["docker", "ps", "-aq", "--filter", f"label={LABEL_OWNER}={owned_by}"]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.split()


def opened(
    name: str, *network: str, **options: Any
) -> contextlib.AbstractAsyncContextManager[Sandbox]:
    return open_sandbox(
        name, SandboxNeeds(network=network), limits=options.pop("limits", LIMITS), **options
    )


async def run(sandbox: Sandbox, source: str, value: Any, limits: Limits = LIMITS) -> Execution:
    work = Job(
        {"main.py": File(source.encode())}, "main.py:run", (Call(wire.encode(value)),), limits
    )
    (execution,) = await sandbox.run(work)
    return execution


def output(execution: Execution) -> Any:
    assert execution.status is Status.OK, (execution.status, execution.detail, execution.log)
    return json.loads(execution.output or b"")


@pytest.mark.parametrize("name", NAMES)
async def test_listed_hosts_are_reached_and_no_others(name: str, web: int, echo: int) -> None:
    async with opened(name, f"127.0.0.1:{web}", f"localhost:{web}", f"127.0.0.1:{echo}") as sandbox:
        assert f"network only to 127.0.0.1:{web}, localhost:{web}" in sandbox.strength
        urls = [
            f"http://127.0.0.1:{web}/a",
            f"http://LOCALHOST:{web}/b",
            "http://127.0.0.1:9/c",
            "https://example.com/",
        ]
        fetched = await run(sandbox, FETCH, urls)
        tunnels = [
            output(await run(sandbox, ECHO, asked))
            for asked in (f"127.0.0.1:{echo}", "example.com:443")
        ]
    one, two, three, four = output(fetched)
    assert (one, two) == (f"/a of 127.0.0.1:{web}", f"/b of localhost:{web}")
    assert "403" in three
    assert f"may reach: 127.0.0.1:{web}, localhost:{web}" in three
    assert "403 example.com:443 is not in the problem's network list" in four
    assert tunnels[0] == "through the tunnel"
    assert "403 example.com:443" in tunnels[1]
    last = fetched.log.splitlines()[-1]
    assert last.startswith(f"network: 127.0.0.1:{web} 1 connections, ")
    assert last.endswith("2 requests refused; not opened: 127.0.0.1:9, example.com:443")


@pytest.fixture(scope="module")
def secure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, str]]:
    """The port of a web server that speaks TLS, and the certificate that it is known by."""
    folder = tmp_path_factory.mktemp("tls")
    if shutil.which("openssl") is None:
        pytest.skip("no openssl to make a certificate with")
    names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    command = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        *names,
    ]
    subprocess.run(
        [*command, "-keyout", "key.pem", "-out", "cert.pem"],
        cwd=folder,
        check=True,
        capture_output=True,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1], (folder / "cert.pem").read_text()
        server.shutdown()


@pytest.mark.parametrize("name", NAMES)
async def test_tls_goes_through_the_gate_unopened(name: str, secure: tuple[int, str]) -> None:
    fetch = """
import ssl, urllib.request
def run(asked):
    port, certificate = asked
    request = urllib.request.Request(f"https://localhost:{port}/", b"a prompt", method="POST")
    context = ssl.create_default_context(cadata=certificate)
    with urllib.request.urlopen(request, timeout=30, context=context) as answer:
        return answer.read().decode()
"""
    async with opened(name, f"localhost:{secure[0]}") as sandbox:
        assert output(await run(sandbox, fetch, secure)) == "tpmorp a"


@pytest.mark.parametrize("name", NAMES)
async def test_where_nothing_is_listed_nothing_of_a_network_is_there(name: str) -> None:
    look = """
import os, socket
def run(x):
    told = [name for name in os.environ if "proxy" in name.lower()]
    try:
        socket.create_connection(("127.0.0.1", 3128), timeout=1).close()
        told.append("connected")
    except ConnectionRefusedError:
        pass
    return [told, os.path.exists("/run/cladogen")]
"""
    async with opened(name) as sandbox:
        assert "no network" in sandbox.strength
        assert output(await run(sandbox, look, None)) == [[], False]
        assert gates() == []


@pytest.mark.parametrize("name", NAMES)
async def test_two_programs_in_a_row_share_nothing_of_the_network(name: str, echo: int) -> None:
    hold = """
import os, socket, time
def run(port):
    told, tell = os.pipe()
    if os.fork() == 0:
        os.setsid()
        line = socket.create_connection(("127.0.0.1", 3128))
        line.sendall(f"CONNECT 127.0.0.1:{port} HTTP/1.1\\r\\n\\r\\n".encode())
        os.write(tell, line.recv(1000)[:12])
        time.sleep(1e6)
    return os.read(told, 12).decode()
"""
    look = """
import os
def run(port):
    lines = open("/proc/net/tcp").read().splitlines()[1:]
    return [[line.split()[3] for line in lines], os.listdir("/run/cladogen")]
"""
    async with opened(name, f"127.0.0.1:{echo}") as sandbox:
        assert output(await run(sandbox, hold, echo)) == "HTTP/1.1 200"
        states, files = output(await run(sandbox, look, echo))
        assert states == ["0A"]  # one socket, which listens
        assert files == []
    assert gates() == []


@pytest.mark.parametrize("name", NAMES)
async def test_a_connection_ends_with_its_program(name: str) -> None:
    hold = """
import os, socket, time
def run(port):
    told, tell = os.pipe()
    if os.fork() == 0:
        os.setsid()
        line = socket.create_connection(("127.0.0.1", 3128))
        line.sendall(f"CONNECT 127.0.0.1:{port} HTTP/1.1\\r\\n\\r\\n".encode())
        os.write(tell, line.recv(1000))
        time.sleep(1e6)
    return os.read(told, 12).decode()
"""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        async with opened(name, f"127.0.0.1:{port}") as sandbox:
            assert output(await run(sandbox, hold, port)) == "HTTP/1.1 200"
            line, _ = listener.accept()
            with line:
                line.setblocking(False)
                assert (
                    await asyncio.wait_for(asyncio.get_running_loop().sock_recv(line, 1), 20) == b""
                )


@pytest.mark.parametrize("name", NAMES)
async def test_a_gate_that_dies_is_nobodys_fault(name: str, web: int) -> None:
    async with opened(name, f"127.0.0.1:{web}") as sandbox:
        for gate in gates():
            os.kill(gate, signal.SIGKILL)
        execution = await run(sandbox, FETCH, [f"http://127.0.0.1:{web}/"])
        assert (execution.status, execution.output) == (Status.INFRA, None)
        assert "the gate" in execution.detail
        assert output(await run(sandbox, FETCH, [f"http://127.0.0.1:{web}/x"])) == [
            f"/x of 127.0.0.1:{web}"
        ]


@pytest.mark.skipif(shutil.which("bwrap") is None, reason="no bubblewrap")
async def test_a_sandbox_that_cannot_reach_its_gate_says_what_to_do(tmp_path: Path) -> None:
    class Elsewhere(Bubblewrap):
        async def _session(self, limits: Limits, way_out: WayOut) -> Session:
            return await super()._session(
                limits, replace(way_out, folders=dict.fromkeys(way_out.folders, str(tmp_path)))
            )

    sandbox = Elsewhere(limits=LIMITS, allowed=parse(["api.example.com"]))
    with pytest.raises(
        SandboxError, match=r"out of reach from inside .*needs a daemon on this machine"
    ):
        await sandbox.start(1)
    await sandbox.close()
    assert gates() == []


@pytest.mark.parametrize("name", NAMES)
async def test_each_call_tells_what_went_over_in_it(name: str, web: int) -> None:
    urls = [
        [f"http://127.0.0.1:{web}/x"] * 3,
        [],
        [f"http://127.0.0.1:{web}/x", "http://127.0.0.1:9/"],
    ]
    calls = tuple(Call(wire.encode(each)) for each in urls)
    async with opened(name, f"127.0.0.1:{web}") as sandbox:
        executions = await sandbox.run(
            Job({"main.py": File(FETCH.encode())}, "main.py:run", calls, LIMITS)
        )
    first, second, third = (execution.log.splitlines()[-1] for execution in executions)
    assert first.startswith(f"network: 127.0.0.1:{web} 3 connections, ")
    assert second == "network: nothing"
    assert third.startswith(f"network: 127.0.0.1:{web} 1 connections, ")
    assert third.endswith("; 1 requests refused; not opened: 127.0.0.1:9")


@pytest.mark.parametrize("name", NAMES)
async def test_the_scorer_has_no_network(name: str, web: int) -> None:
    async with opened(name, f"127.0.0.1:{web}") as sandbox:
        before = gates()
        channel = await sandbox.serve(Service("cladogen.sandboxes.echo"))
        assert await channel.request(b"x", 10.0) == b"x"
        assert gates() == before
        await channel.close()


@pytest.mark.parametrize("name", NAMES)
async def test_what_goes_over_the_limit_goes_nowhere(name: str, echo: int) -> None:
    flood = """
import socket
def run(port):
    with socket.create_connection(("127.0.0.1", 3128), timeout=30) as line:
        line.sendall(f"CONNECT 127.0.0.1:{port} HTTP/1.1\\r\\n\\r\\n".encode())
        line.recv(1000)
        try:
            for _ in range(200):
                line.sendall(b"x" * 65536)
                line.recv(1 << 20)
        except OSError:
            return "cut"
    return "all of it"
"""
    small = Limits(time_s=10.0, memory_mb=256, files_mb=16, network_mb=1.0)
    async with opened(name, f"127.0.0.1:{echo}", limits=small) as sandbox:
        execution = await run(sandbox, flood, echo, small)
    assert output(execution) == "cut"
    sent, received = (
        int(word) for word in execution.log.split() if word.isdigit() and int(word) > 100
    )
    assert sent + received <= (1 << 20) + (1 << 16)


@pytest.mark.parametrize("name", NAMES)
async def test_programs_side_by_side_have_gates_of_their_own(name: str, web: int) -> None:
    async with opened(name, f"127.0.0.1:{web}", slots=2) as sandbox:
        urls = [[f"http://127.0.0.1:{web}/{k}"] * (k + 1) for k in range(2)]
        first, second = await asyncio.gather(*(run(sandbox, FETCH, each) for each in urls))
    assert f"127.0.0.1:{web} 1 connections" in first.log
    assert f"127.0.0.1:{web} 2 connections" in second.log


@pytest.mark.parametrize("name", NAMES)
async def test_counts_are_flat_after_programs_that_keep_the_network(name: str, echo: int) -> None:
    keep = """
import os, socket
def run(port):
    lines = [socket.create_connection(("127.0.0.1", 3128)) for _ in range(100)]
    for line in lines:
        line.sendall(f"CONNECT 127.0.0.1:{port} HTTP/1.1\\r\\n\\r\\n".encode())
    os._exit(0)
"""
    async with opened(name, f"127.0.0.1:{echo}") as sandbox:
        counts = []
        for _ in range(4):
            assert (await run(sandbox, keep, echo)).status is Status.CRASH
            counts.append((len(list(Path("/proc/self/fd").iterdir())), len(gates())))
    # One replacement may be under way at either count.
    assert counts[-1][0] <= counts[0][0] + 12, counts
    assert max(count for _, count in counts) <= 4, counts
    assert gates() == []


@pytest.mark.docker
@pytest.mark.parametrize("network", [(), ("api.example.com",)])
async def test_a_proxy_of_the_users_own_docker_is_kept_from_programs(
    network: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxies = {"default": {"httpProxy": "http://user:secret@proxy.corp:1", "noProxy": "*"}}
    (tmp_path / "config.json").write_text(json.dumps({"proxies": proxies}))
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    look = "import os\ndef run(x):\n    return {k: v for k, v in os.environ.items() if 'proxy' in k.lower() and v}"
    async with opened("docker", *network) as sandbox:
        found = output(await run(sandbox, look, None))
    assert set(found.values()) == ({"http://127.0.0.1:3128"} if network else set())
    assert len(found) == (6 if network else 0)


@pytest.mark.parametrize("name", NAMES)
def test_nothing_of_a_gate_is_left_when_the_engine_is_killed(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with own_temporary_folder(monkeypatch) as folder:
        _killed_at_several_steps(name)
        assert list(folder.glob("cladogen-gate-*")) == []


def _killed_at_several_steps(name: str) -> None:
    for steps in (1, 3, 6):
        engine = subprocess.Popen(
            [
                sys.executable,
                str(Path(__file__).parents[1] / "sandbox_engine.py"),
                name,
                "127.0.0.1:9",
            ],
            stdout=subprocess.PIPE,
            text=True,
        )
        named = owner(engine.pid)
        assert engine.stdout is not None
        for _ in range(steps):
            engine.stdout.readline()
        engine.send_signal(signal.SIGKILL)
        engine.wait()
        engine.stdout.close()
        deadline = time.monotonic() + GONE_WITHIN_S
        while (left := [*gates(engine.pid), *containers(named)]) and time.monotonic() < deadline:
            continue
        assert left == []


@pytest.mark.parametrize("name", NAMES)
async def test_calls_after_one_that_took_its_process_down_are_made_with_a_network_too(
    name: str, web: int
) -> None:
    source = b"import os\ndef run(x):\n    return x if x else os._exit(3)\n"
    calls = tuple(Call(wire.encode(each)) for each in (1, 0, 0, 2))
    async with opened(name, f"127.0.0.1:{web}") as sandbox:
        executions = await sandbox.run(Job({"main.py": File(source)}, "main.py:run", calls, LIMITS))
    assert [execution.output for execution in executions] == [b"1", None, None, b"2"]
