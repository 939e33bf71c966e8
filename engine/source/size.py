"""How large a program is, counted in what it computes with.

Layout and comments are free, for nobody should pay for them; so nothing that is free may carry
code or data. Long names and literals count by their length, and a program that could read its own
text, or run text, pays for the whole of it. What it may import without that is a list of modules
that can do neither (`cladogen.source.concealing`).
"""

from __future__ import annotations

import ast
import builtins
import io
import itertools
import tokenize
from collections.abc import Iterable, Iterator, Sequence

from cladogen.source.concealing import PLAIN_MODULES, bound_names, conceals
from cladogen.source.python import python_tree

LONGEST_TEXT = 1 << 18  # a syntax tree takes a thousand times as much memory as its text
WORD = 8  # bytes of a text, a number or a long name that count as one
LONGEST_NAME = 32  # letters of a name that are free
OF_PARAMETERS = 24  # letters of all parameters of a function that are free; errors tell them
OF_LAMBDA = 8  # the same of a lambda
COMPUTING = (
    ast.Name,
    ast.Constant,
    ast.BinOp,
    ast.UnaryOp,
    ast.BoolOp,
    ast.Compare,
    ast.Call,
    ast.Attribute,
    ast.Subscript,
    ast.IfExp,
    ast.Slice,
    ast.stmt,
    ast.pattern,
)
# What is free around what computes, for rows of numbers; alone, or one in another, it is data.
_BRACKETS = (
    ast.Tuple,
    ast.List,
    ast.Set,
    ast.Dict,
    ast.Lambda,
    ast.JoinedStr,
    ast.Starred,
    ast.Yield,
    ast.YieldFrom,
)
_BUILT_IN = frozenset(dir(builtins))


class Invalid(Exception):  # noqa: N818  (a verdict about an output, not a defect)
    """Raised by a scorer for an output that has no score; the text reaches the proposer as
    feedback.
    """


def program_size(text: str, modules: Iterable[str] = ()) -> int:
    """Return how many names, constants, operators, calls and statements a Python text computes
    with.

    Counts syntax-tree nodes, so comments and layout cost nothing; texts, large numbers and long
    names count by their length. A program that could read or run its own text pays for the whole
    of it (`conceals`): one that imports other modules than `PLAIN_MODULES` and ``modules`` (what
    else a problem lets its programs import), or uses a name that leads there. Raises Invalid when
    it is not Python.
    """
    check_length(text)
    data = text.encode("utf-8", "surrogateescape")
    try:
        plain = _is_plain_text(data)
        tree = python_tree(data)
        long_names = sum(map(more_letters, _python_names(text if plain else "")))
    except (SyntaxError, ValueError, RecursionError, MemoryError, tokenize.TokenError) as error:
        raise Invalid(f"the program is not readable as Python: {error}") from None
    nodes = list(ast.walk(tree))
    docstrings = _bare_constants(nodes)
    imports = sum(isinstance(node, ast.Import | ast.ImportFrom) for node in nodes)
    size = sum(isinstance(node, COMPUTING) for node in nodes) - 2 * len(docstrings) - imports
    size += sum(map(_more_words, nodes)) - sum(map(_more_words, docstrings)) + long_names
    size += sum(map(_is_bare, nodes)) + _unbound_names(nodes)
    allowed = PLAIN_MODULES | set(modules)
    pays = not plain or conceals(nodes, allowed)
    return max(size, words(text)) if pays else size


def _bare_constants(nodes: Iterable[ast.AST]) -> list[ast.Constant]:
    """Return the constants that are statements by themselves, as docstrings are."""
    statements = (node for node in nodes if isinstance(node, ast.Expr))
    return [each.value for each in statements if isinstance(each.value, ast.Constant)]


def _is_plain_text(data: bytes) -> bool:
    """Return whether Python reads the text as it stands: by another encoding, which its first lines
    name, a comment may be code.
    """
    return tokenize.detect_encoding(io.BytesIO(data).readline)[0].startswith("utf-8")


