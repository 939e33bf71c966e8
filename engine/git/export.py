"""A person's own git repository: a program is put on a branch of it. Written with GitPython."""

from __future__ import annotations

import io
import os
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from cladogen.errors import ConfigError, RunError
from cladogen.program import File, Program, check_path

if TYPE_CHECKING:
    from git import Commit, Repo, Tree
    from git.index.typ import IndexEntry


def export(
    repository: Path,
    program: Program,
    seed: Program,
    *,
    branch: str,
    message: str,
    onto: str = "",
    path: str = "",
    force: bool = False,
) -> str:
    """Commit ``program`` below ``path`` on a new ``branch`` of ``repository`` and return the
    commit's id.

    The commit's parent is ``onto`` where the repository has it, else its HEAD. Files that the seed
    has and the program has not are removed; every other file of the parent stays. The working copy,
    the index and the current branch are not touched. Raises ConfigError for a branch that exists,
    unless ``force``.
    """
    from git import Repo
    from git.exc import GitError, InvalidGitRepositoryError, NoSuchPathError

    try:
        with Repo(repository, search_parent_directories=False) as repo:
            return _export(repo, program, seed, branch, message, onto, path.strip("/"), force=force)
    except (InvalidGitRepositoryError, NoSuchPathError):
        raise ConfigError(
            f"{repository}: not a git repository; make one with: git init {repository}"
        ) from None
    except GitError as error:
        raise RunError(f"{repository}: git failed: {' '.join(str(error).split())}") from None


def _export(
    repo: Repo,
    program: Program,
    seed: Program,
    branch: str,
    message: str,
    onto: str,
    path: str,
    *,
    force: bool,
) -> str:
    from git import Actor, Commit

    _check_branch(repo, branch, force=force)
    prefix = "" if path in ("", ".") else f"{path}/"
    if prefix:
        check_path(path)
    parent = _parent(repo, onto)
    author = Actor("cladogen", "cladogen@localhost")
    commit = Commit.create_from_tree(
        repo,
        _tree(repo, parent, program, seed, prefix),
        message,
        [parent] if parent is not None else [],
        author=author,
        committer=author,
    )
    repo.create_head(branch, commit, force=force)
    return str(commit.hexsha)


def _check_branch(repo: Repo, branch: str, *, force: bool) -> None:
    from git.exc import GitCommandError

    try:
        repo.git.check_ref_format("--branch", branch)
    except GitCommandError:
        raise ConfigError(f"--branch {branch!r}: not a name that git allows for a branch") from None
    if branch not in {head.name for head in repo.heads}:
        return
    if not force:
        raise ConfigError(
            f"{repo.common_dir}: branch {branch} exists already; take another name, or add --force"
        )
    attached = not repo.bare and not repo.head.is_detached
    if attached and repo.head.ref.name == branch:
        raise ConfigError(f"{repo.working_dir}: {branch} is checked out there; take another name")


def _parent(repo: Repo, onto: str) -> Commit | None:
    """Return the commit ``onto``, else HEAD's; None in a repository without commits."""
    from git.exc import BadName, BadObject

    for name in (onto, "HEAD"):
        try:
            if name:
                return repo.commit(name)
        except (BadName, BadObject, ValueError, IndexError):
            continue
    return None


def _tree(repo: Repo, parent: Commit | None, program: Program, seed: Program, prefix: str) -> Tree:
    """Write the tree of ``parent`` with the program's files in place of the seed's."""
    from git import IndexFile

    index = IndexFile(repo)  # never read from the repository, and never written to it
    entries = (
        {} if parent is None else {str(path): entry for (path, _), entry in _entries(repo, parent)}
    )
    for path in seed:
        entries.pop(prefix + path, None)
    for path, file in program.files.items():
        # A file may stand where the parent has a folder, or in a folder where the parent has a
        # file.
        above = {str(folder) for folder in PurePosixPath(prefix + path).parents}
        entries = {
            n: e
            for n, e in entries.items()
            if n not in above and not n.startswith(f"{prefix}{path}/")
        }
        entries[prefix + path] = _blob(repo, prefix + path, file)
    index.entries = {(path, 0): entry for path, entry in sorted(entries.items())}
    return index.write_tree()


def _entries(
    repo: Repo, commit: Commit
) -> Iterable[tuple[tuple[str | os.PathLike[str], int], IndexEntry]]:
    from git import IndexFile

    return IndexFile.new(repo, commit.tree.hexsha).entries.items()


def _blob(repo: Repo, path: str, file: File) -> IndexEntry:
    """Store a file's bytes and return its entry."""
    from git.index.typ import BaseIndexEntry, IndexEntry
    from gitdb.base import IStream  # type: ignore[import-untyped]

    stored = repo.odb.store(IStream("blob", len(file.data), io.BytesIO(file.data)))
    mode = 0o100755 if file.executable else 0o100644
    return IndexEntry.from_base(BaseIndexEntry((mode, stored.binsha, 0, path)))
