"""A seed program that lives in a git repository: the files below a path at a commit, and what the
repository says of how they came to be.
"""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from cladogen.errors import ProblemError
from cladogen.problem.history import history_in
from cladogen.problem.large_files import check_no_pointers, read_stored
from cladogen.problem.repository import (
    EXECUTABLE,
    LINK,
    SUBMODULE,
    GitFailed,
    Repository,
    TreeEntry,
    run_git,
)
from cladogen.program import File, Program


def read_commit(repository: str, commit: str, path: str = ".") -> Program:
    """Return the program at ``commit`` of ``repository`` (a folder, or an address to clone), below
    ``path``. Submodules that are there count as folders, large files of Git LFS as files.
    """
    return read_seed(repository, commit, path)[0]


def read_seed(repository: str, commit: str, path: str, history: int = 0) -> tuple[Program, str]:
    """Return the same, and the latest ``history`` commits that changed it, in words."""
    try:
        with _opened(repository) as repo:
            program = _read(repo, repository, commit, path)
            words = history_in(repo, repo.commit(commit), path, history) if history else ""
    except GitFailed as error:
        raise ProblemError(f"{repository}: git could not read the seed: {error}") from None
    return program, words


@contextlib.contextmanager
def _opened(repository: str) -> Iterator[Repository]:
    """Open a repository; one at an address is cloned for as long as the block takes."""
    if not Path(repository).exists():
        with tempfile.TemporaryDirectory() as folder:
            run_git("clone", "--quiet", "--bare", "--", repository, folder)
            yield Repository(Path(folder), bare=True)
        return
    repo = Repository.at(Path(repository))
    if repo is None:
        raise ProblemError(f"{repository}: not a git repository")
    repo.common_folder()  # fails where git will not read the repository at all
    yield repo


def _read(repo: Repository, repository: str, commit: str, path: str) -> Program:
    found = repo.commit(commit)
    if not found:
        raise ProblemError(f"{repository}: no commit {commit!r}")
    below = "" if path in ("", ".") else path.strip("/")
    tree = repo.tree(found, below)
    if not tree:
        raise ProblemError(f"{repository}: no {path!r} at commit {commit}")
    files = dict(_files(repo, repository, tree, below))
    if not files:
        raise ProblemError(f"{repository}: no files below {path!r} at commit {commit}")
    check_no_pointers(files, repository)
    return Program.of(files)


def _files(repo: Repository, named: str, tree: str, below: str) -> Iterator[tuple[str, File]]:
    """Yield the files of a tree, those of its submodules too. ``below`` is where it lies in the
    working copy, ``named`` what the repository is called in messages.
    """
    entries = list(repo.entries(tree))
    _check_no_link(entries, named, below)
    plain = [entry for entry in entries if entry.mode != SUBMODULE]
    storage = repo.common_folder() / "lfs"
    contents = repo.contents([entry.id for entry in plain])
    for entry, data in zip(plain, contents, strict=True):
        yield entry.path, File(read_stored(storage, data), entry.mode == EXECUTABLE)
    for entry in entries:
        if entry.mode == SUBMODULE:
            yield from _of_submodule(repo, named, entry, _joined(below, entry.path))


def _check_no_link(entries: Iterable[TreeEntry], named: str, below: str) -> None:
    link = next((entry for entry in entries if entry.mode == LINK), None)
    if link is not None:
        where = f"{named}: {_joined(below, link.path)}"
        raise ProblemError(f"{where} is a link; a seed holds files only")


def _of_submodule(
    repo: Repository, named: str, entry: TreeEntry, place: str
) -> Iterator[tuple[str, File]]:
    """Yield the files of a submodule at its commit; raises ProblemError where it is not there."""
    inner = None if repo.bare else Repository.at(repo.folder / place)
    tree = inner.tree(entry.id) if inner is not None else ""
    if inner is None or not tree:
        raise ProblemError(
            f"{named}: {place} is a submodule, and its files at commit {entry.id[:12]} are not "
            "here; name a clone that has them, after: git submodule update --init --recursive"
        )
    for path, file in _files(inner, f"{named}/{place}", tree, ""):
        yield f"{entry.path}/{path}", file


def _joined(below: str, path: str) -> str:
    return f"{below}/{path}" if below else path
