"""The source of a function with all that it needs: what a sandbox or a scorer can run.

A function is taken by its text, not by its memory. The names that it uses are followed to where
they were made: imports are written again, functions and classes of a script or a notebook are
copied, a user's own modules are copied as files, plain data is written out as a literal. A live
object (a client, an open file, a lock) cannot be taken, and is named.
"""

from __future__ import annotations

import ast
import builtins
import inspect
import sys
import sysconfig
import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import Any

from cladogen.errors import ConfigError
from cladogen.from_python.names_used import outside_names

LARGEST_LITERAL = 200_000  # characters of plain data that is written out
FOLDERS = ("seed", "prompts")  # of a problem, beside its scorer
_FUTURE = "from __future__ import annotations\n"
_WAY_OUT = "make it inside the function, or write a problem folder (evolve init)"


@dataclass(frozen=True, slots=True)
class Taken:
    """A function as text. ``name`` is what the text calls it; ``files`` are the user's own modules
    that it imports, path -> bytes.
    """

    name: str
    text: str
    files: Mapping[str, bytes]


def take(function: Callable[..., Any]) -> Taken:
    """Return the source of a function and of what it needs; ConfigError names what cannot be
    taken.
    """
    if not isinstance(function, FunctionType):
        raise ConfigError(
            f"{function!r:.80}: not a plain function, so its source cannot be taken; write a def "
            "that calls it"
        )
    taking = _Taking(function)
    taking.follow(function.__name__, function)
    return Taken(taking.called, taking.text(), taking.files)


def take_class(kind: type) -> Taken:
    """Return the source of a class and of what its methods need, as `take` does of a function."""
    methods = [each for each in vars(kind).values() if isinstance(each, FunctionType)]
    if not methods:
        raise ConfigError(f"{kind.__name__}: a class without a method of its own cannot be taken")
    taking = _Taking(methods[0])
    taking.called = kind.__name__
    taking.follow(kind.__name__, kind)
    return Taken(kind.__name__, taking.text(), taking.files)


def beside(
    made: Mapping[str, bytes], taken: Mapping[str, bytes], folders: Sequence[str] = ()
) -> dict[str, bytes]:
    """Return files that are made for a program with modules that were taken beside them; raises
    ConfigError where one has the name of the other, or of one of the problem's ``folders``.
    """
    for path in taken:
        if path in made or path.split("/")[0] in folders:
            raise ConfigError(
                f"evolve(): {path.split('/')[0]}: a module of yours has the name of what is made "
                "beside it; rename the module"
            )
    return {**made, **taken}


class _Taking:
    """The statements that were taken so far, each after those that it needs."""

    def __init__(self, function: FunctionType) -> None:
        self.function = function
        self.called = function.__name__ if function.__name__.isidentifier() else "evaluate"
        self.statements: dict[str, str] = {}
        self.files: dict[str, bytes] = {}
        self.imports = imports_of(function)
        self.future = bool(function.__code__.co_flags & annotations_flag())

    def text(self) -> str:
        body = "\n\n".join(dict.fromkeys(self.statements.values()))
        return f"{_FUTURE if self.future else ''}{body}\n"

    def follow(self, name: str, value: FunctionType | type) -> None:
        """Take a function or a class, and then the names that it uses."""
        text = source_of(value, self.called)
        known = _around(value)
        self.statements.setdefault(name, "")  # it may use itself
        for other in outside_names((_FUTURE if self.future else "") + text):
            if other in self.statements or other == self.called:
                continue
            if other in known:
                self.take(other, known[other])
            elif not hasattr(builtins, other) and not other.startswith("__"):
                raise ConfigError(f"{self.where}: uses {other!r}, which is defined nowhere")
        del self.statements[name]
        self.statements[name] = text.rstrip() + self._alias(name, value)

    def _alias(self, name: str, value: FunctionType | type) -> str:
        """Return the line that gives a definition the name that it is called by, "" for its own."""
        own = getattr(value, "__name__", name)
        if name == self.called or own in (name, "<lambda>") or not own.isidentifier():
            return ""
        return f"\n{name} = {own}"

    @property
    def where(self) -> str:
        code = self.function.__code__
        return f"{self.function.__name__} ({Path(code.co_filename).name}:{code.co_firstlineno})"

    def take(self, name: str, value: Any) -> None:
        """Take one name that the source uses."""
        origin = _importable(value)
        if name in self.imports and (isinstance(value, ModuleType) or origin is not None):
            self.statements[name] = self.imports[name]
            self._copy(value if isinstance(value, ModuleType) else sys.modules[value.__module__])
        elif isinstance(value, ModuleType):
            self.statements[name] = f"import {value.__name__} as {name}"
            self._copy(value)
        elif isinstance(value, FunctionType | type) and self._is_here(value):
            self.follow(name, value)
        elif origin is not None:
            module, attribute = origin
            self.statements[name] = f"from {module} import {attribute} as {name}"
            self._copy(sys.modules[module])
        else:
            self.statements[name] = f"{name} = {self._literal(name, value)}"

    def _is_here(self, value: FunctionType | type) -> bool:
        """Tell whether a value is of the same script or notebook, or of no module at all."""
        if value.__module__ in (self.function.__module__, "__main__", None):
            return True
        return _importable(value) is None

    def _copy(self, module: ModuleType) -> None:
        """Copy the user's own module, or the package that it is in; an installed one is left."""
        top = sys.modules.get(module.__name__.partition(".")[0], module)
        path = Path(getattr(top, "__file__", None) or "")
        if not path.name or _installed(path):
            return
        if path.name != "__init__.py":
            self.files[path.name] = path.read_bytes()
            return
        folder = path.parent
        for each in sorted(folder.rglob("*")):
            if each.is_file() and "__pycache__" not in each.parts:
                self.files[f"{folder.name}/{each.relative_to(folder).as_posix()}"] = (
                    each.read_bytes()
                )

    def _literal(self, name: str, value: Any) -> str:
        """Return plain data as an expression."""
        if type(value).__module__ == "numpy" and value.dtype.kind in "biuf":
            self.statements.setdefault("numpy", "import numpy")
            return f"numpy.array({self._literal(name, value.tolist())}, {value.dtype.name!r})"
        text = repr(value)
        if len(text) > LARGEST_LITERAL:
            raise ConfigError(
                f"{self.where}: uses {name!r}, {len(text)} characters of data; read it from a file "
                "in the function, or pass it as cases"
            )
        try:
            same = ast.literal_eval(text) == value
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            same = False
        if same is not True:
            kind = type(value).__name__
            raise ConfigError(f"{self.where}: uses {name!r}, a live object ({kind}); {_WAY_OUT}")
        return text


