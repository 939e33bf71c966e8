"""What an expression is: a small type system, typed enough that most children of an operator run.

A kind is a base and, for arrays, the text of its shape (see `shapes`): arrays whose shapes are
written alike combine. What cannot be told is OTHER, and operators leave it alone.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from cladogen.proposers.syntax.shapes import dimensions, indexed, reduced, together, written

Instead = Mapping[ast.expr, "ValueType"] | None


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


def words(text: str) -> frozenset[str]:
    return frozenset(text.split())


INT, FLOAT, BOOL, OTHER = (
    ValueType("int"),
    ValueType("float"),
    ValueType("bool"),
    ValueType("other"),
)

ELEMENTWISE = words(
    """
    abs absolute sqrt exp exp2 expm1 log log2 log10 log1p sin cos tan tanh sinh cosh arctan arcsin
    arccos sign
    square cbrt floor ceil rint round around trunc negative reciprocal fabs nan_to_num clip
    heaviside mod fmod
    remainder minimum maximum fmin fmax add subtract multiply divide true_divide floor_divide
    power float_power
    hypot arctan2 where
    """
)
TESTS = words(
    """
    logical_and logical_or logical_not logical_xor greater less greater_equal less_equal equal
    not_equal isfinite
    isnan isinf isclose
    """
)
REDUCTIONS = words(
    """
    sum mean std var max min amax amin median prod ptp dot vdot count_nonzero trace
    """
)
LIKE = words(
    """
    zeros_like ones_like full_like empty_like copy array asarray sort argsort cumsum cumprod flip
    roll
    """
)
DRAWS = words("random normal uniform standard_normal exponential")
MAKERS = words(
    """
    zeros ones full empty arange linspace eye permutation
    """
)
POSITIONS = words("argmax argmin len size searchsorted")
_REAL = words(
    """
    sqrt exp exp2 expm1 log log2 log10 log1p sin cos tan tanh sinh cosh divide true_divide
    """
)


_CASTS = {"len": INT, "int": INT, "float": FLOAT, "bool": BOOL}


def join(kinds: list[ValueType]) -> ValueType:
    """Return the kind of an elementwise combination."""
    if any(kind.base == "other" for kind in kinds):
        return OTHER
    shapes = sorted({kind.shape for kind in kinds if kind.wide})
    if shapes:
        return ValueType(
            "array", together(shapes), any(kind.real or kind.base == "float" for kind in kinds)
        )
    return FLOAT if any(kind.base == "float" for kind in kinds) else INT


def fits(kind: ValueType, wanted: ValueType) -> bool:
    """Tell whether a value of ``kind`` may stand where one of ``wanted`` stood."""
    return kind == wanted or (wanted.base == "float" and kind.base == "int")


class Kinds:
    """Infer kinds in one module: its names for NumPy and math, and what its own functions
    return.
    """

    def __init__(self, tree: ast.Module) -> None:
        self.numpy: str = ""
        self.math: str = ""
        self.returns: dict[str, ValueType] = {}
        self._known_kinds: dict[ast.expr, ValueType] = {}
        for node in tree.body:
            if isinstance(node, ast.Import):
                for name in node.names:
                    if name.name == "numpy":
                        self.numpy = name.asname or "numpy"
                    if name.name == "math":
                        self.math = name.asname or "math"
            if isinstance(node, ast.FunctionDef) and node.returns is not None:
                self.returns[node.name] = annotated(node.returns, f"{node.name}()")

    def of(
        self, node: ast.expr, names: Mapping[str, ValueType], instead: Instead = None
    ) -> ValueType:
        """Return the kind of an expression where ``names`` are readable; ``instead`` overrules it
        for some nodes.

        Kinds are remembered by node, so one node must always be asked for with the same names (see
        `forget`).
        """
        if instead and node in instead:
            return instead[node]
        known = self._known_kinds.get(node)
        if known is None:
            known = self._known_kinds[node] = self.anew(node, names, instead)
        return known

    def anew(
        self, node: ast.expr, names: Mapping[str, ValueType], instead: Instead = None
    ) -> ValueType:
        """Return the kind of an expression, whatever was remembered; ``instead`` may name its
        direct parts.
        """
        rule = _RULES.get(type(node))
        return rule(self, node, names, instead) if rule else OTHER

    def forget(self) -> None:
        """Start afresh, because more is known about the module's functions."""
        self._known_kinds.clear()

    def elementwise(self, call: ast.Call) -> str:
        """Return the name of the elementwise function a call names, or ""."""
        name = self.function(call)
        return name if name in ELEMENTWISE or name in TESTS else ""

    def function(self, call: ast.Call) -> str:
        """Return the plain name of the NumPy, math or built-in function that a call names, or
        "".
        """
        match call.func:
            case ast.Attribute(value=ast.Name(id=module), attr=name) if (
                module in (self.numpy, self.math) and module
            ):
                return name
            case ast.Name(id=name) if name in (
                "abs",
                "min",
                "max",
                "len",
                "round",
                "float",
                "int",
                "bool",
                "sum",
            ):
                return name
        return ""

    def _call(self, node: ast.Call, names: Mapping[str, ValueType], instead: Instead) -> ValueType:
        name = self.function(node)
        kinds = [self.of(each, names, instead) for each in node.args]
        if name:
            return self._known(name, node, kinds, names)
        match node.func:
            case ast.Name(id=function):
                return self.returns.get(function, OTHER)
            case ast.Attribute(value=value, attr=method):
                return _method(method, self.of(value, names, instead), node)
        return OTHER

    def _known(  # noqa: PLR0911  (a line for each family)
        self, name: str, node: ast.Call, kinds: list[ValueType], names: Mapping[str, ValueType]
    ) -> ValueType:
        """Return what a known function gives: one line for each family of functions."""
        first = kinds[0] if kinds else OTHER
        if name in _CASTS or (name in POSITIONS and not node.keywords):
            return _CASTS.get(name, INT)
        if name == "where":
            return _where(kinds)
        if isinstance(node.func, ast.Name) and name in ("min", "max", "sum"):
            return (
                OTHER
                if name == "sum" or any(kind.wide for kind in kinds) or len(kinds) < 2
                else join(kinds)
            )
        if name in TESTS:
            return _truth(join(kinds)) if kinds else OTHER
        if name in ELEMENTWISE:
            return _elementwise(name, kinds)
        if name in REDUCTIONS:
            return _reduced(first, node, 1)
        if name in LIKE:
            return (
                ValueType("array", first.shape, "dtype" in _keywords(node))
                if first.wide
                else self._listed(node, names)
            )
        if name == "column_stack" and node.args and isinstance(node.args[0], ast.List | ast.Tuple):
            columns = [self.of(each, names) for each in node.args[0].elts]
            return (
                ValueType("array", f"{columns[0].shape}, {len(columns)}", True)
                if columns and columns[0].wide
                else OTHER
            )
        return _made(name, node)

    def _listed(self, node: ast.Call, names: Mapping[str, ValueType]) -> ValueType:
        """Return the kind of an array made from a list of numbers or from a comprehension."""
        match node.args:
            case [ast.List(elts=elements), *_] if elements and all(
                self.of(e, names).number for e in elements
            ):
                return ValueType("array", str(len(elements)))
            case [ast.ListComp(generators=[ast.comprehension(iter=over, ifs=[])]), *_]:
                return ValueType("array", self.length(over, names))
        return OTHER

    def length(self, over: ast.expr, names: Mapping[str, ValueType]) -> str:
        """Return the shape of what comes of one thing for each of ``over``."""
        if (
            isinstance(over, ast.Call)
            and isinstance(over.func, ast.Name)
            and over.func.id == "range"
            and len(over.args) == 1
        ):
            return written(over.args[0])
        known = dimensions(self.of(over, names).shape)
        return known[0] if known and known[0] else f"?{ast.unparse(over)}"


