"""The archive of a small root: what an image is imported from."""

from __future__ import annotations

import io
import py_compile
import struct
import tarfile
import tempfile
from collections.abc import Iterable, Iterator
from importlib.util import MAGIC_NUMBER, cache_from_source
from pathlib import Path, PurePosixPath

_FOLDERS = {"tmp": 0o1777, "proc": 0o555, "sys": 0o555, "dev": 0o755, "etc": 0o755}
_UNCHECKED = py_compile.PycInvalidationMode.UNCHECKED_HASH


def below(folder: str, packages: dict[str, Path]) -> dict[str, Path]:
    """Return the files of packages, without their tests, by their places below a folder."""
    found: dict[str, Path] = {}
    for name, path in packages.items():
        if path.is_file():
            found[f"{folder}/{name}"] = path
        elif path.is_dir():
            found.update(_files_of(path, f"{folder}/{name}"))
    return found


def _files_of(package: Path, place: str) -> Iterator[tuple[str, Path]]:
    for file in package.rglob("*"):
        relative = file.relative_to(package).as_posix()
        if file.is_file() and "/tests/" not in f"/{relative}":
            yield f"{place}/{relative}", file


def root_archive(*layers: dict[str, Path]) -> bytes:
    """Return a tar of the files, with the folders a root needs and every owner root."""
    files = {target: source for layer in reversed(layers) for target, source in layer.items()}
    compiled = dict(_compiled(files))
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        # A rootless daemon makes a folder that is not in the archive for its owner only.
        folders = dict.fromkeys(_folders([*files, *compiled]), 0o755)
        for folder, mode in (folders | _FOLDERS).items():
            _add_folder(archive, folder, mode)
        add_bytes(
            archive, "etc/passwd", b"root:x:0:0::/:/bin/sh\nnobody:x:65534:65534::/tmp:/bin/sh\n"
        )
        add_bytes(archive, "etc/group", b"root:x:0:\nnogroup:x:65534:\n")
        for target, source in files.items():
            if target not in compiled:
                _add_file(archive, target.lstrip("/"), source)
        for target, data in compiled.items():
            add_bytes(archive, target.lstrip("/"), data)
    return buffer.getvalue()


def _compiled(files: dict[str, Path]) -> Iterator[tuple[str, bytes]]:
    """Yield the bytecode of modules that have none that is valid: a read-only root would compile
    them each time.
    """
    with tempfile.TemporaryDirectory() as folder:
        result = str(Path(folder, "module.pyc"))
        for target, source in files.items():
            if _is_module(target, source) and not _has_bytecode(target, source, files):
                try:
                    py_compile.compile(
                        str(source), result, target, doraise=True, invalidation_mode=_UNCHECKED
                    )
                except (py_compile.PyCompileError, OSError):
                    continue  # for another Python, or a template
                yield cache_from_source(target), Path(result).read_bytes()


def _is_module(target: str, source: Path) -> bool:
    return target.endswith(".py") and source.is_absolute()  # else it is a link


def _has_bytecode(target: str, source: Path, files: dict[str, Path]) -> bool:
    found = files.get(cache_from_source(target))
    try:
        head = found.read_bytes()[:16] if found is not None else b""
        known = source.stat()
    except OSError:
        return False
    if len(head) < 16 or head[:4] != MAGIC_NUMBER:
        return False
    flags, when, size = struct.unpack("<III", head[4:])
    return bool(flags & 1) or (when, size) == (
        int(known.st_mtime) & 0xFFFFFFFF,
        known.st_size & 0xFFFFFFFF,
    )


def _folders(names: Iterable[str]) -> list[str]:
    """Return every folder above the names, outer ones first."""
    return sorted(
        {str(folder) for name in names for folder in PurePosixPath(name.lstrip("/")).parents}
        - {"."}
    )


def _add_folder(archive: tarfile.TarFile, name: str, mode: int) -> None:
    entry = tarfile.TarInfo(name)
    entry.type, entry.mode = tarfile.DIRTYPE, mode
    archive.addfile(entry)


def _add_file(archive: tarfile.TarFile, target: str, source: Path) -> None:
    if not source.is_absolute():  # a link, its text as it stands
        entry = tarfile.TarInfo(target)
        entry.type, entry.linkname = tarfile.SYMTYPE, str(source)
        archive.addfile(entry)
        return
    entry = archive.gettarinfo(str(source.resolve()), target)
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    entry.mode = 0o755 if entry.mode & 0o100 else 0o644
    entry.type = tarfile.REGTYPE  # never a hard link to another entry
    entry.size = source.stat().st_size
    with source.open("rb") as stream:
        archive.addfile(entry, stream)


def add_bytes(archive: tarfile.TarFile, name: str, data: bytes) -> None:
    """Add a file to an archive."""
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = len(data), 0o644
    archive.addfile(entry, io.BytesIO(data))
