"""A person's own git repository: a program is put on a branch of it, through git itself.

Objects are written past the index and the working copy, so a sparse checkout, a partial clone or a
worktree is as good as any. What the parent keeps as a submodule or as a pointer of Git LFS stays
so.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from cladogen.errors import ConfigError, RunError
from cladogen.problem.large_files import MOST, is_of
from cladogen.problem.repository import (
    EXECUTABLE,
    PLAIN,
    SUBMODULE,
    GitFailed,
    Repository,
    TreeEntry,
)
from cladogen.program import File, Program, check_path

_AUTHOR = {
    f"GIT_{role}_{name}": value
    for role in ("AUTHOR", "COMMITTER")
    for name, value in (("NAME", "cladogen"), ("EMAIL", "cladogen@localhost"))
}


@dataclass(frozen=True, slots=True)
class ExportedChange:
    """What is committed: ``program`` below ``path`` in place of ``seed``."""

    program: Program
    seed: Program
    path: str = ""

    @property
    def prefix(self) -> str:
        below = self.path.strip("/")
        return "" if below in ("", ".") else f"{below}/"


def export(
    repository: Path,
    change: ExportedChange,
    *,
    branch: str,
    message: str,
    onto: str = "",
    force: bool = False,
) -> str:
    """Commit a program on a new ``branch`` of ``repository`` and return the commit's id.

    The commit's parent is ``onto`` where the repository has it, else its HEAD. Files that the seed
    has and the program has not are removed; every other file of the parent stays. The working copy,
    the index and the current branch are not touched. Raises ConfigError for a branch that exists,
    unless ``force``.
    """
    repo = Repository.at(repository)
    if repo is None:
        raise ConfigError(
            f"{repository}: not a git repository; make one with: git init {repository}"
        )
    if change.prefix:
        check_path(change.prefix.rstrip("/"))
    try:
        repo.common_folder()  # fails where git will not read the repository at all
        _check_branch(repo, branch, force=force)
        parent = repo.commit(onto) or repo.commit("HEAD")
        tree = _write_tree(repo, _entries(repo, parent, change))
        above = ("-p", parent) if parent else ()
        output = repo.run(
            "commit-tree", "--no-gpg-sign", tree, *above, "-F", "-",
            given=message.encode("utf-8", "surrogateescape"), variables=_AUTHOR,
        )  # fmt: skip
        commit = output.decode().strip()
        repo.run("update-ref", f"refs/heads/{branch}", commit)
    except GitFailed as error:
        raise RunError(f"{repository}: git failed: {error}") from None
    return commit


def _check_branch(repo: Repository, branch: str, *, force: bool) -> None:
    if not repo.line("check-ref-format", "--branch", branch):
        raise ConfigError(f"--branch {branch!r}: not a name that git allows for a branch")
    if not repo.line("rev-parse", "--verify", "--quiet", f"refs/heads/{branch}"):
        return
    if not force:
        raise ConfigError(
            f"{repo.folder}: branch {branch} exists already; take another name, or add --force"
        )
    listed = repo.line("worktree", "list", "--porcelain").splitlines()
    if f"branch refs/heads/{branch}" in listed:
        raise ConfigError(f"{repo.folder}: {branch} is checked out there; take another name")


def _entries(repo: Repository, parent: str, change: ExportedChange) -> Iterable[TreeEntry]:
    """Return the entries of the parent's tree with the program's files in place of the seed's."""
    tree = repo.tree(parent) if parent else ""
    before = {entry.path: entry for entry in (repo.entries(tree) if tree else ())}
    files = _prefixed(change.prefix, change.program)
    seed = _prefixed(change.prefix, change.seed)
    for place in _submodules(before, files | seed):
        _check_same_below(repo, place, files, seed)
        files = {path: file for path, file in files.items() if not path.startswith(f"{place}/")}
    kept = {path: entry for path, entry in before.items() if path not in seed}
    kept = _without_overlaps(kept, files)
    return [*kept.values(), *_written(repo, files, before)]


def _prefixed(prefix: str, program: Program) -> dict[str, File]:
    """Return a program's files by their paths in the repository."""
    return {prefix + path: file for path, file in program.files.items()}


def _submodules(before: dict[str, TreeEntry], files: Iterable[str]) -> list[str]:
    """Return the submodules of the parent in which files lie."""
    above = {str(folder) for path in files for folder in PurePosixPath(path).parents}
    return [path for path, entry in before.items() if entry.mode == SUBMODULE and path in above]


def _check_same_below(
    repo: Repository, place: str, files: dict[str, File], seed: dict[str, File]
) -> None:
    """Raise ConfigError where a program changed what is a repository of its own."""
    names = sorted(path for path in files | seed if path.startswith(f"{place}/"))
    changed = [path for path in names if files.get(path) != seed.get(path)]
    if changed:
        raise ConfigError(
            f"{repo.folder}: {place} is a submodule and {changed[0]} was changed in it; commit it "
            "there (evolve checkout writes the files)"
        )


def _without_overlaps(kept: dict[str, TreeEntry], files: Iterable[str]) -> dict[str, TreeEntry]:
    """Leave out what stands in a file's way: a folder of its name, a file where its folder is."""
    names = set(files)
    above = {str(folder) for path in names for folder in PurePosixPath(path).parents}
    return {
        path: entry
        for path, entry in kept.items()
        if path not in above
        and path not in names
        and not any(str(folder) in names for folder in PurePosixPath(path).parents)
    }


def _written(
    repo: Repository, files: dict[str, File], before: dict[str, TreeEntry]
) -> Iterable[TreeEntry]:
    """Store files and return their entries; a large file that the parent has as a pointer stays
    one.
    """
    pointers = _pointers(repo, files, before)
    yield from pointers.values()
    new = {path: file for path, file in files.items() if path not in pointers}
    ids = repo.store([file.data for file in new.values()])
    for (path, file), ident in zip(new.items(), ids, strict=True):
        yield TreeEntry(EXECUTABLE if file.executable else PLAIN, ident, path)


def _pointers(
    repo: Repository, files: Mapping[str, File], before: Mapping[str, TreeEntry]
) -> dict[str, TreeEntry]:
    """Return the parent's entries that are pointers to what files hold, by their path."""
    small = _small(repo, [before[path] for path in files if path in before])
    texts = zip(small, repo.contents([entry.id for entry in small]), strict=True)
    return {entry.path: entry for entry, data in texts if is_of(data, files[entry.path].data)}


def _write_tree(repo: Repository, entries: Iterable[TreeEntry]) -> str:
    """Store a tree through an index of its own and return its id. Objects that a partial clone
    lacks need not be there.
    """
    lines = "".join(f"{entry.mode} {entry.id}\t{entry.path}\0" for entry in entries)
    with tempfile.TemporaryDirectory() as folder:
        own = {"GIT_INDEX_FILE": str(Path(folder, "index"))}
        given = lines.encode("utf-8", "surrogateescape")
        settings = ("-c", "core.sparseCheckout=false", "-c", "index.sparse=false")
        repo.run(*settings, "update-index", "-z", "--index-info", given=given, variables=own)
        return repo.run(*settings, "write-tree", "--missing-ok", variables=own).decode().strip()


def _small(repo: Repository, entries: Sequence[TreeEntry]) -> list[TreeEntry]:
    """Return the entries of files that are small enough to be pointers."""
    blobs = [entry for entry in entries if entry.mode in (PLAIN, EXECUTABLE)]
    sizes = repo.sizes([entry.id for entry in blobs])
    return [entry for entry, size in zip(blobs, sizes, strict=True) if size < MOST]