def annotated(annotation: ast.expr | None, name: str) -> ValueType:
    """Return the kind an annotation names."""
    text = "" if annotation is None else ast.unparse(annotation)
    if text in ("int", "float", "bool"):
        return ValueType(text)
    if "ndarray" in text or "NDArray" in text or "ArrayLike" in text:
        return ValueType("array", f"?{name}")
    return OTHER


def _truth(kind: ValueType) -> ValueType:
    return ValueType("mask", kind.shape) if kind.wide else OTHER if kind.base == "other" else BOOL


def _reduced(kind: ValueType, node: ast.Call, position: int) -> ValueType:
    """Return the kind of a reduction: over everything, or along the axis a call names."""
    if not kind.wide:
        return OTHER
    axis = [each.value for each in node.keywords if each.arg == "axis"] + node.args[
        position : position + 1
    ]
    if not axis:
        return FLOAT if not node.keywords else OTHER
    return (
        ValueType("array", reduced(kind.shape, ast.unparse(axis[0])), True)
        if len(node.keywords) < 2
        else OTHER
    )


def _made(name: str, node: ast.Call) -> ValueType:
    """Return the kind of an array made from its shape, by NumPy or by a generator of random
    numbers.
    """
    size = [each.value for each in node.keywords if each.arg in ("size", "shape")]
    if name in DRAWS:
        size = size or (node.args[:1] if name in ("random", "standard_normal") else node.args[2:3])
        return ValueType("array", written(size[0]), True) if size else FLOAT
    if name not in MAKERS or not (size or node.args):
        return OTHER
    if name == "eye":
        return ValueType("array", ", ".join([written(node.args[0])] * 2), True)
    if name == "linspace" and len(node.args) > 2:
        return ValueType("array", written(node.args[2]), True)
    if name in ("zeros", "ones", "full", "empty") or len(node.args) == 1:
        return ValueType("array", written((size or node.args)[0]), name not in ("full", "arange"))
    return ValueType("array", f"?{ast.unparse(node)}")


