"""One Python file, read once: every expression and statement an operator may touch, and the bytes
they stand on.
"""

from __future__ import annotations

import ast

from cladogen.patching.evolve_blocks import open_lines
from cladogen.patching.restore import shared_lines
from cladogen.proposers.syntax.infer import Kinds
from cladogen.proposers.syntax.kinds import ValueType
from cladogen.proposers.syntax.reader import Calls, Reading, read
from cladogen.source.python import python_tree

PASSES = 4


class Source:
    """A parsed Python file. Raises SyntaxError when it cannot be read.

    ``sites`` are the expressions that may change and ``lines`` the statements, in reading order.
    ``given`` says what functions of this file are called with elsewhere, for parameters without
    annotations; ``calls`` is what this file calls others with. Lines that are still those of
    ``original`` may not change.
    """

    def __init__(self, text: str, given: Calls = (), original: str = "") -> None:
        self.text = text
        self.data = text.encode("utf-8", "surrogateescape")
        self.tree = python_tree(text)
        self.kinds = Kinds(self.tree)
        self.given = dict(given)
        self._starts = _starts_of_lines(self.data)
        self.original = original
        self._open = open_lines(text)
        self._shut = shared_lines(original, text) if original else frozenset()
        reading = self._read()
        self.sites = reading.sites
        self.statements = reading.lines  # of functions, also those that may not change
        self.lines = [line for line in reading.lines if self.editable(line.node)]
        self.calls: Calls = tuple(reading.calls.items())

    def _read(self) -> Reading:
        """Read in passes: what a function returns and is called with is known to the others in the
        next pass.
        """
        declared = set(self.kinds.returns)
        local = {node.name for node in self.tree.body if isinstance(node, ast.FunctionDef)}
        for _ in range(PASSES if len(local) > 1 else 1):
            known = dict(self.kinds.returns), dict(self.given)
            self.kinds.forget()
            reading = read(self.tree, self.kinds, self.given, self.editable)
            self.kinds.returns |= _without(reading.returns, declared)
            self.given |= {name: reading.calls[name] for name in reading.calls.keys() & local}
            if known == (self.kinds.returns, self.given):
                break
        return reading

    def span(self, node: ast.expr | ast.stmt) -> tuple[int, int]:
        """Return the first byte of a node and the one after its last."""
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        start = self._starts[node.lineno - 1] + node.col_offset
        return start, self._starts[node.end_lineno - 1] + node.end_col_offset

    def rows(self, node: ast.stmt) -> tuple[int, int]:
        """Return the bytes of the whole lines a statement stands on."""
        assert node.end_lineno is not None
        return self._starts[node.lineno - 1], self._starts[node.end_lineno]

    def get(self, node: ast.expr | ast.stmt) -> str:
        """Return a node's text."""
        start, end = self.span(node)
        return self.data[start:end].decode("utf-8", "surrogateescape")

    def indent(self, node: ast.stmt) -> str:
        return self.data[self.rows(node)[0] : self.span(node)[0]].decode()

    def alone(self, node: ast.stmt) -> bool:
        """Tell whether a statement has its lines for itself, so that lines can be added or removed
        around it.
        """
        first, last = self.rows(node)
        start, end = self.span(node)
        tail = self.data[end:last].strip()
        return not self.data[first:start].strip() and (not tail or tail.startswith(b"#"))

    def editable(self, node: ast.expr | ast.stmt) -> bool:
        """Tell whether a node lies inside the EVOLVE-BLOCK markers, where the file has any, and on
        no line of the original.
        """
        rows = range(node.lineno, (node.end_lineno or node.lineno) + 1)
        if not self._shut.isdisjoint(rows):
            return False
        return self._open is None or self._open.issuperset(rows)


def _starts_of_lines(data: bytes) -> list[int]:
    starts = [0]
    for line in data.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    return starts


def _without(found: dict[str, ValueType], names: set[str]) -> dict[str, ValueType]:
    return {name: value for name, value in found.items() if name not in names}
