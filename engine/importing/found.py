"""What a folder in another project's layout comes to: the parts of a problem, and what is said."""

from __future__ import annotations

import ast
import os
import re
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeGuard

from cladogen.errors import ProblemError

PROGRAM_SUFFIXES = (
    *("py", "cpp", "cu", "c", "rs", "go", "jl", "f90", "js", "ts", "java", "r", "R"),
    *("sv", "wl", "swift", "json", "md", "txt"),
)
LARGEST_FILE = 8 << 20  # bytes that are copied beside the evaluator
# Of all files together: each program is evaluated with a copy of them.
MOST_FILES, MOST_BYTES = 5000, 128 << 20
MOST_SEEN = 100_000  # entries of folders that are looked at
LEFT_OUT = (
    "__pycache__",
    ".git",
    "results",
    "openevolve_output",
    "node_modules",
    ".venv",
    "target",
)
PICTURES = (".png", ".jpg", ".jpeg", ".gif", ".pdf", ".svg", ".mp4", ".ipynb", ".zip", ".pyc")


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """What a person said on the command line of an import: "" and () leave it to the layout."""

    program: str = ""
    evaluator: str = ""
    config: str = ""
    objective: str = ""
    minimize: bool = False
    inputs: tuple[Any, ...] = ()
    beside: str = ""  # a checkout of AlgoTune, which some evaluators read
    arguments: str = ""  # the words on the command line of a script that evaluates


@dataclass(slots=True)
class Found:
    """The parts of a problem. ``seed`` holds every file of it beside the bridge, ``plan`` what the
    bridge is to do, ``metrics`` their directions, the objective first; ``notes`` are lines for the
    person who imports. Where the scorer is apart from the program, ``certified`` is its text, its
    limits and the table of the program, and ``beside`` holds the files that it reads.
    ``shows_evaluator`` says that models are shown the evaluator although there is a statement, as
    it is a part of the task.
    """

    layout: str
    name: str
    program: str
    seed: dict[str, bytes]
    plan: dict[str, Any]
    objective: str = "combined_score"
    minimize: bool = False
    stand_ins: dict[str, str] = field(default_factory=dict)
    features: list[dict[str, Any]] = field(default_factory=list)
    statement: str = ""
    limits: dict[str, Any] = field(default_factory=dict)
    defaults: dict[str, Any] = field(default_factory=dict)
    sandbox: dict[str, Any] = field(default_factory=dict)
    inputs: tuple[Any, ...] = ()
    evolve_blocks: bool = False
    shows_evaluator: bool = False
    requirements: list[str] = field(default_factory=list)
    unused: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    certified: dict[str, Any] = field(default_factory=dict)
    beside: dict[str, bytes] = field(default_factory=dict)

    @property
    def reported(self) -> bool:
        """Whether the evaluator runs beside the program."""
        return not self.certified

    @property
    def hides_evaluator(self) -> bool:
        """Whether models are told the task by its statement alone."""
        return self.reported and bool(self.statement.strip()) and not self.shows_evaluator


def one_file(folder: Path, named: str, patterns: Sequence[str], what: str) -> Path:
    """Return the file that was named, or the first that matches a pattern, in their order."""
    if named:
        return _named_file(folder / named, what)
    for pattern in patterns:
        found = sorted(filter(Path.is_file, folder.glob(pattern)), key=_rank)
        if found:
            return found[0]
    raise ProblemError(f"{folder}: no {what} ({' or '.join(patterns)}); name it with an option")


def _named_file(path: Path, what: str) -> Path:
    if not path.is_file():
        raise ProblemError(f"{path}: no such file; it was named as {what}")
    return path


def _rank(path: Path) -> tuple[int, str]:
    suffix = path.suffix.removeprefix(".")
    known = PROGRAM_SUFFIXES.index(suffix) if suffix in PROGRAM_SUFFIXES else 99
    return known, path.name


def folder_files(folder: Path, notes: list[str]) -> dict[str, bytes]:
    """Return the files of a folder, without pictures and what an earlier run left; large ones are
    named in ``notes``. Raises ProblemError where there are more than can be copied.
    """
    paths = files_below(folder, MOST_FILES + 1)
    if len(paths) > MOST_FILES:
        raise too_much(folder, f"more than {MOST_FILES} files")
    return read_files(folder, sorted(paths), notes)


def read_files(folder: Path, paths: Iterable[Path], notes: list[str]) -> dict[str, bytes]:
    """Return the contents of files by their paths in a folder; raises ProblemError where they are
    too large together.
    """
    found, total = {}, 0
    for path in paths:
        relative, size = path.relative_to(folder), path.stat().st_size
        if size > LARGEST_FILE:
            notes.append(f"left out: {relative}, {size >> 20} MiB")
            continue
        total += size
        if total > MOST_BYTES:
            raise too_much(folder, f"more than {MOST_BYTES >> 20} MiB")
        found[relative.as_posix()] = path.read_bytes()
    return found