def _keywords(node: ast.Call) -> set[str]:
    return {keyword.arg or "" for keyword in node.keywords}


def _where(kinds: list[ValueType]) -> ValueType:
    if len(kinds) != 3:
        return OTHER
    arms = join(kinds[1:])
    shapes = [kind.shape for kind in kinds if kind.wide]
    if arms.base == "other" or kinds[0].base == "other":
        return OTHER
    return (
        ValueType(
            "array", together(shapes), all(kind.real or kind.base == "float" for kind in kinds[1:])
        )
        if shapes
        else arms
    )


def _elementwise(name: str, kinds: list[ValueType]) -> ValueType:
    if not kinds:
        return OTHER
    joined = join(kinds)
    if joined.base == "array":
        return ValueType("array", joined.shape, joined.real or name in _REAL)
    return (
        joined
        if name in ("abs", "min", "max", "round", "minimum", "maximum") or joined.base == "other"
        else FLOAT
    )


def _method(method: str, owner: ValueType, node: ast.Call) -> ValueType:
    if method in DRAWS and not owner.wide:
        return _made(method, node)
    if not owner.wide:
        return OTHER
    if method in ("astype", "copy", "clip", "round", "cumsum", "argsort"):
        return ValueType("array", owner.shape, method == "astype" and "float" in ast.unparse(node))
    if method in ("argmax", "argmin") and not node.args and not node.keywords:
        return INT
    return _reduced(owner, node, 0) if method in REDUCTIONS else OTHER


def _constant(
    kinds: Kinds, node: ast.Constant, names: Mapping[str, ValueType], instead: object
) -> ValueType:
    if isinstance(node.value, bool):
        return BOOL
    return INT if isinstance(node.value, int) else FLOAT if isinstance(node.value, float) else OTHER


