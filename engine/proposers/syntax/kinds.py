"""What an expression is: a small type system, typed enough that most children of an operator run.

A kind is a base and, for arrays, the text of its shape (see `shapes`): arrays whose shapes are
written alike combine. What cannot be told is OTHER, and operators leave it alone.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

from cladogen.proposers.syntax.shapes import together


@dataclass(frozen=True, slots=True)
class ValueType:
    """``base`` is int, float, bool, array, mask (an array of booleans) or other; ``real`` marks a
    known float array.
    """

    base: str
    shape: str = ""
    real: bool = field(default=False, compare=False)

    @property
    def wide(self) -> bool:
        """Tell whether it is an array or a mask."""
        return self.base in ("array", "mask")

    @property
    def number(self) -> bool:
        return self.base in ("int", "float")

    @property
    def known(self) -> bool:
        return self.base != "other"


INT = ValueType("int")
FLOAT = ValueType("float")
BOOL = ValueType("bool")
OTHER = ValueType("other")


def join(kinds: list[ValueType]) -> ValueType:
    """Return the kind of an elementwise combination."""
    if not all(kind.known for kind in kinds):
        return OTHER
    shapes = sorted({kind.shape for kind in kinds if kind.wide})
    if shapes:
        return ValueType("array", together(shapes), any(map(has_fractions, kinds)))
    return _number_of(kinds)


def _number_of(kinds: list[ValueType]) -> ValueType:
    return FLOAT if any(kind.base == "float" for kind in kinds) else INT


def has_fractions(kind: ValueType) -> bool:
    """Whether values of a kind are no whole numbers."""
    return kind.real or kind.base == "float"


def fits(kind: ValueType, wanted: ValueType) -> bool:
    """Tell whether a value of ``kind`` may stand where one of ``wanted`` stood."""
    return kind == wanted or (wanted.base == "float" and kind.base == "int")


def truth(kind: ValueType) -> ValueType:
    """Return the kind of a comparison of what combines to ``kind``."""
    if kind.wide:
        return ValueType("mask", kind.shape)
    return BOOL if kind.known else OTHER


def annotated(annotation: ast.expr | None, name: str) -> ValueType:
    """Return the kind an annotation names."""
    text = "" if annotation is None else ast.unparse(annotation)
    if text in ("int", "float", "bool"):
        return ValueType(text)
    if any(word in text for word in ("ndarray", "NDArray", "ArrayLike")):
        return ValueType("array", f"?{name}")
    return OTHER
