"""The source of a function with all that it needs: what a sandbox or a scorer can run.

A function is taken by its text, not by its memory. The names that it uses are followed to where
they were made: imports are written again, functions and classes of a script or a notebook are
copied, a user's own modules are copied as files, plain data is written out as a literal. A live
object (a client, an open file, a lock) cannot be taken, and is named.
"""

from __future__ import annotations

import builtins
import functools
import inspect
import sys
import sysconfig
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FunctionType, MethodType, ModuleType
from typing import Any

from cladogen.errors import ConfigError
from cladogen.from_python.definitions import (
    changed_defaults,
    imports_of,
    replaced,
    source_of,
)
from cladogen.from_python.names_used import outside_names
from cladogen.from_python.plain_values import CannotBeWritten, Expressions

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
    taken. A method of an object, an object that can be called and a partial become a function that
    calls them.
    """
    code = _code_behind(function)
    if code is None:
        raise ConfigError(
            f"{function!r:.80}: not a plain function, so its source cannot be taken; write a def "
            "that calls it"
        )
    taking = _Taking(code)
    if inspect.isfunction(inspect.unwrap(function)):
        taking.follow(taking.called, function)
    else:
        taking.call(function)
    return Taken(taking.called, taking.text(), taking.files)


def _code_behind(value: Any) -> FunctionType | None:
    """Return the function that runs when a value is called, None for one that is not Python's."""
    if isinstance(value, functools.partial):
        return _code_behind(value.func)
    if not isinstance(value, FunctionType | MethodType | type) and not hasattr(
        value, "__wrapped__"
    ):
        value = getattr(type(value), "__call__", None)  # noqa: B004  (the method itself is wanted)
    inner = inspect.unwrap(getattr(value, "__func__", value))
    if not isinstance(inner, FunctionType) or _installed(Path(inner.__code__.co_filename)):
        return None
    return inner


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
        self.called = _name_for(function)
        self.statements: dict[str, str] = {}
        self.meanings: dict[str, Any] = {}
        self.files: dict[str, bytes] = {}
        self.imports = imports_of(function)
        self.future = bool(function.__code__.co_flags & annotations_flag())
        self.expressions = Expressions(self.reference, _is_own, self.statements.setdefault)

    def text(self) -> str:
        body = "\n\n".join(dict.fromkeys(self.statements.values()))
        return f"{_FUTURE if self.future else ''}{body}\n"

    def call(self, value: Any) -> None:
        """Take what is no function and can be called, as a function that calls it."""
        self.called = f"calls_{self.called.strip('_')}"
        self.take("_called", value)
        self.statements[self.called] = (
            f"def {self.called}(*given, **named):\n    return _called(*given, **named)"
        )

    def follow(self, name: str, value: Any) -> None:
        """Take a function or a class, and then the names that it uses."""
        known = _around(value)
        text = self._with_defaults(source_of(value, name), value, known)
        self.statements.setdefault(name, "")  # it may use itself
        self.meanings[name] = value
        for other in outside_names((_FUTURE if self.future else "") + text):
            if other in known:
                self.take(other, known[other])
            elif not hasattr(builtins, other) and not other.startswith("__"):
                raise ConfigError(f"{self.where}: uses {other!r}, which is defined nowhere")
        del self.statements[name]
        self.statements[name] = text.rstrip() + _alias(name, value)

    def _with_defaults(self, text: str, value: Any, known: Mapping[str, Any]) -> str:
        """Return a definition whose defaults are those that it was made with."""
        if not inspect.isfunction(inner := inspect.unwrap(value)):
            return text
        if inner is not value and hasattr(value, "dispatch"):
            raise ConfigError(
                f"{inner.__name__}: is singledispatch's, and what was registered with it stands "
                "elsewhere; write one function that tells the types apart"
            )
        changed = changed_defaults(text, inner, known)
        return replaced(text, [(name, self._literal(name.id, what)) for name, what in changed])

    @property
    def where(self) -> str:
        code = self.function.__code__
        return f"{self.function.__name__} ({Path(code.co_filename).name}:{code.co_firstlineno})"

    def take(self, name: str, value: Any) -> None:
        """Take one name that the source uses."""
        if name in self.statements:
            self._same(name, value)
            return
        self.meanings[name] = value
        origin = _importable(value)
        if self._is_imported(name, value):
            self.statements[name] = self.imports[name]
            self._copy(_module_of(value))
        elif isinstance(value, ModuleType):
            self.statements[name] = f"import {value.__name__} as {name}"
            self._copy(value)
        elif self._is_code_here(value):
            self.follow(name, value)
        elif origin is not None:
            module, attribute = origin
            self.statements[name] = f"from {module} import {attribute} as {name}"
            self._copy(sys.modules[module])
        else:
            self.statements[name] = ""  # a function in it may use it
            text = self._literal(name, value)
            del self.statements[name]
            self.statements[name] = f"{name} = {text}"

    def _is_imported(self, name: str, value: Any) -> bool:
        """Whether the source has an import of a name, and one can be written for its value."""
        if name not in self.imports:
            return False
        return isinstance(value, ModuleType) or _importable(value) is not None

    def _is_code_here(self, value: Any) -> bool:
        return _is_code(value) and self._is_here(value)

    def _same(self, name: str, value: Any) -> None:
        """Refuse a name that means two things: one file can hold one of them."""
        known = self.meanings.get(name, value)
        if known is value or inspect.unwrap(known) is inspect.unwrap(value):
            return
        if _is_code(known) or _is_code(value) or self._text(known) != self._text(value):
            raise ConfigError(
                f"{self.where}: {name!r} means two things in what it uses; give one of them "
                "another name"
            )

    def _text(self, value: Any) -> str:
        try:
            return self.expressions.of(value)
        except CannotBeWritten:
            return f"{id(value)}"

    def reference(self, value: Any) -> str:
        """Return the name of a function or a class for an expression, taking it where needed."""
        name = getattr(value, "__name__", "")
        if getattr(builtins, name, None) is value:
            return name
        if not self._is_code_here(value):
            name = _name_of_import(value)
        elif not name.isidentifier() or self.meanings.get(name, value) is not value:
            name = f"_taken_{len(self.statements)}"
        self.take(name, value)
        if not self.statements[name]:
            raise CannotBeWritten(f"{name}, which uses it")
        return name

    def _is_here(self, value: Any) -> bool:
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
        if path.name == "__init__.py":
            self._copy_package(path.parent)
        else:
            self.files[path.name] = path.read_bytes()

    def _copy_package(self, folder: Path) -> None:
        for each in sorted(folder.rglob("*")):
            if each.is_file() and "__pycache__" not in each.parts:
                path = f"{folder.name}/{each.relative_to(folder).as_posix()}"
                self.files[path] = each.read_bytes()

    def _literal(self, name: str, value: Any) -> str:
        """Return a value as an expression."""
        try:
            text = self.expressions.of(value)
        except CannotBeWritten as live:
            raise ConfigError(
                f"{self.where}: uses {name!r}, a live object ({live}); {_WAY_OUT}"
            ) from None
        if len(text) > LARGEST_LITERAL:
            raise ConfigError(
                f"{self.where}: uses {name!r}, {len(text)} characters of data; read it from a file "
                "in the function, or pass it as cases"
            )
        return text


