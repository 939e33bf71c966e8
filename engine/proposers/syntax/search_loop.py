"""A search by moves of an array, as operators on Python read it: what its rounds move, what the
moved array is worth, and what keeps it inside; and the edits that carry each move on.
"""

from __future__ import annotations

import ast
import itertools
import textwrap
from copy import deepcopy
from dataclasses import dataclass

from cladogen.proposers.syntax.edit import Edit
from cladogen.proposers.syntax.flow import reads
from cladogen.proposers.syntax.kinds import OTHER
from cladogen.proposers.syntax.pick import NothingToDo
from cladogen.proposers.syntax.searching import bound, tests
from cladogen.proposers.syntax.sites import Site, SourceLine
from cladogen.proposers.syntax.source import Source

DEPTH = 4  # names that are looked up in a row to learn what a worth is computed from


@dataclass(frozen=True, slots=True)
class SearchLoop:
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


def search_loops(source: Source) -> list[SearchLoop]:
    """Return the searches of a program that can be read."""
    return [each for found in tests(source) for each in _read(source, *found)]


def carried_on(
    source: Source, search: SearchLoop, called: str, name: str, value: ast.expr
) -> list[Edit]:
    """Return the edits that have each move carried on by a function, ``called``, which is given
    the moved array and, under ``name``, a function of an array: ``value`` of it once kept inside.
    """
    argument = _kept_inside(search, ast.Name(search.name))
    body = ast.unparse(_with_names(value, {search.name: argument}))
    define = f"\ndef {name}({search.name}):\n    return {body}\n"
    call = ast.Call(ast.Name(called), [ast.Name(search.name), ast.Name(name)], [])
    moved = ast.unparse(_kept_inside(search, call))
    return [
        _before(source, _line(source, search.loop), define),
        _after(source, search.move, f"{search.name} = {moved}"),
    ]


def _read(source: Source, site: Site, loop: ast.For, rounds: int) -> list[SearchLoop]:
    """Return the search that a test in a loop belongs to, where it can be read."""
    test, statement = site.node, site.statement.node
    assert isinstance(test, ast.Compare) and isinstance(statement, ast.If)
    made = _single_assignments(loop)
    values = {name: each.value for name, each in made.items()}
    changed = _bound_by(loop).union(*map(bound, loop.body))
    for target, value in _taken(statement):
        if not _may_be_moved(site, target, value, values):
            continue
        worth = _traced(test.left, values, value)
        if reads(worth) & changed == {value}:
            less = isinstance(test.ops[0], ast.Lt | ast.LtE)
            inside = _inside(values[value], target, changed)
            return [SearchLoop(loop, rounds, made[value], value, worth, less, inside)]
    return []


def _single_assignments(loop: ast.For) -> dict[str, ast.Assign]:
    """Return the statements of a loop's body that assign to one name, the last one of each."""
    assigned = [each for each in loop.body if isinstance(each, ast.Assign)]
    return {name: each for each in assigned if (name := _single(each))}


def _may_be_moved(site: Site, target: str, value: str, values: dict[str, ast.expr]) -> bool:
    """Whether a name takes the value of one that is made of it, and may be an array."""
    made_of_it = value in values and target in reads(values[value])
    return made_of_it and site.names.get(value, OTHER).base in ("array", OTHER.base)


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
    return [
        (one.id, two.id)
        for one, two in _assigned(statement.body)
        if isinstance(one, ast.Name) and isinstance(two, ast.Name)
    ]


def _assigned(body: list[ast.stmt]) -> list[tuple[ast.expr, ast.expr]]:
    """Return what statements assign to what, tuples part by part."""
    pairs: list[tuple[ast.expr, ast.expr]] = []
    for each in body:
        match each:
            case ast.Assign(targets=[ast.Tuple(elts=targets)], value=ast.Tuple(elts=values)):
                pairs += zip(targets, values, strict=False)
            case ast.Assign(targets=[target]):
                pairs.append((target, each.value))
    return pairs


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
    match move:
        case ast.Call(args=[first, *others], keywords=[]) if target in reads(first):
            fixed = changed.isdisjoint(itertools.chain.from_iterable(map(reads, others)))
            return move if fixed else None
    return None


def _kept_inside(search: SearchLoop, node: ast.expr) -> ast.expr:
    if search.inside is None:
        return node
    return ast.Call(search.inside.func, [node, *search.inside.args[1:]], [])


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
