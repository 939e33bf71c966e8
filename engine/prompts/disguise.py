"""Disguise: other names for a program's symbols and files in what a model sees, and back again.

A model that knows a benchmark by heart may answer from memory. Where the names that it would know
it by are gone, it has to go by the code (SE-Bench, arXiv:2602.04811). Names are exchanged one to
one, text for text, so a diff of the disguised program is a diff of the program.
"""

from __future__ import annotations

import ast
import builtins
import keyword
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import PurePosixPath

from cladogen.errors import ConfigError
from cladogen.patching.parts.languages import language_of
from cladogen.patching.parts.outline import Outline, plain
from cladogen.problem import Problem
from cladogen.program import Program
from cladogen.source.python import python_tree

SHORTEST = 3  # characters of a name that tells anything
_KEPT = frozenset((*dir(builtins), *keyword.kwlist, *keyword.softkwlist, "self", "cls", "main"))
_FENCE = re.compile(r"\s*(```+|~~~+)")
_CODE = re.compile(r"`[^`\n]+`")
_ALIAS = "sym"
NEVER = "(?!)"  # a pattern that matches nothing


class Disguise:
    """Exchanges ``names`` for aliases that none of ``texts`` contains. ``files`` are the paths
    whose parts are exchanged wherever they stand.
    """

    def __init__(self, names: Iterable[str], files: Iterable[str], texts: Iterable[str]) -> None:
        parts = {part for path in files for part in _parts(path)}
        wanted = sorted({*names, *parts})
        base = _new_base("\n".join(texts))
        self._to = {name: _alias(name, base, at) for at, name in enumerate(wanted, 1)}
        self._from = {alias: name for name, alias in self._to.items()}
        self._any = _words(self._to)
        self._telling = _telling(wanted, parts)
        self._back = _words(self._from)

    @staticmethod
    def of(problem: Problem) -> Disguise:
        """Return the disguise of a problem's seed programs; raises ConfigError where they define
        nothing to hide.
        """
        files = {path: text for seed in problem.seeds for path, text in _texts(seed)}
        names = {name for path, text in files.items() for name in defined(path, text)}
        if not names:
            raise ConfigError(
                f"proposer model: obfuscate: the seed of {problem.name} defines no name to hide"
            )
        return Disguise(names, files, [*files.values(), problem.statement])

    def hide(self, text: str) -> str:
        """Return a text with aliases: for every name in code, in prose only for names that are no
        plain words, and for files.
        """
        if not self._to:
            return text
        lines, fence = [], ""
        for line in text.split("\n"):
            before, fence = fence, _fence_after(line, fence)
            in_code = fence and fence == before
            lines.append(self._in_code(line) if in_code else self._in_prose(line))
        return "\n".join(lines)

    def reveal(self, text: str) -> str:
        """Return a text with the names that its aliases stand for."""
        return self._back.sub(lambda match: self._from[match[0]], text)

    def _in_code(self, line: str) -> str:
        return self._any.sub(lambda match: self._to[match[0]], line)

    def _in_prose(self, line: str) -> str:
        line = _CODE.sub(lambda match: self._in_code(match[0]), line)
        return self._telling.sub(lambda match: self._to[match[0]], line)


def _fence_after(line: str, fence: str) -> str:
    """Return the fence that is open after a line, "" for none, where ``fence`` was before it."""
    mark = _FENCE.match(line)
    if mark is None or (fence and line.strip() != fence):
        return fence
    return "" if fence else mark[1]


def _texts(seed: Program) -> Iterator[tuple[str, str]]:
    """Yield the files of a program that are texts."""
    for path in seed:
        if b"\0" not in seed.files[path].data:
            yield path, seed.text(path)


def _new_base(text: str) -> str:
    """Return what aliases may begin with, as nothing in a text does."""
    base = _ALIAS
    while re.search(rf"(?i)\b_*{base}_\d", text):
        base += "x"
    return base


def _telling(names: Iterable[str], parts: Iterable[str]) -> re.Pattern[str]:
    """Return a pattern of what is a name in prose, too: no plain word, or a part of a path."""
    told = [re.escape(name) for name in names if _is_telling(name)]
    placed = [rf"{re.escape(part)}(?=\.\w|/)" for part in sorted(parts)]
    return re.compile(rf"(?<!\w)(?:{'|'.join([*told, *placed]) or NEVER})(?!\w)")


def defined(path: str, text: str) -> Iterator[str]:
    """Yield the names that a file defines: of Python all that it binds, else what its outline
    shows. Names of the language, and those by which it speaks to others, are none of them.
    """
    names = _of_python(text) if path.endswith(".py") else _of_outline(path, text)
    for name in names:
        if len(name) >= SHORTEST and name not in _KEPT and not name.startswith("__"):
            yield name


def _of_python(text: str) -> set[str]:
    try:
        nodes = list(ast.walk(python_tree(text)))
    except (SyntaxError, ValueError):
        return set()
    bound = {name for node in nodes for name in _bound(node)}
    imported = {name for node in nodes for name in _imported(node)}
    return bound - imported - _keywords_of_others(nodes)


def _bound(node: ast.AST) -> Iterator[str]:
    """Yield the name that a node binds, but for imports."""
    match node:
        case (
            ast.FunctionDef(name=name)
            | ast.AsyncFunctionDef(name=name)
            | ast.ClassDef(name=name)
            | ast.arg(arg=name)
            | ast.Name(id=name, ctx=ast.Store())
            | ast.Attribute(attr=name, ctx=ast.Store())
        ):
            yield name


def _imported(node: ast.AST) -> Iterator[str]:
    """Yield the names that a node imports."""
    if isinstance(node, ast.Import | ast.ImportFrom):
        for each in node.names:
            yield (each.asname or each.name).partition(".")[0]


def _keywords_of_others(nodes: Sequence[ast.AST]) -> set[str]:
    """Return the words by which functions of other people are called."""
    words = {node.arg for node in nodes if isinstance(node, ast.keyword) and node.arg}
    own = {node.arg for node in nodes if isinstance(node, ast.arg)}
    return words - own


def _of_outline(path: str, text: str) -> set[str]:
    language = language_of(path)
    if language is None:
        return set()
    outline = Outline(text, language)
    names = set(map(plain, (*outline.names, *outline.members)))
    return {name for name in names if name.isidentifier()}


def _parts(path: str) -> set[str]:
    """Return the names of a path: its folders, and the file's without its suffix."""
    pure = PurePosixPath(path)
    found = {*pure.parts[:-1], pure.stem}
    return {part for part in found if len(part) >= SHORTEST and part not in _KEPT}


def _is_telling(name: str) -> bool:
    """Whether a name is no word of prose: by an underscore, a digit, or a capital within it."""
    return re.search(r"\w_\w|\d|\w[A-Z]", name) is not None


def _alias(name: str, base: str, at: int) -> str:
    """Return an alias that is private, constant or a class where the name is."""
    private = "_" * (len(name) - len(name.lstrip("_")))
    bare = name.lstrip("_")
    if bare.isupper():
        base = base.upper()
    elif bare[:1].isupper():
        base = base.capitalize()
    return f"{private}{base}_{at}"


def _words(names: Iterable[str]) -> re.Pattern[str]:
    longest = sorted(names, key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest)) or NEVER})(?!\w)")


NO_DISGUISE = Disguise((), (), ())  # shows and reads everything as it is
