"""What a problem may ask for: packages, images, folders, GPUs, a runtime; and what it is told where there is none."""

from __future__ import annotations

import asyncio
import http.server
import json
import os
import shutil
import socketserver
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar
from uuid import uuid4

import pytest

from cladogen.errors import SandboxError
from cladogen.program import File
from cladogen.sandboxes.base import Call, Execution, Job, Limits, Sandbox, SandboxNeeds, Service
from cladogen.sandboxes.choose import open_sandbox, recipe_of
from cladogen.sandboxes.docker import daemon, image
from cladogen.sandboxes.docker.image import Recipe
from cladogen.sandboxes.docker.sandbox import Docker
from cladogen.sandboxes.packages import made_cache_folder

NAMES = [
    pytest.param("docker", marks=pytest.mark.docker),
    pytest.param(
        "bubblewrap",
        marks=pytest.mark.skipif(shutil.which("bwrap") is None, reason="no bubblewrap"),
    ),
]
HERE = Path(__file__).resolve().parent


@pytest.fixture
def apart() -> Iterator[Path]:
    """A folder that no private /tmp hides, wherever this checkout lies."""
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


async def run(sandbox: Sandbox, source: str) -> Execution:
    (execution,) = await sandbox.run(
        Job({"main.py": File(source.encode())}, "main.py:run", (Call(b"null"),))
    )
    return execution


@pytest.mark.docker
@pytest.mark.slow
async def test_requirements_are_installed_once_beside_an_image_of_ones_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    # a package this environment lacks, in a requirement that no run before had: a run of these
    # tests that was killed leaves its image behind
    (tmp_path / "wanted.txt").write_text(
        f"roman==4.2,!=0.{uuid4().int % 10**9}  # a package without compiled parts\n"
    )
    (tmp_path / "Dockerfile").write_text("ARG BASE\nFROM $BASE\nCOPY data.txt /opt/data.txt\n")
    (tmp_path / "data.txt").write_text("of the Dockerfile")
    packages, own = SandboxNeeds(requirements="wanted.txt"), SandboxNeeds(dockerfile="Dockerfile")
    source = "import os\ntry: import roman\nexcept ImportError: roman = None\n"
    source += (
        "def run(x):\n    return [roman and roman.toRoman(1990), os.path.exists('/opt/data.txt')]"
    )
    said: list[str] = []
    async with (
        open_sandbox("docker", packages, folder=tmp_path, progress=said.append) as one,
        open_sandbox("docker", own, folder=tmp_path) as two,
    ):
        first, second = await asyncio.gather(run(one, source), run(two, source))
        images = [one.image, two.image]  # type: ignore[attr-defined]
    assert [first.output, second.output] == [b'["MCMXC",false]', b"[null,true]"]
    assert "building the sandbox image" in said[0]
    async with open_sandbox("docker", packages, folder=tmp_path, progress=said.append) as again:
        assert again.image == images[0]  # type: ignore[attr-defined]
    assert len(said) == 2  # the building and its end, once
    client = daemon.connect(30)
    for tag in images:
        client.images.remove(tag, force=True)
    client.close()


@pytest.mark.parametrize("name", NAMES)
async def test_folders_are_readable_at_their_own_paths_and_not_writable(
    name: str, apart: Path
) -> None:
    (apart / "shared").mkdir()
    (apart / "shared" / "told.txt").write_text("for all")
    source = f"""
def run(x):
    text = open({str(apart / "shared" / "told.txt")!r}).read()
    try:
        open({str(apart / "shared" / "new")!r}, "w")
    except OSError as error:
        return [text, error.errno]
"""
    async with open_sandbox(name, SandboxNeeds(folders=("shared",)), folder=apart) as sandbox:
        execution = await run(sandbox, source)
    assert execution.output in (b'["for all",30]', b'["for all",13]'), execution


@pytest.mark.parametrize("name", ["docker", "bubblewrap"])
async def test_a_folder_that_is_not_there_is_named_and_not_made(name: str, tmp_path: Path) -> None:
    with pytest.raises(SandboxError, match=r"nowhere: no such folder; \[sandbox\] folders"):
        async with open_sandbox(name, SandboxNeeds(folders=("nowhere",)), folder=tmp_path):
            pass
    assert not (tmp_path / "nowhere").exists()


async def test_a_folder_that_a_private_one_would_hide_is_refused() -> None:
    with pytest.raises(SandboxError, match="they have a /dev of their own"):
        async with open_sandbox("docker", SandboxNeeds(folders=("/dev/shm",)), folder=HERE):
            pass


def test_gpus_become_a_device_request_for_those_of_the_run() -> None:
    def requests(gpus: str, *groups: tuple[str, ...]) -> Any:
        sandbox = Docker(gpus=gpus)
        sandbox.pool.devices = groups
        return sandbox._host_options(Limits(), {}, "{}").get("device_requests")

    assert requests("") is None
    (every,), (two,) = requests("all"), requests("2", ("0", "1"), ("2", "3"))
    assert (every["Count"], every["Capabilities"]) == (-1, [["gpu"]])
    assert two["DeviceIDs"] == ["0", "1", "2", "3"]


