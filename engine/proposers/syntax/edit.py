"""Edits of a source's bytes: put new text in an expression's place, add and remove statements."""

from __future__ import annotations

import ast
import re

from cladogen.proposers.syntax.code import ATOM, Code, level_of, needed
from cladogen.proposers.syntax.kinds import ValueType, fits
from cladogen.proposers.syntax.sites import Site, SourceLine
from cladogen.proposers.syntax.source import Source

_OPEN = re.compile(rb"\([ \t]*$")
_CLOSE = re.compile(rb"^[ \t]*\)")

Edit = tuple[int, int, str]


def code_of(source: Source, node: ast.expr) -> Code:
    """Return an expression's text with its level."""
    return Code(source.get(node), level_of(node))


def takes(source: Source, site: Site, kind: ValueType) -> bool:
    """Tell whether a site takes a known kind: its own, or one that suits it."""
    return kind.known and (kind == site.kind or suits(source, site, kind))


def suits(source: Source, site: Site, kind: ValueType) -> bool:
    """Tell whether an expression of ``kind`` may take this site: every kind above it must come out
    as it was.
    """
    current, node = kind, site.node
    for parent in reversed(site.above):
        before = source.kinds.of(node, site.names)
        if current == before:
            return True
        if not isinstance(parent, ast.expr) or not _open_minded(source, parent, node):
            return fits(current, before)
        known = source.kinds.of(parent, site.names)
        current, node = source.kinds.anew(parent, site.names, {node: current}), parent
        if known.known and not current.known:
            return False
    return fits(current, source.kinds.of(node, site.names))


def _open_minded(source: Source, parent: ast.expr, node: ast.expr) -> bool:
    """Tell whether ``parent`` takes numbers and arrays alike in ``node``'s place."""
    match parent:
        case ast.Call():
            name = source.kinds.elementwise(parent)
            return bool(name) and not (name == "where" and node is parent.args[0])
        case ast.BinOp(op=op):
            return not isinstance(op, ast.BitAnd | ast.BitOr | ast.BitXor)
        case ast.IfExp(test=test):
            return node is not test
    return isinstance(parent, ast.UnaryOp | ast.Compare)


def put(source: Source, site: Site, code: Code) -> Edit:
    """Return the edit that puts ``code`` in this site, in brackets only where it needs them."""
    start, end = _outer(source, site)
    text = code.at(needed(site.parent, site.node))
    if "\n" in text and isinstance(site.parent, ast.stmt):
        text = f"({code.text})" if code.level < ATOM else text
    return start, end, text


def apply(source: Source, *edits: Edit) -> str:
    """Return the file after edits that do not overlap; of two that do, the later one in the file
    stays.
    """
    data, limit = source.data, len(source.data)
    for start, end, text in sorted(edits, reverse=True):
        if end <= limit:
            data = data[:start] + text.encode("utf-8", "surrogateescape") + data[end:]
            limit = start
    return data.decode("utf-8", "surrogateescape")


def _outer(source: Source, site: Site) -> tuple[int, int]:
    """Return a site's span with the brackets around it that only group."""
    start, end = source.span(site.node)
    owner = _bracket_owner(source, site)
    while True:
        before = _OPEN.search(source.data[max(0, start - 40) : start])
        after = _CLOSE.match(source.data[end : end + 40])
        if not before or not after or start - len(before.group()) == owner:
            return start, end
        start, end = start - len(before.group()), end + len(after.group())


def _bracket_owner(source: Source, site: Site) -> int | None:
    """Return the offset of a bracket that belongs to the parent (a call's, a tuple's) and not to
    the expression.
    """
    match site.parent:
        case ast.Call(func=func):
            return source.data.index(b"(", source.span(func)[1])
        case ast.Tuple() | ast.GeneratorExp() as parent:
            return source.span(parent)[0]
    return None


def add_line(source: Source, line: SourceLine, text: str) -> Edit:
    """Return the edit that puts a statement before ``line``, indented like it."""
    first, _ = source.rows(line.node)
    indent = source.indent(line.node)
    return first, first, "".join(f"{indent}{each}\n" for each in text.split("\n"))


def remove_line(source: Source, line: SourceLine) -> Edit:
    """Return the edit that removes a statement."""
    return *source.rows(line.node), ""
