"""The page's modules as one script, so that a browser asks for one file and not for twenty.

Each module becomes a function that returns what the module exports, in the order in which they need
each other. That takes modules that are written as these are: named imports at the beginning, each
on a line, exports of declarations, no import that goes in a circle.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

STATIC = Path(__file__).parent / "static"
FIRST = "main"
_IMPORT = re.compile(r'^import \{ (?P<names>[\w$, ]+) \} from "\./(?P<module>\w+)\.js";\n', re.M)
_EXPORT = re.compile(r"^export (?=(?:async function|function|class|const) (?P<name>[\w$]+))", re.M)


@cache
def script() -> str:
    """Return the charting library and all modules of the page as one plain script."""
    library = (STATIC / "vendor" / "uplot.js").read_text(encoding="utf-8")
    whole = "\n".join(modules(STATIC).values())
    return f'{library}\n(() => {{\n"use strict";\n{whole}\n}})();\n'


def modules(folder: Path) -> dict[str, str]:
    """Return the main module and all that it needs as functions, by name, each after what it needs;
    raises ValueError where modules import each other.
    """
    made: dict[str, str] = {}
    _add(folder, FIRST, made, ())
    return made


@cache
def style() -> str:
    """Return all styles of the page."""
    names = ("vendor/uplot.css", "page.css")
    return "\n".join((STATIC / name).read_text(encoding="utf-8") for name in names)


def _add(folder: Path, name: str, made: dict[str, str], above: tuple[str, ...]) -> None:
    if name in above:
        raise ValueError(f"modules import each other: {' > '.join((*above, name))}")
    if name in made:
        return
    text = (folder / f"{name}.js").read_text(encoding="utf-8")
    for found in _IMPORT.finditer(text):
        _add(folder, found["module"], made, (*above, name))
    made[name] = _as_function(name, text)


def _as_function(name: str, text: str) -> str:
    """Return a module as a constant that holds its exports."""
    exports = ", ".join(found["name"] for found in _EXPORT.finditer(text))
    body = _IMPORT.sub(r"const { \g<names> } = module_\g<module>;\n", text)
    body = _EXPORT.sub("", body)
    return f"const module_{name} = (() => {{\n{body}\nreturn {{ {exports} }};\n}})();"
