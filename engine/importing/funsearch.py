"""FunSearch's specification: one text with ``@funsearch.run`` and ``@funsearch.evolve``."""

from __future__ import annotations

import ast
from pathlib import Path

from cladogen.errors import ProblemError
from cladogen.importing.found import Found, ImportOptions, functions_of, parsed, plain_name
from cladogen.importing.packages import packages_of

STAND_INS = {"funsearch.py": "stand_in_funsearch"}
PROGRAM = "specification.py"
TIME_S = 60.0


def recognised(path: Path) -> bool:
    """Tell whether a file, or the one such file of a folder, is a specification."""
    return _specification(path) is not None


def read(path: Path, choice: ImportOptions) -> Found:
    """Return what a specification comes to."""
    file = path / choice.program if choice.program else _specification(path)
    if file is None or (tree := parsed(file.read_bytes())) is None:
        raise ProblemError(f"{path}: no specification that is Python")
    run, evolve = (_decorated(tree, name, file) for name in ("run", "evolve"))
    if not choice.inputs:
        raise ProblemError(
            f"{file}: a specification does not say on which inputs {run.name}() is run; name them: "
            "--inputs '[8]'"
        )
    objective = choice.objective or "score"
    found = Found(
        "FunSearch",
        plain_name(file.stem),
        PROGRAM,
        {PROGRAM: _marked(file.read_text(encoding="utf-8"), evolve).encode()},
        {"kind": "funsearch", "program": PROGRAM, "function": run.name, "objective": objective},
        objective=objective,
        minimize=choice.minimize,
        stand_ins=dict(STAND_INS),
        statement=_docstring(tree) + "\n\n" + _docstring(evolve),
        shows_evaluator=True,
        limits={"time_s": TIME_S},
        inputs=choice.inputs,
        evolve_blocks=True,
        requirements=packages_of({PROGRAM: file.read_bytes()}, ["funsearch"]),
    )
    found.notes.append(f"only {evolve.name}() may change; the whole specification is kept")
    found.notes.append("the score is the mean of all inputs, and failing on one of them is failing")
    return found


def _docstring(of: ast.Module | ast.FunctionDef) -> str:
    return ast.get_docstring(of) or ""


def _specification(path: Path) -> Path | None:
    places = sorted([*path.glob("*.txt"), *path.glob("*.py")]) if path.is_dir() else [path]
    return next(filter(_is_specification, places), None)


def _is_specification(path: Path) -> bool:
    if path.suffix not in (".txt", ".py") or not path.is_file():
        return False
    text = path.read_text(encoding="utf-8", errors="replace")
    decorated = "@funsearch.run" in text and "@funsearch.evolve" in text
    return decorated and parsed(text.encode()) is not None


def _decorated(tree: ast.Module, name: str, file: Path) -> ast.FunctionDef:
    found = [node for node in functions_of(tree) if f"funsearch.{name}" in _decorators(node)]
    if len(found) != 1:
        raise ProblemError(f"{file}: {len(found)} functions have @funsearch.{name}; it must be one")
    return found[0]


def _decorators(of: ast.FunctionDef) -> list[str]:
    return list(map(ast.unparse, of.decorator_list))


def _marked(text: str, function: ast.FunctionDef) -> str:
    """Return the text with the function between EVOLVE-BLOCK markers, its decorator outside."""
    lines = text.splitlines()
    lines.insert(function.end_lineno or len(lines), "# EVOLVE-BLOCK-END")
    lines.insert(function.decorator_list[0].lineno - 1, "# EVOLVE-BLOCK-START")
    return "\n".join(lines) + "\n"
