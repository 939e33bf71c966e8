"""How large a program is, counted in what it computes with.

Layout and comments are free, for nobody should pay for them; so nothing that is free may carry
code or data. Long names and literals count by their length, and a program that could read its own
text, or run text, pays for the whole of it. What it may import without that is a list of modules
that can do neither.
"""

from __future__ import annotations

import ast
import io
import sys
import tokenize
from collections.abc import Iterable, Iterator

from cladogen.source.python import python_tree

LONGEST_TEXT = 1 << 18  # a syntax tree takes a thousand times as much memory as its text
WORD = 8  # bytes of a text, a number or a long name that count as one
LONGEST_NAME = 32  # letters of a name that are free
# Modules that neither read files nor run text, and none of whose names lead to one that does.
PLAIN_MODULES = frozenset(
    (
        "__future__",
        "abc",
        "array",
        "bisect",
        "cmath",
        "collections",
        "copy",
        "dataclasses",
        "decimal",
        "enum",
        "fractions",
        "functools",
        "heapq",
        "itertools",
        "math",
        "numbers",
        "numpy",
        "operator",
        "random",
        "re",
        "scipy",
        "statistics",
        "string",
        "time",
        "typing",
    )
)
# Built-in names by which a program reads its own text, names or layout, or runs text.
CONCEALING = frozenset(
    """
    breakpoint compile delattr dir eval exec getattr globals help input locals open setattr vars
    __builtins__ __cached__ __doc__ __file__ __import__ __loader__ __spec__
    """.split()  # noqa: SIM905
)
# The same as attributes, and as what is taken out of a module.
CONCEALING_ATTRIBUTES = CONCEALING | frozenset(
    """
    ag_code ag_frame attrgetter co_code co_consts co_filename co_firstlineno co_linetable
    co_lines co_names co_positions co_varnames core _core cr_code cr_frame ctypeslib DataSource
    distutils f2py f_back f_builtins f_code f_globals f_lineno f_locals format_map Formatter
    fromfile fromregex genfromtxt get_field get_type_hints gi_code gi_frame lib load loadtxt
    make_dataclass memmap methodcaller npyio open_memmap tb_frame tb_lasti tb_lineno tb_next
    testing vformat
    """.split()  # noqa: SIM905
)
PLAIN_ATTRIBUTES = frozenset(("__init__", "__post_init__", "__len__", "__getitem__"))
# Attributes that are modules of the standard library by chance only.
_EVERYDAY = frozenset(
    """
    calendar code queue resource select signal site test token trace profile symtable this
    """.split()  # noqa: SIM905
)
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
)


class Invalid(Exception):  # noqa: N818  (a verdict about an output, not a defect)
    """Raised by a scorer for an output that has no score; the text reaches the proposer as
    feedback.
    """


def program_size(text: str, modules: Iterable[str] = ()) -> int:
    """Return how many names, constants, operators, calls and statements a Python text computes
    with.

    Counts syntax-tree nodes, so comments and layout cost nothing; texts, large numbers and long
    names count by their length. A program that could read or run its own text pays for the whole
    of it: one that imports other modules than `PLAIN_MODULES` and ``modules`` (what else a problem
    lets its programs import), or uses a name of `CONCEALING`. Raises Invalid when it is not Python.
    """
    check_length(text)
    try:
        tree = python_tree(text)
        long_names = sum(map(more_letters, _python_names(text)))
    except (SyntaxError, ValueError, RecursionError, MemoryError, tokenize.TokenError) as error:
        raise Invalid(f"the program is not readable as Python: {error}") from None
    nodes = list(ast.walk(tree))
    docstrings = [
        node.value
        for node in nodes
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    ]
    imports = sum(isinstance(node, ast.Import | ast.ImportFrom) for node in nodes)
    size = sum(isinstance(node, COMPUTING) for node in nodes) - 2 * len(docstrings) - imports
    size += sum(map(_more_words, nodes)) - sum(map(_more_words, docstrings)) + long_names
    allowed = PLAIN_MODULES | set(modules)
    conceals = any(_conceals(node, allowed) for node in nodes)
    return max(size, words(text)) if conceals else size


def _conceals(node: ast.AST, modules: frozenset[str]) -> bool:
    """Return whether a node may lead to the program's own text, or run text."""
    match node:
        case ast.Import(names=names):
            return any(_foreign(alias.name, modules) for alias in names)
        case ast.ImportFrom():
            return _conceals_from(node, modules)
        case ast.Name(id=name):
            return name in CONCEALING
        case ast.Attribute(attr=name, value=value):
            return _reveals(name, value)
        case ast.Constant(value=str(text)):
            return "__" in text  # "{0.__doc__}".format(...)
    return False


def _conceals_from(node: ast.ImportFrom, modules: frozenset[str]) -> bool:
    if node.level or _foreign(node.module or "", modules):
        return True
    return any(alias.name in CONCEALING_ATTRIBUTES for alias in node.names)


def _reveals(name: str, value: ast.expr) -> bool:
    if name.startswith("__") and name.endswith("__"):
        return name not in PLAIN_ATTRIBUTES
    if name == "format":  # a format that is put together can name any attribute
        return not isinstance(value, ast.Constant)
    bare = name.lstrip("_")
    module = bare in sys.stdlib_module_names and bare not in PLAIN_MODULES | _EVERYDAY
    own = isinstance(value, ast.Name) and value.id == "self"
    return (name in CONCEALING_ATTRIBUTES or module) and not own


def _foreign(name: str, modules: frozenset[str]) -> bool:
    parts = name.split(".")
    return parts[0] not in modules or bool(set(parts[1:]) & CONCEALING_ATTRIBUTES)


def _python_names(text: str) -> Iterator[str]:
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.NAME:
            yield token.string


def more_letters(name: str) -> int:
    """Return what a name counts beyond one: its bytes after the first 32."""
    return -(-max(0, len(name.encode()) - LONGEST_NAME) // WORD)


def _more_words(node: ast.AST) -> int:
    """Return what a constant counts beyond one, and a long parameter: errors tell its name."""
    match node:
        case ast.Constant(value=str(text)):
            return max(0, len(text.encode("utf-8", "replace")) - 1) // WORD
        case ast.Constant(value=bytes(data)):
            return max(0, len(data) - 1) // WORD
        case ast.Constant(value=int(number)):
            return max(0, number.bit_length() - 1) // (8 * WORD)
        case ast.arg(arg=name) | ast.keyword(arg=str(name)):
            return max(0, len(name.encode()) - 1) // (2 * WORD)
    return 0


def words(text: str) -> int:
    """Return what a text counts as a whole."""
    return -(-len(text.encode("utf-8", "replace")) // WORD)


def check_length(text: str) -> None:
    """Raise Invalid for a text that would take too long."""
    if len(text) > LONGEST_TEXT:
        raise Invalid(
            f"the program's text has {len(text)} characters; at most {LONGEST_TEXT} are counted"
        )
