"""``programs.git``: the programs of a run as git commits, projected from the record by `git
fast-import`.

A program is a commit whose parents are its lineage, so `git log --graph`, `git diff` and `git
checkout` work on a run. The commits are a function of the rows alone, in the order in which results
were told, and their ids are computed here without git: delete the folder and it comes back the
same, and a text that is not what its id says stops the import.

Refs are few, for each costs 4 KB: heads for the seed, the best and the elites, and
``refs/cladogen/all``, a chain of merges, one for every `CHUNK` programs, that keeps everything
reachable.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

from cladogen.errors import RunError
from cladogen.git.commit_stream import ALL, CHUNK, CommitStream, write_commits
from cladogen.git.own_refs import OURS, OURS_LISTED, OwnRefs
from cladogen.git.position import ProjectionPosition, read_position, save_position
from cladogen.record.store import Store

# programs that must wait before `kept_up` imports them; a tenth of what is there, when that is more
BATCH = 256


class Projection:
    """The bare repository in a run folder. `catch_up` brings it level with the record."""

    def __init__(self, run: Path) -> None:
        self.run = run
        self.folder = run / "programs.git"
        self.lost: list[str] = []
        self._own = OwnRefs(self.folder, self._run)

    def catch_up(self, store: Store, refs: Mapping[str, int]) -> int:
        """Add the programs told since the last time, set ``refs`` (head -> program number); return
        how many were added.

        A damaged repository is made again, with the branches and tags that a person made in it;
        ``lost`` names those that could not be saved. Raises RunError without git.
        """
        git_or_error()
        with self._locked():
            self._sweep()
            position = read_position(self.folder)
            if position is not None and self._sound(position):
                with contextlib.suppress(
                    RunError
                ):  # what git left behind when it was killed: a lock, half a file
                    added = self._import(store, position, refs)
                    self.lost = (
                        self._own.put_back()
                    )  # of a repository that was being made again when it was killed
                    return added
            self._own.set_aside()
            self._make()
            added = self._import(store, ProjectionPosition(), refs)
            self.lost = self._own.put_back()
            return added

    def commits(self) -> dict[int, str]:
        """Return the commit of each program that is projected already; reading it needs no git."""
        position = read_position(self.folder)
        return {} if position is None else position.commits

    def waiting(self, store: Store) -> bool:
        """Tell whether enough programs wait that importing them now makes a pack of a good size."""
        position = read_position(self.folder)
        done = 0 if position is None else len(position.commits)
        made: int = store.program_count()
        return made - done >= max(BATCH, done // 10)

    def words(self) -> str:
        """Say which branches and tags of a person were lost, "" when none were."""
        if not self.lost:
            return ""
        names = ", ".join(self.lost[:5])
        return (
            f"{self.folder}: was damaged and made again without {names}; the damaged one is "
            "kept beside it"
        )

    # -- the import

    def _import(self, store: Store, position: ProjectionPosition, refs: Mapping[str, int]) -> int:
        import subprocess
        import tempfile

        before = len(position.commits)
        with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile() as errors:
            marks = Path(folder, "marks")
            arguments = ("fast-import", "--quiet", "--force", "--done", f"--export-marks={marks}")
            process = subprocess.Popen(
                self._git("-c", "fastimport.unpackLimit=1", *arguments),
                stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=errors, env=_environment(),
            )  # fmt: skip
            assert process.stdin is not None
            try:
                stream = CommitStream(process.stdin)
                with (
                    process.stdin,
                    contextlib.suppress(BrokenPipeError),
                ):  # then git says why it left
                    write_commits(stream, store, position)
            finally:
                code = process.wait()
            if code:
                errors.seek(0)
                why = errors.read().decode(errors="replace").strip().splitlines() or ["no message"]
                raise RunError(
                    f"{self.folder}: git fast-import failed: {why[0]}; delete that folder to make "
                    "it again"
                )
            if made := stream.differing(marks.read_text()):
                raise RunError(
                    f"{self.run}: a program's text is not what its id says (commit {made}): "
                    "damaged record"
                )
        self._set_refs(position, refs)
        save_position(self.folder, position)
        return len(position.commits) - before

    def _set_refs(self, position: ProjectionPosition, refs: Mapping[str, int]) -> None:
        wanted = {
            f"refs/heads/{name}": position.commits[n]
            for name, n in refs.items()
            if n in position.commits
        }
        listed = self._run("for-each-ref", "--format=%(refname)", *OURS_LISTED)
        lines = [f"update {name} {commit}\n" for name, commit in wanted.items()]
        lines += [
            f"delete {name}\n"
            for name in listed.split()
            if name not in wanted and OURS.fullmatch(name)
        ]
        self._run("update-ref", "--stdin", given="".join(lines))

    # -- the repository

    def _make(self) -> None:
        self.run.mkdir(parents=True, exist_ok=True)
        self._run("init", "--quiet", "--bare", "--template=")
        self._run("symbolic-ref", "HEAD", "refs/heads/best")
        (self.folder / "description").write_text(
            "The programs of a cladogen run; made again when deleted.\n"
        )

    def _sweep(self) -> None:
        """Remove what an import that was killed left behind unread."""
        for path in (
            *self.folder.glob("objects/pack/tmp_*"),
            *self.folder.glob("fast_import_crash_*"),
        ):
            path.unlink(missing_ok=True)

    def _sound(self, position: ProjectionPosition) -> bool:
        """Look for the objects that the next import builds on, and for a sample of the others."""
        commits = list(position.commits.values())
        sample = {
            *commits[:: max(1, len(commits) // 16)],
            *commits[-CHUNK:],
            position.chain,
            position.tip,
        } - {""}
        try:
            if (
                self._run("for-each-ref", "--format=%(objectname)", ALL).strip() or ""
            ) != position.tip:
                return False
            found = self._run(
                "cat-file",
                "--batch",
                given="".join(f"{commit}\n{commit}^{{tree}}\n" for commit in sample),
            )
        except RunError:
            return False
        return " missing\n" not in found

    def _run(self, *arguments: str, given: str = "") -> str:
        import subprocess

        done = subprocess.run(
            self._git(*arguments),
            input=given.encode(),
            capture_output=True,
            check=False,
            env=_environment(),
        )
        if done.returncode:
            why = done.stderr.decode(errors="replace").strip()
            raise RunError(
                f"{self.folder}: git {arguments[0]} failed: {why}; delete that folder to make it "
                "again"
            )
        return done.stdout.decode(errors="replace")

    def _git(self, *arguments: str) -> list[str]:
        return ["git", f"--git-dir={self.folder}", *arguments]

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        """Keep a run and a command from projecting at the same time; the lock outlives the folder's
        being remade.
        """
        with (self.run / "programs.lock").open("a") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield


def git_or_error() -> str:
    """Return where git is; raises RunError without it."""
    path = shutil.which("git")
    if path is None:
        raise RunError(
            "no git on this machine: install git for programs.git; runs and their records work "
            "without it"
        )
    return path


def _environment() -> dict[str, str]:
    """Return an environment in which no setting of the user changes what git writes."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    own = {
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_DEFAULT_HASH": "sha1",
        "LC_ALL": "C",
    }
    return {**kept, **own}