def test_cpu_time_is_not_the_whole_machines_where_a_daemon_makes_no_control_groups() -> None:
    sandbox = Docker()
    for limited in (True, False):
        sandbox.info = {"MemoryLimit": limited}
        assert bool(sandbox._settings(Limits())["group"]) is limited


def test_a_runtime_with_a_kernel_of_its_own_gets_room_for_it() -> None:
    plain, apart = Docker(), Docker(runtime="runsc")
    for sandbox in (plain, apart):
        sandbox.info = {"MemoryLimit": True, "PidsLimit": True}
    few, many = (sandbox._host_options(Limits(), {}, "{}") for sandbox in (plain, apart))
    assert (
        many["pids_limit"] > few["pids_limit"] + 100
    )  # its threads count: with fewer it does not start
    assert int(many["mem_limit"][:-1]) > int(few["mem_limit"][:-1]) + 100


@pytest.mark.docker
@pytest.mark.skipif(os.path.exists("/dev/nvidia0"), reason="there is a GPU here")
async def test_where_there_is_no_gpu_one_line_says_so() -> None:
    with pytest.raises(SandboxError, match=r"gpus asks for all, and this machine shows 0"):
        async with open_sandbox("docker", SandboxNeeds(gpus="all")):
            pass


def test_a_daemon_that_can_give_no_gpu_says_what_to_install() -> None:
    told = 'could not select device driver "" with capabilities: [[gpu]]'
    assert daemon.explained(told).endswith("can give none; install the NVIDIA container toolkit")


@pytest.mark.docker
async def test_a_number_of_gpus_that_is_none_is_named() -> None:
    with pytest.raises(SandboxError, match="gpus is 'two'"):
        async with open_sandbox("docker", SandboxNeeds(gpus="two")):
            pass


@pytest.mark.docker
async def test_a_runtime_that_the_daemon_does_not_have_is_named_with_those_it_has() -> None:
    with pytest.raises(SandboxError, match=r"^docker: no runtime 'nope'; this daemon has .*runc"):
        async with open_sandbox("docker", runtime="nope"):
            pass


DIES, SILENT = 0, -1


