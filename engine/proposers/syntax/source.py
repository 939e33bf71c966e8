"""One Python file, read once: every expression and statement an operator may touch, and what is
readable there.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from cladogen.patching.evolve_blocks import open_lines
from cladogen.proposers.syntax.kinds import (
    FLOAT,
    INT,
    OTHER,
    Kinds,
    ValueType,
    annotated,
    join,
    words,
)
from cladogen.proposers.syntax.shapes import dimensions

PASSES = 4

Names = Mapping[str, ValueType]
Calls = tuple[tuple[str, tuple[ValueType, ...]], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Place:
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


class Source:
    """A parsed Python file. Raises SyntaxError when it cannot be read.

    ``given`` says what functions of this file are called with elsewhere, for parameters without
    annotations; ``calls`` is what this file calls others with.
    """

    def __init__(self, text: str, given: Calls = ()) -> None:
        self.text = text
        self.data = text.encode("utf-8", "surrogateescape")
        self.tree = ast.parse(text)
        self.kinds = Kinds(self.tree)
        self._starts = [0]
        for line in self.data.splitlines(keepends=True):
            self._starts.append(self._starts[-1] + len(line))
        self._open = open_lines(text)
        self.calls: dict[str, tuple[ValueType, ...]] = {}
        self.given = dict(given)
        self._read()

    def _read(self) -> None:
        """Read in passes: what a function returns and is called with is known to the others in the
        next pass.
        """
        declared = set(self.kinds.returns)
        local = {node.name for node in self.tree.body if isinstance(node, ast.FunctionDef)}
        for _ in range(PASSES if len(local) > 1 else 1):
            self.places: list[Place] = []
            self.lines: list[SourceLine] = []
            known = dict(self.kinds.returns), dict(self.given)
            self.kinds.forget()
            reader = _Reader(self)
            reader.read()
            self.kinds.returns.update(
                {name: kind for name, kind in reader.returns.items() if name not in declared}
            )
            self.given.update((name, kinds) for name, kinds in self.calls.items() if name in local)
            if known == (self.kinds.returns, self.given):
                break

    def span(self, node: ast.expr | ast.stmt) -> tuple[int, int]:
        """Return the first byte of a node and the one after its last."""
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        return self._starts[node.lineno - 1] + node.col_offset, self._starts[
            node.end_lineno - 1
        ] + node.end_col_offset

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
        """Tell whether a node lies inside the EVOLVE-BLOCK markers, where the file has any."""
        if self._open is None:
            return True
        return all(
            line in self._open for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)
        )


_SHAPED = words("zeros ones empty eye arange reshape astype permutation indices")
_QUIET = words(
    """
    axis dtype keepdims shape size order copy out casting ndmin strict key default
    """
)


class _Reader:
    """Walk a module in reading order, keeping the names that are surely bound."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.kinds = source.kinds
        self.globals: dict[str, ValueType] = {}
        self.returns: dict[str, ValueType] = {}

    def read(self) -> None:
        self._block(self.source.tree.body, self.globals, "", frozenset())

    def _block(
        self,
        body: list[ast.stmt],
        names: dict[str, ValueType],
        function: str,
        given: frozenset[str],
    ) -> None:
        block = tuple(body)
        for index, node in enumerate(block):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                self._function(node, names, function)
                continue
            if isinstance(node, ast.ClassDef):
                self._block(node.body, dict(names), function, frozenset())
                continue
            if isinstance(node, ast.Import | ast.ImportFrom) or _docstring(node) or _main(node):
                continue
            line = SourceLine(node, block, index, dict(names), function, given)
            if function and self.source.editable(node):
                self.source.lines.append(line)
            self._expressions(line)
            self._inner(node, names, function, given)
            _bind(node, names, self.kinds)
            if isinstance(node, ast.Return) and node.value is not None and "." not in function:
                self.returns.setdefault(function, self.kinds.of(node.value, names))

    def _inner(
        self, node: ast.stmt, names: dict[str, ValueType], function: str, given: frozenset[str]
    ) -> None:
        for name in ("body", "orelse", "finalbody"):
            inner = getattr(node, name, None)
            if inner:
                below = dict(names)
                if isinstance(node, ast.For) and name == "body":
                    below.update(_loop_names(node.target, node.iter, names, self.kinds))
                self._block(inner, below, function, given)
        for handler in getattr(node, "handlers", ()):
            self._block(handler.body, dict(names), function, given)

    def _function(
        self, node: ast.FunctionDef | ast.AsyncFunctionDef, names: dict[str, ValueType], outer: str
    ) -> None:
        inner = dict(names)
        every = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
        guess = dict(
            zip((each.arg for each in every), self.source.given.get(node.name, ()), strict=False)
        )
        open_ = {
            each.arg
            for each in every
            if each.annotation is None and guess.get(each.arg, OTHER) is OTHER
        }
        guess.update(_guess(node, open_, self.kinds))
        for each in every:
            inner[each.arg] = (
                annotated(each.annotation, each.arg) if each.annotation else guess[each.arg]
            )
        self._block(
            node.body,
            inner,
            f"{outer}.{node.name}" if outer else node.name,
            frozenset(inner) - set(names),
        )

    def _expressions(self, line: SourceLine) -> None:
        for field, value in ast.iter_fields(line.node):
            if field in ("body", "orelse", "finalbody", "handlers", "annotation", "type_params"):
                continue
            target = field in ("targets", "target")
            for each in value if isinstance(value, list) else [value]:
                if isinstance(each, ast.expr):
                    self._expression(each, (line.node,), line.names, line, target)

    def _expression(
        self,
        node: ast.expr,
        above: tuple[ast.AST, ...],
        names: Names,
        line: SourceLine,
        bound: bool,
    ) -> None:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and not node.keywords:
            self.source.calls[node.func.id] = tuple(
                self.kinds.of(each, names) for each in node.args
            )
        if isinstance(node, ast.JoinedStr | ast.Lambda) or (
            isinstance(node, ast.Constant) and not isinstance(node.value, int | float)
        ):
            return
        if (
            not bound
            and self.source.editable(node)
            and not isinstance(node, ast.Starred | ast.Slice)
        ):
            self.source.places.append(Place(node, above, names, self.kinds.of(node, names), line))
        if isinstance(node, ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp):
            names = self._comprehension(node.generators, names)
        above = (*above, node)
        for child in _children(node):
            self._expression(
                child, above, names, line, bound and child is not getattr(node, "slice", None)
            )

    def _comprehension(self, generators: list[ast.comprehension], names: Names) -> Names:
        inner = dict(names)
        for each in generators:
            inner.update(_loop_names(each.target, each.iter, inner, self.kinds))
        return inner


