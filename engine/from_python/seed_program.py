"""The program that a search starts from: a source text, a function, a path, or a dict of files."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from cladogen.errors import ConfigError
from cladogen.from_python.sources import beside, take
from cladogen.program import Program

OWN_FILE = "program.py"
_DEFINED = (ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(frozen=True, slots=True)
class SeedFiles:
    """Files of a program; ``own`` are those that may change, ``function`` the entry where it is
    known.
    """

    name: str
    files: Mapping[str, bytes]
    own: tuple[str, ...]
    function: str = ""


def given(program: Any) -> SeedFiles:
    """Return the files of a program in any form that `evolve()` takes."""
    if isinstance(program, Mapping):
        return _files(program)
    if callable(program):
        return _function(program)
    if isinstance(program, Path):
        return _path(program)
    if isinstance(program, str) and program.strip():
        return _text(program)
    what = f"a {type(program).__name__}" if program else "empty"
    raise ConfigError(
        f"evolve(): the program is {what}; give a source text, a function, a "
        "path or a dict of files"
    )


def _files(program: Mapping[Any, Any]) -> SeedFiles:
    files = {str(path): _bytes(data) for path, data in program.items()}
    return _checked(SeedFiles("program", files, tuple(files)))


def _text(text: str) -> SeedFiles:
    """Return what a text names, else what it is."""
    if _names_a_path(text):
        return _path(Path(text))
    return SeedFiles("program", {OWN_FILE: text.encode()}, (OWN_FILE,))


def _function(function: Callable[..., Any]) -> SeedFiles:
    taken = take(function)
    files = beside({OWN_FILE: taken.text.encode()}, taken.files)
    return SeedFiles(taken.name, files, (OWN_FILE,), taken.name)


def _path(path: Path) -> SeedFiles:
    if path.is_dir():
        files = {name: file.data for name, file in Program.read(path).files.items()}
        return SeedFiles(path.resolve().name, files, tuple(files))
    if not path.is_file():
        raise ConfigError(f"{path}: no such file or folder to start from")
    return SeedFiles(path.stem, {path.name: path.read_bytes()}, (path.name,))


def _names_a_path(text: str) -> bool:
    """Tell whether a text is a path: one short line that is there, or that looks like one."""
    if "\n" in text or len(text) > 1000:
        return False
    return Path(text).exists() or ("." in text and set(" ()=:;").isdisjoint(text))


def _bytes(data: Any) -> bytes:
    if isinstance(data, str):
        return data.encode()
    if isinstance(data, bytes):
        return data
    raise ConfigError(f"evolve(): a file's content is a {type(data).__name__}; give text or bytes")


def _checked(found: SeedFiles) -> SeedFiles:
    if not found.files:
        raise ConfigError("evolve(): the dict of files is empty; give the program to start from")
    for path in found.files:
        if PurePosixPath(path).is_absolute() or ".." in path.split("/"):
            raise ConfigError(
                f"evolve(): {path}: a file of the program is named by its path in the program's "
                "folder"
            )
    return found


def entry_of(found: SeedFiles, asked: str) -> tuple[str, str]:
    """Return the file and the function that are called: as asked ("f" or "file.py:f"), else the one
    public function that there is.
    """
    file, _, name = asked.rpartition(":")
    name = name or found.function
    if file and file not in found.files:
        raise ConfigError(f"entry {asked!r}: the program has no file {file}")
    known = _entries(found, file)
    fitting = [(path, each) for path, each in known if name in ("", each)]
    if len(fitting) != 1:
        raise ConfigError(_no_one_entry(name, known, fitting))
    return fitting[0]


def _entries(found: SeedFiles, file: str) -> list[tuple[str, str]]:
    """Return the functions of a file, or of every file of the program ("")."""
    files = [file] if file else [path for path in found.own if path.endswith(".py")]
    return [(path, each) for path in files for each in _functions(path, found.files[path])]


def _no_one_entry(
    name: str, known: Sequence[tuple[str, str]], fitting: Sequence[tuple[str, str]]
) -> str:
    which, shown = "which function is called?", [each for _, each in known]
    if name and fitting:  # files have one of this name
        shown = [f"{file}:{each}" for file, each in fitting]
    elif name:
        which = f"no function {name!r}."
    names = ", ".join(dict.fromkeys(shown)) or "none"
    return f"evolve(): {which} Name it with entry=...; functions there: {names}"


def _functions(path: str, data: bytes) -> list[str]:
    try:
        body = ast.parse(data).body
    except (SyntaxError, ValueError) as error:
        raise ConfigError(f"{path}: not Python: {error}") from None
    return [name for name in _names_defined(body) if not name.startswith("_")]


def _names_defined(body: Sequence[ast.stmt]) -> list[str]:
    lambdas = [name for node in body for name in _named_lambdas(node)]
    return lambdas + [node.name for node in body if isinstance(node, _DEFINED)]


def _named_lambdas(node: ast.stmt) -> list[str]:
    if not isinstance(node, ast.Assign) or not isinstance(node.value, ast.Lambda):
        return []
    return [target.id for target in node.targets if isinstance(target, ast.Name)]


def is_coroutine(data: bytes, function: str) -> bool:
    """Tell whether a function of a file is an ``async def``."""
    body = ast.parse(data).body
    return any(isinstance(each, ast.AsyncFunctionDef) and each.name == function for each in body)
