"""A seed program that lives in a git repository: the files below a path at a commit."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from cladogen.errors import ProblemError
from cladogen.program import File, Program

if TYPE_CHECKING:
    from git import Repo


def read_commit(repository: str, commit: str, path: str = ".") -> Program:
    """Return the program at ``commit`` of ``repository`` (a folder, or an address to clone), below
    ``path``.
    """
    from git import Repo
    from git.exc import GitCommandError, InvalidGitRepositoryError, NoSuchPathError

    try:
        if Path(repository).exists():
            with Repo(repository) as repo:
                return _read(repo, repository, commit, path)
        with (
            tempfile.TemporaryDirectory() as folder,
            Repo.clone_from(repository, folder, bare=True) as repo,
        ):
            return _read(repo, repository, commit, path)
    except (InvalidGitRepositoryError, NoSuchPathError):
        raise ProblemError(f"{repository}: not a git repository") from None
    except GitCommandError as error:
        reason = " ".join((error.stderr or str(error)).split())
        raise ProblemError(f"{repository}: git could not read the seed: {reason}") from None


def _read(repo: Repo, repository: str, commit: str, path: str) -> Program:
    from git.exc import BadName, BadObject

    try:
        tree = repo.commit(commit).tree
    except (BadName, BadObject, ValueError, IndexError):
        raise ProblemError(f"{repository}: no commit {commit!r}") from None
    try:
        root = tree if path in ("", ".") else tree / path
    except KeyError:
        raise ProblemError(f"{repository}: no {path!r} at commit {commit}") from None
    files = {}
    prefix = len(str(root.path)) + 1 if root.path else 0
    for item in root.traverse():
        if item.type == "blob" and not item.mode & 0o20000:  # type: ignore[union-attr]
            name = str(item.path)[prefix:]  # type: ignore[union-attr]
            files[name] = File(item.data_stream.read(), bool(item.mode & 0o111))  # type: ignore[union-attr]
        elif item.type != "tree":  # type: ignore[union-attr]
            where = f"{repository}: {item.path}"  # type: ignore[union-attr]
            raise ProblemError(f"{where} is a link or a submodule; a seed holds files only")
    if not files:
        raise ProblemError(f"{repository}: no files below {path!r} at commit {commit}")
    return Program.of(files)
