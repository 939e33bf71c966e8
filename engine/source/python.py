"""Python text read into a syntax tree, or refused with one kind of error."""

from __future__ import annotations

import ast


def python_tree(text: str | bytes) -> ast.Module:
    """Return the syntax tree of a Python text. Raises SyntaxError when it cannot be read, whatever
    the compiler says of it: no Python, too deeply nested, zero bytes, too large.

    CPython 3.11.7 raises a SystemError ("AST constructor recursion depth mismatch") for a good text
    when a finalizer in the middle of the parse parses too, so such a text is read once more.
    """
    try:
        return _read(text)
    except SystemError:
        return _read(text)


def _read(text: str | bytes) -> ast.Module:
    try:
        return ast.parse(text)
    except (ValueError, RecursionError, MemoryError) as error:
        raise SyntaxError(str(error) or type(error).__name__) from None
