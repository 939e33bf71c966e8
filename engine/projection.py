"""``programs.git``: the programs of a run as git commits, projected from the record by `git fast-import`.

A program is a commit whose parents are its lineage, so `git log --graph`, `git diff` and `git checkout` work on a run.
The commits are a function of the rows alone, in the order in which results were told, and their ids are computed here
without git: delete the folder and it comes back the same, and a text that is not what its id says stops the import.

Refs are few, for each costs 4 KB: heads for the seed, the best and the elites, and ``refs/cladogen/all``, a chain of
merges, one for every `CHUNK` programs, that keeps everything reachable.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import hashlib
import os
import shutil
import sqlite3
import struct
import subprocess
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from cladogen.errors import CladogenError, RunError
from cladogen.lineage_rows import Files, Row, message, rows_after
from cladogen.store import Store

FORMAT = 1
CHUNK = 256
ALL = "refs/cladogen/all"
AUTHOR = "cladogen <cladogen@localhost>"
EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
BATCH = 256  # programs that must wait before `keep_up` imports them; a tenth of what is there, when that is more
_RECORD = struct.Struct(">I20s")


@dataclass(slots=True)
class Position:
    """How far the projection is: the last result row, each program's commit in that order, the end of the chain."""

    seq: int = -1
    commits: dict[int, str] = field(default_factory=dict)
    chain: str = ""  # of the full chunks
    tip: str = ""  # of everything


