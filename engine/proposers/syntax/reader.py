"""Read a module: walk it in reading order, keeping the names that are surely bound."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from cladogen.proposers.syntax.families import QUIET, SHAPED
from cladogen.proposers.syntax.guess import guess
from cladogen.proposers.syntax.infer import Kinds, Names, is_shape
from cladogen.proposers.syntax.kinds import OTHER, ValueType, annotated
from cladogen.proposers.syntax.names import bind, loop_names
from cladogen.proposers.syntax.sites import Site, SourceLine

Calls = tuple[tuple[str, tuple[ValueType, ...]], ...]
Function = ast.FunctionDef | ast.AsyncFunctionDef
Editable = Callable[[ast.expr | ast.stmt], bool]

_ABOVE = (ast.Import, ast.ImportFrom)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp)
_BELOW = ("body", "orelse", "finalbody", "handlers", "annotation", "type_params")


@dataclass(slots=True)
class Reading:
    """What was read: sites, statements, what functions return and what they are called with."""

    sites: list[Site] = field(default_factory=list)
    lines: list[SourceLine] = field(default_factory=list)
    returns: dict[str, ValueType] = field(default_factory=dict)
    calls: dict[str, tuple[ValueType, ...]] = field(default_factory=dict)


def read(
    tree: ast.Module,
    kinds: Kinds,
    given: Mapping[str, tuple[ValueType, ...]],
    editable: Editable,
) -> Reading:
    """Return the sites of a module for which ``editable`` holds, and what it says of functions."""
    reader = _Reader(kinds, given, editable)
    reader.block(tree.body, {}, _Scope("", frozenset()))
    return reader.found


@dataclass(frozen=True, slots=True)
class _Scope:
    """The function a statement stands in, "" outside of any, and the names it is given."""

    function: str
    given: frozenset[str]


class _Reader:
    def __init__(
        self, kinds: Kinds, given: Mapping[str, tuple[ValueType, ...]], editable: Editable
    ) -> None:
        self.kinds, self.given, self.editable = kinds, given, editable
        self.found = Reading()

    def block(self, body: list[ast.stmt], names: dict[str, ValueType], scope: _Scope) -> None:
        """Read statements in order; ``names`` grows by what they bind."""
        block = tuple(body)
        for index, node in enumerate(block):
            if isinstance(node, Function):
                self._function(node, names, scope.function)
            elif isinstance(node, ast.ClassDef):
                self.block(node.body, dict(names), _Scope(scope.function, frozenset()))
            elif not _stays(node):
                line = SourceLine(node, block, index, dict(names), scope.function, scope.given)
                self._statement(line, names, scope)

    def _statement(self, line: SourceLine, names: dict[str, ValueType], scope: _Scope) -> None:
        if scope.function:
            self.found.lines.append(line)
        self._expressions(line)
        self._inner(line.node, names, scope)
        bind(line.node, names, self.kinds)
        self._note_return(line.node, names, scope.function)

    def _note_return(self, node: ast.stmt, names: Names, function: str) -> None:
        if isinstance(node, ast.Return) and node.value is not None and "." not in function:
            self.found.returns.setdefault(function, self.kinds.of(node.value, names))

    def _inner(self, node: ast.stmt, names: dict[str, ValueType], scope: _Scope) -> None:
        """Read the blocks of a compound statement; what they bind is not sure after it."""
        for name in ("body", "orelse", "finalbody"):
            inner = getattr(node, name, None)
            if inner:
                below = dict(names)
                if isinstance(node, ast.For) and name == "body":
                    below.update(loop_names(node.target, node.iter, names, self.kinds))
                self.block(inner, below, scope)
        for handler in getattr(node, "handlers", ()):
            self.block(handler.body, dict(names), scope)

    def _function(self, node: Function, names: dict[str, ValueType], outer: str) -> None:
        inner = {**names, **self._parameters(node)}
        name = f"{outer}.{node.name}" if outer else node.name
        self.block(node.body, inner, _Scope(name, frozenset(inner) - set(names)))

    def _parameters(self, node: Function) -> dict[str, ValueType]:
        """Return the kinds of parameters: annotated, as called with, or guessed from their use."""
        every = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
        names = [each.arg for each in every]
        called = dict(zip(names, self.given.get(node.name, ()), strict=False))
        open_ = {
            each.arg
            for each in every
            if each.annotation is None and called.get(each.arg, OTHER) is OTHER
        }
        called.update(guess(node, open_, self.kinds))
        return {
            each.arg: annotated(each.annotation, each.arg) if each.annotation else called[each.arg]
            for each in every
        }

    def _expressions(self, line: SourceLine) -> None:
        for name, value in ast.iter_fields(line.node):
            if name in _BELOW:
                continue
            bound = name in ("targets", "target")
            for each in value if isinstance(value, list) else [value]:
                if isinstance(each, ast.expr):
                    self._expression(each, (line.node,), line.names, line, bound)

    def _expression(
        self,
        node: ast.expr,
        above: tuple[ast.AST, ...],
        names: Names,
        line: SourceLine,
        bound: bool,
    ) -> None:
        """Read an expression and its parts; one that is ``bound`` is assigned to, not read."""
        self._note_call(node, names)
        if _is_text(node):
            return
        if not bound and self._is_site(node):
            kind = self.kinds.of(node, names)
            self.found.sites.append(Site(node, above, names, kind, line))
        if isinstance(node, _COMPREHENSIONS):
            names = self._comprehension(node.generators, names)
        index = getattr(node, "slice", None)
        for child in _children(node):
            self._expression(child, (*above, node), names, line, bound and child is not index)

    def _is_site(self, node: ast.expr) -> bool:
        return _may_change(node) and self.editable(node)

    def _note_call(self, node: ast.expr, names: Names) -> None:
        match node:
            case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]):
                self.found.calls[name] = tuple(self.kinds.of(each, names) for each in arguments)

    def _comprehension(self, generators: list[ast.comprehension], names: Names) -> Names:
        inner = dict(names)
        for each in generators:
            inner.update(loop_names(each.target, each.iter, inner, self.kinds))
        return inner


def _stays(node: ast.stmt) -> bool:
    """Tell whether a statement is none that operators touch: an import, a docstring, a main."""
    return isinstance(node, _ABOVE) or _is_docstring(node) or _is_main(node)


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _is_main(node: ast.stmt) -> bool:
    return isinstance(node, ast.If) and "__name__" in ast.dump(node.test)


def _is_text(node: ast.expr) -> bool:
    """Tell whether it is text, or another thing without numbers in it that may change."""
    if isinstance(node, ast.Constant):
        return not isinstance(node.value, int | float)
    return isinstance(node, ast.JoinedStr | ast.Lambda)


def _may_change(node: ast.expr) -> bool:
    return not isinstance(node, ast.Starred | ast.Slice)


def _children(node: ast.expr) -> Iterator[ast.expr]:
    """Yield the sub-expressions that may change: not function names, attributes' owners, shapes, or
    quiet keywords.
    """
    if isinstance(node, ast.Name | ast.Constant) or _is_of_shape(node):
        return
    if isinstance(node, ast.BinOp):
        yield node.left
        yield node.right
        return
    for name, value in ast.iter_fields(node):
        yield from _owner(value) if name == _owner_field(node) else _parts_of(node, name, value)


def _owner_field(node: ast.expr) -> str:
    """Return the field that holds what is called, or whose attribute is read."""
    return "value" if isinstance(node, ast.Attribute) else "func"


def _parts_of(node: ast.expr, name: str, value: object) -> Iterator[ast.expr]:
    if isinstance(node, ast.Dict) and name == "keys":
        return
    for each in value if isinstance(value, list) else [value]:
        yield from _parts(each)


def _is_of_shape(node: ast.expr) -> bool:
    """Tell whether an expression makes an array of a shape, or reads a shape."""
    match node:
        case ast.Call(func=ast.Attribute(attr=name)):
            return name in SHAPED
        case ast.Subscript(value=value):
            return is_shape(value)
    return False


def _owner(value: object) -> Iterator[ast.expr]:
    """Yield the owner of a method that is called on an expression."""
    if isinstance(value, ast.Attribute) and not isinstance(value.value, ast.Name):
        yield value.value


def _parts(part: object) -> Iterator[ast.expr]:
    match part:
        case ast.expr():
            yield part
        case ast.keyword(arg=name, value=value) if name not in QUIET:
            yield value
        case ast.comprehension(iter=over, ifs=tests):
            yield from (over, *tests)