def _name_for(function: FunctionType) -> str:
    """Return the name of a function in the text; a lambda's is one that it does not use."""
    if function.__name__.isidentifier():
        return function.__name__
    used = {*function.__code__.co_names, *function.__code__.co_freevars}
    return next(each for each in ("evaluate", "evaluation", "the_evaluation") if each not in used)


def _alias(name: str, value: Any) -> str:
    """Return the line that gives a definition the name that it is called by, "" for its own."""
    own = getattr(value, "__name__", name)
    if own in (name, "<lambda>") or not own.isidentifier():
        return ""
    return f"\n{name} = {own}"


def _module_of(value: Any) -> ModuleType:
    """Return a module itself, and of anything else the one that defines it."""
    return value if isinstance(value, ModuleType) else sys.modules[value.__module__]


def _is_code(value: Any) -> bool:
    """Tell whether a value is a class or a function, maybe behind decorators."""
    return isinstance(value, type) or inspect.isfunction(inspect.unwrap(value))


def _is_own(kind: type) -> bool:
    """Tell whether a class is of the user's own code, and no package's."""
    file = getattr(sys.modules.get(kind.__module__), "__file__", None)
    return kind.__module__ == "__main__" or bool(file and not _installed(Path(file)))


def _around(value: FunctionType | type) -> Mapping[str, Any]:
    """Return the names that a function or a class can see, and their values."""
    if isinstance(value, type):
        return _around_class(value)
    inner = inspect.unwrap(value)
    cells = zip(inner.__code__.co_freevars, inner.__closure__ or (), strict=True)
    return {**inner.__globals__, **{name: _content(cell) for name, cell in cells}}


def _around_class(value: type) -> Mapping[str, Any]:
    known = dict(vars(sys.modules.get(value.__module__) or builtins))
    for member in vars(value).values():
        if isinstance(member, FunctionType):
            known |= _around(member)
    return known


def _content(cell: Any) -> Any:
    try:
        return cell.cell_contents
    except ValueError:  # a name that has no value yet
        return None


def _importable(value: Any) -> tuple[str, str] | None:
    """Return the module and the name by which a value can be imported, None when it cannot."""
    module = getattr(value, "__module__", None)
    name = getattr(value, "__name__", None) or getattr(value, "_name", None)
    if not callable(value) or not isinstance(module, str) or not isinstance(name, str):
        return None
    if module == "__main__" or getattr(sys.modules.get(module), name, None) is not value:
        return None
    return module, name


def _name_of_import(value: Any) -> str:
    """Return a name for what is imported that no source will use."""
    origin = _importable(value)
    if origin is None:
        raise CannotBeWritten(type(value).__name__)
    return f"_{origin[0]}_{origin[1]}".replace(".", "_")


def _installed(path: Path) -> bool:
    """Tell whether a file belongs to Python or to an installed package, a user's own ones too."""
    if {"site-packages", "dist-packages"} & set(path.parts):
        return True
    places = set(map(sysconfig.get_path, ("stdlib", "platstdlib", "purelib", "platlib")))
    here = Path(__file__).resolve().parent.parent
    return any(map(path.is_relative_to, places)) or path.resolve().is_relative_to(here)


def annotations_flag() -> int:
    """Return the flag of code compiled with annotations as text."""
    import __future__

    return __future__.annotations.compiler_flag
