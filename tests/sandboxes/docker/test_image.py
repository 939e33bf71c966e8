"""What images are made of, and what is said when one cannot be made."""

from __future__ import annotations

import io
import os
import py_compile
import tarfile
from pathlib import Path

from cladogen.sandboxes.docker import root_archive


def test_a_rootless_daemon_finds_every_folder_of_the_image_open_to_nobody(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("")
    archive = root_archive.root_archive(
        {"/opt/packages/deep/a.py": tmp_path / "a.py", "/etc/sh": Path("dash")}
    )
    with tarfile.open(fileobj=io.BytesIO(archive)) as opened:
        entries = opened.getmembers()
    folders = {entry.name: entry.mode for entry in entries if entry.isdir()}
    for name in ("opt", "opt/packages", "opt/packages/deep", "etc"):
        assert folders[name] == 0o755
    made: set[str] = set()
    for entry in entries:
        assert {str(folder) for folder in Path(entry.name).parents} - {
            "."
        } <= made  # outer ones first
        assert entry.name not in made  # which a daemon refuses
        made.add(entry.name)


def test_numpy_starts_fast_where_packages_were_installed_without_bytecode(tmp_path: Path) -> None:
    fresh, stale, broken = (tmp_path / f"{name}.py" for name in ("fresh", "stale", "broken"))
    for path in (fresh, stale):
        path.write_text("x = 1\n")
        py_compile.compile(str(path), doraise=True)
    os.utime(stale, (1, 1))
    (tmp_path / "missing.py").write_text("x = 2\n")
    broken.write_text("{{ a template }} here\n")
    files = {f"/opt/{path.relative_to(tmp_path)}": path for path in tmp_path.rglob("*.py*")}
    with tarfile.open(fileobj=io.BytesIO(root_archive.root_archive(files))) as opened:
        found = {
            Path(entry.name).name.partition(".")[0]: opened.extractfile(entry)
            for entry in opened
            if ".pyc" in entry.name
        }
        flags = {name: stream.read(8)[4] for name, stream in found.items() if stream}
    assert flags == {"fresh": 0, "stale": 1, "missing": 1}  # 1: valid whatever the source's time
