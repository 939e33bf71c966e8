"""The daemon is found where Docker's own client finds it, and where other tools put it."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import socket
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cladogen.errors import SandboxError
from cladogen.sandboxes.docker import address, daemon, over_ssh


@pytest.fixture(autouse=True)
def nothing_is_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("DOCKER_HOST", "DOCKER_CONTEXT", "XDG_RUNTIME_DIR", "CONTAINER_HOST",
                 "XDG_CONFIG_HOME", "COLIMA_HOME"):  # fmt: skip
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / "docker"))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    address._found.cache_clear()
    yield
    address._found.cache_clear()


def context(tmp_path: Path, name: str, host: str, **endpoint: Any) -> None:
    digest = hashlib.sha256(name.encode()).hexdigest()
    folder = tmp_path / "docker" / "contexts" / "meta" / digest
    folder.mkdir(parents=True)
    told = {"Name": name, "Metadata": {}, "Endpoints": {"docker": {"Host": host, **endpoint}}}
    (folder / "meta.json").write_text(json.dumps(told))


def current(tmp_path: Path, name: str) -> None:
    (tmp_path / "docker").mkdir(exist_ok=True)
    (tmp_path / "docker" / "config.json").write_text(json.dumps({"currentContext": name}))


def test_the_current_context_is_heeded(tmp_path: Path) -> None:
    context(tmp_path, "colima", "unix:///somewhere/docker.sock")
    current(tmp_path, "colima")
    found = address.find()
    assert (found.host, str(found)) == (
        "unix:///somewhere/docker.sock",
        "unix:///somewhere/docker.sock (context colima)",
    )


def test_variables_come_before_the_configuration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("one", "two"):
        context(tmp_path, name, f"unix:///{name}.sock")
    current(tmp_path, "one")
    monkeypatch.setenv("DOCKER_CONTEXT", "two")
    assert address.find().host == "unix:///two.sock"
    monkeypatch.setenv("DOCKER_CONTEXT", "default")
    assert address.find().named_by in ("", *(tool for tool, _ in address._other_sockets()))
    monkeypatch.setenv("DOCKER_HOST", "unix:///three.sock")
    assert str(address.find()) == "unix:///three.sock"


def test_a_context_that_is_not_there_is_named(tmp_path: Path) -> None:
    current(tmp_path, "gone")
    with pytest.raises(SandboxError, match=r"the context 'gone' is not in .*; choose one that"):
        address.find()


def test_files_for_tls_are_those_of_the_context(tmp_path: Path) -> None:
    context(tmp_path, "far", "tcp://far:2376", SkipTLSVerify=True)
    current(tmp_path, "far")
    digest = hashlib.sha256(b"far").hexdigest()
    tls = tmp_path / "docker" / "contexts" / "tls" / digest / "docker"
    tls.mkdir(parents=True)
    for name in ("ca.pem", "cert.pem", "key.pem"):
        (tls / name).touch()
    found = address.find()
    assert dict(found.tls) == {name: str(tls / name) for name in ("ca.pem", "cert.pem", "key.pem")}
    assert (found.verify, found.remote) == (False, True)


@pytest.mark.parametrize(
    ("tool", "place"),
    [
        ("rootless Docker", "run/docker.sock"),
        ("Podman", "run/podman/podman.sock"),
        ("Colima", "home/.colima/default/docker.sock"),
        ("Colima", "home/.config/colima/default/docker.sock"),
        ("Colima, big", "home/.colima/big/docker.sock"),
        ("Rancher Desktop", "home/.rd/docker.sock"),
        ("OrbStack", "home/.orbstack/run/docker.sock"),
    ],
)
def test_a_socket_of_another_tool_is_found_where_the_usual_one_is_not(
    tool: str, place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(address, "DEFAULT_HOST", f"unix://{tmp_path}/usual.sock")
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "run"))
    (tmp_path / place).parent.mkdir(parents=True)
    with socket.socket(socket.AF_UNIX) as listener:
        monkeypatch.chdir((tmp_path / place).parent)  # a socket's name may not be long
        listener.bind(Path(place).name)
        assert address.find().named_by != tool  # nobody listens
        listener.listen(1)
        address._found.cache_clear()
        if len(str(tmp_path / place)) < 100:
            assert address.find() == address.Address(f"unix://{tmp_path / place}", tool)


def test_usual_socket_at_which_nobody_listens_stands_behind_one_that_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # a socket's name may not be long
    monkeypatch.setattr(address, "DEFAULT_HOST", f"unix://{tmp_path}/usual.sock")
    monkeypatch.setattr(address, "_other_sockets", lambda: [("another", "other.sock")])
    with socket.socket(socket.AF_UNIX) as usual, socket.socket(socket.AF_UNIX) as other:
        usual.bind("usual.sock")
        assert address.find().named_by == ""  # nobody at all
        other.bind("other.sock")
        other.listen(1)
        address._found.cache_clear()
        assert address.find() == address.Address("unix://other.sock", "another")


def test_podmans_variable_is_heeded_behind_dockers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONTAINER_HOST", "unix:///run/user/1/podman/podman.sock")
    assert str(address.find()) == "unix:///run/user/1/podman/podman.sock (CONTAINER_HOST)"
    monkeypatch.setenv("DOCKER_HOST", "unix:///docker.sock")
    address._found.cache_clear()
    assert address.find().host == "unix:///docker.sock"


def test_ssh_is_asked_as_dockers_own_client_asks() -> None:
    command = over_ssh.ssh_command("ssh://me@far.example:2222")
    assert command[:2] == ["ssh", "-o"]
    assert command[-9:] == [
        "-l", "me", "-p", "2222", "--", "far.example", "docker", "system", "dial-stdio",
    ]  # fmt: skip
    for host in ("ssh://", "ssh://-oProxyCommand=touch", "ssh://far:port"):
        with pytest.raises(SandboxError, match="is no address of a machine"):
            over_ssh.ssh_command(host)


def test_socket_of_another_machine_is_asked_for_by_its_path(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    host = "ssh://core@127.0.0.1:50000/run/user/1000/podman/podman.sock"
    there = "unix:///run/user/1000/podman/podman.sock"
    docker, podman = over_ssh.ssh_command(host), over_ssh.ssh_command(host, "podman")
    assert docker[-5:] == ["docker", "--host", there, "system", "dial-stdio"]
    assert podman[-5:] == ["podman", "--url", there, "system", "dial-stdio"]
    monkeypatch.setenv("CONTAINER_HOST", host)
    assert address.find().named_by == "CONTAINER_HOST" and address.find().remote


def test_empty_variable_for_the_context_leaves_the_configurations(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context(tmp_path, "mine", "unix:///mine.sock")
    current(tmp_path, "mine")
    monkeypatch.setenv("DOCKER_CONTEXT", "")
    assert address.find().host == "unix:///mine.sock"


def test_words_of_ssh_say_why_nobody_is_reached(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "ssh").write_text(
        "#!/bin/sh\necho 'ssh: Could not resolve hostname far' >&2\nexit 255\n"
    )
    (tmp_path / "ssh").chmod(stat.S_IRWXU)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setenv("DOCKER_HOST", f"ssh://far-{tmp_path.name}")
    with pytest.raises(SandboxError, match="ssh says: ssh: Could not resolve hostname far"):
        daemon.connect(5.0)


def answering(path: Path, answer: bytes) -> None:
    """Let somebody on a socket answer every request alike."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(path))
    listener.listen(4)

    def serve() -> None:
        with listener:
            for _ in range(2):
                connection, _ = listener.accept()
                with connection:
                    if connection.recv(65536):
                        connection.sendall(answer)

    threading.Thread(target=serve, daemon=True).start()


