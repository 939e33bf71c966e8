"""The archive of a small root: what an image is imported from."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

_FOLDERS = {"tmp": 0o1777, "proc": 0o555, "sys": 0o555, "dev": 0o755, "etc": 0o755}


def below(folder: str, packages: dict[str, Path]) -> dict[str, Path]:
    """Return the files of packages, without their tests, by their places below a folder."""
    found: dict[str, Path] = {}
    for name, path in packages.items():
        if path.is_file():
            found[f"{folder}/{name}"] = path
        for file in path.rglob("*") if path.is_dir() else ():
            relative = file.relative_to(path).as_posix()
            if file.is_file() and "/tests/" not in f"/{relative}":
                found[f"{folder}/{name}/{relative}"] = file
    return found


def root_archive(*layers: dict[str, Path]) -> bytes:
    """Return a tar of the files, with the folders a root needs and every owner root."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        # A rootless daemon makes a folder that is not in the archive for its owner only.
        folders = dict.fromkeys(_folders(target.lstrip("/") for layer in layers for target in layer), 0o755)
        for folder, mode in (folders | _FOLDERS).items():
            _add_folder(archive, folder, mode)
        add_bytes(archive, "etc/passwd", b"root:x:0:0::/:/bin/sh\nnobody:x:65534:65534::/tmp:/bin/sh\n")
        add_bytes(archive, "etc/group", b"root:x:0:\nnogroup:x:65534:\n")
        written: set[str] = set()
        for target, source in ((target, source) for layer in layers for target, source in layer.items()):
            if target not in written:
                written.add(target)
                _add_file(archive, target.lstrip("/"), source)
    return buffer.getvalue()


def _folders(names: Iterable[str]) -> list[str]:
    """Return every folder above the names, outer ones first."""
    return sorted({str(folder) for name in names for folder in PurePosixPath(name).parents} - {"."})


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