def _is_bare(node: ast.AST) -> bool:
    """Return whether a node is a pair of brackets with nothing in it, or nothing but brackets."""
    if not isinstance(node, _BRACKETS):
        return False
    inside = [each for each in ast.iter_child_nodes(node) if isinstance(each, ast.expr)]
    return len(inside) < 2 and all(isinstance(each, _BRACKETS) for each in inside)


def _unbound_names(nodes: Sequence[ast.AST]) -> int:
    """Return what names that nothing binds count beyond one each: errors tell them."""
    bound = {name for node in nodes for name in _bound_by(node)} | _BUILT_IN
    names = (node.id for node in nodes if isinstance(node, ast.Name))
    return sum(words(name) - 1 for name in names if name not in bound)


def _bound_by(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Name(id=name, ctx=ast.Store() | ast.Del()) | ast.arg(arg=name):
            yield name
        case ast.alias(name=name, asname=other):
            yield other or name.partition(".")[0]
        case ast.Name() | ast.MatchClass():
            return
        case _:
            yield from bound_names(node)


def _python_names(text: str) -> Iterator[str]:
    for token in tokenize.generate_tokens(io.StringIO(text.removeprefix("\ufeff")).readline):
        if token.type == tokenize.NAME:
            yield token.string


def more_letters(name: str) -> int:
    """Return what a name counts beyond one: its bytes after the first 32."""
    return -(-max(0, len(name.encode()) - LONGEST_NAME) // WORD)


def _more_words(node: ast.AST) -> int:
    """Return what a constant counts beyond one, and names that a program can come by."""
    match node:
        case ast.Constant(value=str(text)):
            return max(0, len(text.encode("utf-8", "replace")) - 1) // WORD
        case ast.Constant(value=bytes(data)):
            return max(0, len(data) - 1) // WORD
        case ast.Constant(value=int(number)):
            return max(0, number.bit_length() - 1) // (8 * WORD)
        case ast.keyword(arg=str(name)):
            return max(0, len(name.encode()) - 1) // (2 * WORD)
    return _of_names(node)


def _of_names(node: ast.AST) -> int:
    """Return what the names of parameters count, which errors tell, those of attributes in a
    pattern, and those that a class imports, or that its base or decorator lists (`enum.Enum`).
    """
    match node:
        case ast.FunctionDef(args=taken) | ast.AsyncFunctionDef(args=taken):
            return max(0, _letters(taken) - OF_PARAMETERS) // WORD
        case ast.Lambda(args=taken):
            return max(0, _letters(taken) - OF_LAMBDA) // WORD
        case ast.MatchClass(kwd_attrs=names):
            return sum(map(words, names))
        case ast.ClassDef():
            return _of_class(node)
    return 0


def _of_class(node: ast.ClassDef) -> int:
    brought = [each for each in node.body if isinstance(each, ast.Import | ast.ImportFrom)]
    names = [alias.asname or "" for each in brought for alias in each.names]
    listed = _listed(node.body) if _is_made_by_others(node) else 0
    return sum(map(words, names)) + listed


def _is_made_by_others(node: ast.ClassDef) -> bool:
    return bool(node.bases or node.keywords or node.decorator_list)


def _listed(body: Sequence[ast.stmt]) -> int:
    """Return what the names count, beyond one each, that the statements of a class bind."""
    assigned = [each for each in body if isinstance(each, ast.Assign | ast.AnnAssign)]
    counts = 0
    for node in itertools.chain.from_iterable(map(ast.walk, assigned)):
        match node:
            case ast.Name(name, ast.Store()):
                counts += words(name) - 1
    return counts


def _letters(taken: ast.arguments) -> int:
    """Return how many bytes the names of parameters have."""
    one = [each for each in (taken.vararg, taken.kwarg) if each is not None]
    every = [*taken.posonlyargs, *taken.args, *taken.kwonlyargs, *one]
    return sum(len(each.arg.encode()) for each in every)


def words(text: str) -> int:
    """Return what a text counts as a whole."""
    return -(-len(text.encode("utf-8", "replace")) // WORD)


def check_length(text: str) -> None:
    """Raise Invalid for a text that would take too long."""
    if len(text) > LONGEST_TEXT:
        raise Invalid(
            f"the program's text has {len(text)} characters; at most {LONGEST_TEXT} are counted"
        )
