"""Whether a Python program can come by what its size does not count: comments, layout, docstrings.

A program can read its own file, or run text, by many modules; it can ask the language for the
texts of its own definitions; and a class can be made by one that is handed them.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator, Sequence

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
_PARTS = frozenset(  # their submodules that can do neither
    """
    collections.abc numpy.fft numpy.linalg numpy.ma numpy.polynomial numpy.random numpy.typing
    scipy.cluster scipy.constants scipy.fft scipy.integrate scipy.interpolate scipy.linalg
    scipy.ndimage scipy.optimize scipy.signal scipy.sparse scipy.spatial scipy.special scipy.stats
    """.split()  # noqa: SIM905
)
# Built-in names by which a program reads its own text, names or layout, or runs text.
CONCEALING = frozenset(
    """
    breakpoint compile copyright credits delattr dir eval exec getattr globals help input license
    locals open setattr vars __builtins__ __cached__ __doc__ __file__ __import__ __loader__ __spec__
    """.split()  # noqa: SIM905
)
# The same as attributes, and as what is taken out of a module.
CONCEALING_ATTRIBUTES = CONCEALING | frozenset(
    """
    _core _create_fn _eval_type _evaluate _FuncBuilder add_docstring add_newdoc ag_code ag_frame
    attrgetter bltns co_code co_consts co_filename co_firstlineno co_lines co_linetable co_names
    co_positions co_varnames core cr_code cr_frame ctypeslib DataSource distutils dump dumps
    evaluate_forward_ref f2py f_back f_builtins f_code f_globals f_lineno f_locals format_map
    Formatter FortranFile ForwardRef fromfile fromregex genfromtxt get_field get_type_hints
    gi_code gi_frame info lib load load_npz loadtxt lookfor make_dataclass memmap methodcaller
    npyio open_memmap recfromcsv recfromtxt save savez singledispatch singledispatchmethod tb_frame
    tb_lasti tb_lineno tb_next testing update_wrapper vformat wraps
    """.split()  # noqa: SIM905
)
PLAIN_ATTRIBUTES = frozenset(("__init__", "__post_init__", "__len__", "__getitem__"))
# Names between two underscores that a program may bind: others are handed texts by the language.
PLAIN_BOUND = PLAIN_ATTRIBUTES | frozenset(
    """
    __abs__ __add__ __all__ __and__ __author__ __bool__ __call__ __ceil__ __complex__ __contains__
    __debug__ __delitem__ __divmod__ __enter__ __eq__ __exit__ __float__ __floor__ __floordiv__
    __ge__ __gt__ __hash__ __iadd__ __iand__ __imul__ __index__ __int__ __invert__
    __ior__ __isub__ __iter__ __itruediv__ __ixor__ __le__ __length_hint__ __lshift__ __lt__
    __matmul__ __missing__ __mod__ __mul__ __name__ __ne__ __neg__ __next__ __or__ __pos__ __pow__
    __radd__ __rand__ __repr__ __reversed__ __rmatmul__ __rmod__ __rmul__ __ror__ __round__
    __rpow__ __rshift__ __rsub__ __rtruediv__ __rxor__ __setitem__ __slots__ __str__ __sub__
    __truediv__ __trunc__ __version__ __xor__
    """.split()  # noqa: SIM905
)
# Attributes that are modules of the standard library by chance only.
_EVERYDAY = frozenset(
    """
    calendar code queue resource select signal site test token trace profile symtable this
    """.split()  # noqa: SIM905
)
_OF_CLASSES = re.compile(r"^type$|Meta$|EnumType$")  # what makes a class
_OF_MEMBERS = re.compile(r"Enum$|^(?:Int)?Flag$")  # the same, where it is called
_TELLS_CLASSES = ("isinstance", "issubclass")
_FIELD = re.compile(r"\.\s*(\w+)")  # an attribute in a format, "{0.name}"
_OWN = ("self", "cls")
_OF_TUPLES = ("_asdict", "_fields", "_make", "_replace")  # named ones, for everybody


def conceals(nodes: Sequence[ast.AST], modules: frozenset[str]) -> bool:
    """Return whether a program of these nodes may come by its own text, or run text, where it may
    import ``modules``.
    """
    if any(_conceals(node, modules) for node in nodes):
        return True
    return not all(_copies(nodes)) or any(rule(nodes) for rule in _OF_ALL_NODES)


def _conceals(node: ast.AST, modules: frozenset[str]) -> bool:
    """Return whether a node may lead to the program's own text, or run text."""
    if isinstance(node, ast.Import):
        return any(_foreign(alias.name, modules) for alias in node.names)
    if isinstance(node, ast.ImportFrom):
        return _conceals_from(node, modules)
    return any(map(_is_hook, bound_names(node))) or _says(node)