def _name(
    kinds: Kinds, node: ast.Name, names: Mapping[str, ValueType], instead: object
) -> ValueType:
    return names.get(node.id, OTHER)


def _binary(
    kinds: Kinds, node: ast.BinOp, names: Mapping[str, ValueType], instead: Instead
) -> ValueType:
    left, right = kinds.of(node.left, names, instead), kinds.of(node.right, names, instead)
    if isinstance(node.op, (ast.BitAnd, ast.BitOr, ast.BitXor)) and {left.base, right.base} <= {
        "mask",
        "bool",
    }:
        joined = join([left, right])
        return _truth(joined)
    joined = join([left, right])
    if isinstance(node.op, ast.Div) and joined.base == "int":
        return FLOAT
    if isinstance(node.op, ast.Div) and joined.wide:
        return ValueType("array", joined.shape, True)
    return joined if not isinstance(node.op, (ast.MatMult, ast.LShift, ast.RShift)) else OTHER


def _unary(
    kinds: Kinds, node: ast.UnaryOp, names: Mapping[str, ValueType], instead: Instead
) -> ValueType:
    if isinstance(node.op, ast.Not):
        return BOOL
    kind = kinds.of(node.operand, names, instead)
    return kind if isinstance(node.op, ast.Invert) else join([kind])


def _compare(
    kinds: Kinds, node: ast.Compare, names: Mapping[str, ValueType], instead: Instead
) -> ValueType:
    sides = [kinds.of(each, names, instead) for each in (node.left, *node.comparators)]
    joined = join(sides)
    return OTHER if joined.wide and len(sides) > 2 else _truth(joined)


def _boolean(
    kinds: Kinds, node: ast.BoolOp, names: Mapping[str, ValueType], instead: Instead
) -> ValueType:
    return (
        BOOL
        if all(kinds.of(each, names, instead).base == "bool" for each in node.values)
        else OTHER
    )


def _choice(
    kinds: Kinds, node: ast.IfExp, names: Mapping[str, ValueType], instead: Instead
) -> ValueType:
    if kinds.of(node.test, names, instead).wide:
        return OTHER
    return join([kinds.of(node.body, names, instead), kinds.of(node.orelse, names, instead)])


def _attribute(
    kinds: Kinds, node: ast.Attribute, names: Mapping[str, ValueType], instead: object
) -> ValueType:
    if isinstance(node.value, ast.Name) and node.value.id in (kinds.numpy, kinds.math):
        return FLOAT if node.attr in ("pi", "e", "inf") else OTHER
    return INT if node.attr in ("size", "ndim") else OTHER


def _subscript(
    kinds: Kinds, node: ast.Subscript, names: Mapping[str, ValueType], instead: Instead
) -> ValueType:
    if isinstance(node.value, ast.Attribute) and node.value.attr == "shape":
        return INT
    owner = kinds.of(node.value, names, instead)
    if not owner.wide:
        return OTHER
    if isinstance(node.slice, ast.Slice | ast.Tuple | ast.Constant):
        shape = indexed(owner.shape, node.slice)
    elif kinds.of(node.slice, names, instead) == INT:
        shape = indexed(owner.shape, ast.Constant(0))
    else:
        return (
            ValueType("array", f"?{ast.unparse(node)}")
            if kinds.of(node.slice, names, instead).wide
            else OTHER
        )
    return (
        ValueType("array", shape, owner.real) if shape else FLOAT if owner.base == "array" else BOOL
    )


_RULES: dict[type[ast.expr], Callable[..., ValueType]] = {
    ast.Constant: _constant,
    ast.Name: _name,
    ast.BinOp: _binary,
    ast.UnaryOp: _unary,
    ast.Compare: _compare,
    ast.BoolOp: _boolean,
    ast.IfExp: _choice,
    ast.Call: Kinds._call,
    ast.Attribute: _attribute,
    ast.Subscript: _subscript,
}
