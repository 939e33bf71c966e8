"""An operator on a Python program that searches: put a local search of SciPy round what each of its
rounds tries.

A search that moves an array, computes what it is worth and keeps what is better says all that a
local search needs: where to start, what is to be raised, and what keeps an array inside (the call
round the move, as `clip`). Where the worth is the least of many parts, the array and the least part
are moved together by sequential quadratic programming, which a search by random moves is far from;
any other worth is raised by Powell's method or by differences. Rounds are dear then, so they become
fewer. Where parts are moved together, which finds the very point, a move has only to leave what the
local search would come back to: moves shrink no faster in fewer rounds.
"""

from __future__ import annotations

import ast
import textwrap
from copy import deepcopy
from dataclasses import dataclass

import numpy as np

from cladogen.proposers.syntax.edit import Edit, apply
from cladogen.proposers.syntax.flow import reads
from cladogen.proposers.syntax.kinds import OTHER
from cladogen.proposers.syntax.pick import NothingToDo, pick
from cladogen.proposers.syntax.searching import bound, paced, tests
from cladogen.proposers.syntax.sites import Site, SourceLine
from cladogen.proposers.syntax.source import Source

FEWER = (20, 50, 100)  # times fewer rounds
FEWER_OF_PARTS = (5, 20, 50)  # their local search finds more and is cheaper, where they are few
LEAST_ROUNDS = 10
DEPTH = 4  # names that are looked up in a row to learn what a worth is computed from
METHODS = (("Powell", 2), ("L-BFGS-B", 20), ("SLSQP", 20))  # with their rounds
NAME = "polished"
PARTS = '''

def polished(start, parts):
    """Return an array near ``start`` whose {worst} part is {better}: sequential quadratic
    programming on the array and that part.
    """

    def room(flat):
        return {left} - {right}

    first = {np}.append(start, parts(start).{worst_of}())
    slope = {np}.append({np}.zeros(start.size), {slope})
    found = minimize(
        lambda flat: {slope} * flat[-1],
        first,
        jac=lambda flat: slope,
        method="SLSQP",
        constraints={{"type": "ineq", "fun": room}},
        options={{"maxiter": 60}},
    )
    return found.x[:-1].reshape(start.shape)
'''
WORTH = '''

def polished(start, worth):
    """Return an array near ``start`` with a {better} worth."""
    found = minimize(
        lambda flat: {sign}worth(flat.reshape(start.shape)),
        start.ravel(),
        method="{method}",
        options={{"maxiter": {rounds}}},
    )
    return found.x.reshape(start.shape)
'''


@dataclass(frozen=True, slots=True)
class _PolishSearch:
    """A search: its loop, the statement that moves, and what the moved array is worth; ``inside``
    is the call that keeps a move inside, None where there is none.
    """

    loop: ast.For
    rounds: int
    move: ast.Assign
    name: str
    worth: ast.expr
    less: bool
    inside: ast.Call | None


