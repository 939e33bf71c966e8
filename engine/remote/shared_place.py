"""A shared place: one git repository in which several engines leave their elites. No server.

Every engine has a branch of its own, ``cladogen/PROBLEM/ENGINE``, and only ever adds to it: a
commit for each elite, whose tree is the program. So no two engines write to one ref, whatever is
read is whole, and `git log` shows what an engine gave. Whoever can write there decides what is
read: programs only, which are measured here like any other, and never scores.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import Container, Sequence
from dataclasses import dataclass
from pathlib import Path

from cladogen.errors import CladogenError, ProblemError
from cladogen.program import File, Program

LONGEST_S = 60.0  # of one call of git
NEWEST = 8  # of one engine's commits, at one look
MOST_FILES, MOST_BYTES = 10_000, 32 << 20  # of a program from elsewhere
AUTHOR = "cladogen <cladogen@localhost>"
KINDS = {b"100644": False, b"100755": True}  # files that a program may hold: mode -> executable


class PlaceAway(CladogenError):  # noqa: N818  (a state of the world, not a defect)
    """The shared place does not answer, or refuses; the run goes on without it."""


@dataclass(frozen=True, slots=True)
class Elite:
    """A program that an engine left; ``tree`` is its id."""

    engine: str
    commit: str
    tree: str


class SharedPlace:
    """The repository at ``remote``, by way of a bare one in ``folder``. ``problem`` keeps searches
    of different problems apart; ``engine`` names this one.
    """

    def __init__(self, remote: str, folder: Path, problem: str, engine: str) -> None:
        self.remote, self._folder, self.engine = remote, folder, engine
        self._branches = f"refs/heads/cladogen/{problem}"
        self._own = f"{self._branches}/{engine}"

    async def given(self) -> set[str]:
        """Return the trees that this engine left already."""
        await self._open()
        known = await self._git("for-each-ref", "--format=%(objectname)", self._own)
        if not known:
            return set()
        return set((await self._git("log", "--format=%T", self._own)).decode().split())

    async def add(self, elites: Sequence[tuple[Program, str]]) -> None:
        """Add programs, each with what is said of it, to this engine's branch here; `push` sends
        it.
        """
        await self._open()
        there = f"refs/others/{self.engine}"  # where the own repository was lost
        refs = await self._git("for-each-ref", "--format=%(objectname)", self._own, there)
        parent = next(iter(refs.decode().split()), "")
        stream = b"".join(
            _commit(self._own, program, text, parent if not at else "")
            for at, (program, text) in enumerate(elites)
        )
        await self._git("fast-import", "--quiet", "--done", given=stream + b"done\n")

    async def push(self) -> None:
        """Send what the place has not yet."""
        await self._git("push", "--quiet", "--end-of-options", self.remote, self._own)

    async def look(self, known: Container[str]) -> list[Elite]:
        """Return the newest elites of the other engines that are not ``known`` by their trees,
        oldest first.
        """
        await self._open()
        refs = f"+{self._branches}/*:refs/others/*"
        await self._git("fetch", "--quiet", "--no-tags", "--end-of-options", self.remote, refs)
        listed = await self._git("for-each-ref", "--format=%(refname)", "refs/others")
        found: dict[str, Elite] = {}
        for ref in listed.decode().splitlines():
            engine = ref.removeprefix("refs/others/")
            if engine != self.engine:
                for elite in await self._newest(engine, ref):
                    found.setdefault(elite.tree, elite)
        return [elite for tree, elite in found.items() if tree not in known]

    async def program(self, elite: Elite) -> Program:
        """Return an elite's files; raises ProblemError for a tree that is no program."""
        listed = await self._git("ls-tree", "-rzl", elite.commit)
        files: dict[str, tuple[str, bool]] = {}
        size = 0
        for line in filter(None, listed.split(b"\0")):
            about, _, path = line.partition(b"\t")
            mode, _, blob, length = about.split()
            if mode not in KINDS:
                raise ProblemError(f"{elite.engine}: {path!r} is a link or a submodule")
            files[path.decode("utf-8", "surrogateescape")] = (blob.decode(), KINDS[mode])
            size += int(length)
        if not files or len(files) > MOST_FILES or size > MOST_BYTES:
            raise ProblemError(f"{elite.engine}: a tree of {len(files)} files and {size} bytes")
        data = await self._blobs([blob for blob, _ in files.values()])
        return Program.of({path: File(data[blob], runs) for path, (blob, runs) in files.items()})

    async def _newest(self, engine: str, ref: str) -> list[Elite]:
        lines = await self._git("log", f"--max-count={NEWEST}", "--reverse", "--format=%H %T", ref)
        pairs = (line.split() for line in lines.decode().splitlines())
        return [Elite(engine, commit, tree) for commit, tree in pairs]

    async def _blobs(self, idents: Sequence[str]) -> dict[str, bytes]:
        wanted = list(dict.fromkeys(idents))
        answer = await self._git("cat-file", "--batch", given="\n".join(wanted).encode() + b"\n")
        found, at = {}, 0
        for ident in wanted:
            end = answer.index(b"\n", at)
            size = int(answer[at:end].split()[2])
            found[ident] = answer[end + 1 : end + 1 + size]
            at = end + 1 + size + 1
        return found

    async def _open(self) -> None:
        if not (self._folder / "HEAD").exists():
            self._folder.mkdir(parents=True, exist_ok=True)
            await self._git("init", "--quiet", "--bare", ".")

    async def _git(self, *arguments: str, given: bytes = b"") -> bytes:
        """Run git in the folder; raises PlaceAway with what it said, or at the deadline."""
        environment = {
            **os.environ,
            "GIT_DIR": str(self._folder.resolve()),
            "GIT_TERMINAL_PROMPT": "0",
            "LC_ALL": "C",
        }
        environment.setdefault("GIT_SSH_COMMAND", "ssh -oBatchMode=yes -oConnectTimeout=20")
        pipe = asyncio.subprocess.PIPE
        try:
            process = await asyncio.create_subprocess_exec(
                "git", *arguments, stdin=pipe, stdout=pipe, stderr=pipe, env=environment,
                cwd=self._folder, start_new_session=True,
            )  # fmt: skip
        except OSError as error:
            raise PlaceAway(f"git: {error.strerror}") from None
        try:
            async with asyncio.timeout(LONGEST_S):
                said, complaint = await process.communicate(given)
        except TimeoutError:
            raise PlaceAway(f"git {arguments[0]}: no end after {LONGEST_S:.0f} s") from None
        finally:
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                await process.wait()
        if process.returncode:
            lines = complaint.decode("utf-8", "replace").strip().splitlines()
            why = next((line for line in lines if line.startswith(("fatal", "error", " !"))), "")
            raise PlaceAway(f"git {arguments[0]}: {why or (lines or ['no reason given'])[0]}"[:300])
        return said


def _commit(ref: str, program: Program, text: str, parent: str) -> bytes:
    """Return what fast-import reads to add a commit with a program's files to a branch."""
    message = text.encode("utf-8", "replace")
    who = f"committer {AUTHOR} {int(time.time())} +0000\n"
    parts = [f"commit {ref}\n{who}data {len(message)}\n".encode(), message, b"\n"]
    if parent:
        parts.append(f"from {parent}\n".encode())
    parts.append(b"deleteall\n")
    for path, file in program.files.items():
        mode = "100755" if file.executable else "100644"
        quoted = path.replace("\\", "\\\\").replace('"', '\\"')
        parts.append(f'M {mode} inline "{quoted}"\ndata {len(file.data)}\n'.encode())
        parts += [file.data, b"\n"]
    return b"".join(parts)