def too_much(folder: Path, what: str) -> ProblemError:
    """Return the error for a folder that is too large to go beside an evaluator."""
    return ProblemError(
        f"{folder}: {what}, and each program is evaluated with a copy of them; import a folder "
        "that holds only what the evaluator needs"
    )


def files_below(folder: Path, most: int) -> list[Path]:
    """Return up to ``most`` files of a folder, the nearest first, without pictures and what an
    earlier run left; links to folders are not followed.
    """
    found: list[Path] = []
    waiting, seen = deque([folder]), 0
    while waiting and len(found) < most and seen < MOST_SEEN:
        entries = _entries(waiting.popleft())
        seen += len(entries)
        wanted = [entry for entry in entries if entry.name not in LEFT_OUT]
        waiting += _paths(filter(_is_own_folder, wanted))
        found += _paths(filter(_is_copied, wanted))
    return found[:most]


def _paths(entries: Iterable[os.DirEntry[str]]) -> list[Path]:
    return [Path(entry.path) for entry in entries]


def _is_own_folder(entry: os.DirEntry[str]) -> bool:
    return entry.is_dir(follow_symlinks=False)


def _is_copied(entry: os.DirEntry[str]) -> bool:
    return entry.is_file() and Path(entry.path).suffix not in PICTURES


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    """Return what a folder holds, by name; one that may not be read holds nothing."""
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except PermissionError:
        return []


def parsed(data: bytes) -> ast.Module | None:
    """Return a Python file's tree, None for what is no Python."""
    try:
        return ast.parse(data)
    except (SyntaxError, ValueError):
        return None


def classes_of(tree: ast.Module | None) -> list[ast.ClassDef]:
    """Return the classes at the top of a file."""
    return [node for node in _statements(tree) if isinstance(node, ast.ClassDef)]


def functions_of(tree: ast.Module | None) -> list[ast.FunctionDef]:
    """Return the functions at the top of a file, without coroutines."""
    return [node for node in _statements(tree) if isinstance(node, ast.FunctionDef)]


def _statements(tree: ast.Module | None) -> list[ast.stmt]:
    return tree.body if tree is not None else []


def last_class_over(base: str, tree: ast.Module | None) -> ast.ClassDef | None:
    """Return the last class of a file over one whose name ends in ``base``."""
    own = [each for each in classes_of(tree) if _is_over(base, each)]
    return own[-1] if own else None


def _is_over(base: str, own: ast.ClassDef) -> bool:
    return any(ast.unparse(each).endswith(base) for each in own.bases)


def plain_defaults(of: ast.ClassDef) -> dict[str, Any]:
    """Return the defaults of a constructor's parameters, those that are written out."""
    made = [node for node in of.body if _is_constructor(node)]
    return _defaults_of(made[0].args) if made else {}


def _is_constructor(node: ast.stmt) -> TypeGuard[ast.FunctionDef]:
    return isinstance(node, ast.FunctionDef) and node.name == "__init__"


def _defaults_of(given: ast.arguments) -> dict[str, Any]:
    names = [each.arg for each in given.args]
    pairs = zip(names[len(names) - len(given.defaults) :], given.defaults, strict=True)
    return {name: each.value for name, each in pairs if isinstance(each, ast.Constant)}


def constants(tree: ast.Module) -> dict[str, str]:
    """Return the texts that a file assigns to names, wherever it does."""
    found: dict[str, str] = {}
    for node in ast.walk(tree):
        match node:
            case ast.Assign(targets, ast.Constant(str(text))):
                found |= dict.fromkeys(_names_of(targets), text)
            case ast.AnnAssign(ast.Name(name), value=ast.Constant(str(text))):
                found[name] = text
    return found


def _names_of(targets: list[ast.expr]) -> list[str]:
    return [each.id for each in targets if isinstance(each, ast.Name)]


def flat(values: Any, path: str = "") -> Iterable[str]:
    """Yield the dotted names of a table's values."""
    if isinstance(values, Mapping) and values:
        for key, value in values.items():
            yield from flat(value, f"{path}.{key}" if path else str(key))
    elif path:
        yield path


def read_yaml(path: Path) -> dict[str, Any]:
    """Return a YAML file as a table; ProblemError says what is wrong. Nothing in it is resolved."""
    value = _yaml(path)
    if not isinstance(value, Mapping | type(None)):
        raise ProblemError(f"{path}: holds no table")
    return {str(key): each for key, each in (value or {}).items()}


def _yaml(path: Path) -> Any:
    try:
        import yaml
    except ImportError:
        raise ProblemError(
            f"{path}: reading YAML needs pyyaml: pip install 'cladogen[import]'"
        ) from None
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, OSError, ValueError) as error:
        raise ProblemError(
            f"{path}: not readable as YAML: {' '.join(str(error).split())}"
        ) from None


def plain_name(text: str) -> str:
    """Return a text as a problem's name."""
    return re.sub(r"[^A-Za-z0-9_.-]+", "_", text).strip("_.") or "imported"
