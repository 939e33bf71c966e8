"""What an expression of a script says, without running it: texts, tables of them, and the files
that it reads them from.
"""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

SAME = ("resolve", "absolute", "expanduser")  # methods that leave a path where it is
DEEPEST = 40  # names and operators within one another


class WrittenOut:
    """Reads expressions of the script ``file``; files outside its folder are not read."""

    def __init__(self, file: Path, tree: ast.Module) -> None:
        self.file, self.tree = file.resolve(), tree

    def value(self, node: ast.expr | None, depth: int = 0) -> Any:
        """Return what an expression says, itself or by names that are assigned once; else None."""
        if node is None or depth > DEEPEST:
            return None
        match node:
            case ast.Name(name):
                return self.value(self._assigned(name), depth + 1)
            case ast.Dict():
                return self._table(node, depth)
            case ast.Call(ast.Attribute() as called):
                return self._called(called, depth)
        return _literal(node)

    def _table(self, node: ast.Dict, depth: int) -> dict[Any, Any] | None:
        keys = [self.value(each, depth + 1) for each in node.keys]
        values = [self.value(each, depth + 1) for each in node.values]
        return dict(zip(keys, values, strict=True)) if None not in keys else None

    def _assigned(self, name: str) -> ast.expr | None:
        """Return what a name is assigned, where that is done once."""
        nodes = (each for each in ast.walk(self.tree) if isinstance(each, ast.Assign))
        values = [each.value for each in nodes if _assigns(each, name)]
        return values[0] if len(values) == 1 else None

    def _called(self, called: ast.Attribute, depth: int) -> str | None:
        """Return what ``PATH.read_text()``, ``open(PATH).read()`` and ``TEXT.strip()`` give."""
        match called:
            case ast.Attribute(inner, "strip" | "lstrip" | "rstrip"):
                text = self.value(inner, depth + 1)
                return getattr(text, called.attr)() if isinstance(text, str) else None
            case ast.Attribute(inner, "read_text"):
                return self._read(self._path(inner, depth + 1))
            case ast.Attribute(ast.Call(ast.Name("open"), [path, *_]), "read"):
                return self._read(self._path(path, depth + 1))
        return None

    def _read(self, path: Path | None) -> str | None:
        folder = self.file.parent
        if path is None:
            return None
        whole = (folder / path).resolve()
        if not whole.is_relative_to(folder) or not whole.is_file():
            return None
        return whole.read_text(encoding="utf-8", errors="replace")

    def _path(self, node: ast.expr | None, depth: int) -> Path | None:
        """Return the path that an expression of pathlib or os.path makes."""
        path: Path | None = None
        match node if depth <= DEEPEST else None:
            case ast.Constant(str(text)):
                path = Path(text)
            case ast.Name(name):
                path = self._named_path(name, depth)
            case ast.Attribute(inner, "parent"):
                path = self._above(inner, depth)
            case ast.BinOp(left, ast.Div(), right):
                path = self._joined([left, right], depth)
            case ast.Call() as call:
                path = self._made(call, depth)
        return path

    def _named_path(self, name: str, depth: int) -> Path | None:
        return self.file if name == "__file__" else self._path(self._assigned(name), depth + 1)

    def _made(self, node: ast.Call, depth: int) -> Path | None:
        """Return the path that a call makes."""
        name = ast.unparse(node.func).removeprefix("pathlib.").removeprefix("os.")
        if name in ("Path", "path.join"):
            return self._joined(node.args, depth)
        if name in ("path.abspath", "path.realpath") and node.args:
            return self._path(node.args[0], depth + 1)
        if name == "path.dirname" and node.args:
            return self._above(node.args[0], depth)
        if isinstance(node.func, ast.Attribute):
            return self._joined(_parts(node.func, node.args), depth)
        return None

    def _above(self, node: ast.expr, depth: int) -> Path | None:
        below = self._path(node, depth + 1)
        return below and below.parent

    def _joined(self, parts: list[ast.expr], depth: int) -> Path | None:
        found = [self._path(each, depth + 1) for each in parts]
        known = [each for each in found if each is not None]
        return Path(*known) if known and len(known) == len(found) else None


def _literal(node: ast.expr) -> Any:
    """Return the value of a literal, None for what is none."""
    try:
        return ast.literal_eval(node)
    except (ValueError, RecursionError):
        return None


def _assigns(node: ast.Assign, name: str) -> bool:
    return any(isinstance(to, ast.Name) and to.id == name for to in node.targets)


def _parts(method: ast.Attribute, arguments: list[ast.expr]) -> list[ast.expr]:
    """Return the expressions that a method of a path joins; none where it makes no path."""
    base = method.value
    parts = {
        "joinpath": [base, *arguments],
        "with_name": [ast.Attribute(base, "parent"), *arguments],
        **{name: [base] for name in SAME},
    }
    return parts.get(method.attr, [])
