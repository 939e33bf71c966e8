"""Repositories as people set them up, made with git itself."""

import hashlib
import subprocess
from pathlib import Path

from cladogen.program import File, Program

IDENTITY = ("-c", "user.name=somebody", "-c", "user.email=somebody@example.org")
FILES = ("-c", "protocol.file.allow=always")  # a submodule from a folder beside it
EXPLICIT = {
    "GIT_CONFIG_COUNT": "1",
    "GIT_CONFIG_KEY_0": "safe.bareRepository",
    "GIT_CONFIG_VALUE_0": "explicit",
}
SEED = Program.of({"a.py": File(b"a = 1\n"), "deep/b.py": File(b"b = 1\n", executable=True)})
CHILD = SEED.replace({"a.py": b"a = 2\n", "deep/c.py": b"c = 1\n", "deep/b.py": None})


def git(*words: str | Path) -> str:
    words = tuple(str(word) for word in words)
    done = subprocess.run(
        ["git", *IDENTITY, *FILES, *words], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def repository(folder: Path, *options: str, files: dict[str, bytes] | None = None) -> Path:
    """Make a repository with the seed below lib/ and a file beside it, in one commit."""
    git("init", "-q", "-b", "main", *options, folder)
    SEED.write(folder / "lib")
    for path, data in ({"README": b"mine\n"} | (files or {})).items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    commit_all(folder)
    return folder


def commit_all(folder: Path) -> str:
    git("-C", folder, "add", "-A")
    git("-C", folder, "commit", "-q", "-m", "more")
    return git("-C", folder, "rev-parse", "HEAD")


def pointer(data: bytes) -> bytes:
    """Return the Git LFS pointer of a file."""
    oid = hashlib.sha256(data).hexdigest()
    head = "version https://git-lfs.github.com/spec/v1"
    return f"{head}\noid sha256:{oid}\nsize {len(data)}\n".encode()


def store_large(repository: Path, data: bytes) -> None:
    """Put a large file where git lfs keeps it."""
    oid = hashlib.sha256(data).hexdigest()
    path = repository / ".git" / "lfs" / "objects" / oid[:2] / oid[2:4] / oid
    path.parent.mkdir(parents=True)
    path.write_bytes(data)
