"""Which packages a candidate may import, and where they are on this machine."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from importlib import metadata
from itertools import chain, filterfalse
from pathlib import Path

from cladogen.errors import SandboxError

_INSTALL_S = 600
_OWN = ("cladogen", "cladogen.evaluators", "cladogen.sandboxes")


def interpreter() -> str:
    """Return the real interpreter behind a virtual environment's link."""
    return os.path.realpath(sys.executable)


def engine_folders() -> list[Path]:
    """Return the folders that this environment's Python and this package need, readable at their
    own paths.
    """
    entries = filter(_holds_packages, map(Path, sys.path))
    places = list(chain.from_iterable(map(_places, _OWN)))
    prefixes = [Path(sys.prefix), Path(os.path.realpath(sys.base_prefix))]
    wanted = [*prefixes, *entries, *places, *_behind_links(places)]
    outer: list[Path] = []
    for folder in sorted({folder.resolve() for folder in wanted}):
        if not any(map(folder.is_relative_to, (Path("/usr"), *outer))):
            outer.append(folder)
    return outer


def _holds_packages(folder: Path) -> bool:
    return folder.name in ("site-packages", "dist-packages")


def _places(package: str) -> list[Path]:
    spec = importlib.util.find_spec(package)
    found = None if spec is None else spec.submodule_search_locations
    return list(map(Path, found or ()))


def _behind_links(places: Sequence[Path]) -> list[Path]:
    """Return the folders that an editable install of this package links to."""
    links = [entry for place in places for entry in place.iterdir() if entry.is_symlink()]
    targets = [entry.resolve() for entry in links]
    return [target if target.is_dir() else target.parent for target in targets]


_OTHER_PYTHON = """
import os, runpy, site, sys
for folder in sys.argv[1].split(os.pathsep):
    site.addsitedir(folder)
module = sys.argv[2]
del sys.argv[1:3]
runpy.run_module(module, run_name="__main__", alter_sys=True)
"""


def module_command() -> list[str]:
    """Return the command that runs a module of this environment in an image: this Python, or the
    image's own.

    A Python of the system is not taken along, for an image has a ``/usr`` of its own: the image's,
    of the same version, is given this environment's packages, whose ``.pth`` files count.
    """
    if not Path(os.path.realpath(sys.base_prefix)).is_relative_to("/usr"):
        return [sys.executable, "-P", "-B", "-m"]
    folders = [
        entry for entry in sys.path if Path(entry).name in ("site-packages", "dist-packages")
    ]
    return ["python3", "-P", "-B", "-c", _OTHER_PYTHON, os.pathsep.join(folders)]


def package_folders(requirements: Sequence[str]) -> dict[str, Path]:
    """Return the top-level entries (name -> path) of the required packages and of what these need.

    Packages that this environment has already are used where they are; the others are installed
    once, into a folder named by the requirements, with pip.
    """
    found: dict[str, Path] = {}
    seen: set[str] = set()
    for requirement in requirements:
        if not _add_installed(requirement, found, seen):
            return _installed_apart(tuple(requirements))
    return found


def are_installed(requirements: Sequence[str]) -> bool:
    """Tell whether this environment has packages, and what they need."""
    found: dict[str, Path] = {}
    seen: set[str] = set()
    return all(_add_installed(requirement, found, seen) for requirement in requirements)


def _add_installed(requirement: str, found: dict[str, Path], seen: set[str]) -> bool:
    """Add the entries of an installed package and of what it needs here; False where one of them is
    not installed, or in another version than the exact one that is asked for.
    """
    name = re.split(r"[\s;<>=!~\[]", requirement.strip(), maxsplit=1)[0]
    extras = _extras(requirement)
    if (known := f"{name.lower()} {sorted(extras)}") in seen:
        return True
    seen.add(known)
    try:
        distribution = metadata.distribution(name)
    except metadata.PackageNotFoundError:
        return False
    exact = re.fullmatch(r"\s*[\w.-]+\s*==\s*([\w.]+)\s*", requirement)
    if exact and exact[1] != distribution.version:
        return False
    _add_entries(distribution, found)
    needs = _needs(distribution.requires or (), extras)
    return all(_add_installed(need, found, seen) for need in needs)


def _add_entries(distribution: metadata.Distribution, found: dict[str, Path]) -> None:
    """Add what a package has at the top of the folder of packages."""
    for file in distribution.files or ():
        top = file.parts[0]
        if top not in {"..", "__pycache__", *found}:
            found[top] = Path(str(distribution.locate_file(top)))


def _extras(requirement: str) -> set[str]:
    """Return the extras that a requirement asks for: ``httpx[http2]>=0.2`` asks for ``http2``."""
    found = re.match(r"\s*[\w.-]+\s*\[([^\]]*)\]", requirement)
    return {each.strip() for each in found[1].split(",")} if found else set()


def _needs(requires: Sequence[str], extras: set[str]) -> list[str]:
    """Return what a package needs on this machine, with some extras of its own and those that it
    asks for.
    """
    if not requires:
        return []
    from packaging.requirements import Requirement  # a tenth of a second

    found = []
    for each in map(Requirement, requires):
        marker = each.marker
        if marker is None or any(marker.evaluate({"extra": extra}) for extra in ("", *extras)):
            found.append(f"{each.name}[{','.join(sorted(each.extras))}]")
    return found


def _installed_apart(requirements: tuple[str, ...]) -> dict[str, Path]:
    text = "\n".join((sys.version, *sorted(requirements)))
    digest = hashlib.sha256(text.encode()).hexdigest()[:16]
    folder = made_cache_folder("packages") / digest
    if not (folder / ".complete").exists():
        _install(requirements, folder)
        (folder / ".complete").touch()
    return {
        path.name: path
        for path in folder.iterdir()
        if not path.name.startswith((".", "__pycache__"))
    }


def _install(requirements: tuple[str, ...], folder: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--target",
        str(folder),
        *requirements,
    ]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=_INSTALL_S, check=False
        )
    except subprocess.TimeoutExpired:
        raise SandboxError(
            f"pip did not finish in {_INSTALL_S} s: {' '.join(requirements)}"
        ) from None
    if done.returncode:
        lines = done.stderr.strip().splitlines() or ["no output"]
        raise SandboxError(f"requirements cannot be installed: {lines[-1]}")


def cache_folder() -> Path:
    """Return where built things are kept between runs."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "cladogen"


def made_cache_folder(name: str) -> Path:
    """Return a folder below it that is there; SandboxError where it cannot be written."""
    folder = cache_folder() / name
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SandboxError(
            f"{folder}: cannot be made ({error.strerror}); set XDG_CACHE_HOME to a folder that can "
            "be written"
        ) from None
    return folder


def read_requirements(folder: Path, name: str) -> tuple[str, ...]:
    """Return the requirements of a problem's file, NumPy first; a problem that names none gets
    NumPy.
    """
    if not name:
        return ("numpy",)
    path = folder / name
    if not path.is_file():
        raise SandboxError(f"{path}: no such requirements file")
    wanted = _named(path.read_text())
    numpy = list(filter(_NUMPY.match, wanted)) or ["numpy"]
    return *numpy, *filterfalse(_NUMPY.match, wanted)


def _named(text: str) -> list[str]:
    """Return the requirements of a file, without its comments and options."""
    lines = (line.partition("#")[0].strip() for line in text.splitlines())
    return [line for line in lines if line and not line.startswith("-")]


_NUMPY = re.compile(r"numpy\b", re.IGNORECASE)
