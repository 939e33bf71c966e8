"""Where the daemon is: as Docker's own client finds it, and then where other tools put it.

``DOCKER_HOST`` first, then the context (``DOCKER_CONTEXT``, or the current one of Docker's
configuration), Podman's ``CONTAINER_HOST``, the usual socket, and the sockets of rootless Docker,
Docker Desktop, Colima, Rancher Desktop, OrbStack, Lima and Podman. A usual socket at which nobody
listens, or that is somebody else's, stands behind one that answers.
"""

from __future__ import annotations

import hashlib
import json
import os
import socket
import stat
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from cladogen.errors import SandboxError

DEFAULT_HOST = "unix:///var/run/docker.sock"
VARIABLE = "DOCKER_HOST"
_CONNECT_S = 5.0
PODMANS = "CONTAINER_HOST"  # what Podman's client heeds; its sockets speak Docker's protocol, too
_TELLING = (VARIABLE, PODMANS, "DOCKER_CONTEXT", "DOCKER_CONFIG", "XDG_RUNTIME_DIR", "HOME",
            "XDG_CONFIG_HOME", "COLIMA_HOME")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Address:
    """A daemon's address and who named it ("" for the usual socket); files for TLS, by name."""

    host: str = DEFAULT_HOST
    named_by: str = ""
    tls: tuple[tuple[str, str], ...] = ()
    verify: bool = True

    def __str__(self) -> str:
        return self.host if self.named_by in ("", VARIABLE) else f"{self.host} ({self.named_by})"

    @property
    def remote(self) -> bool:
        """Return whether the daemon may see other files than this machine's."""
        return not self.host.startswith("unix://")


def find() -> Address:
    """Return where to ask; SandboxError for a context that cannot be read.

    Looked for once: a run stays with its daemon when somebody changes the context meanwhile.
    """
    return _found(tuple(map(os.environ.get, _TELLING)))


@cache
def _found(stated: tuple[str | None, ...]) -> Address:
    if host := os.environ.get(VARIABLE):
        return Address(host, VARIABLE)
    if name := _context():
        return _of_context(name)
    if (host := os.environ.get(PODMANS, "")).startswith(("unix://", "ssh://", "tcp://")):
        return Address(host, PODMANS)
    if _is_served(DEFAULT_HOST.removeprefix("unix://")):
        return Address()
    for tool, path in _other_sockets():
        if _is_served(path):
            return Address(f"unix://{path}", tool)
    return Address()


def _is_served(path: str) -> bool:
    return _is_socket(path) and _answers(path)


def client(address: Address, timeout_s: float) -> Any:
    """Return a client of the daemon there, not yet asked anything."""
    import docker

    if address.named_by == VARIABLE and not address.host.startswith("ssh://"):
        return docker.from_env(timeout=timeout_s, max_pool_size=16)
    tls = _tls(address)
    host = address.host
    if host.startswith("ssh://"):
        from cladogen.sandboxes.docker.over_ssh import forwarded

        host = forwarded(host, "podman" if address.named_by == PODMANS else "docker")
    return docker.DockerClient(base_url=host, tls=tls, timeout=timeout_s, max_pool_size=16)


def _tls(address: Address) -> Any:
    """Return how a connection is secured, False for not at all."""
    from docker.tls import TLSConfig

    files = dict(address.tls)
    if not files:
        return False
    certificate = (files["cert.pem"], files["key.pem"]) if "cert.pem" in files else None
    return TLSConfig(certificate, files.get("ca.pem"), verify=address.verify)


def _configuration() -> Path:
    return Path(os.environ.get("DOCKER_CONFIG") or Path.home() / ".docker")


def _context() -> str:
    """Return the name of the context, "" for the default one."""
    name = os.environ.get("DOCKER_CONTEXT") or _configured_context()
    return "" if name == "default" else name


def _configured_context() -> str:
    try:
        found = json.loads((_configuration() / "config.json").read_text())
    except (OSError, ValueError):
        return ""
    return str(found.get("currentContext") or "") if isinstance(found, dict) else ""


def _of_context(name: str) -> Address:
    digest = hashlib.sha256(name.encode()).hexdigest()
    folder = _configuration() / "contexts"
    try:
        context = json.loads((folder / "meta" / digest / "meta.json").read_text())
        endpoint = context["Endpoints"]["docker"]
        host = str(endpoint["Host"])
    except (OSError, ValueError, KeyError, TypeError):
        raise SandboxError(
            f"docker: the context {name!r} is not in {folder}; choose one that docker context ls "
            "shows (docker context use default), or set DOCKER_HOST"
        ) from None
    tls = folder / "tls" / digest / "docker"
    files = tuple((path.name, str(path)) for path in sorted(tls.glob("*.pem")))
    return Address(host, f"context {name}", files, not endpoint.get("SkipTLSVerify", False))


def _other_sockets() -> list[tuple[str, str]]:
    runtime = Path(os.environ.get("XDG_RUNTIME_DIR") or f"/run/user/{os.getuid()}")
    home = Path.home()
    places = {
        "rootless Docker": runtime / "docker.sock",
        "Docker Desktop": home / ".docker/run/docker.sock",
        "Docker Desktop for Linux": home / ".docker/desktop/docker.sock",
        **_colima_sockets(home),
        "Rancher Desktop": home / ".rd/docker.sock",
        "OrbStack": home / ".orbstack/run/docker.sock",
        "Podman": runtime / "podman/podman.sock",
        "Podman's machine": home / ".local/share/containers/podman/machine/podman.sock",
        "Podman of the system": Path("/run/podman/podman.sock"),
        "Lima": home / ".lima/docker/sock/docker.sock",
    }
    return [(tool, str(path)) for tool, path in places.items()]


def _colima_sockets(home: Path) -> dict[str, Path]:
    """Return the sockets of Colima's profiles, the default one first."""
    configuration = Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config")
    named = os.environ.get("COLIMA_HOME")
    folders = [Path(named)] if named else [home / ".colima", configuration / "colima"]
    found = {"Colima": folders[0] / "default/docker.sock"}
    for folder in folders:
        for path in sorted(folder.glob("*/docker.sock")):
            profile = path.parent.name
            found["Colima" if profile == "default" else f"Colima, {profile}"] = path
    return found | {"Colima, older": home / ".colima/docker.sock"}


def _is_socket(path: str) -> bool:
    try:
        return stat.S_ISSOCK(Path(path).stat().st_mode)
    except OSError:
        return False


def _answers(path: str) -> bool:
    """Return whether somebody listens on a socket."""
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(_CONNECT_S)
        try:
            line.connect(path)
        except OSError:
            return False
    return True
