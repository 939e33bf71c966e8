"""Images for candidates, named by what is in them: made once, found again, with a registry or
without.

An image holds a Python, the packages a problem asks for, and where a problem compiles, a C++
toolchain. Nothing of the engine is in it: what runs inside is sent over the line. With a registry
the base is ``python:3.x-slim``; without one the running Python is copied with the libraries it is
linked to, which takes seconds.
"""

from __future__ import annotations

import fcntl
import hashlib
import io
import json
import queue
import sys
import tarfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cladogen.errors import SandboxError
from cladogen.sandboxes.docker.daemon import errors, explained
from cladogen.sandboxes.docker.host_files import python_files, toolchain_files
from cladogen.sandboxes.docker.root_archive import add_bytes, below, root_archive
from cladogen.sandboxes.packages import made_cache_folder, package_folders

REPOSITORY = "cladogen/sandbox"
PACKAGES = "/opt/cladogen/packages"
MADE_HERE = "here"
_LABEL = "cladogen.image"
_RECIPE = 4  # part of every name: raise it when what is built from the same wishes changes
_COMPILERS = ("g++", "gcc", "c++", "cc", "make", "clang", "clang++", "cmake")
_REGISTRY_S = 8
_BUILD_S = 900  # without a word from a build
_PULL_S = 120  # without a word from a registry


@dataclass(frozen=True, slots=True)
class Recipe:
    """What an image is made of."""

    requirements: tuple[str, ...] = ("numpy",)
    toolchain: bool = False
    image: str = ""
    dockerfile: Path | None = None
    made_here: bool = False  # from this machine's files, whatever a registry has

    @staticmethod
    def compiles(command: tuple[str, ...]) -> bool:
        """Return whether a build command needs the C++ toolchain."""
        return bool(command) and Path(command[0]).name.split("-")[0] in (*_COMPILERS, "sh", "bash")

    def tag(self) -> str:
        """Return the name of the image, made from everything that goes into it."""
        if self.image:
            return self.image
        parts: list[object] = [
            _RECIPE,
            sys.version,
            sorted(self.requirements),
            self.toolchain,
            self.made_here,
        ]
        if self.dockerfile is not None:
            parts += [
                [path.name, _digest(path)]
                for path in sorted(self.dockerfile.parent.rglob("*"))
                if path.is_file()
            ]
        name = hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]
        return f"{REPOSITORY}:{name}"


def ensure(client: Any, recipe: Recipe, progress: Callable[[str], None]) -> str:
    """Return the tag of the recipe's image, building or pulling it when the daemon has none.

    Raises SandboxError saying what to do. Blocks; call it in a thread, with a client that nobody
    else uses meanwhile.
    """
    tag = recipe.tag()
    before, client.api.timeout = client.api.timeout, _BUILD_S
    try:
        return _found_or_made(client, recipe, tag, progress)
    except errors() as error:
        raise SandboxError(f"docker: no image {tag}: {explained(error)}") from None
    finally:
        client.api.timeout = before


def _found_or_made(client: Any, recipe: Recipe, tag: str, progress: Callable[[str], None]) -> str:
    if _present(client, tag):
        return tag
    with _one_at_a_time(tag):
        if not _present(client, tag):
            started = time.monotonic()
            _make_or_pull(client, recipe, tag, progress)
            progress(f"image {tag} is ready ({time.monotonic() - started:.0f} s)")
    return tag


@contextmanager
def _one_at_a_time(tag: str) -> Iterator[None]:
    """Let one process of this user make an image at a time; the others find what it made."""
    folder = made_cache_folder("locks")
    with (folder / hashlib.sha256(tag.encode()).hexdigest()[:16]).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _make_or_pull(client: Any, recipe: Recipe, tag: str, progress: Callable[[str], None]) -> None:
    if recipe.image:
        progress(f"pulling the image {tag}")
        _pull(client, tag)
    elif recipe.dockerfile is not None:
        plain = Recipe(recipe.requirements, recipe.toolchain)
        base = _found_or_made(client, plain, plain.tag(), progress)
        progress(f"building the image of {recipe.dockerfile}")
        _build(client, str(recipe.dockerfile.parent), recipe.dockerfile.name, tag, base)
    else:
        progress("building the sandbox image (once; it is kept)")
        _make(client, recipe, tag, progress)


def size_mb(client: Any, tag: str) -> float:
    """Return the size of an image in megabytes."""
    return float(client.api.inspect_image(tag)["Size"]) / 1e6


def digest(client: Any, tag: str) -> str:
    """Return the identity of an image, for the run's record: what a registry calls it, where it is
    from one.
    """
    found = client.api.inspect_image(tag)
    return str(next(iter(found.get("RepoDigests") or ()), found["Id"]))