def _says(node: ast.AST) -> bool:
    """Return whether a node says a name that leads to a text."""
    match node:
        case ast.Name(id=name):
            return name in CONCEALING
        case ast.Attribute(attr=name, value=value):
            return _reveals(name, value)
        case ast.MatchClass(kwd_attrs=names):
            return any(map(_reveals, names))
        case ast.Constant(value=str(text)):
            return "__" in text or _formats(text)  # "{0.__doc__}".format(...)
    return False


def _formats(text: str) -> bool:
    """Return whether a text is a format that names an attribute which leads to a text."""
    return "{" in text and any(map(_reveals, _FIELD.findall(text)))


def _conceals_from(node: ast.ImportFrom, modules: frozenset[str]) -> bool:
    if node.level or _foreign(node.module or "", modules):
        return True
    return any(_reveals(alias.name) for alias in node.names if not _is_plain(node, alias.name))


def _is_plain(node: ast.ImportFrom, name: str) -> bool:
    """Return whether a name that a module gives is a part of it that is plain, or a feature."""
    return node.module == "__future__" or f"{node.module}.{name}" in _PARTS


def _reveals(name: str, value: ast.expr | None = None) -> bool:
    """Return whether an attribute may lead to a text; ``value`` is what it is taken from."""
    if name.startswith("__") and name.endswith("__"):
        return name not in PLAIN_ATTRIBUTES
    if name == "format":  # a format that is put together can name any attribute
        return not isinstance(value, ast.Constant)
    bare = name.lstrip("_")
    module = bare in sys.stdlib_module_names and bare not in PLAIN_MODULES | _EVERYDAY
    return name in CONCEALING_ATTRIBUTES or module


def _foreign(name: str, modules: frozenset[str]) -> bool:
    root, *parts = name.split(".")
    if root not in modules:
        return True
    if root not in PLAIN_MODULES or not parts:
        return bool(set(parts) & CONCEALING_ATTRIBUTES)
    return f"{root}.{parts[0]}" not in _PARTS or any(map(_reveals, parts[1:]))


def bound_names(node: ast.AST) -> Iterator[str]:
    """Yield the names that a node binds or says, apart from attributes."""
    for field, value in ast.iter_fields(node):
        if isinstance(value, str) and field in ("name", "asname", "id", "rest"):
            yield value


def _is_hook(name: str) -> bool:
    return name.startswith("__") and name.endswith("__") and name not in PLAIN_BOUND


# -- what a module holds beside its public names


def _hands_modules_on(nodes: Sequence[ast.AST]) -> bool:
    """Return whether a module is used but for its attributes: under a second name, which may be
    "self", nobody sees what is taken out of it.
    """
    imports = [node for node in nodes if isinstance(node, ast.Import | ast.ImportFrom)]
    modules = {name for node in imports for name in _modules_of(node)}
    return not modules.isdisjoint((*_OWN, *_passed_names(nodes)))


def _passed_names(nodes: Sequence[ast.AST]) -> Iterator[str]:
    """Yield the names that are read for more than an attribute."""
    owners = {id(node.value) for node in nodes if isinstance(node, ast.Attribute)}
    for node in nodes:
        match node:
            case ast.Name(name, ast.Load()) if id(node) not in owners:
                yield name


def _modules_of(node: ast.Import | ast.ImportFrom) -> Iterator[str]:
    """Yield the names that an import gives to modules."""
    for alias in node.names:
        if isinstance(node, ast.Import):
            yield alias.asname or alias.name.partition(".")[0]
        elif f"{node.module}.{alias.name}" in _PARTS:
            yield alias.asname or alias.name


def _takes_private_names(nodes: Sequence[ast.AST]) -> bool:
    """Return whether an attribute is another's private one: what runs text within a module is."""
    bound = {name for node in nodes for name in (*bound_names(node), *_stored(node))}
    return any(_is_private(node) and node.attr not in bound for node in _attributes(nodes))


def _attributes(nodes: Sequence[ast.AST]) -> Iterator[ast.Attribute]:
    return (node for node in nodes if isinstance(node, ast.Attribute))


