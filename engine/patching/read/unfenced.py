"""A reply that is nothing but a file: complete code, no fence, and no word beside it."""

from __future__ import annotations

import ast
from collections.abc import Mapping

from cladogen.patching.edits import Alternative, FileEdit
from cladogen.patching.parts.completeness import why_part
from cladogen.patching.read.names import only
from cladogen.patching.read.regions import regions
from cladogen.patching.read.snippets import defines_some, end_alike
from cladogen.source.python import python_tree

_LANGUAGE = ("python", "py", "python3")  # what is left of a fence's first line


def file_alone(reply: str, texts: Mapping[str, str], ended: bool) -> list[Alternative]:
    """Return the file of Python that a reply is as a whole, [] for any other reply.

    It must be readable, and have all that one file of the program must have. Nothing closes it, so
    it counts only when the provider said that it ended by itself, or where it ends as the file
    does.
    """
    text = _only_prose(reply)
    if not _is_python(text):
        return []
    python = (path for path in texts if path.endswith(".py"))
    path = only([path for path in python if _may_be(text, path, texts, ended)])
    return [Alternative((FileEdit(new=path, whole=text),))] if path else []


def _only_prose(reply: str) -> str:
    """Return a reply that has no fence and no edit, "" for any other."""
    found = regions(reply)
    if len(found) != 1 or found[0].fenced or found[0].edits:
        return ""
    lines = [line for line in found[0].lines if line.strip() not in _LANGUAGE]
    return "\n".join(lines).strip("\n") + "\n"


def _may_be(text: str, path: str, texts: Mapping[str, str], ended: bool) -> bool:
    if not defines_some(text, path, texts) or why_part(text, path, texts):
        return False
    return ended or end_alike(text, texts[path])


def _is_python(text: str) -> bool:
    try:
        body = python_tree(text).body
    except SyntaxError:
        return False
    return bool(body) and not any(map(_is_a_word, body))


def _is_a_word(statement: ast.stmt) -> bool:
    """Whether a statement is a name alone, as a word of prose is."""
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Name)
