"""A solution from anywhere: JSON, a NumPy file, or a Python literal. Nothing in it is executed."""

from __future__ import annotations

import ast
import json
import math
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import EllipsisType
from typing import Any

from cladogen.errors import ConfigError

LARGEST = 1 << 28  # bytes
READ = "read are JSON, NumPy's .npy and .npz, and Python literals such as [[0.5, 1], [1, 0]]"
# What NumPy and zipfile say of a file that is none, is cut off, packed in a way that they do not
# know, or says of itself that it is larger than any memory.
BROKEN = (
    ValueError, EOFError, KeyError, MemoryError, OverflowError, NotImplementedError, RuntimeError,
    zipfile.BadZipFile, zlib.error,
)  # fmt: skip


def read_solution(path: Path, key: str = "") -> Any:
    """Return what a file holds, or one entry of the table that it holds; ConfigError says why
    not.
    """
    value = _read(path)
    if key:
        value = _entry(path, value, key)
    try:
        unfit = next(_unfit(value), None)
    except RecursionError:
        raise ConfigError(f"{path}: lists within lists, too deep for a solution") from None
    if unfit is not None:
        where, what = unfit
        raise ConfigError(
            f"{path}: {where or 'it'} is {what}; a solution is finite numbers, texts, lists "
            "and tables"
        )
    return value


def _read(path: Path) -> Any:
    try:
        _check_file(path)
        return _numpy(path) if path.suffix in (".npy", ".npz") else _text(path)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror})") from None


def _check_file(path: Path) -> None:
    if path.is_char_device() or path.is_block_device():
        raise ConfigError(f"{path}: a device; that is no solution")
    if path.stat().st_size > LARGEST:
        raise ConfigError(f"{path}: more than {LARGEST >> 20} MiB; that is no solution")


def _entry(path: Path, table: Any, key: str) -> Any:
    if not isinstance(table, dict):
        raise ConfigError(f"{path}: no entry {key!r}; there are: none, it is no table")
    if key not in table:
        raise ConfigError(f"{path}: no entry {key!r}; there are: {', '.join(map(str, table))}")
    return table[key]


def _unfit(value: Any, where: str = "") -> Iterator[tuple[str, str]]:
    """Yield what no scorer can be handed, and where it stands: as in "[2][0]"."""
    match value:
        case float() if not math.isfinite(value):
            yield where, "not a number (NaN)" if math.isnan(value) else "infinite"
        case set() | bytes() | complex() | EllipsisType():
            yield where, f"of the kind {type(value).__name__}"
    for key, inner in _within(value):
        yield from _unfit(inner, f"{where}[{key!r}]")


def _within(value: Any) -> Iterable[tuple[Any, Any]]:
    """Return what a table or a list holds, with the keys; of anything else nothing."""
    match value:
        case dict():
            return value.items()
        case list() | tuple():
            return enumerate(value)
    return ()


def _numpy(path: Path) -> Any:
    import numpy as np

    try:
        if path.suffix == ".npy":
            return np.load(path, allow_pickle=False)
        _check_unpacked(path)
        found = np.load(path, allow_pickle=False)
        return {name: found[name] for name in found}
    except BROKEN as error:
        raise ConfigError(f"{path}: not a NumPy file of numbers: {error}") from None


def _check_unpacked(path: Path) -> None:
    """Raise ConfigError for an archive of arrays that is too large when it is unpacked."""
    with zipfile.ZipFile(path) as packed:
        if sum(entry.file_size for entry in packed.infolist()) > LARGEST:
            raise ConfigError(f"{path}: unpacks to more than {LARGEST >> 20} MiB")


def _text(path: Path) -> Any:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise ConfigError(f"{path}: not text in UTF-8; {READ}") from None
    if path.suffix != ".py":
        try:
            return json.loads(text)
        except (ValueError, RecursionError) as error:
            if path.suffix == ".json":
                raise ConfigError(f"{path}: not JSON: {error}; {READ}") from None
    return _literal(path, text)


def _literal(path: Path, text: str) -> Any:
    """Return the literal that a text is, or the last one that it assigns to a name."""
    try:
        body = ast.parse(text.strip()).body
        values = [node.value for node in body if isinstance(node, ast.Expr | ast.Assign)]
        value = ast.literal_eval(values[-1])
    except (SyntaxError, ValueError, IndexError, MemoryError, RecursionError):
        raise ConfigError(
            f"{path}: neither JSON nor a Python literal, and code is not run here; {READ}"
        ) from None
    # A docstring is a text; more than one value that has no name is a table of lines.
    lines = sum(isinstance(node, ast.Expr) and not _is_text(node.value) for node in body)
    if lines > 1:
        raise ConfigError(f"{path}: {lines} values, one after another, as in CSV; {READ}")
    return value


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)