def imports_of(function: FunctionType) -> dict[str, str]:
    """Return the imports of the file that a function stands in, by the name that each makes."""
    try:
        body = ast.parse("".join(inspect.findsource(function)[0])).body
    except (OSError, SyntaxError):
        return {}
    found = {}
    for node in body:
        if isinstance(node, ast.Import):
            for each in node.names:
                top = each.name.partition(".")[0]
                found[each.asname or top] = ast.unparse(ast.Import([each]))
        elif isinstance(node, ast.ImportFrom) and not node.level:
            for each in node.names:
                one = ast.ImportFrom(node.module, [each], 0)
                found[each.asname or each.name] = ast.unparse(one)
    return found


def source_of(value: FunctionType | type, name: str) -> str:
    """Return the text of a function or a class as a statement; a lambda is given ``name``."""
    if getattr(value, "__name__", "") == "<lambda>":
        return f"{name} = {_lambda_source(value)}"  # type: ignore[arg-type]
    try:
        return textwrap.dedent(inspect.getsource(value))
    except (OSError, TypeError):
        raise ConfigError(
            f"{value.__name__}: its source cannot be read (typed at a prompt?); put it into a file"
        ) from None


def _lambda_source(value: FunctionType) -> str:
    """Return the text of the one lambda of its line that compiles to the same code."""
    try:
        lines, _ = inspect.findsource(value)
        text = "".join(lines)
        nodes = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Lambda)]
    except (OSError, SyntaxError):
        nodes, text = [], ""
    line = value.__code__.co_firstlineno
    parts = [ast.get_source_segment(text, node) or "" for node in nodes if node.lineno == line]
    found = [part for part in parts if _code_of(part) == value.__code__.co_code]
    if len(set(found)) != 1:
        raise ConfigError("a lambda whose source cannot be told apart; write a def")
    return f"({found[0]})"


def _code_of(text: str) -> bytes:
    inside = compile(text, "lambda", "eval").co_consts
    return next((each.co_code for each in inside if hasattr(each, "co_code")), b"")


def _around(value: FunctionType | type) -> Mapping[str, Any]:
    """Return the names that a function or a class can see, and their values."""
    if isinstance(value, type):
        known = dict(vars(sys.modules.get(value.__module__) or builtins))
        for member in vars(value).values():
            if isinstance(member, FunctionType):
                known |= _around(member)
        return known
    inner = inspect.unwrap(value)
    cells = zip(inner.__code__.co_freevars, inner.__closure__ or (), strict=True)
    return {**inner.__globals__, **{name: _content(cell) for name, cell in cells}}


def _content(cell: Any) -> Any:
    try:
        return cell.cell_contents
    except ValueError:  # a name that has no value yet
        return None


def _importable(value: Any) -> tuple[str, str] | None:
    """Return the module and the name by which a value can be imported, None when it cannot."""
    named = isinstance(value, FunctionType | type | BuiltinFunctionType) or callable(value)
    module = getattr(value, "__module__", None)
    name = getattr(value, "__name__", None) or getattr(value, "_name", None)
    if not named or not isinstance(module, str) or not isinstance(name, str):
        return None
    if module == "__main__" or getattr(sys.modules.get(module), name, None) is not value:
        return None
    return module, name


def _installed(path: Path) -> bool:
    """Tell whether a file belongs to Python or to an installed package, a user's own ones too."""
    if {"site-packages", "dist-packages"} & set(path.parts):
        return True
    places = {sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    here = Path(__file__).resolve().parent.parent
    return any(path.is_relative_to(place) for place in places) or path.resolve().is_relative_to(
        here
    )


def annotations_flag() -> int:
    """Return the flag of code compiled with annotations as text."""
    import __future__

    return __future__.annotations.compiler_flag
