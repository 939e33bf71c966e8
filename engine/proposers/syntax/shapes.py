"""Shapes of arrays as text: dimensions with commas between ("n, 2"), or "?..." for one that is only
known by name.

Dimensions are compared as they are written; what cannot be told apart from the text stays unknown
under a name that is the same wherever it is made the same way.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence


def dimensions(shape: str) -> list[str] | None:
    """Return the dimensions of a shape, or None for one known only by name."""
    return None if shape.startswith("?") else [part.strip() for part in shape.split(",")]


def written(node: ast.expr) -> str:
    """Return the shape that a shape argument gives: ``n``, or ``(n, 2)``."""
    parts = node.elts if isinstance(node, ast.Tuple | ast.List) else [node]
    return ", ".join(ast.unparse(part).replace(",", ";") for part in parts)


def together(shapes: list[str]) -> str:
    """Return the shape of arrays combined element by element.

    The code at hand runs, so two sizes in one dimension are one size written twice; the shorter
    text stands for both.
    """
    distinct = sorted(set(shapes))
    if len(distinct) == 1:
        return distinct[0]
    if any(shape.startswith("?") for shape in distinct):
        return "?" + " & ".join(each.lstrip("?") for each in distinct)
    return ", ".join(map(_one_size, zip(*_of_one_rank(distinct), strict=True)))


def _of_one_rank(shapes: list[str]) -> list[list[str]]:
    """Return the sizes of shapes, with ones in front of those that have fewer."""
    lists = [dimensions(shape) or [] for shape in shapes]
    rank = max(map(len, lists))
    return [["1"] * (rank - len(each)) + each for each in lists]


def _one_size(column: Sequence[str]) -> str:
    """Return the size of one dimension of arrays combined, of which some may be stretched."""
    return min(set(column) - {"1"}, key=lambda size: (len(size), size), default="1")


def reduced(shape: str, axis: str) -> str:
    """Return the shape without an axis."""
    known = dimensions(shape)
    if known is None:
        return f"{shape} less {axis}"
    if not _is_axis(axis, len(known)):
        return f"?{shape} less {axis}"
    del known[int(axis)]
    return ", ".join(known)


def _is_axis(axis: str, rank: int) -> bool:
    """Tell whether a text is the number of an axis that may go, of an array with several."""
    if not axis.removeprefix("-").isdigit() or rank < 2:
        return False
    return -rank <= int(axis) < rank


def indexed(shape: str, index: ast.expr) -> str:
    """Return the shape of a part that is taken by slices and None; "" when it is a single
    element.
    """
    known = dimensions(shape)
    parts = list(index.elts) if isinstance(index, ast.Tuple) else [index]
    if known is None or sum(not _is_new(part) for part in parts) > len(known):
        return shape if all(map(_is_full, parts)) else f"?{shape.lstrip('?')}[{ast.unparse(index)}]"
    sizes = iter(known)
    taken = [_size_taken(part, sizes) for part in parts]
    return ", ".join(list(filter(None, taken)) + list(sizes))


def _size_taken(part: ast.expr, sizes: Iterator[str]) -> str:
    """Return the size that one part of an index leaves; "" for a single element."""
    if _is_new(part):
        return "1"
    size = next(sizes)
    if not isinstance(part, ast.Slice):
        return ""
    return size if _is_full(part) else f"{size}[{ast.unparse(part)}]".replace(",", ";")


def _is_new(part: ast.expr) -> bool:
    return isinstance(part, ast.Constant) and part.value is None


def _is_full(part: ast.expr) -> bool:
    """Tell whether it is a slice that takes everything, in whatever direction."""
    if not isinstance(part, ast.Slice) or part.lower is not None or part.upper is not None:
        return False
    return part.step is None or ast.unparse(part.step) in ("1", "-1")
