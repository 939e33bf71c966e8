"""What images are made of, and what is said when one cannot be made."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

from cladogen.sandboxes import root_archive


def test_a_rootless_daemon_finds_every_folder_of_the_image_open_to_nobody(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("")
    archive = root_archive.root_archive({"/opt/packages/deep/a.py": tmp_path / "a.py", "/etc/sh": Path("dash")})
    with tarfile.open(fileobj=io.BytesIO(archive)) as opened:
        entries = opened.getmembers()
    folders = {entry.name: entry.mode for entry in entries if entry.isdir()}
    for name in ("opt", "opt/packages", "opt/packages/deep", "etc"):
        assert folders[name] == 0o755
    made: set[str] = set()
    for entry in entries:
        assert {str(folder) for folder in Path(entry.name).parents} - {"."} <= made  # outer ones first
        assert entry.name not in made  # which a daemon refuses
        made.add(entry.name)
