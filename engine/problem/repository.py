"""A person's git repository, asked through git itself, however it was set up.

git knows SHA-256 ids, worktrees, partial clones and sparse checkouts; GitPython's objects know some
of them, so it only runs git's plumbing here.
A bare repository is named by ``--git-dir``, which `safe.bareRepository=explicit` asks for. The
user's settings hold, but for variables such as GIT_DIR that a hook may have left.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from cladogen.errors import CladogenError

LINK, SUBMODULE = "120000", "160000"  # modes of what is no file
PLAIN, EXECUTABLE = "100644", "100755"
# Variables that name another repository than the one that is asked, as git lists them itself
# (git rev-parse --local-env-vars), but for those that only carry settings.
_OF_ANOTHER = frozenset({
    "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_COMMON_DIR", "GIT_DIR", "GIT_GRAFT_FILE",
    "GIT_IMPLICIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_NAMESPACE", "GIT_NO_REPLACE_OBJECTS",
    "GIT_OBJECT_DIRECTORY", "GIT_PREFIX", "GIT_REPLACE_REF_BASE", "GIT_SHALLOW_FILE",
    "GIT_WORK_TREE",
})  # fmt: skip


class GitFailed(CladogenError):  # noqa: N818  (what happened, not what to do)
    """git itself refused, in its own words."""


class TreeEntry(NamedTuple):
    """One line of a tree. ``path`` is below the tree that was asked for."""

    mode: str
    id: str
    path: str


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository at a folder: a working copy, one of its worktrees, or bare."""

    folder: Path
    bare: bool = False

    @staticmethod
    def at(folder: Path) -> Repository | None:
        """Return the repository whose top is ``folder``; None where there is none."""
        if (folder / ".git").exists():
            return Repository(folder)
        bare = (folder / "HEAD").is_file() and (folder / "objects").is_dir()
        return Repository(folder, bare=True) if bare else None

    def run(
        self, *arguments: str, given: bytes = b"", variables: Mapping[str, str] | None = None
    ) -> bytes:
        """Return what git prints; raises GitFailed with its last words."""
        where = [f"--git-dir={self.folder}"] if self.bare else ["-C", str(self.folder)]
        return run_git(*where, *arguments, given=given, variables=variables)

    def common_folder(self) -> Path:
        """Return the folder of the repository's objects and settings, shared by its worktrees."""
        output = self.run("rev-parse", "--path-format=absolute", "--git-common-dir")
        return Path(os.fsdecode(output.rstrip(b"\n")))

    def line(self, *arguments: str) -> str:
        """Return the one line that git prints, "" when it fails."""
        try:
            return self.run(*arguments).decode("utf-8", "surrogateescape").strip()
        except GitFailed:
            return ""

    def commit(self, name: str) -> str:
        """Return the id of the commit that ``name`` means, "" for none."""
        if not name or name.startswith("-"):
            return ""
        return self.line("rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")

    def tree(self, commit: str, path: str = "") -> str:
        """Return the id of the tree below ``path`` at a commit, "" for none."""
        wanted = f"{commit}:{path}" if path else f"{commit}^{{tree}}"
        found = self.line("rev-parse", "--verify", "--quiet", wanted)
        return found if found and self.line("cat-file", "-t", found) == "tree" else ""

    def entries(self, tree: str) -> Iterator[TreeEntry]:
        """Yield every file, link and submodule below a tree."""
        listed = self.run("ls-tree", "-r", "-z", "--full-tree", tree)
        for line in listed.decode("utf-8", "surrogateescape").split("\0")[:-1]:
            facts, _, path = line.partition("\t")
            mode, _, ident = facts.split(" ")
            yield TreeEntry(mode, ident, path)

    def contents(self, ids: Sequence[str]) -> list[bytes]:
        """Return the bytes of blobs; one that a partial clone lacks is fetched by git."""
        given = "".join(f"{ident}\n" for ident in ids).encode()
        output, at, found = self.run("cat-file", "--batch", given=given), 0, []
        for ident in ids:
            end = output.index(b"\n", at)
            kind, _, size = output[at:end].decode().partition(" ")[2].partition(" ")
            if kind != "blob":
                raise GitFailed(f"{self.folder}: no file {ident} in the repository ({kind})")
            at = end + 1 + int(size)
            found.append(output[end + 1 : at])
            at += 1  # the line's end
        return found

    def sizes(self, ids: Sequence[str]) -> list[int]:
        """Return the sizes of objects, in bytes."""
        given = "".join(f"{ident}\n" for ident in ids).encode()
        output = self.run("cat-file", "--batch-check=%(objectsize)", given=given)
        return list(map(int, output.split()))

    def store(self, contents: Sequence[bytes]) -> list[str]:
        """Store blobs as they are, past every filter, and return their ids."""
        with tempfile.TemporaryDirectory() as folder:
            paths = [Path(folder, str(number)) for number in range(len(contents))]
            for path, data in zip(paths, contents, strict=True):
                path.write_bytes(data)
            given = "".join(f"{path}\n" for path in paths).encode()
            output = self.run("hash-object", "-w", "--no-filters", "--stdin-paths", given=given)
        return output.decode().split()


def run_git(
    *arguments: str, given: bytes = b"", variables: Mapping[str, str] | None = None
) -> bytes:
    """Return what git prints; raises GitFailed with its last words, also where there is no git. It
    never asks for a password on the terminal.
    """
    try:
        from git.cmd import Git
    except ImportError:  # GitPython looks for git when it is imported
        raise GitFailed("no git on this machine: install git") from None
    own = {"GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C", **(variables or {})}
    with tempfile.TemporaryFile() as stream:
        stream.write(given)
        stream.seek(0)
        code, output, said = Git().execute(
            [*_without(os.environ.keys() - own.keys()), "git", *arguments], istream=stream, env=own,
            with_extended_output=True, with_exceptions=False, stdout_as_string=False,
            strip_newline_in_stdout=False,
        )  # fmt: skip
    if code:
        words = " ".join(_text(said).split())
        raise GitFailed(words or f"git {arguments[0]}: exit code {code}")
    return output.encode("utf-8", "surrogateescape") if isinstance(output, str) else output


def _without(names: set[str]) -> list[str]:
    """Return the command before git that takes variables away: GitPython can only add some."""
    present = sorted(_OF_ANOTHER & names)
    return ["env", *(word for name in present for word in ("-u", name))] if present else []


def _text(said: str | bytes) -> str:
    return said if isinstance(said, str) else said.decode("utf-8", "replace")