class Projection:
    """The bare repository in a run folder. `catch_up` brings it level with the record."""

    def __init__(self, run: Path) -> None:
        self.run = run
        self.folder = run / "programs.git"

    def catch_up(self, store: Store, refs: Mapping[str, int]) -> int:
        """Add the programs told since the last time, set ``refs`` (head -> program number); return how many were added.

        A damaged repository is thrown away and made again. Raises RunError without git.
        """
        git_or_error()
        with self._locked():
            position = self._position()
            if position is None or not self._sound(position):
                shutil.rmtree(self.folder, ignore_errors=True)
                self._make()
                position = Position()
            return self._import(store, position, refs)

    def commits(self) -> dict[int, str]:
        """Return the commit of each program that is projected already; reading it needs no git."""
        position = self._position()
        return {} if position is None else position.commits

    def waiting(self, store: Store) -> bool:
        """Tell whether enough programs wait that importing them now makes a pack of a good size."""
        position = self._position()
        done = 0 if position is None else len(position.commits)
        made: int = store.database.execute("SELECT COUNT(*) FROM programs").fetchone()[0]
        return made - done >= max(BATCH, done // 10)

    # -- the import ---------------------------------------------------------------------------------------------

    def _import(self, store: Store, position: Position, refs: Mapping[str, int]) -> int:
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
                stream = _Stream(process.stdin)
                with process.stdin, contextlib.suppress(BrokenPipeError):  # then git says why it left
                    _write(stream, store, position)
            finally:
                code = process.wait()
            if code:
                errors.seek(0)
                why = errors.read().decode(errors="replace").strip().splitlines() or ["no message"]
                raise RunError(f"{self.folder}: git fast-import failed: {why[0]}; delete that folder to make it again")
            if made := stream.differing(marks.read_text()):
                raise RunError(f"{self.run}: a program's text is not what its id says (commit {made}): damaged record")
        self._set_refs(position, refs)
        self._save(position)
        return len(position.commits) - before

    def _set_refs(self, position: Position, refs: Mapping[str, int]) -> None:
        wanted = {f"refs/heads/{name}": position.commits[n] for name, n in refs.items() if n in position.commits}
        listed = self._run("for-each-ref", "--format=%(refname)", "refs/heads/elite", "refs/heads/best")
        lines = [f"update {name} {commit}\n" for name, commit in wanted.items()]
        lines += [f"delete {name}\n" for name in listed.split() if name not in wanted]
        self._run("update-ref", "--stdin", given="".join(lines))

    # -- the repository -----------------------------------------------------------------------------------------

    def _make(self) -> None:
        self.run.mkdir(parents=True, exist_ok=True)
        self._run("init", "--quiet", "--bare", "--template=")
        self._run("symbolic-ref", "HEAD", "refs/heads/best")
        (self.folder / "description").write_text("The programs of a cladogen run; made again when deleted.\n")

    def _sound(self, position: Position) -> bool:
        """Look for the objects that the next import builds on, and for a sample of the others."""
        commits = list(position.commits.values())
        sample = {*commits[:: max(1, len(commits) // 16)], *commits[-CHUNK:], position.chain, position.tip} - {""}
        try:
            if (self._run("for-each-ref", "--format=%(objectname)", ALL).strip() or "") != position.tip:
                return False
            found = self._run(
                "cat-file", "--batch", given="".join(f"{commit}\n{commit}^{{tree}}\n" for commit in sample)
            )
        except RunError:
            return False
        return " missing\n" not in found

    def _position(self) -> Position | None:
        """Return how far the repository says it is, None when it does not say, or not readably."""
        try:
            data = (self.folder / "cladogen.position").read_bytes()
            head, _, body = data.partition(b"\n")
            word, version, seq, chain, tip, digest = head.decode().split(" ")
            if (word, version, digest) != ("cladogen", str(FORMAT), hashlib.sha256(body).hexdigest()):
                return None
            commits = {number: commit.hex() for number, commit in _RECORD.iter_unpack(body)}
        except (OSError, ValueError, struct.error):
            return None
        return Position(int(seq), commits, chain.strip("-"), tip.strip("-"))

    def _save(self, position: Position) -> None:
        body = b"".join(_RECORD.pack(number, bytes.fromhex(commit)) for number, commit in position.commits.items())
        names = f"{position.chain or '-'} {position.tip or '-'} {hashlib.sha256(body).hexdigest()}"
        new = self.folder / "cladogen.position.new"
        new.write_bytes(f"cladogen {FORMAT} {position.seq} {names}\n".encode() + body)
        new.replace(self.folder / "cladogen.position")

    def _run(self, *arguments: str, given: str = "") -> str:
        done = subprocess.run(
            self._git(*arguments), input=given.encode(), capture_output=True, check=False, env=_environment()
        )
        if done.returncode:
            why = done.stderr.decode(errors="replace").strip()
            raise RunError(f"{self.folder}: git {arguments[0]} failed: {why}; delete that folder to make it again")
        return done.stdout.decode(errors="replace")

    def _git(self, *arguments: str) -> list[str]:
        return ["git", f"--git-dir={self.folder}", *arguments]

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        """Keep a run and a command from projecting at the same time; the lock outlives the folder's being remade."""
        with (self.run / "programs.lock").open("a") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield


def git_or_error() -> str:
    """Return where git is; raises RunError without it."""
    path = shutil.which("git")
    if path is None:
        raise RunError("no git on this machine: install git for programs.git; runs and their records work without it")
    return path


@contextlib.asynccontextmanager
async def kept_up(
    run: Path, refs: Callable[[], Mapping[str, int]], notice: Callable[[str], None], interval_s: float = 10.0
) -> AsyncIterator[None]:
    """Keep ``programs.git`` of a run level while the block runs, in a thread, and bring it level at the end.

    A run goes on without it: what is in the way is said in one line, for the record holds everything.
    """
    task = asyncio.create_task(_keep_up(run, refs, notice, interval_s))
    try:
        yield
    finally:
        failed = task.done()
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        if not failed:
            await _noticed(notice, run, None)


async def _keep_up(
    run: Path, refs: Callable[[], Mapping[str, int]], notice: Callable[[str], None], interval_s: float
) -> None:
    try:
        git_or_error()
    except RunError as error:
        notice(str(error))
        return
    while True:
        await asyncio.sleep(interval_s)
        if not await _noticed(notice, run, refs()):
            return


async def _noticed(notice: Callable[[str], None], run: Path, refs: Mapping[str, int] | None) -> bool:
    # A thread cannot be cancelled, so the run waits for it: nothing may write to the folder after its end.
    work = asyncio.ensure_future(asyncio.to_thread(_catch_up, run, refs))
    try:
        await asyncio.shield(work)
    except asyncio.CancelledError:
        await asyncio.wait({work})
        raise
    except (CladogenError, sqlite3.Error, OSError) as error:
        notice(f"programs.git is not kept up: {error}")
        return False
    return True


def _catch_up(run: Path, refs: Mapping[str, int] | None) -> None:
    """Import what waits, when it is enough; everything, with the run's own choice of heads, for ``refs`` None."""
    from cladogen.past import Past

    with Past(run) as past:
        projection = Projection(run)
        if refs is None:
            projection.catch_up(past.store, past.refs())
        elif projection.waiting(past.store):
            projection.catch_up(past.store, refs)


# -- the stream ---------------------------------------------------------------------------------------------------


class _Stream:
    """Commands to fast-import, which knows commits of the same stream by their marks only."""

    def __init__(self, pipe: IO[bytes]) -> None:
        self._pipe = pipe
        self._marks: dict[str, int] = {}

    def commit(self, tree: str, parents: Sequence[str], at: int, text: str, changes: Sequence[bytes]) -> str:
        """Write a commit and return its id."""
        ident, data = commit_id(tree, parents, at, text), text.encode()
        names = [self.name(parent) for parent in parents]
        self._marks[ident] = len(self._marks) + 1
        head = "" if parents else f"reset {ALL}\n\n"  # or the commit would continue what the ref holds
        who = f"author {AUTHOR} {at} +0000\ncommitter {AUTHOR} {at} +0000\n"
        self._pipe.write(f"{head}commit {ALL}\nmark {self.name(ident)}\n{who}data {len(data)}\n".encode() + data)
        words = ["from", *["merge"] * (len(parents) - 1)]
        lines = [f"{word} {name}\n" for word, name in zip(words, names, strict=False)]
        self._pipe.write(("\n" + "".join(lines)).encode())
        self._pipe.writelines(changes)
        self._pipe.write(b"\n")
        return ident

    def end(self, tip: str) -> None:
        """Leave ``refs/cladogen/all`` at ``tip``."""
        reset = f"reset {ALL}\nfrom {self.name(tip)}\n\n" if tip else ""
        self._pipe.write(f"{reset}done\n".encode())

    def name(self, ident: str) -> str:
        return f":{self._marks[ident]}" if ident in self._marks else ident

    def differing(self, exported: str) -> str:
        """Return the first commit to which git gave another id than was computed, or ""."""
        given = {int(mark[1:]): ident for mark, ident in (line.split() for line in exported.splitlines())}
        return next((ident for ident, mark in self._marks.items() if given.get(mark) != ident), "")


def _write(stream: _Stream, store: Store, position: Position) -> None:
    """Write the commits of the rows after ``position``, and the chain over them; advance the position."""
    chunk = _Chunk(store, position)
    for row in rows_after(store, position.seq):
        parents = tuple(dict.fromkeys(position.commits[n] for n in row.parents if n in position.commits))
        based = bool(row.parents) and row.parents[0] in position.commits
        changes = _changes(store, row, row.before if based else None)
        commit = stream.commit(row.tree, parents, row.at, message(row), changes)
        position.commits[row.number], position.seq = commit, row.seq
        chunk.add(row, commit)
        if chunk.full:
            position.chain = chunk.close(stream, position.chain)
    position.tip = chunk.close(stream, position.chain) if chunk.members else position.chain
    stream.end(position.tip)


class _Chunk:
    """The programs of the current link of the chain, and which of them have no child in it."""

    def __init__(self, store: Store, position: Position) -> None:
        self.members: list[str] = []
        self.leaves: dict[int, str] = {}
        self.at = 0
        numbers = list(position.commits)
        for row in rows_after(store, -1, numbers[len(numbers) - len(numbers) % CHUNK :]):
            self.add(row, position.commits[row.number])

    @property
    def full(self) -> bool:
        return len(self.members) == CHUNK

    def add(self, row: Row, commit: str) -> None:
        self.members.append(commit)
        for parent in row.parents:
            self.leaves.pop(parent, None)
        self.leaves[row.number] = commit
        self.at = max(self.at, row.at)

    def close(self, stream: _Stream, chain: str) -> str:
        """Write the merge of the chain so far with this chunk; return its id."""
        parents = tuple(dict.fromkeys([*([chain] if chain else []), *self.leaves.values()]))
        text = f"{len(self.members)} programs\n\nKeeps every program of the run reachable.\n"
        commit = stream.commit(EMPTY_TREE, parents, self.at, text, [b"deleteall\n"])
        if self.full:
            self.members, self.leaves, self.at = [], {}, 0
        return commit


def _changes(store: Store, row: Row, before: Files | None) -> list[bytes]:
    """Return the commands that turn the first parent's files (None: whatever there is) into this program's."""
    gone = [b"deleteall\n"] if before is None else []
    before = before or {}
    gone += sorted(f"D {_quoted(path)}\n".encode() for path in before.keys() - row.files.keys())
    made = []
    for path, (text, executable) in row.files.items():
        if before.get(path) == (text, executable):
            continue
        data = store.texts.get(text)
        mode = "100755" if executable else "100644"
        made.append(f"M {mode} inline {_quoted(path)}\ndata {len(data)}\n".encode() + data + b"\n")
    # A file may take the place of a folder, so what goes must go first.
    return gone + made


def _quoted(path: str) -> str:
    return '"' + path.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def commit_id(tree: str, parents: Sequence[str], at: int, text: str) -> str:
    """Return the id git gives to the commit."""
    lines = [f"tree {tree}", *(f"parent {parent}" for parent in parents)]
    lines += [f"author {AUTHOR} {at} +0000", f"committer {AUTHOR} {at} +0000", "", text]
    data = "\n".join(lines).encode()
    return hashlib.sha1(f"commit {len(data)}\0".encode() + data, usedforsecurity=False).hexdigest()


def _environment() -> dict[str, str]:
    """Return an environment in which no setting of the user changes what git writes."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    own = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "GIT_DEFAULT_HASH": "sha1", "LC_ALL": "C"}
    return {**kept, **own}