def polish(source: Source, donor: Source | None, rng: np.random.Generator) -> str:
    """Put a local search round what each round of a search tries."""
    if NAME in source.text or not source.kinds.numpy or "EVOLVE-BLOCK" in source.text:
        raise NothingToDo
    search = pick([each for found in tests(source) for each in _read(source, *found)], rng)
    line = _line(source, search.loop)
    parts = _parts(source, search)
    given, added = parts or (search.worth, "")
    name = "parts" if parts else "worth"
    if name in source.text:
        raise NothingToDo
    argument = ast.unparse(_kept_inside(search, ast.Name(search.name)))
    body = ast.unparse(_with_names(given, {search.name: ast.parse(argument, mode="eval").body}))
    define = f"\ndef {name}({search.name}):\n    return {body}\n"
    raised = _kept_inside(search, ast.parse(f"{NAME}({search.name}, {name})", mode="eval").body)
    wanted = max(LEAST_ROUNDS, search.rounds // pick(FEWER_OF_PARTS if parts else FEWER, rng))
    edits = [
        _import(source),
        _before(source, line, define),
        _after(source, search.move, f"{search.name} = {ast.unparse(raised)}"),
        *paced(
            source, search.loop, search.rounds, min(wanted, search.rounds), powers=parts is None
        ),
    ]
    return apply(source, *edits).rstrip("\n") + "\n" + added + _function(source, search, parts, rng)


def _read(source: Source, site: Site, loop: ast.For, rounds: int) -> list[_PolishSearch]:
    """Return the search that a test in a loop belongs to, where it can be read."""
    test, statement = site.node, site.statement.node
    assert isinstance(test, ast.Compare) and isinstance(statement, ast.If)
    assigned = [each for each in loop.body if isinstance(each, ast.Assign)]
    made = {name: each for each in assigned if (name := _single(each))}
    for target, value in _taken(statement):
        move = made.get(value)
        if move is None or target not in reads(move.value):
            continue
        if site.names.get(value, OTHER).base not in ("array", OTHER.base):
            continue
        worth = _traced(test.left, {name: each.value for name, each in made.items()}, value)
        changed = {name for each in loop.body for name in bound(each)} | _bound_by(loop)
        if (reads(worth) & changed) - {value} or value not in reads(worth):
            continue
        less = isinstance(test.ops[0], ast.Lt | ast.LtE)
        inside = _inside(move.value, target, changed)
        return [_PolishSearch(loop, rounds, move, value, worth, less, inside)]
    return []


def _bound_by(loop: ast.For) -> set[str]:
    return {each.id for each in ast.walk(loop.target) if isinstance(each, ast.Name)}


def _single(node: ast.stmt) -> str:
    """Return the name that a statement assigns to, "" where it is none or several."""
    match node:
        case ast.Assign(targets=[ast.Name(id=name)]):
            return name
    return ""


def _taken(statement: ast.If) -> list[tuple[str, str]]:
    """Return the names that a condition's body sets, each with the name whose value it takes."""
    found: list[tuple[str, str]] = []
    for each in statement.body:
        match each:
            case ast.Assign(targets=[ast.Name(id=target)], value=ast.Name(id=value)):
                found.append((target, value))
            case ast.Assign(targets=[ast.Tuple(elts=targets)], value=ast.Tuple(elts=values)):
                pairs = zip(targets, values, strict=False)
                found += [(one.id, two.id) for one, two in pairs
                          if isinstance(one, ast.Name) and isinstance(two, ast.Name)]  # fmt: skip
    return found


def _traced(node: ast.expr, made: dict[str, ast.expr], stop: str) -> ast.expr:
    """Return an expression with names of the round replaced by what they were made of."""
    known = {name: value for name, value in made.items() if name != stop}
    for _ in range(DEPTH):
        node = _with_names(node, known)
    return node


class _Names(ast.NodeTransformer):
    """Puts expressions in the place of names."""

    def __init__(self, values: dict[str, ast.expr]) -> None:
        self.values = values

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return deepcopy(self.values.get(node.id, node))


def _with_names(node: ast.expr, values: dict[str, ast.expr]) -> ast.expr:
    made = _Names(values).visit(deepcopy(node))
    assert isinstance(made, ast.expr)
    return made


def _inside(move: ast.expr, target: str, changed: set[str]) -> ast.Call | None:
    """Return the call round a move, where the rest of its arguments does not change."""
    if not isinstance(move, ast.Call) or not move.args or move.keywords:
        return None
    others = {name for each in move.args[1:] for name in reads(each)}
    return None if others & changed or target not in reads(move.args[0]) else move


def _kept_inside(search: _PolishSearch, node: ast.expr) -> ast.expr:
    if search.inside is None:
        return node
    return ast.Call(search.inside.func, [node, *search.inside.args[1:]], [])


def _parts(source: Source, search: _PolishSearch) -> tuple[ast.expr, str] | None:
    """Return the parts of which the worth is the least (the greatest, where less is better), and
    the text of a function for them; None where the worth is not made so.
    """
    wanted = "max" if search.less else "min"
    whole = _reduced(source, search.worth, wanted)
    if whole is not None:
        return whole, ""
    worth = search.worth
    if not isinstance(worth, ast.Call) or not isinstance(worth.func, ast.Name):
        return None
    named = worth.func.id
    for node in source.tree.body:
        if isinstance(node, ast.FunctionDef) and node.name == named:
            inner = _parts_of(source, node, wanted)
            if inner is not None:
                call = ast.Call(ast.Name(f"{named}_parts"), worth.args, worth.keywords)
                return call, inner
    return None


def _parts_of(source: Source, node: ast.FunctionDef, wanted: str) -> str | None:
    """Return a function that returns all of which another returns the least."""
    last, returns = node.body[-1], [each for each in ast.walk(node) if isinstance(each, ast.Return)]
    if not isinstance(last, ast.Return) or last.value is None or len(returns) != 1:
        return None
    whole = _reduced(source, last.value, wanted)
    if whole is None:
        return None
    first = 1 if ast.get_docstring(node) is not None else 0
    rows = [source.get(each) for each in node.body[first:-1]]
    about = f'"""Return all of which `{node.name}` is the {_WORST[wanted]}."""'
    body = "\n".join([about, *rows, f"return {ast.unparse(whole)}"])
    head = f"def {node.name}_parts({ast.unparse(node.args)}):"
    return f"\n\n{head}\n{textwrap.indent(body, '    ')}\n"


_WORST = {"min": "least", "max": "greatest"}


def _reduced(source: Source, node: ast.expr, wanted: str) -> ast.expr | None:
    """Return what an expression is the least, or the greatest, of; None where it is none."""
    match node:
        case ast.Call(func=ast.Attribute(value=value, attr=name), args=[], keywords=[]):
            return value if name == wanted else None
        case ast.Call(
            func=ast.Attribute(value=ast.Name(id=np_), attr=name), args=[value], keywords=[]
        ):
            known = np_ == source.kinds.numpy and name in (wanted, f"a{wanted}")
            return value if known else None
    return None


def _line(source: Source, loop: ast.For) -> SourceLine:
    found = [each for each in source.lines if each.node is loop and source.alone(each.node)]
    if not found:
        raise NothingToDo
    return found[0]


def _before(source: Source, line: SourceLine, text: str) -> Edit:
    """Return the edit that puts a function before a statement."""
    first, _ = source.rows(line.node)
    return first, first, textwrap.indent(text, source.indent(line.node)) + "\n"


def _after(source: Source, node: ast.stmt, text: str) -> Edit:
    end = source.rows(node)[1]
    return end, end, f"{source.indent(node)}{text}\n"


def _import(source: Source) -> Edit:
    """Return the edit that imports SciPy's local searches."""
    imports = [each for each in source.tree.body if isinstance(each, ast.Import | ast.ImportFrom)]
    end = source.rows(imports[-1])[1]
    return end, end, "from scipy.optimize import minimize\n"


def _function(
    source: Source,
    search: _PolishSearch,
    parts: tuple[ast.expr, str] | None,
    rng: np.random.Generator,
) -> str:
    """Return the text of the local search."""
    if parts is None:
        method, rounds = pick(METHODS, rng)
        sign, better = ("", "smaller") if search.less else ("-", "greater")
        return WORTH.format(sign=sign, better=better, method=method, rounds=rounds)
    values, limit = "parts(flat[:-1].reshape(start.shape)).ravel()", "flat[-1]"
    left, right = (limit, values) if search.less else (values, limit)
    worst, slope = ("max", "1.0") if search.less else ("min", "-1.0")
    better = "smaller" if search.less else "greater"
    return PARTS.format(np=source.kinds.numpy, worst=_WORST[worst], better=better, left=left,
                        right=right, worst_of=worst, slope=slope)  # fmt: skip
