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

import numpy as np

from cladogen.proposers.syntax.edit import Edit, apply
from cladogen.proposers.syntax.pick import NothingToDo, pick
from cladogen.proposers.syntax.search_loop import SearchLoop, carried_on, search_loops
from cladogen.proposers.syntax.searching import paced
from cladogen.proposers.syntax.source import Source

FEWER = (20, 50, 100)  # times fewer rounds
FEWER_OF_PARTS = (5, 20, 50)  # their local search finds more and is cheaper, where they are few
LEAST_ROUNDS = 10
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


def polish(source: Source, donor: Source | None, rng: np.random.Generator) -> str:
    """Put a local search round what each round of a search tries."""
    if not _is_fit(source):
        raise NothingToDo
    search = pick(search_loops(source), rng)
    parts = _parts(source, search)
    given, added = parts or (search.worth, "")
    name = "parts" if parts else "worth"
    if name in source.text:
        raise NothingToDo
    wanted = max(LEAST_ROUNDS, search.rounds // pick(FEWER_OF_PARTS if parts else FEWER, rng))
    edits = [
        _import(source),
        *carried_on(source, search, NAME, name, given),
        *paced(
            source, search.loop, search.rounds, min(wanted, search.rounds), powers=parts is None
        ),
    ]
    return apply(source, *edits).rstrip("\n") + "\n" + added + _function(source, search, parts, rng)


def _is_fit(source: Source) -> bool:
    """Whether a file has NumPy, no such search yet, and room for a function at its end."""
    text = source.text
    return NAME not in text and bool(source.kinds.numpy) and "EVOLVE-BLOCK" not in text


def _parts(source: Source, search: SearchLoop) -> tuple[ast.expr, str] | None:
    """Return the parts of which the worth is the least (the greatest, where less is better), and
    the text of a function for them; None where the worth is not made so.
    """
    wanted = "max" if search.less else "min"
    whole = _reduced(source, search.worth, wanted)
    if whole is not None:
        return whole, ""
    match search.worth:
        case ast.Call(func=ast.Name(id=named), args=args, keywords=keywords):
            inner = _parts_of_function(source, named, wanted)
            call = ast.Call(ast.Name(f"{named}_parts"), args, keywords)
            return None if inner is None else (call, inner)
    return None


def _parts_of_function(source: Source, named: str, wanted: str) -> str | None:
    """Return what `_parts_of` makes of the first function of a name that it can read."""
    functions = [each for each in source.tree.body if isinstance(each, ast.FunctionDef)]
    read = (_parts_of(source, each, wanted) for each in functions if each.name == named)
    return next((text for text in read if text is not None), None)


def _parts_of(source: Source, node: ast.FunctionDef, wanted: str) -> str | None:
    """Return a function that returns all of which another returns the least."""
    value = _only_returned(node)
    whole = _reduced(source, value, wanted) if value is not None else None
    if whole is None:
        return None
    first = 1 if ast.get_docstring(node) is not None else 0
    rows = list(map(source.get, node.body[first:-1]))
    about = f'"""Return all of which `{node.name}` is the {_WORST[wanted]}."""'
    body = "\n".join([about, *rows, f"return {ast.unparse(whole)}"])
    head = f"def {node.name}_parts({ast.unparse(node.args)}):"
    return f"\n\n{head}\n{textwrap.indent(body, '    ')}\n"


def _only_returned(node: ast.FunctionDef) -> ast.expr | None:
    """Return the value that a function returns in its last statement, None where it returns in
    others, too.
    """
    last, returns = node.body[-1], [each for each in ast.walk(node) if isinstance(each, ast.Return)]
    return last.value if isinstance(last, ast.Return) and len(returns) == 1 else None


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


def _import(source: Source) -> Edit:
    """Return the edit that imports SciPy's local searches."""
    imports = [each for each in source.tree.body if isinstance(each, ast.Import | ast.ImportFrom)]
    end = source.rows(imports[-1])[1]
    return end, end, "from scipy.optimize import minimize\n"


def _function(
    source: Source,
    search: SearchLoop,
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