def _children(node: ast.expr) -> Iterator[ast.expr]:
    """Yield the sub-expressions that may change: not function names, attributes' owners, shapes, or
    quiet keywords.
    """
    if (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in _SHAPED
    ):
        return
    if (
        isinstance(node, ast.Subscript)
        and isinstance(node.value, ast.Attribute)
        and node.value.attr == "shape"
    ):
        return
    if isinstance(node, ast.Name | ast.Constant):
        return
    if isinstance(node, ast.BinOp):
        yield node.left
        yield node.right
        return
    for field, value in ast.iter_fields(node):
        if field == "func" or (isinstance(node, ast.Attribute) and field == "value"):
            if isinstance(value, ast.Attribute) and not isinstance(value.value, ast.Name):
                yield value.value  # the owner of a method call on an expression
            continue
        if isinstance(node, ast.Dict) and field == "keys":
            continue
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, ast.expr):
                yield each
            elif isinstance(each, ast.keyword) and each.arg not in _QUIET:
                yield each.value
            elif isinstance(each, ast.comprehension):
                yield from (each.iter, *each.ifs)


def _docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _main(node: ast.stmt) -> bool:
    return isinstance(node, ast.If) and "__name__" in ast.dump(node.test)


def _bind(node: ast.stmt, names: dict[str, ValueType], kinds: Kinds) -> None:
    """Add what a statement binds, whatever way through it was taken."""
    match node:
        case ast.Assign(targets=targets, value=value):
            kind = kinds.of(value, names)
            for target in targets:
                if isinstance(target, ast.Name):
                    names[target.id] = kind
                elif isinstance(target, ast.Tuple):
                    names.update(
                        {each.id: OTHER for each in target.elts if isinstance(each, ast.Name)}
                    )
        case ast.AnnAssign(target=ast.Name(id=name), value=value) if value is not None:
            known = annotated(node.annotation, name)
            names[name] = kinds.of(value, names) if known.wide or known is OTHER else known
        case ast.AugAssign(target=ast.Name(id=name)) if name in names and names[name].base == "int":
            names[name] = join([names[name], kinds.of(node.value, names)])
            if isinstance(node.op, ast.Div):
                names[name] = FLOAT
        case ast.If(body=body, orelse=orelse):
            _branches(body, orelse, names, kinds)
        case ast.With(body=body):
            for each in body:
                _bind(each, names, kinds)


