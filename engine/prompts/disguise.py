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
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath

from cladogen.errors import ConfigError
from cladogen.patching.parts.languages import language_of
from cladogen.patching.parts.outline import Outline, plain
from cladogen.problem import Problem
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
        base, whole = _ALIAS, "\n".join(texts)
        while re.search(rf"(?i)\b_*{base}_\d", whole):
            base += "x"
        self._to = {name: _alias(name, base, at) for at, name in enumerate(wanted, 1)}
        self._from = {alias: name for name, alias in self._to.items()}
        self._any = _words(self._to)
        told = [re.escape(name) for name in wanted if _is_telling(name)]
        placed = [rf"{re.escape(part)}(?=\.\w|/)" for part in sorted(parts)]
        self._telling = re.compile(rf"(?<!\w)(?:{'|'.join([*told, *placed]) or NEVER})(?!\w)")
        self._back = _words(self._from)

    @staticmethod
    def of(problem: Problem) -> Disguise:
        """Return the disguise of a problem's seed programs; raises ConfigError where they define
        nothing to hide.
        """
        files: dict[str, str] = {}
        for seed in problem.seeds:
            files |= {path: seed.text(path) for path in seed if b"\0" not in seed.files[path].data}
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
            mark = _FENCE.match(line)
            if mark is not None and (not fence or line.strip() == fence):
                fence = "" if fence else mark[1]
                lines.append(self._in_prose(line))
            else:
                lines.append(self._in_code(line) if fence else self._in_prose(line))
        return "\n".join(lines)

    def reveal(self, text: str) -> str:
        """Return a text with the names that its aliases stand for."""
        return self._back.sub(lambda match: self._from[match[0]], text)

    def _in_code(self, line: str) -> str:
        return self._any.sub(lambda match: self._to[match[0]], line)

    def _in_prose(self, line: str) -> str:
        line = _CODE.sub(lambda match: self._in_code(match[0]), line)
        return self._telling.sub(lambda match: self._to[match[0]], line)


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
    bound: set[str] = set()
    theirs: set[str] = set()  # what is imported, and words of other people's functions
    for node in nodes:
        match node:
            case (
                ast.FunctionDef(name=name)
                | ast.AsyncFunctionDef(name=name)
                | ast.ClassDef(name=name)
                | ast.arg(arg=name)
                | ast.Name(id=name, ctx=ast.Store())
                | ast.Attribute(attr=name, ctx=ast.Store())
            ):
                bound.add(name)
            case ast.Import(names=names) | ast.ImportFrom(names=names):
                theirs |= _imported(names)
    words = {node.arg for node in nodes if isinstance(node, ast.keyword) and node.arg}
    own = {node.arg for node in nodes if isinstance(node, ast.arg)}
    return bound - theirs - (words - own)


def _imported(names: Iterable[ast.alias]) -> set[str]:
    return {(each.asname or each.name).partition(".")[0] for each in names}


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
