"""Has this program been seen before? By its normalised tree, or by its near likeness.

What programs did (equal outputs, equal behaviour) is named by `Score.signature`.

`canonical` names programs that cannot behave differently: formatting, comments, docstrings,
annotations and the names of local variables do not count in Python files, trailing space and empty
lines nowhere. `Sketch` finds programs that are almost the same text (MinHash, Broder 1997),
`Embeddings` texts whose vectors point almost the same way.
"""

from __future__ import annotations

import ast
import hashlib
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from types import CodeType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cladogen.kernels.minhash import minhash
from cladogen.kernels.neighbours import nearest_sketches, nearest_vectors
from cladogen.program import Program, matches
from cladogen.source.python import python_tree

_READS_NAMES = frozenset(("locals", "vars", "eval", "exec", "dir", "inspect", "sys"))
_TOKEN = re.compile(rb"[A-Za-z_]\w*|\d+\.?\d*(?:[eE][-+]?\d+)?|[^\s\w]")


def canonical(program: Program, editable: Sequence[str] = ("**",)) -> bytes:
    """Return a key that two programs share only when they cannot behave differently.

    Files that no ``editable`` pattern matches are the same in every program of a run and are left
    out.
    """
    digest = hashlib.sha256()
    for path, file in program.files.items():
        if matches(path, editable):
            digest.update(f"{path}\0{file.executable}\0".encode())
            digest.update(_normal(file.data, path.endswith(".py")))
    return digest.digest()


@lru_cache(maxsize=4096)
def _normal(data: bytes, python: bool) -> bytes:
    if python:
        try:
            return hashlib.sha256(_code_key(_compiled(data))).digest()
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            pass  # text that does not compile is compared as text
    lines = (line.rstrip() for line in data.splitlines())
    return hashlib.sha256(b"\n".join(filter(None, lines))).digest()


def _compiled(data: bytes) -> CodeType:
    """Compile without docstrings and annotations: Python's own compiler folds what is constant."""
    tree = python_tree(data)
    _strip(tree)
    return compile(tree, "program", "exec", dont_inherit=True)


def _strip(
    node: ast.Module | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.stmt,
) -> None:
    """Take docstrings and annotations out of a definition and those inside it."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        node.returns = None
        for each in _arguments(node.args):
            each.annotation = None
    if isinstance(node, ast.Module | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        node.body = _without_texts(node.body)
    for name in ("body", "orelse", "finalbody", "handlers"):
        for inner in getattr(node, name, ()):
            _strip(inner)


def _without_texts(body: list[ast.stmt]) -> list[ast.stmt]:
    """Return statements without those that are bare texts, ``pass`` where nothing else is left."""
    left = [each for each in body if not _is_text(each)]
    return left or [ast.copy_location(ast.Pass(), line) for line in body[:1]]


def _arguments(given: ast.arguments) -> Iterator[ast.arg]:
    yield from (*given.posonlyargs, *given.args, *given.kwonlyargs)
    yield from (each for each in (given.vararg, given.kwarg) if each is not None)


def _is_text(node: ast.stmt) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def _code_key(code: CodeType) -> bytes:
    """Return what of compiled code decides behaviour; local variables count by their position, not
    their name.
    """
    parameters = code.co_argcount + code.co_kwonlyargcount
    names = code.co_varnames if _READS_NAMES & set(code.co_names) else code.co_varnames[:parameters]
    parts: list[bytes] = [
        code.co_code,
        code.co_exceptiontable,
        repr(
            (
                code.co_name,
                code.co_names,
                names,
                len(code.co_varnames),
                code.co_freevars,
                code.co_cellvars,
            )
        ).encode(),
        repr(
            (code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount, code.co_flags)
        ).encode(),
    ]
    for constant in code.co_consts:
        parts.append(
            _code_key(constant) if isinstance(constant, CodeType) else _constant_key(constant)
        )
    return b"".join(len(part).to_bytes(8, "big") + part for part in parts)


def _constant_key(value: object) -> bytes:
    if isinstance(value, frozenset):
        return b"frozenset" + b",".join(sorted(map(_constant_key, value)))
    if isinstance(value, tuple):
        return b"tuple" + b",".join(map(_constant_key, value))
    return f"{type(value).__name__}:{value!r}".encode()


def tokens(program: Program, editable: Sequence[str] = ("**",)) -> list[bytes]:
    """Return the words and marks of the files that may change, in order; numbers count by their
    text.
    """
    found: list[bytes] = []
    for path, file in program.files.items():
        if matches(path, editable):
            found += _TOKEN.findall(file.data)
    return found


def sketch(words: Sequence[bytes], width: int = 128, run: int = 4) -> NDArray[np.uint32]:
    """Return a MinHash sketch of the sets of ``run`` words in a row: ``width`` minima."""
    rows = [b"\0".join(words[place : place + run]) for place in range(max(1, len(words) - run + 1))]
    hashes = {hashlib.blake2b(row, digest_size=8).digest() for row in rows}
    return minhash(np.sort(np.frombuffer(b"".join(sorted(hashes)), "<u8")), width)


class KnownRows:
    """Rows of one kind and width that grow in number, each under a number of the caller's."""

    def __init__(self, kind: type[np.generic], width: int) -> None:
        self._rows: NDArray[Any] = np.empty((64, width), kind)
        self.numbers: list[int] = []

    @property
    def rows(self) -> NDArray[Any]:
        """The rows added so far, in order."""
        return self._rows[: len(self.numbers)]

    def add(self, number: int, row: NDArray[Any]) -> None:
        """Remember a row under its number."""
        size = len(self.numbers)
        if size == len(self._rows):
            self._rows = np.concatenate([self._rows, np.empty_like(self._rows)])
        self._rows[size] = row
        self.numbers.append(number)


class Sketches:
    """Sketches of known programs, and which of them a new one is most like."""

    def __init__(self, width: int = 128) -> None:
        self.width = width
        self._known = KnownRows(np.uint32, width)

    def add(self, number: int, program: Program, editable: Sequence[str] = ("**",)) -> None:
        """Remember a program under its number."""
        self._known.add(number, sketch(tokens(program, editable), self.width))

    def nearest(
        self, program: Program, editable: Sequence[str] = ("**",)
    ) -> tuple[int, float] | None:
        """Return the number of the most similar known program and the estimated Jaccard
        similarity.
        """
        if not self._known.numbers:
            return None
        rows, shares = nearest_sketches(
            self._known.rows, sketch(tokens(program, editable), self.width)
        )
        return self._known.numbers[rows[0]], shares[0]


class Embeddings:
    """Embeddings (unit vectors) of known texts, and which of them a new one is most like, other
    than itself.
    """

    def __init__(self) -> None:
        self._known: KnownRows | None = None  # as wide as the first vector
        self._texts: dict[str, int] = {}

    def add(self, text: str, vector: Sequence[float]) -> None:
        """Remember a text's vector; of a text that is known already, the first one stays."""
        if text in self._texts:
            return
        row = np.array(vector, np.float32)
        if self._known is None:
            self._known = KnownRows(np.float32, len(row))
        self._texts[text] = len(self._texts)
        self._known.add(self._texts[text], row)

    def likeness(self, text: str, vector: Sequence[float]) -> float | None:
        """Return the cosine to the nearest other text; None when none is known."""
        if self._known is None:
            return None
        rows, cosines = nearest_vectors(self._known.rows, np.array(vector, np.float32), 2)
        others = [
            cosine
            for row, cosine in zip(rows, cosines, strict=True)
            if row != self._texts.get(text)
        ]
        return others[0] if others else None
