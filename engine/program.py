"""Programs: immutable git trees, named by their hash.

A program is any number of files in any language. Its id is the id git itself gives to the same
tree, computed here without git, so that the record, the projection into ``programs.git`` and a
user's own repository agree on names.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path, PurePosixPath

from cladogen.errors import ProblemError

_LONGEST_PATH, _LONGEST_NAME = 1024, 255  # bytes; what every file system takes
# Control characters, and marks that turn the direction of text or are not seen.
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")


@dataclass(frozen=True, slots=True)
class File:
    """One file of a program: its bytes, and whether git marks it executable."""

    data: bytes
    executable: bool = False


@dataclass(frozen=True, slots=True)
class Program:
    """A git tree: POSIX paths to files. Build it with `Program.of`; two programs with one id are
    equal.
    """

    id: str
    files: Mapping[str, File] = field(compare=False, repr=False)

    @staticmethod
    def of(files: Mapping[str, File]) -> Program:
        """Return the program holding ``files``; raises ProblemError for a path that no tree of
        git's holds.
        """
        check_paths(files)
        ordered = {path: files[path] for path in sorted(files)}
        return Program(tree_hash(ordered), ordered)

    @staticmethod
    def read(folder: Path) -> Program:
        """Read every regular file below ``folder``; links are refused and version-control folders
        skipped.
        """
        files = {}
        for path in sorted(folder.rglob("*")):
            relative = path.relative_to(folder)
            if ".git" in relative.parts or "__pycache__" in relative.parts:
                continue
            if path.is_symlink():
                raise ProblemError(
                    f"{path}: a program holds no links; replace it by the file it points to"
                )
            if path.is_file():
                files[relative.as_posix()] = _file(path)
        if not files:
            raise ProblemError(f"{folder}: no files here; a program needs at least one")
        return Program.of(files)

    def write(self, folder: Path) -> None:
        """Write the files below ``folder``, which is made when missing."""
        for path, file in self.files.items():
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(file.data)
            target.chmod(0o755 if file.executable else 0o644)

    def text(self, path: str) -> str:
        """Return one file as text; undecodable bytes survive a round trip through
        ``surrogateescape``.
        """
        return self.files[path].data.decode("utf-8", "surrogateescape")

    def replace(self, changes: Mapping[str, bytes | None]) -> Program:
        """Return a program in which each changed path holds the given bytes; None deletes the
        path.
        """
        files = dict(self.files)
        for path, data in changes.items():
            if data is None:
                files.pop(path, None)
            else:
                files[path] = File(data, files[path].executable if path in files else False)
        return Program.of(files)

    def __iter__(self) -> Iterator[str]:
        return iter(self.files)

    def __len__(self) -> int:
        return len(self.files)


def _file(path: Path) -> File:
    try:
        return File(path.read_bytes(), bool(path.stat().st_mode & 0o111))
    except OSError as error:
        raise ProblemError(f"{path}: cannot be read ({error.strerror})") from None


@dataclass(frozen=True, slots=True)
class Node:
    """A program's place in the lineage: its number in the run (seeds first, from 0) and its
    parents' numbers.
    """

    number: int
    program: str
    parents: tuple[int, ...] = ()
    ticket: int = 0


def without(program: Program, paths: Collection[str]) -> Program:
    """Return a program without the files of some paths."""
    if not paths:
        return program
    return Program.of({path: file for path, file in program.files.items() if path not in paths})


def matches(path: str, globs: Sequence[str]) -> bool:
    """Tell whether ``path`` matches one of the globs.

    ``*`` and ``?`` stay within a folder, ``**`` does not; a name of a folder, or a glob ending in a
    slash, means everything below it.
    """
    return _matches(path, tuple(globs))


@lru_cache(maxsize=4096)  # of a program's few paths it is asked again and again
def _matches(path: str, globs: tuple[str, ...]) -> bool:
    return any(_matcher(glob).fullmatch(path) is not None for glob in globs)


@cache
def _matcher(glob: str) -> re.Pattern[str]:
    parts = re.split(r"(\*\*/|\*\*|\*|\?)", glob.rstrip("/"))
    meaning = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    return re.compile(
        "".join(meaning.get(part, re.escape(part)) for part in parts) + "(?:/.*)?", re.DOTALL
    )


def check_paths(paths: Iterable[str]) -> None:
    """Raise ProblemError unless ``paths`` are the files of one tree: none of them is also a
    folder.
    """
    files = set(paths)
    for path in files:
        check_path(path)
        at = path.find("/")
        while at >= 0:
            if path[:at] in files:
                raise ProblemError(f"{path!r}: {path[:at]} is a file, and cannot be a folder too")
            at = path.find("/", at + 1)


@lru_cache(maxsize=4096)  # child after child has the same ones
def check_path(path: str) -> None:
    """Raise ProblemError unless ``path`` is a plain relative POSIX path inside the tree and outside
    ``.git``.
    """
    if any("\ud800" <= character <= "\udfff" for character in path):
        raise ProblemError(f"{path!r}: a name that is not UTF-8; rename the file")
    if not _is_plain(path):
        raise ProblemError(f"{path!r}: not a path inside the program's tree")
    longest = max(len(part.encode()) for part in PurePosixPath(path).parts)
    if len(path.encode()) > _LONGEST_PATH or longest > _LONGEST_NAME:
        raise ProblemError(
            f"{path[:60]!r}...: a path may have {_LONGEST_PATH} bytes, each name {_LONGEST_NAME}"
        )


def _is_plain(path: str) -> bool:
    parts = PurePosixPath(path).parts
    if not path or path.startswith("/") or path != "/".join(parts) or _UNSEEN.search(path):
        return False
    return not any(part in ("..", ".") or _is_git(part) for part in parts)


def _is_git(name: str) -> bool:
    """Tell whether some file system takes ``name`` for ``.git``: git refuses to check such a name
    out.
    """
    return name.partition(":")[0].rstrip(". ").lower() in (".git", "git~1")


def blob_hash(data: bytes) -> str:
    """Return the id git gives to a blob."""
    return _object_hash("blob", data).hex()


def tree_hash(files: Mapping[str, File]) -> str:
    """Return the id git gives to the tree that holds ``files``."""
    return _tree_bytes({tuple(path.split("/")): file for path, file in files.items()}).hex()


def _tree_bytes(files: Mapping[tuple[str, ...], File]) -> bytes:
    folders: dict[str, dict[tuple[str, ...], File]] = {}
    entries: list[tuple[bytes, bytes, bytes]] = []
    for parts, file in files.items():
        if len(parts) > 1:
            folders.setdefault(parts[0], {})[parts[1:]] = file
        else:
            mode = b"100755" if file.executable else b"100644"
            entries.append((parts[0].encode(), mode, _object_hash("blob", file.data)))
    entries += [(name.encode(), b"40000", _tree_bytes(inside)) for name, inside in folders.items()]
    # Git sorts a folder as if its name ended in a slash.
    entries.sort(key=lambda entry: entry[0] + (b"/" if entry[1] == b"40000" else b""))
    return _object_hash(
        "tree", b"".join(mode + b" " + name + b"\0" + digest for name, mode, digest in entries)
    )


def _object_hash(kind: str, data: bytes) -> bytes:
    return hashlib.sha1(f"{kind} {len(data)}\0".encode() + data, usedforsecurity=False).digest()
