"""Which files of this machine make a small root: the running Python, what it is linked to, a shell,
a compiler.

Everything keeps its path, so that what was linked or configured for a path finds it. A value that
is a relative path is a symbolic link's text.
"""

from __future__ import annotations

import itertools
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from pathlib import Path

from cladogen.errors import SandboxError

_LEFT_OUT = {
    "test",
    "tests",
    "idlelib",
    "tkinter",
    "turtledemo",
    "ensurepip",
    "lib2to3",
    "site-packages",
    "dist-packages",
    "pydoc_data",
}
_COMMANDS = (
    "sh",
    "cat",
    "cp",
    "ls",
    "mv",
    "rm",
    "mkdir",
    "env",
    "true",
    "false",
    "sed",
    "grep",
    "find",
    "sort",
    "head",
    "tail",
    "wc",
    "tr",
    "cut",
    "touch",
    "chmod",
    "diff",
    "patch",
    "sleep",
    "id",
)
# For wheels, which are linked to these and carry neither.
_OF_WHEELS = ("libstdc++.so.6", "libgcc_s.so.1")
_LIBRARY_FOLDERS = (
    *("/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib64"),
    "/usr/lib",
)
_LINKED = re.compile(r"(?:=> )?(/\S+) \(0x")
_TOOLS = ("g++", "make")
_NOT_TOOLS = re.compile(
    r"^(dpkg|perl|debconf|tar|bzip2|xz-utils|lib.*-perl|gcc-\d+-base|libgcc-s1|zlib1g)$"
)


def python_files(packages: Iterable[Path]) -> dict[str, Path]:
    """Return the running Python, its library, a shell with plain commands, and all they are linked
    to.
    """
    binary = Path(os.path.realpath(sys.executable))
    commands = [Path(place).resolve() for place in filter(None, map(_where, _COMMANDS))]
    folders = [folder for folder in packages if folder.is_dir()]
    found = {str(path): path for path in (binary, *_library(), *commands)}
    extensions = filter(_is_extension, (*found.values(), *_below(folders)))
    for name, path in libraries([binary, *commands, *extensions]).items():
        if not any(map(path.is_relative_to, folders)):
            found[name] = path
    return found | _links(binary)


def _is_extension(path: Path) -> bool:
    return ".so" in path.name


def _library() -> Iterator[Path]:
    """Yield the files of Python's own library that a program may need."""
    library = Path(sysconfig.get_path("stdlib")).resolve()
    for path in library.rglob("*"):
        needed = path.suffix != ".a" and not _LEFT_OUT & set(path.relative_to(library).parts)
        if needed and path.is_file():
            yield path


def _where(command: str) -> str | None:
    return shutil.which(command, path="/usr/bin:/bin")


def _links(binary: Path) -> dict[str, Path]:
    """Return the links of a merged /usr, of the dynamic loader, and python3 on the search path."""
    links: dict[str, Path] = {}
    for name in ("bin", "sbin", "lib", "lib32", "lib64"):
        path = Path("/" + name)
        if path.is_symlink():
            links[str(path)] = path.readlink()
    links["/usr/local/bin/python3"] = links["/usr/local/bin/python"] = Path(
        os.path.relpath(binary, "/usr/local/bin")
    )
    return links | _links_of_commands()


def _links_of_commands() -> dict[str, Path]:
    """Return the links of commands that are another's under a name of their own."""
    links: dict[str, Path] = {}
    for name in ("sh", *_COMMANDS):
        place = _where(name)
        real = Path(place).resolve() if place else None
        if real is not None and real.name != name:
            links[f"/usr/bin/{name}"] = Path(os.path.relpath(real, "/usr/bin"))
    return links


def libraries(files: Iterable[Path]) -> dict[str, Path]:
    """Return the shared libraries that the files are linked to, each at the path where the loader
    looks for it.
    """
    found: dict[str, Path] = {}
    batch = list(map(str, files))
    for start in range(0, len(batch), 100):
        done = subprocess.run(
            ["ldd", *batch[start : start + 100]], capture_output=True, text=True, check=False
        )
        for linked in filter(None, map(_LINKED.search, done.stdout.splitlines())):
            _place(Path(linked[1]), found)
    for name, folder in itertools.product(_OF_WHEELS, _LIBRARY_FOLDERS):
        if Path(folder, name).exists():
            _place(Path(folder, name), found)
    return found


def _place(path: Path, found: dict[str, Path]) -> None:
    # The name it is asked by, in the real folder (/lib is a link to /usr/lib); its contents, not
    # its links.
    target = path.parent.resolve() / path.name
    found[str(target)] = path.resolve()


def toolchain_files() -> dict[str, Path]:
    """Return the machine's own g++ with all it needs; only Debian's package lists say what that
    is.
    """
    if shutil.which("dpkg-query") is None or shutil.which("g++") is None:
        raise SandboxError(
            "docker: this problem compiles, and no image with g++ can be made here without a "
            "registry; "
            "name one with [sandbox] image in problem.toml"
        )
    files: dict[str, Path] = {}
    for name in itertools.chain.from_iterable(map(_listed, _closure(_TOOLS))):
        _add(Path(name), files)
    for name in ("g++", "gcc", "c++", "cc", "make"):
        if (place := shutil.which(name, path="/usr/bin")) is not None:
            files[f"/usr/bin/{name}"] = Path(os.path.relpath(Path(place).resolve(), "/usr/bin"))
    return {**files, **libraries(filter(_is_program, files.values()))}


def _is_program(path: Path) -> bool:
    return path.is_absolute() and bool(path.stat().st_mode & 0o111)


def _listed(package: str) -> list[str]:
    """Return the files of a package, without its texts and character tables."""
    listed = subprocess.run(
        ["dpkg-query", "-L", package], capture_output=True, text=True, check=False
    )
    names = listed.stdout.splitlines()
    return [name for name in names if not name.startswith("/usr/share") and "/gconv" not in name]


def _add(path: Path, files: dict[str, Path]) -> None:
    target = str(path.parent.resolve() / path.name)
    if path.is_symlink():
        link = path.readlink()
        files[target] = Path(os.path.relpath(link, path.parent)) if link.is_absolute() else link
    elif path.is_file():
        files[target] = path


def _closure(names: Iterable[str]) -> list[str]:
    waiting, found = list(names), []
    while waiting:
        name = waiting.pop()
        if name in found or _NOT_TOOLS.match(name):
            continue
        query = ["dpkg-query", "-W", "-f=${Depends}, ${Pre-Depends}", name]
        done = subprocess.run(query, capture_output=True, text=True, check=False)
        if done.returncode == 0:
            found.append(name)
            waiting += re.findall(r"(?:^|,)\s*([a-z0-9][a-z0-9+.-]+)", done.stdout)
    return found


def _below(folders: Iterable[Path]) -> Iterator[Path]:
    """Yield the shared objects below folders."""
    for folder in folders:
        yield from folder.rglob("*.so*")
