"""Shapes of arrays as text: dimensions with commas between ("n, 2"), or "?..." for one that is only
known by name.

Dimensions are compared as they are written; what cannot be told apart from the text stays unknown
under a name that is the same wherever it is made the same way.
"""

from __future__ import annotations

import ast


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
    known = [dimensions(shape) for shape in distinct]
    if None in known:
        return "?" + " & ".join(each.lstrip("?") for each in distinct)
    lists = [each for each in known if each is not None]
    rank = max(map(len, lists))
    columns = zip(*(["1"] * (rank - len(each)) + each for each in lists), strict=True)
    return ", ".join(
        min((size for size in column if size != "1"), key=lambda s: (len(s), s), default="1")
        for column in columns
    )


def reduced(shape: str, axis: str) -> str:
    """Return the shape without an axis."""
    known = dimensions(shape)
    if (
        known is None
        or not axis.lstrip("-").isdigit()
        or len(known) < 2
        or abs(int(axis)) >= len(known) + (axis[0] == "-")
    ):
        return f"{shape} less {axis}" if known is None else f"?{shape} less {axis}"
    del known[int(axis)]
    return ", ".join(known)


def indexed(shape: str, index: ast.expr) -> str:
    """Return the shape of a part that is taken by slices and None; "" when it is a single
    element.
    """
    known = dimensions(shape)
    parts = list(index.elts) if isinstance(index, ast.Tuple) else [index]
    if known is None or sum(not _new(part) for part in parts) > len(known):
        whole = all(isinstance(part, ast.Slice) and _full(part) for part in parts)
        return shape if whole else f"?{shape.lstrip('?')}[{ast.unparse(index)}]"
    result, rest = [], list(known)
    for part in parts:
        if _new(part):
            result.append("1")
            continue
        size = rest.pop(0)
        if isinstance(part, ast.Slice):
            result.append(size if _full(part) else f"{size}[{ast.unparse(part)}]".replace(",", ";"))
    return ", ".join(result + rest)


def _new(part: ast.expr) -> bool:
    return isinstance(part, ast.Constant) and part.value is None


def _full(part: ast.Slice) -> bool:
    """Tell whether a slice takes everything, in whatever direction."""
    step = part.step is None or ast.unparse(part.step) in ("1", "-1")
    return part.lower is None and part.upper is None and step
