"""What statements bind, and of which kind, whatever way through them is taken."""

from __future__ import annotations

import ast

from cladogen.proposers.syntax.infer import Kinds, Names
from cladogen.proposers.syntax.kinds import FLOAT, INT, OTHER, ValueType, annotated, join
from cladogen.proposers.syntax.shapes import dimensions

_LEAVES = (ast.Return, ast.Raise, ast.Continue, ast.Break)


def bind(node: ast.stmt, names: dict[str, ValueType], kinds: Kinds) -> None:
    """Add what a statement binds, whatever way through it was taken."""
    match node:
        case ast.Assign():
            _bind_targets(node, names, kinds)
        case ast.AnnAssign(target=ast.Name(id=name), value=value) if value is not None:
            known = annotated(node.annotation, name)
            names[name] = kinds.of(value, names) if _is_vague(known) else known
        case ast.AugAssign(target=ast.Name(id=name)):
            _widen(node, name, names, kinds)
        case ast.If(body=body, orelse=orelse):
            _branches(body, orelse, names, kinds)
        case ast.With(body=body):
            _bind_each(body, names, kinds)


def _bind_targets(node: ast.Assign, names: dict[str, ValueType], kinds: Kinds) -> None:
    for target in node.targets:
        names.update(_assigned(target, kinds.of(node.value, names)))


def _bind_each(body: list[ast.stmt], names: dict[str, ValueType], kinds: Kinds) -> None:
    for node in body:
        bind(node, names, kinds)


def _is_vague(kind: ValueType) -> bool:
    """Whether an annotation says less of a value than the value: nothing, or no shape."""
    return not kind.known or kind.wide


def _assigned(target: ast.expr, kind: ValueType) -> dict[str, ValueType]:
    if isinstance(target, ast.Name):
        return {target.id: kind}
    parts = target.elts if isinstance(target, ast.Tuple) else []
    return {each.id: OTHER for each in parts if isinstance(each, ast.Name)}


def _widen(node: ast.AugAssign, name: str, names: dict[str, ValueType], kinds: Kinds) -> None:
    """Let a whole number become a fraction where ``name += ...`` makes it one."""
    if name not in names or names[name].base != "int":
        return
    divides = isinstance(node.op, ast.Div)
    names[name] = FLOAT if divides else join([names[name], kinds.of(node.value, names)])


def _branches(
    body: list[ast.stmt], orelse: list[ast.stmt], names: dict[str, ValueType], kinds: Kinds
) -> None:
    then, other = dict(names), dict(names)
    _bind_each(body, then, kinds)
    _bind_each(orelse, other, kinds)
    if isinstance(body[-1], _LEAVES):
        names.update(other)
    else:
        names.update({name: _either(then[name], other[name]) for name in then.keys() & other})


def _either(one: ValueType, two: ValueType) -> ValueType:
    """Return the kind of what is one kind or the other."""
    if one == two:
        return two
    return join([one, two]) if one.number and two.number else OTHER


def loop_names(
    target: ast.expr, over: ast.expr, names: Names, kinds: Kinds
) -> dict[str, ValueType]:
    """Return what a loop binds in each turn."""
    element = _element(over, names, kinds)
    if element is not None and isinstance(target, ast.Name):
        return {target.id: element}
    found = {node.id: OTHER for node in ast.walk(target) if isinstance(node, ast.Name)}
    match target, over:
        case ast.Tuple(elts=[ast.Name(id=name), *_]), ast.Call(func=ast.Name(id="enumerate")):
            found[name] = INT
    return found


def _element(over: ast.expr, names: Names, kinds: Kinds) -> ValueType | None:
    """Return the kind of one element of what a loop runs over, where that is known."""
    match over:
        case ast.Call(func=ast.Name(id="range")):
            return INT
    kind = kinds.of(over, names)
    if not kind.wide:
        return None
    if isinstance(over, ast.Call) and "arg" in ast.unparse(over.func):
        return INT
    known = dimensions(kind.shape)
    if known is None:
        return None
    return ValueType("array", ", ".join(known[1:])) if len(known) > 1 else FLOAT
