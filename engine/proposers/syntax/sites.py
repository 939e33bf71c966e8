"""Sites of a file that an operator may touch: expressions and statements, with what is readable
there.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass

from cladogen.proposers.syntax.infer import Names
from cladogen.proposers.syntax.kinds import ValueType


@dataclass(frozen=True, slots=True, eq=False)
class SourceLine:
    """A statement that may change: the block it stands in, its position there, and the names
    readable before it.
    """

    node: ast.stmt
    block: tuple[ast.stmt, ...]
    index: int
    names: Names
    function: str
    parameters: frozenset[str]

    @property
    def following(self) -> ast.stmt | None:
        """The next statement of the block."""
        return self.block[self.index + 1] if self.index + 1 < len(self.block) else None


@dataclass(frozen=True, slots=True, eq=False)
class Site:
    """An expression that may change: its node, the chain of nodes above it up to its statement, and
    its kind.
    """

    node: ast.expr
    above: tuple[ast.AST, ...]
    names: Names
    kind: ValueType
    statement: SourceLine

    @property
    def parent(self) -> ast.AST:
        return self.above[-1]
