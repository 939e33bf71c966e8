"""The working copy of a program, and how it is called."""

from __future__ import annotations

import importlib
import importlib.util
import linecache
import os
import random
import sys
from collections.abc import Callable, Iterator
from typing import Any

from cladogen.sandboxes import wire
from cladogen.sandboxes.inside import packing
from cladogen.sandboxes.inside.command import run_command
from cladogen.sandboxes.inside.failure import CRASH, INVALID, TOO_LARGE, CandidateFailure, Used
from cladogen.sandboxes.inside.leftovers import LEFT_OUT, Leftovers

_MIB = 1 << 20
MOST_PRINTED = 1 << 16  # bytes of a command's output that go to the log, its tail
MOST_NEW_FILES = 20_000  # that a working copy may have beside those it began with


class LoadedProgram:
    """The working copy, and how it is called."""

    def __init__(self, start: dict[str, Any], workspace: str) -> None:
        self.root = os.path.join(workspace, "program")
        self.entry = start["entry"]
        self.tree = start["tree"]
        self.leave_out = start.get("leave_out") or ()
        self.limits = start["limits"]
        self.function: Callable[..., Any] | None = None
        self.files: packing.Files = {}
        self.used = Used()

    def write(self, files: packing.Files) -> None:
        os.makedirs(self.root, exist_ok=True)
        os.chdir(self.root)
        self.files = files
        self._put(files)
        if isinstance(self.entry, str):
            sys.path.insert(0, self.root)

    def _put(self, files: packing.Files) -> None:
        for path, (data, executable) in files.items():
            target = os.path.join(self.root, path)
            os.makedirs(os.path.dirname(target), exist_ok=True)
            descriptor = os.open(
                target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o755 if executable else 0o644
            )
            with open(descriptor, "wb") as stream:
                stream.write(data)

    def overlaid(self, overlay: packing.Files) -> _Overlay:
        return _Overlay(self, overlay)

    def swap(self, files: packing.Files) -> None:
        """Put ``files`` in place and forget every module that was loaded from the program."""
        self._put(files)
        self.function = None
        for name, module in list(sys.modules.items()):
            if str(getattr(module, "__file__", None) or "").startswith(self.root):
                del sys.modules[name]
        importlib.invalidate_caches()
        linecache.clearcache()

    def call(self, seed: int, data: bytes) -> bytes:
        if isinstance(self.entry, list):
            output = run_command(
                self.entry,
                wire.as_json(data),
                seed,
                int(self.limits["output_mb"] * _MIB),
                self.used,
            )
        else:
            value = wire.decode_trusted(data)
            _seed(seed)
            if self.function is None:
                self.function = _load(self.root, self.entry)
            output = wire.encode(self.function(value))
        return self._left(output) if self.tree else output

    def _left(self, printed: bytes) -> bytes:
        """Return the working copy packed; what the command printed goes to the log."""
        leftovers = Leftovers(self.leave_out, self.files)
        most = len(self.files) + MOST_NEW_FILES
        packed = collect(self.root, int(self.limits["files_mb"] * _MIB), leftovers, most)
        said = f"\n{LEFT_OUT}{', '.join(leftovers.found[:20])}\n" if leftovers.found else ""
        _write_all(2, printed[-MOST_PRINTED:] + said.encode("utf-8", "replace"))
        return packed


class _Overlay:
    """Some files replaced for one call."""

    def __init__(self, program: LoadedProgram, files: packing.Files) -> None:
        self.program = program
        self.files = files

    def __enter__(self) -> None:
        if self.files:
            self.program.swap(self.files)

    def __exit__(self, *_: object) -> None:
        if self.files:
            before = {path: file for path, file in self.program.files.items() if path in self.files}
            for path in set(self.files) - set(before):
                os.unlink(os.path.join(self.program.root, path))
            self.program.swap(before)


def _seed(seed: int) -> None:
    random.seed(seed)
    numpy = sys.modules.get("numpy")
    if numpy is not None:
        numpy.random.seed(seed % (1 << 32))


def _load(root: str, entry: str) -> Callable[..., Any]:
    path, _, name = entry.rpartition(":")
    module_name = path.removesuffix(".py").replace("/", ".")
    spec = importlib.util.spec_from_file_location(module_name, os.path.join(root, path))
    if spec is None or spec.loader is None or not os.path.exists(os.path.join(root, path)):
        raise CandidateFailure(CRASH, f"{path}: no such file in the program")
    module = importlib.util.module_from_spec(spec)
    sys.modules[module_name] = module
    spec.loader.exec_module(module)
    function = getattr(module, name, None)
    if not callable(function):
        raise CandidateFailure(CRASH, f"{path}: no function {name!r}")
    found: Callable[..., Any] = function
    return found


def collect(root: str, limit: int, leftovers: Leftovers, most: int) -> bytes:
    """Return the working copy packed; links, devices, more than ``limit`` bytes and more than
    ``most`` files are refused.
    """
    files: packing.Files = {}
    size = 0
    for path in _left(root, leftovers):
        shown = os.path.relpath(path, root)
        status = os.lstat(path)
        if not os.path.isfile(path) or os.path.islink(path):
            raise CandidateFailure(
                INVALID,
                f"{shown[:200]}: left a link, device, pipe or socket; only plain files are taken",
            )
        if len(files) == most:
            raise CandidateFailure(TOO_LARGE, f"left more than {most} files")
        size += status.st_size
        if size > limit:
            raise CandidateFailure(TOO_LARGE, f"left more than {limit >> 20} MiB of files")
        files[shown] = (_bytes(path), bool(status.st_mode & 0o111))
    return packing.pack(files)


def _left(root: str, leftovers: Leftovers) -> Iterator[str]:
    """Yield the paths of what lies in a working copy, but for folders and ``leftovers``; a link to
    a folder is no folder.
    """

    def taken(folder: str, names: list[str]) -> list[str]:
        return [
            name
            for name in names
            if not leftovers.is_one(os.path.relpath(os.path.join(folder, name), root))
        ]

    for folder, folders, names in os.walk(root):
        entered = [name for name in folders if name not in ("__pycache__", ".git")]
        folders[:] = taken(folder, entered)
        links = [name for name in folders if os.path.islink(os.path.join(folder, name))]
        yield from (os.path.join(folder, name) for name in (*taken(folder, names), *links))


def _write_all(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data) :]


def _bytes(path: str) -> bytes:
    with open(os.open(path, os.O_RDONLY | os.O_NOFOLLOW), "rb") as stream:
        return stream.read()
