"""The text of a function or a class: as a statement that can stand in a file of its own."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from types import CodeType, FunctionType
from typing import Any

from cladogen.errors import ConfigError

UNREAD = "{}: its source cannot be read (typed at a prompt?); put it into a file"


def imports_of(function: FunctionType) -> dict[str, str]:
    """Return the imports of the file that a function stands in, by the name that each makes."""
    try:
        body = ast.parse("".join(inspect.findsource(function)[0])).body
    except (OSError, SyntaxError):
        return {}
    found: dict[str, str] = {}
    for node in body:
        found |= _imports(node)
    return found


def _imports(node: ast.stmt) -> dict[str, str]:
    """Return what a statement imports, each name by a statement of its own; {} for another one."""
    match node:
        case ast.Import(names):
            return {
                each.asname or each.name.partition(".")[0]: ast.unparse(ast.Import([each]))
                for each in names
            }
        case ast.ImportFrom(module, names, level) if not level:
            return {
                each.asname or each.name: ast.unparse(ast.ImportFrom(module, [each], 0))
                for each in names
            }
    return {}


def source_of(value: Any, name: str) -> str:
    """Return the text of a function or a class as a statement; a lambda is given ``name``."""
    if getattr(value, "__name__", "") == "<lambda>":
        return f"{name} = {_lambda_source(value)}"
    try:
        text = textwrap.dedent(inspect.getsource(value))
    except (OSError, TypeError):
        raise ConfigError(UNREAD.format(value.__name__)) from None
    bare = isinstance(value, FunctionType) and not hasattr(value, "__wrapped__")
    return _undecorated(text) if bare else text


_NOTHING = object()  # is no default's value


def changed_defaults(
    text: str, function: FunctionType, known: Mapping[str, Any]
) -> list[tuple[ast.Name, Any]]:
    """Return the defaults of a definition that are a name which means something else by now, or
    nothing where ``known`` holds: ``k=k`` of a function made in a loop. With each its value.
    """
    return [
        (default, value)
        for default, value in _defaults(text, function)
        if isinstance(default, ast.Name) and known.get(default.id, _NOTHING) is not value
    ]


def _defaults(text: str, function: FunctionType) -> Iterator[tuple[ast.expr, Any]]:
    """Yield the defaults of a definition, each with the value that it has."""
    kinds = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
    node = next(each for each in ast.walk(ast.parse(text)) if isinstance(each, kinds))
    yield from zip(node.args.defaults, function.__defaults__ or (), strict=False)
    yield from _named_defaults(node.args, function.__kwdefaults__ or {})


def _named_defaults(
    arguments: ast.arguments, values: Mapping[str, Any]
) -> Iterator[tuple[ast.expr, Any]]:
    for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        if default is not None and argument.arg in values:
            yield default, values[argument.arg]


def replaced(text: str, parts: Sequence[tuple[ast.expr, str]]) -> str:
    """Return a text with some of its expressions, in their order, written anew."""
    lines = [line.encode() for line in text.splitlines(keepends=True)]
    for node, new in reversed(parts):
        line, end = lines[node.lineno - 1], node.end_col_offset
        lines[node.lineno - 1] = line[: node.col_offset] + new.encode() + line[end:]
    return b"".join(lines).decode()


def _undecorated(text: str) -> str:
    """Return a definition without its decorators: a function that none of them wrapped."""
    try:
        (node,) = ast.parse(text).body
    except (SyntaxError, ValueError):
        return text
    return "".join(text.splitlines(keepends=True)[node.lineno - 1 :])


def _lambda_source(value: FunctionType) -> str:
    """Return the text of the one lambda of its line that compiles to the same code."""
    try:
        lines, _ = inspect.findsource(value)
        parts = list(_lambdas("".join(lines), value.__code__.co_firstlineno))
    except (OSError, SyntaxError):
        raise ConfigError(UNREAD.format("a lambda")) from None
    own = _meaning(value.__code__)
    free = ", ".join(value.__code__.co_freevars)
    found = [part for part in parts if _meaning(_code_of(part, free)) == own]
    if len(set(found)) != 1:
        raise ConfigError("a lambda whose source cannot be told apart; write a def")
    return f"({found[0]})"


def _lambdas(text: str, line: int) -> Iterator[str]:
    """Yield the texts of the lambdas that begin in a line."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Lambda) and node.lineno == line:
            yield ast.get_source_segment(text, node) or ""


def _code_of(text: str, free: str) -> CodeType:
    """Return the code of a lambda that takes the names ``free`` from the function around it."""
    code = compile(f"def around({free}):\n return (\n{text}\n)", "lambda", "exec")
    for _ in range(2):
        code = next(each for each in code.co_consts if isinstance(each, CodeType))
    return code


def _meaning(code: CodeType) -> tuple[Any, ...]:
    """Return what tells a piece of code from others, without where it stands."""
    inside = [
        _meaning(each) if isinstance(each, CodeType) else repr(each)
        for each in code.co_consts
        if "<locals>" not in str(each)  # the name of an inner function, which says where it stands
    ]
    return code.co_code, code.co_names, *inside