class Answers(http.server.BaseHTTPRequestHandler):
    """A daemon that answers as the table says: path's end -> status and body."""

    table: ClassVar[dict[str, tuple[int, Any]]] = {}
    protocol_version = "HTTP/1.1"

    def handle_one(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        self.rfile.read(length)
        path = self.path.partition("?")[0]
        end = max((end for end in self.table if path.endswith(end)), key=len, default="")
        status, body = self.table.get(end, (404, {"message": path}))
        if status == SILENT:
            self.rfile.read(1)  # until the client goes away
            return
        if status == DIES:  # it dies in the middle of an answer
            self.close_connection = True
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{")
            return
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Api-Version", "1.41")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_POST = do_DELETE = do_HEAD = handle_one  # noqa: N815  (the server looks for these names)

    def log_message(self, *_: object) -> None:
        pass

    def address_string(self) -> str:
        return "unix"


class FakeDaemon(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True


INFO = {
    "MemoryLimit": True,
    "PidsLimit": True,
    "ServerVersion": "20.10.24",
    "CpuCfsQuota": True,
    "Architecture": "x86_64",
    "Runtimes": {"runc": {}},
}
WORKS: dict[str, tuple[int, Any]] = {
    "/_ping": (200, "OK"), "/version": (200, {"ApiVersion": "1.41"}), "/info": (200, INFO),
    "/containers/json": (200, []),
    "/json": (200, {"Id": "sha256:1"}),
}  # fmt: skip


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, tuple[int, Any]]]:
    table = dict(WORKS)
    handler = type("Handler", (Answers,), {"table": table})
    server = FakeDaemon(str(tmp_path / "docker.sock"), handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/docker.sock")
    yield table
    server.shutdown()
    server.server_close()
    thread.join()


async def failure(recipe: Recipe | None = None) -> str:
    sandbox = Docker(recipe=recipe, deadline_s=2.0)
    try:
        with pytest.raises(SandboxError) as caught:
            await sandbox.start(1)
    finally:
        await sandbox.close()
    assert "\n" not in str(caught.value)
    return str(caught.value)


async def test_a_full_disk_of_docker_says_how_to_free_some(
    fake: dict[str, tuple[int, Any]],
) -> None:
    fake["/containers/create"] = (
        500,
        {"message": "mkdir /var/lib/docker/overlay2/1: no space left on device"},
    )
    assert (
        await failure()
        == "docker: no space left in Docker's folder; free some (docker system prune)"
    )


async def test_an_image_that_vanished_is_named(fake: dict[str, tuple[int, Any]]) -> None:
    fake["/containers/create"] = (404, {"message": "No such image: cladogen/sandbox:1"})
    assert await failure() == "docker: No such image: cladogen/sandbox:1"


async def test_a_daemon_that_dies_in_an_answer_is_one_line(
    fake: dict[str, tuple[int, Any]],
) -> None:
    fake["/containers/create"] = (DIES, {})
    assert (await failure()).startswith("docker: ")


NAMED = Recipe(image="registry.example/x:1")


async def test_an_image_that_a_registry_does_not_have_is_named_in_the_registrys_words(
    fake: dict[str, tuple[int, Any]],
) -> None:
    fake["x:1/json"] = (404, {"message": "No such image"})
    fake["/images/create"] = (404, {"message": "manifest for registry.example/x:1 not found"})
    why = "docker: no image registry.example/x:1 here, and it cannot be pulled"
    assert await failure(NAMED) == f"{why}: manifest for registry.example/x:1 not found"
    fake["/images/create"] = (
        200,
        {"error": "write /var/lib/docker/tmp/1: no space left on device"},
    )
    assert (
        await failure(NAMED)
        == f"{why}: no space left in Docker's folder; free some (docker system prune)"
    )


async def test_a_registry_that_goes_silent_does_not_hang_the_run(
    fake: dict[str, tuple[int, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    fake["x:1/json"] = (404, {"message": "No such image"})
    fake["/images/create"] = (SILENT, {})
    monkeypatch.setattr(image, "_PULL_S", 0.2)
    assert "nothing was heard of it for 0.2 s; is the registry hung?" in await failure(NAMED)


async def test_an_image_whose_name_is_none_is_no_defect(fake: dict[str, tuple[int, Any]]) -> None:
    fake["x:1/json"] = (
        400,
        {"message": "invalid reference format: repository name must be lowercase"},
    )
    told = "invalid reference format: repository name must be lowercase"
    assert await failure(NAMED) == f"docker: no image registry.example/x:1: {told}"


async def test_a_daemon_that_ends_while_an_image_is_looked_up_is_one_line(
    fake: dict[str, tuple[int, Any]],
) -> None:
    fake["x:1/json"] = (DIES, {})
    assert (await failure(NAMED)).startswith("docker: no image registry.example/x:1: ")


def test_a_rootless_daemon_that_is_there_is_pointed_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DOCKER_HOST", raising=False)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    (tmp_path / "docker.sock").touch()
    line = daemon.explained(ConnectionRefusedError(111, "Connection refused"))
    assert line.endswith(f"; there is one at {tmp_path}/docker.sock: set DOCKER_HOST")


def test_no_permission_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DOCKER_HOST", raising=False)
    line = daemon.explained(PermissionError(13, "Permission denied"))
    assert line.startswith(
        "no permission to use unix:///var/run/docker.sock; add yourself to the group docker, or use"
    )


def test_a_missing_dockerfile_is_named(tmp_path: Path) -> None:
    with pytest.raises(SandboxError, match=r"Dockerfile: no such Dockerfile"):
        recipe_of(SandboxNeeds(dockerfile="Dockerfile"), tmp_path, ())


@pytest.mark.docker
async def test_a_service_runs_where_this_python_is_the_systems(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(
        sys, "base_prefix", "/usr"
    )  # then the image's Python runs it, with this environment's packages
    async with open_sandbox("docker") as sandbox:
        channel = await sandbox.serve(Service("cladogen.sandboxes.echo"))
        try:
            assert await channel.request(b"one", 20.0) == b"one"
        finally:
            await channel.close()


@pytest.mark.docker
async def test_a_service_does_not_run_in_an_image_of_other_origin(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("ARG BASE\nFROM $BASE\nLABEL cladogen.image=other\n")
    async with open_sandbox(
        "docker", SandboxNeeds(dockerfile="Dockerfile"), folder=tmp_path
    ) as sandbox:
        assert isinstance(sandbox, Docker)
        assert await sandbox._image_for_services() != sandbox.image
        channel = await sandbox.serve(Service("cladogen.sandboxes.echo"))
        try:
            assert await channel.request(b"one", 20.0) == b"one"
        finally:
            await channel.close()
        sandbox.client.images.remove(sandbox.image, force=True)


@pytest.mark.docker
async def test_a_dockerfile_that_fails_is_one_line_and_leaves_no_container(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text(
        'ARG BASE\nFROM $BASE\nRUN ["python3", "-c", "raise SystemExit(3)"]\n'
    )
    with pytest.raises(
        SandboxError, match=r"the image cannot be built: .*returned a non-zero code: 3"
    ):
        async with open_sandbox("docker", SandboxNeeds(dockerfile="Dockerfile"), folder=tmp_path):
            pass
    client = daemon.connect()
    commands = [container["Command"] for container in client.api.containers(all=True)]
    client.close()
    assert not [command for command in commands if "SystemExit(3)" in command]


def test_a_cache_folder_that_cannot_be_written_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    with pytest.raises(SandboxError, match=r"cannot be made .*; set XDG_CACHE_HOME"):
        made_cache_folder("locks")