def _branches(
    body: list[ast.stmt], orelse: list[ast.stmt], names: dict[str, ValueType], kinds: Kinds
) -> None:
    then, other = dict(names), dict(names)
    for each in body:
        _bind(each, then, kinds)
    for each in orelse:
        _bind(each, other, kinds)
    leaves = isinstance(body[-1], ast.Return | ast.Raise | ast.Continue | ast.Break)
    for name in other if leaves else then.keys() & other.keys():
        if leaves or then[name] == other[name]:
            names[name] = other[name]
        else:
            names[name] = (
                join([then[name], other[name]])
                if {then[name].base, other[name].base} == {"int", "float"}
                else OTHER
            )


def _loop_names(
    target: ast.expr, over: ast.expr, names: Names, kinds: Kinds
) -> dict[str, ValueType]:
    counts = isinstance(over, ast.Call) and isinstance(over.func, ast.Name) and over.func.id
    if counts == "range" and isinstance(target, ast.Name):
        return {target.id: INT}
    found = {node.id: OTHER for node in ast.walk(target) if isinstance(node, ast.Name)}
    if over_kind(over, names, kinds) and isinstance(target, ast.Name):
        return {target.id: over_kind(over, names, kinds) or OTHER}
    if (
        counts == "enumerate"
        and isinstance(target, ast.Tuple)
        and isinstance(target.elts[0], ast.Name)
    ):
        found[target.elts[0].id] = INT
    return found


def over_kind(over: ast.expr, names: Names, kinds: Kinds) -> ValueType | None:
    """Return the kind of one element of an array that a loop runs over, where that is known."""
    kind = kinds.of(over, names)
    if not kind.wide:
        return None
    if isinstance(over, ast.Call) and "arg" in ast.unparse(over.func):
        return INT
    known = dimensions(kind.shape)
    if known is None:
        return None
    return ValueType("array", ", ".join(known[1:])) if len(known) > 1 else FLOAT


def _guess(
    node: ast.FunctionDef | ast.AsyncFunctionDef, names: set[str], kinds: Kinds
) -> dict[str, ValueType]:
    """Guess the kinds of parameters without annotations from how the function uses them.

    What is only calculated with may be a number or an array: with NumPy in the file it is taken for
    an array, all of one shape, since arithmetic that suits an array suits a number too; without
    NumPy, for a number.
    """
    found = dict.fromkeys(names, OTHER)
    if not names:
        return found
    for argument, default in zip(
        reversed(node.args.args), reversed(node.args.defaults), strict=False
    ):
        if argument.arg in found:
            found[argument.arg] = kinds.of(default, {})
    for each in ast.walk(node):
        for name, kind in _use(each, kinds):
            if found.get(name) == OTHER:
                found[name] = kind
    loose = ValueType("array", "?loose") if kinds.numpy else FLOAT
    operands = {name for each in ast.walk(node) for name in _operands(each)}
    return {
        name: loose if kind == OTHER and name in operands else kind for name, kind in found.items()
    }


def _use(node: ast.AST, kinds: Kinds) -> list[tuple[str, ValueType]]:
    """Return what a use of names says of their kinds."""
    match node:
        case ast.Attribute(
            value=ast.Name(id=name), attr=("shape" | "astype" | "dtype" | "size" | "copy" | "sum")
        ):
            return [(name, ValueType("array", f"?{name}"))]
        case ast.Call(func=ast.Name(id="range"), args=args):
            return [(each.id, INT) for each in args if isinstance(each, ast.Name)]
        case ast.Call(args=[ast.Name(id=name), *_]) if kinds.function(node) in (
            "zeros_like",
            "ones_like",
            "argsort",
        ):
            return [(name, ValueType("array", f"?{name}"))]
        case ast.If(
            test=ast.Compare(
                left=ast.Name(id=name), comparators=[ast.Constant(value=int() | float())]
            )
        ):
            return [(name, FLOAT)]
    return []


def _operands(node: ast.AST) -> list[str]:
    match node:
        case ast.BinOp(left=left, right=right):
            return [each.id for each in (left, right) if isinstance(each, ast.Name)]
        case ast.Compare(left=left, comparators=[right]):
            return [each.id for each in (left, right) if isinstance(each, ast.Name)]
        case ast.UnaryOp(operand=ast.Name(id=name)):
            return [name]
    return []
