"""A temporary folder of a test's own: what other tests and suites leave in the shared one is not its business."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def own_temporary_folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Let this process and those it starts use a temporary folder of their own; its name is short, for sockets in it."""
    with tempfile.TemporaryDirectory(prefix="own-") as folder, monkeypatch.context() as patched:
        patched.setenv("TMPDIR", folder)
        patched.setattr(tempfile, "tempdir", folder)
        yield Path(folder)