def _stored(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
        yield node.attr


def _is_private(node: ast.Attribute) -> bool:
    own = isinstance(node.value, ast.Name) and node.value.id in _OWN
    private = node.attr.startswith("_") and not node.attr.startswith("__")
    return private and not own and node.attr not in _OF_TUPLES


def _says_what_stars_bring(nodes: Sequence[ast.AST]) -> bool:
    """Return whether a name leads to a text that a module's star may have brought."""
    starred = any(isinstance(node, ast.alias) and node.name == "*" for node in nodes)
    return starred and any(_reveals(node.id) for node in nodes if isinstance(node, ast.Name))


# -- what hands out the texts of definitions


def _is_described(node: ast.AST) -> bool:
    """Return whether a class has a docstring, which whoever makes the class is handed."""
    if not isinstance(node, ast.ClassDef):
        return False
    return any(
        isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant) for each in node.body
    )


def _has_metaclass(node: ast.AST) -> bool:
    return isinstance(node, ast.keyword) and node.arg == "metaclass"


def _makes_classes_of_tables(nodes: Sequence[ast.AST]) -> bool:
    """Return whether a class may be made of a table, whose keys nobody sees: by hooks of such a
    class NumPy reads memory, and functools runs text.
    """
    plain = {id(each) for node in nodes for each in _ordinary(node)}
    return any(_is_of_classes(node) and id(node) not in plain for node in nodes)


def _is_of_classes(node: ast.AST) -> bool:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name) | ast.alias(name=name, asname=str()):
            return bool(_OF_CLASSES.search(name) or _OF_MEMBERS.search(name))
    return False


def _ordinary(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the mentions of what makes a class that make none of a table: a metaclass or a base of
    a class that is written out, an annotation, and ``type(x)`` that is compared or called with x.
    """
    match node:
        case ast.keyword(arg="metaclass", value=value):
            yield value
        case ast.ClassDef(bases=bases):
            yield from (base for base in bases if not _is_named(base, "type"))
        case ast.arg(annotation=ast.expr() as stated) | ast.AnnAssign(annotation=stated):
            yield from ast.walk(stated)
        case ast.Compare() | ast.Call():
            yield from _ordinary_in(node)


def _ordinary_in(node: ast.Compare | ast.Call) -> Iterator[ast.AST]:
    match node:
        case ast.Compare(left=left, comparators=others):
            yield from _asked((left, *others))
            yield from others
        case ast.Call(func=ast.Name(id=name), args=[_, kind]) if name in _TELLS_CLASSES:
            yield from _asked((kind,))
            yield kind
        case ast.Call(func=made, args=[_], keywords=[]):
            yield from _asked((made,))


def _asked(values: Sequence[ast.expr]) -> Iterator[ast.expr]:
    """Yield ``type`` in each ``type(x)`` among the values."""
    for value in values:
        match value:
            case ast.Call(func=ast.Name(id="type") as of, args=[_], keywords=[]):
                yield of


def _is_named(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def _takes_any_for_its_own(nodes: Sequence[ast.AST]) -> bool:
    """Return whether a class says that others are its own, and a pattern takes what its names are
    from them: a frame's variables, by a class with a field of that name.
    """
    claims = any(node.attr == "register" for node in _attributes(nodes))
    return claims and any(isinstance(node, ast.MatchClass) and node.patterns for node in nodes)


def _copies(nodes: Sequence[ast.AST]) -> Iterator[bool]:
    """Yield for each mention of deepcopy whether it is called there with one thing alone: into a
    memo it puts copies of what is in an object, the docstring of a wrapped function among them.
    """
    plain = {
        id(node.func)
        for node in nodes
        if isinstance(node, ast.Call) and len(node.args) == 1 and not node.keywords
    }
    for node in nodes:
        match node:
            case ast.Name(id="deepcopy") | ast.Attribute(attr="deepcopy"):
                yield id(node) in plain


def _describes_classes(nodes: Sequence[ast.AST]) -> bool:
    """Return whether a class made by a metaclass is described."""
    return any(map(_is_described, nodes)) and any(map(_has_metaclass, nodes))


_OF_ALL_NODES = (
    _hands_modules_on,
    _takes_private_names,
    _says_what_stars_bring,
    _makes_classes_of_tables,
    _takes_any_for_its_own,
    _describes_classes,
)
