"""What a call of `evolve()` may say of the problem, beside the program and its evaluation."""

from __future__ import annotations

import inspect
import re
import shlex
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from cladogen.errors import ConfigError
from cladogen.problem.spelling import nearest

TAKES = ("output", "path", "text", "function", "prediction", "adapter")
FUNCTIONS = ("function", "func", "fn", "f", "solve", "solver", "heuristic")
TEXTS = ("text", "source", "code", "candidate", "program_text")
WORDS = ("name", "statement", "entry", "takes", "metric")  # options that are texts
LISTS: Mapping[str, Callable[[str], list[str]]] = {  # how a text in place of a list is read
    "editable": str.splitlines,
    "requirements": str.splitlines,
    "build": shlex.split,
    "command": shlex.split,
}
_TABLE = re.compile(r"\b([Dd]ict|Mapping)\b")
_PATH = re.compile(r"\b(Path|PathLike)\b")


@dataclass(frozen=True, slots=True)
class EvolveOptions:
    """``cases`` and ``heldout`` are inputs, in a list or by name; a tuple is several arguments.
    ``takes`` is what the evaluation is called with: "output" (what the program returned,
    in a process apart), or the program's "path", "text" or "function", inside the sandbox; a DSPy
    metric takes a "prediction", and "adapter" is what makes a GEPAAdapter. ``asks_models`` lets
    programs ask the run's models while they are evaluated; None: where they are DSPy's or an
    adapter's, and the run has models.
    """

    name: str = ""
    statement: str = ""
    entry: str = ""
    takes: str = ""
    cases: Any = None
    heldout: Any = None
    metric: str = "score"
    minimize: bool = False
    editable: Sequence[str] = ()
    limits: Mapping[str, Any] = field(default_factory=dict)
    requirements: Sequence[str] = ()
    build: Sequence[str] = ()
    command: Sequence[str] = ()
    asks_models: bool | None = None


def examples(asked: EvolveOptions) -> Iterator[tuple[str, Any, str]]:
    """Yield the name, the example and the split of each example that is no case yet."""
    for name, given in (("train", asked.cases), ("heldout", asked.heldout)):
        for at, example in enumerate(() if given is None else given):
            yield f"{name}-{at}", example, name


def split(
    options: Mapping[str, Any], settings: Sequence[str]
) -> tuple[EvolveOptions, dict[str, Any]]:
    """Return what options say of the problem, and the rest: settings of the run."""
    own = {each.name for each in fields(EvolveOptions)}
    rest = {name: value for name, value in options.items() if name not in own}
    unknown = next((name for name in rest if name not in settings), None)
    if unknown is not None:
        raise ConfigError(
            f"evolve(): unknown option {unknown!r}{nearest(unknown, [*own, *settings])}"
        )
    return EvolveOptions(**_fitting_all(options, own)), rest


def _fitting_all(options: Mapping[str, Any], own: Collection[str]) -> dict[str, Any]:
    return {name: _fitting(name, value) for name, value in options.items() if name in own}


def _fitting(name: str, value: Any) -> Any:
    """Return the value of an option in the form that it is used in; a text is a list of one, and
    a command in one text is its words, as a shell reads them.
    """
    if name in LISTS:
        return _list_of(name, value)
    if name in WORDS:
        _check_texts(name, [value])
    return value


def _list_of(name: str, value: Any) -> Any:
    if isinstance(value, str):
        return LISTS[name](value)
    if not isinstance(value, Iterable):
        _check_texts(name, [value])
        return value
    values = list(value)
    _check_texts(name, values)
    return values


def _check_texts(name: str, values: Iterable[Any]) -> None:
    for each in values:
        if not isinstance(each, str):
            raise ConfigError(
                f"evolve(): {name}: {each!r:.80} is a {type(each).__name__}, not a text"
            )


def takes(evaluate: Callable[..., Any], asked: str) -> str:
    """Return what an evaluation is called with: as asked, else by its first parameter's name and
    annotation.
    """
    if asked and asked not in TAKES:
        raise ConfigError(f"takes = {asked!r} is not one of {', '.join(TAKES)}")
    return asked or _taken(evaluate)


def _taken(evaluate: Callable[..., Any]) -> str:
    parameters = parameters_of(evaluate)
    if not parameters:
        name = getattr(evaluate, "__name__", "evaluate")
        raise ConfigError(f"{name}() takes nothing; it must take the program's output")
    name, annotation = parameters[0].name, str(parameters[0].annotation)
    if name.endswith(("path", "_file")) or _PATH.search(annotation):
        return "path"
    if name in FUNCTIONS or "Callable" in annotation:
        return "function"
    return "text" if name in TEXTS else "output"


def takes_table(evaluate: Callable[..., Any]) -> bool:
    """Tell whether an evaluation of texts takes a table of them, by its annotation."""
    return bool(_TABLE.search(str(parameters_of(evaluate)[0].annotation)))


def wants_case(evaluate: Callable[..., Any]) -> bool:
    """Tell whether an evaluation also takes the case's input: a second parameter without a
    default.
    """
    parameters = parameters_of(evaluate)[1:2]
    return any(
        each.default is each.empty
        and each.kind in (each.POSITIONAL_ONLY, each.POSITIONAL_OR_KEYWORD)
        for each in parameters
    )


def parameters_of(evaluate: Callable[..., Any]) -> list[inspect.Parameter]:
    """Return what an evaluation takes; one of C that does not say it is refused."""
    try:
        return list(inspect.signature(evaluate).parameters.values())
    except (TypeError, ValueError):
        raise ConfigError(
            f"{evaluate!r:.80}: says not what it takes; write a def that calls it"
        ) from None