def made_here(client: Any, tag: str) -> bool:
    """Return whether an image holds this machine's own Python and libraries."""
    labels = client.api.inspect_image(tag)["Config"].get("Labels") or {}
    return bool(labels.get(_LABEL) == MADE_HERE)


def _present(client: Any, tag: str) -> bool:
    from docker.errors import ImageNotFound

    try:
        client.api.inspect_image(tag)
    except ImageNotFound:
        return False
    return True


def _make(client: Any, recipe: Recipe, tag: str, progress: Callable[[str], None]) -> None:
    packages = package_folders(recipe.requirements)
    base = f"python:{sys.version_info.major}.{sys.version_info.minor}-slim"
    if not recipe.made_here and _registry_answers(client, base):
        try:
            _build_on(client, base, recipe, packages, tag)
            return
        except SandboxError as error:
            if sys.platform != "linux":
                raise
            progress(f"{error}; making one of this machine's files")
    if sys.platform != "linux":
        raise SandboxError(
            f"docker: no registry answers, and {base} is not here; run docker pull {base} once"
        )
    layers: dict[str, Path] = python_files(packages.values())
    if recipe.toolchain:
        layers |= toolchain_files()
    _import(client, root_archive(layers, below(PACKAGES, packages)), tag)


def _registry_answers(client: Any, base: str) -> bool:
    if _present(client, base):
        return True
    before, client.api.timeout = client.api.timeout, _REGISTRY_S
    try:
        client.api.inspect_distribution(base)
    except errors():
        return False
    finally:
        client.api.timeout = before
    return True


def _import(client: Any, archive: bytes, tag: str) -> None:
    repository, _, name = tag.partition(":")
    changes = ["ENV PATH=/usr/local/bin:/usr/bin:/bin", f"LABEL {_LABEL}={MADE_HERE}"]
    client.api.import_image_from_data(archive, repository=repository, tag=name, changes=changes)


def _build_on(client: Any, base: str, recipe: Recipe, packages: dict[str, Path], tag: str) -> None:
    install = (
        "RUN apt-get update && apt-get install -y --no-install-recommends g++ make\n"
        if recipe.toolchain
        else ""
    )
    settle = json.dumps(["python3", "-B", "-c", _SETTLE, PACKAGES, *({"numpy"} & set(packages))])
    dockerfile = (
        f"FROM {base}\n{install}ADD packages.tar /\nRUN {settle}\nLABEL {_LABEL}=registry\n"
    )
    context = io.BytesIO()
    with tarfile.open(fileobj=context, mode="w") as archive:
        add_bytes(archive, "Dockerfile", dockerfile.encode())
        add_bytes(archive, "packages.tar", root_archive({}, below(PACKAGES, packages)))
    context.seek(0)
    _run_build(client, tag=tag, fileobj=context, custom_context=True)


# An image from a registry holds its library as source only, which a read-only root would compile at
# every start.
_SETTLE = """
import compileall, importlib, os, py_compile, sys, sysconfig
for folder in (sysconfig.get_path("stdlib"), sys.argv[1]):
    unchecked = py_compile.PycInvalidationMode.UNCHECKED_HASH
    compileall.compile_dir(folder, quiet=2, invalidation_mode=unchecked)
os.chmod("/root", 0o755)
sys.path.insert(0, sys.argv[1])
for name in sys.argv[2:]:
    importlib.import_module(name)
"""


def _build(client: Any, folder: str, dockerfile: str, tag: str, base: str) -> None:
    _run_build(client, tag=tag, path=folder, dockerfile=dockerfile, buildargs={"BASE": base})


def _run_build(client: Any, **what: Any) -> None:
    """Build, and leave no container of a step behind, also of one that failed."""
    for line in client.api.build(rm=True, forcerm=True, decode=True, timeout=_BUILD_S, **what):
        if "error" in line:
            raise SandboxError(f"docker: the image cannot be built: {explained(line['error'])}")


def _pull(client: Any, tag: str) -> None:
    """Pull an image; the client has no deadline for that, so a thread listens, and is left behind
    by silence.
    """
    heard: queue.SimpleQueue[str | None] = queue.SimpleQueue()

    def listen() -> None:
        try:
            for line in client.api.pull(tag, stream=True, decode=True):
                heard.put(line.get("error", ""))
        except errors() as error:
            heard.put(explained(error))
        heard.put(None)

    threading.Thread(target=listen, daemon=True).start()
    why = f"docker: no image {tag} here, and it cannot be pulled"
    try:
        while (error := heard.get(timeout=_PULL_S)) is not None:
            if error:
                raise SandboxError(f"{why}: {explained(error)}")
    except queue.Empty:
        raise SandboxError(
            f"{why}: nothing was heard of it for {_PULL_S} s; is the registry hung?"
        ) from None


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
