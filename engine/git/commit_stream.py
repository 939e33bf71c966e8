"""The stream that `git fast-import` reads: a commit for each program, and a chain of merges over
all of them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import IO

from cladogen.git.commit_rows import CommitRow, Files, message, rows_after
from cladogen.git.position import ProjectionPosition
from cladogen.record.store import Store

CHUNK = 256  # programs under one merge of the chain
ALL = "refs/cladogen/all"
AUTHOR = "cladogen <cladogen@localhost>"
EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"


class CommitStream:
    """Commands to fast-import, which knows commits of the same stream by their marks only."""

    def __init__(self, pipe: IO[bytes]) -> None:
        self._pipe = pipe
        self._marks: dict[str, int] = {}

    def commit(
        self, tree: str, parents: Sequence[str], at: int, text: str, changes: Sequence[bytes]
    ) -> str:
        """Write a commit and return its id."""
        ident, data = commit_id(tree, parents, at, text), text.encode()
        names = list(map(self.name, parents))
        self._marks[ident] = len(self._marks) + 1
        head = (
            "" if parents else f"reset {ALL}\n\n"
        )  # or the commit would continue what the ref holds
        who = f"author {AUTHOR} {at} +0000\ncommitter {AUTHOR} {at} +0000\n"
        self._pipe.write(
            f"{head}commit {ALL}\nmark {self.name(ident)}\n{who}data {len(data)}\n".encode() + data
        )
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
        given = {
            int(mark[1:]): ident for mark, ident in (line.split() for line in exported.splitlines())
        }
        return next((ident for ident, mark in self._marks.items() if given.get(mark) != ident), "")


def write_commits(stream: CommitStream, store: Store, position: ProjectionPosition) -> None:
    """Write the commits of the rows after ``position``, and the chain over them; advance the
    position.
    """
    chunk = _Chunk(store, position)
    for row in rows_after(store, position.seq):
        commit = _write(stream, store, position, row)
        position.commits[row.number], position.seq = commit, row.seq
        chunk.add(row, commit)
        if chunk.full:
            position.chain = chunk.close(stream, position.chain)
    position.tip = chunk.close(stream, position.chain) if chunk.members else position.chain
    stream.end(position.tip)


def _write(stream: CommitStream, store: Store, position: ProjectionPosition, row: CommitRow) -> str:
    """Write one program's commit, on top of those of its parents that are known."""
    known = [position.commits[number] for number in row.parents if number in position.commits]
    based = bool(row.parents) and row.parents[0] in position.commits
    changes = _changes(store, row, row.before if based else None)
    return stream.commit(row.tree, tuple(dict.fromkeys(known)), row.at, message(row), changes)


class _Chunk:
    """The programs of the current link of the chain, and which of them have no child in it."""

    def __init__(self, store: Store, position: ProjectionPosition) -> None:
        self.members: list[str] = []
        self.leaves: dict[int, str] = {}
        self.at = 0
        numbers = list(position.commits)
        for row in rows_after(store, -1, numbers[len(numbers) - len(numbers) % CHUNK :]):
            self.add(row, position.commits[row.number])

    @property
    def full(self) -> bool:
        return len(self.members) == CHUNK

    def add(self, row: CommitRow, commit: str) -> None:
        self.members.append(commit)
        for parent in row.parents:
            self.leaves.pop(parent, None)
        self.leaves[row.number] = commit
        self.at = max(self.at, row.at)

    def close(self, stream: CommitStream, chain: str) -> str:
        """Write the merge of the chain so far with this chunk; return its id."""
        parents = tuple(dict.fromkeys([*([chain] if chain else []), *self.leaves.values()]))
        text = f"{len(self.members)} programs\n\nKeeps every program of the run reachable.\n"
        commit = stream.commit(EMPTY_TREE, parents, self.at, text, [b"deleteall\n"])
        if self.full:
            self.members, self.leaves, self.at = [], {}, 0
        return commit


def _changes(store: Store, row: CommitRow, before: Files | None) -> list[bytes]:
    """Return the commands that turn the first parent's files (None: whatever there is) into this
    program's.
    """
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
