"""Choosing: the strongest that works, a named one, or a clear error; a daemon's fault is never the candidate's."""

from __future__ import annotations

import asyncio
import os
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from cladogen.errors import ConfigError, SandboxError
from cladogen.evaluation import Status
from cladogen.program import File
from cladogen.sandboxes import choose
from cladogen.sandboxes.base import Call, Job, SandboxNeeds
from cladogen.sandboxes.choose import Wanted, make, open_sandbox, recipe_of
from cladogen.sandboxes.docker.owner import dead, owner
from cladogen.sandboxes.docker.sandbox import Docker
from cladogen.sandboxes.local import Local

JOB = Job({"main.py": File(b"def run(x):\n    return 1")}, "main.py:run", (Call(b"0"),))


async def test_an_unknown_name_is_an_error_that_lists_the_names() -> None:
    with pytest.raises(ConfigError, match="docker, bubblewrap, local"):
        async with open_sandbox("podman"):
            pass


async def test_auto_takes_what_works_and_says_how_strong_it_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///nonexistent/docker.sock")
    async with open_sandbox("auto") as sandbox:
        assert sandbox.name in ("bubblewrap", "local")
        assert sandbox.strength
        assert (await sandbox.run(JOB))[0].output == b"1"


async def test_auto_never_falls_back_to_a_plain_process_for_model_code(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///nonexistent/docker.sock")
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(
        SandboxError, match=r"no sandbox works here.*no daemon answers.*apt-get install bubblewrap"
    ):
        async with open_sandbox("auto", allow_local=False):
            pass


@pytest.mark.parametrize(("package", "there"), [("scipy", True), ("nosuchpackage", False)])
async def test_auto_falls_back_where_this_environment_has_the_packages(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, package: str, there: bool
) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///nonexistent/docker.sock")
    monkeypatch.setenv("PATH", "/nonexistent")
    (tmp_path / "wanted.txt").write_text(f"numpy\n{package}\n")
    needs = SandboxNeeds(requirements="wanted.txt")
    try:
        async with open_sandbox("auto", needs, folder=tmp_path) as sandbox:
            assert there and sandbox.name == "local"
    except SandboxError as error:
        assert not there and "no sandbox works here" in str(error)


@pytest.mark.parametrize(
    ("needs", "told"),
    [(SandboxNeeds(image="localhost:1/nosuch:1"), "only docker can give"),
     (SandboxNeeds(requirements="nofile.txt"), "nofile.txt"),
     (SandboxNeeds(gpus="all"), "only docker can give")],
)  # fmt: skip
async def test_auto_never_drops_what_a_problem_asks_for(
    needs: SandboxNeeds, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///nonexistent/docker.sock")
    with pytest.raises(
        SandboxError, match=rf"no sandbox works here.*{told}.*Mend what \[sandbox\]"
    ):
        async with open_sandbox("auto", needs):
            pass


@pytest.mark.parametrize("name", ["auto", "bubblewrap", "local"])
async def test_a_runtime_is_never_left_out_without_a_word(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///nonexistent/docker.sock")
    with pytest.raises(SandboxError, match="runtime 'runsc' is Docker's"):
        async with open_sandbox(name, runtime="runsc"):
            pass


async def test_auto_says_why_it_took_a_weaker_sandbox(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///nonexistent/docker.sock")
    lines: list[str] = []
    async with open_sandbox("auto", progress=lines.append):
        assert any("not in a stronger sandbox: docker: no daemon answers" in line for line in lines)


async def test_a_named_sandbox_without_a_daemon_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///nonexistent/docker.sock")
    with pytest.raises(
        SandboxError, match=r"no daemon answers at unix:///nonexistent/docker\.sock; start one"
    ):
        async with open_sandbox("docker"):
            pass


async def test_an_address_of_a_daemon_that_is_none_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DOCKER_HOST", "nonsense")
    with pytest.raises(
        SandboxError, match=r"^docker: DOCKER_HOST is 'nonsense', which is no address of a daemon"
    ):
        async with open_sandbox("docker"):
            pass


async def test_bubblewrap_says_what_it_cannot_give() -> None:
    with pytest.raises(SandboxError, match="only docker can give"):
        async with open_sandbox("bubblewrap", SandboxNeeds(image="python:3")):
            pass


@pytest.mark.parametrize("name", ["docker", "bubblewrap", "local"])
async def test_a_wrong_network_entry_is_an_error_in_every_sandbox(name: str) -> None:
    with pytest.raises(ConfigError, match=r"'https://example\.com': leave the scheme out"):
        async with open_sandbox(name, SandboxNeeds(network=("https://example.com",))):
            pass


async def test_auto_never_falls_back_to_what_cannot_hold_a_list(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///nonexistent/docker.sock")
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(SandboxError, match=r"no sandbox works here.*or name --sandbox local"):
        async with open_sandbox("auto", SandboxNeeds(network=("example.com",))):
            pass


async def test_local_says_that_nothing_holds_it_to_the_list() -> None:
    async with open_sandbox("local", SandboxNeeds(network=("example.com",))) as sandbox:
        assert (
            "reach the network, not only example.com:443: nothing holds it to that list"
            in sandbox.strength
        )


@pytest.fixture
def silent_daemon(tmp_path: Path) -> Iterator[str]:
    """A socket that takes every request and never answers."""
    path = tmp_path / "docker.sock"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()
        yield f"unix://{path}"


async def test_a_daemon_that_hangs_is_an_error_at_its_deadline(
    silent_daemon: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", silent_daemon)
    sandbox = Docker(deadline_s=0.3)
    with pytest.raises(
        SandboxError, match=r"docker\.sock (takes requests and )?do(es|id) not answer"
    ):
        await sandbox.start(1)
    await sandbox.close()


class Relay(threading.Thread):
    """Passes everything between a socket of its own and the daemon's, until it is cut."""

    def __init__(self, path: Path, daemon: str) -> None:
        super().__init__(daemon=True)
        self.target = daemon
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(path))
        self.listener.listen()
        self.lines: list[socket.socket] = []

    def run(self) -> None:
        while True:
            try:
                near, _ = self.listener.accept()
            except OSError:
                return
            far = socket.socket(socket.AF_UNIX)
            far.connect(self.target)
            self.lines += [near, far]
            for one, other in ((near, far), (far, near)):
                threading.Thread(target=self._pass, args=(one, other), daemon=True).start()

    def _pass(self, one: socket.socket, other: socket.socket) -> None:
        try:
            while part := one.recv(1 << 16):
                other.sendall(part)
            other.shutdown(socket.SHUT_WR)
        except OSError:
            return

    def cut(self) -> None:
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for line in self.lines:
            try:
                line.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue  # closed already
        for line in self.lines:
            line.close()


@pytest.mark.docker
async def test_a_daemon_that_dies_in_mid_run_is_infra_and_the_run_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    daemon = os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock")
    relay = Relay(tmp_path / "docker.sock", daemon.removeprefix("unix://"))
    relay.start()
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/docker.sock")
    sandbox = Docker(deadline_s=5.0)
    await sandbox.start(1)
    assert (await sandbox.run(JOB))[0].status is Status.OK
    relay.cut()
    (execution,) = await sandbox.run(JOB)
    assert execution.status is Status.INFRA
    assert execution.detail.startswith("docker: ")
    await asyncio.wait_for(sandbox.close(), 30)


@pytest.mark.docker
async def test_two_problems_with_different_images_run_side_by_side(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("ARG BASE\nFROM $BASE\nCOPY data.txt /opt/data.txt\n")
    (tmp_path / "data.txt").write_text("from the Dockerfile")
    look = Job(
        {"main.py": File(b"import os\ndef run(x):\n    return os.path.exists('/opt/data.txt')")},
        "main.py:run",
        (Call(b"0"),),
    )
    async with (
        open_sandbox("docker", SandboxNeeds(dockerfile="Dockerfile"), folder=tmp_path) as own,
        open_sandbox("docker") as plain,
    ):
        (one,), (two,) = await asyncio.gather(own.run(look), plain.run(look))
        image = own.image  # type: ignore[attr-defined]
    assert (one.output, two.output) == (b"true", b"false")
    import docker

    client = docker.from_env()
    client.images.remove(image, force=True)
    client.close()


@pytest.mark.docker
async def test_an_image_that_is_not_there_is_a_clear_error() -> None:
    with pytest.raises(SandboxError, match="no image localhost:1/nobody/nothing"):
        async with open_sandbox("docker", SandboxNeeds(image="localhost:1/nobody/nothing:1")):
            pass


@pytest.mark.docker
async def test_isolation_by_container_gives_each_program_a_new_one() -> None:
    look = Job(
        {
            "main.py": File(
                b"import socket, os\ndef run(x):\n    return os.stat('/proc/1').st_ctime_ns"
            )
        },
        "main.py:run",
        (Call(b"0"),),
    )
    async with open_sandbox("docker", isolation="container") as sandbox:
        seen = [(await sandbox.run(look))[0].output for _ in range(3)]
    assert len(set(seen)) == 3


def test_an_image_is_named_by_what_is_in_it(tmp_path: Path) -> None:
    plain = recipe_of(SandboxNeeds(), tmp_path, ())
    assert plain.tag() == recipe_of(SandboxNeeds(), tmp_path, ("python3", "build.py")).tag()
    compiler = recipe_of(SandboxNeeds(), tmp_path, ("g++", "-O2", "main.cpp"))
    (tmp_path / "requirements.txt").write_text("scipy\n")
    science = recipe_of(SandboxNeeds(requirements="requirements.txt"), tmp_path, ())
    (tmp_path / "Dockerfile").write_text("ARG BASE\nFROM $BASE\n")
    own = recipe_of(SandboxNeeds(dockerfile="Dockerfile"), tmp_path, ())
    (tmp_path / "Dockerfile").write_text("ARG BASE\nFROM $BASE\nUSER 1\n")
    changed = recipe_of(SandboxNeeds(dockerfile="Dockerfile"), tmp_path, ())
    assert len({recipe.tag() for recipe in (plain, compiler, science, changed)}) == 4
    assert own == changed  # the same wish; the tag is read from the files when it is asked for


def test_requirements_beside_an_image_are_not_left_out_unsaid(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("scipy\n")
    needs = SandboxNeeds(image="python:3.11-slim", requirements="requirements.txt")
    with pytest.raises(SandboxError, match=r"image is taken as it is"):
        recipe_of(needs, tmp_path, ())


def test_a_missing_requirements_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SandboxError, match=r"wanted\.txt: no such requirements file"):
        recipe_of(SandboxNeeds(requirements="wanted.txt"), tmp_path, ())


def test_an_owner_is_dead_only_when_this_machine_can_tell() -> None:
    assert not dead(owner())
    assert not dead("1:123:another-boot:pid:[1]")
    mine = owner().split(":", 2)
    assert dead(f"{os.getpid()}:0:{mine[2]}")


def test_a_name_that_is_in_no_table_makes_no_other_sandbox() -> None:
    with pytest.raises(ConfigError, match="no sandbox named 'mine'; there are auto, docker"):
        make("mine", Wanted())


async def test_a_sandbox_added_to_the_table_is_found_by_its_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Mine(Local):
        name = "mine"

    monkeypatch.setattr(choose, "KINDS", {**choose.KINDS, "mine": lambda wanted: Mine()})
    async with open_sandbox("mine") as sandbox:
        assert sandbox.name == "mine"
