"""The text of a function or a class: as a statement that can stand in a file of its own."""

from __future__ import annotations

import ast
import inspect
import textwrap
from types import CodeType, FunctionType
from typing import Any

from cladogen.errors import ConfigError


def imports_of(function: FunctionType) -> dict[str, str]:
    """Return the imports of the file that a function stands in, by the name that each makes."""
    try:
        body = ast.parse("".join(inspect.findsource(function)[0])).body
    except (OSError, SyntaxError):
        return {}
    found = {}
    for node in body:
        if isinstance(node, ast.Import):
            for each in node.names:
                top = each.name.partition(".")[0]
                found[each.asname or top] = ast.unparse(ast.Import([each]))
        elif isinstance(node, ast.ImportFrom) and not node.level:
            for each in node.names:
                one = ast.ImportFrom(node.module, [each], 0)
                found[each.asname or each.name] = ast.unparse(one)
    return found


def source_of(value: Any, name: str) -> str:
    """Return the text of a function or a class as a statement; a lambda is given ``name``."""
    if getattr(value, "__name__", "") == "<lambda>":
        return f"{name} = {_lambda_source(value)}"
    try:
        text = textwrap.dedent(inspect.getsource(value))
    except (OSError, TypeError):
        raise ConfigError(
            f"{value.__name__}: its source cannot be read (typed at a prompt?); put it into a file"
        ) from None
    bare = isinstance(value, FunctionType) and not hasattr(value, "__wrapped__")
    return _undecorated(text) if bare else text


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
        text = "".join(lines)
        nodes = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Lambda)]
    except (OSError, SyntaxError):
        nodes, text = [], ""
    line = value.__code__.co_firstlineno
    parts = [ast.get_source_segment(text, node) or "" for node in nodes if node.lineno == line]
    own = _meaning(value.__code__)
    free = ", ".join(value.__code__.co_freevars)
    found = [part for part in parts if _meaning(_code_of(part, free)) == own]
    if len(set(found)) != 1:
        raise ConfigError("a lambda whose source cannot be told apart; write a def")
    return f"({found[0]})"


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