def test_who_answers_and_is_no_daemon_is_said_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 9\r\n\r\n<p>hi</p>"
    answering(tmp_path / "s", page)
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/s")
    with pytest.raises(SandboxError, match="is no Docker daemon; set DOCKER_HOST"):
        daemon.connect(5.0)


@pytest.mark.parametrize(
    ("info", "words"),
    [
        ({"ServerVersion": "24", "OSType": "windows"}, "runs windows containers"),
        ({"ApiVersion": "1.43"}, "is no Docker daemon"),
        ("text", "is no Docker daemon"),
    ],
)
def test_daemon_that_runs_no_linux_is_refused_in_one_line(info: object, words: str) -> None:
    with pytest.raises(SandboxError, match=words):
        daemon.checked(info)


DIAL = """#!{python}
import os, socket, sys, threading
line = socket.socket(socket.AF_UNIX)
line.connect({socket!r})
def up():
    while part := os.read(0, 65536):
        line.sendall(part)
    line.shutdown(socket.SHUT_WR)
threading.Thread(target=up, daemon=True).start()
while part := line.recv(65536):
    os.write(1, part)
"""


@pytest.mark.docker
def test_a_daemon_over_ssh_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The other machine is played by a command of the name ssh that leads to the daemon here."""
    usual = address.find().host.removeprefix("unix://")
    (tmp_path / "ssh").write_text(DIAL.format(python=sys.executable, socket=usual))
    (tmp_path / "ssh").chmod(stat.S_IRWXU)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setenv("DOCKER_HOST", f"ssh://me@{tmp_path.name}")
    client = address.client(address.find(), 20)
    assert client.ping()
    client.close()


@pytest.mark.docker
@pytest.mark.skipif(shutil.which("docker") is None, reason="no docker command")
def test_the_context_leads_to_a_daemon_as_dockers_own_client_finds_it(tmp_path: Path) -> None:
    usual = address.find().host
    context(tmp_path, "other", usual)
    current(tmp_path, "other")
    told = subprocess.run(
        ["docker", "version", "--format", "{{.Server.Version}}"],
        check=True,
        capture_output=True,
        text=True,
    )
    address._found.cache_clear()
    client = address.client(address.find(), 20)
    assert client.version()["Version"] == told.stdout.strip()
    client.close()
