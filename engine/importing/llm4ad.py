"""LLM4AD's layout: ``evaluation.py`` (a class over ``Evaluation``) and ``template.py``."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

from cladogen.errors import ProblemError
from cladogen.importing.found import (
    Found,
    ImportOptions,
    constants,
    folder_files,
    functions_of,
    last_class_over,
    parsed,
    plain_defaults,
    plain_name,
    read_yaml,
)
from cladogen.importing.packages import packages_of

STAND_INS = {
    "llm4ad/__init__.py": "empty",
    "llm4ad/base/__init__.py": "stand_in_llm4ad",
    "llm4ad/task/__init__.py": "empty",
}
PROGRAM = "program.py"
TIME_S = 300.0
_TYPES = {
    "Any",
    "Callable",
    "Dict",
    "Iterable",
    "List",
    "Optional",
    "Sequence",
    "Set",
    "Tuple",
    "Union",
}
_MODULES = {"np": "import numpy as np", "math": "import math", "random": "import random"}
_TASK = re.compile(r"(?:from|import) (llm4ad\.task(?:\.\w+)+)")


def recognised(folder: Path) -> bool:
    """Tell whether a folder has this layout."""
    return (folder / "evaluation.py").is_file() and (folder / "template.py").is_file()


def read(folder: Path, choice: ImportOptions) -> Found:
    """Return what the folder comes to."""
    notes: list[str] = []
    files = folder_files(folder, notes)
    tree = parsed(files["template.py"])
    texts = constants(tree) if tree is not None else {}
    if not texts.get("template_program"):
        raise ProblemError(f"{folder / 'template.py'}: no template_program that is a plain text")
    class_name, defaults = _evaluation(files["evaluation.py"], folder)
    package = _package(files["evaluation.py"], folder)
    function = _last_function(texts["template_program"])
    objective = choice.objective or "score"
    home = "evolve_bridge/" + package.replace(".", "/")
    seed = {PROGRAM: with_imports(texts["template_program"], notes).encode()}
    seed |= {f"{home}/{path}": data for path, data in files.items()}
    seed |= _inits(home) | _others(folder, files, package, notes)
    found = Found(
        "LLM4AD",
        plain_name(folder.resolve().name),
        PROGRAM,
        seed,
        {"kind": "llm4ad", "program": PROGRAM, "module": f"{package}.evaluation",
         "class": class_name, "function": function, "arguments": _arguments(folder),
         "objective": objective},
        objective=objective,
        minimize=choice.minimize,
        stand_ins=dict(STAND_INS),
        statement=texts.get("task_description", ""),
        limits={"time_s": float(defaults.get("timeout_seconds") or TIME_S)},
        requirements=packages_of({**files, **seed}, ["llm4ad"]),
        notes=notes,
    )  # fmt: skip
    notes.append("the code is run as it is written: no numba, no protected division, no fixed seed")
    return found


def _evaluation(data: bytes, folder: Path) -> tuple[str, dict[str, Any]]:
    """Return the name of the class, and the plain defaults of its constructor."""
    own = last_class_over("Evaluation", parsed(data))
    if own is None:
        raise ProblemError(f"{folder / 'evaluation.py'}: no class over Evaluation")
    return own.name, plain_defaults(own)


def _package(data: bytes, folder: Path) -> str:
    """Return the name under which the folder imports its own modules."""
    for module in _TASK.findall(data.decode(errors="replace")):
        parts = module.split(".")
        if folder.name in parts:
            return ".".join(parts[: parts.index(folder.name) + 1])
    own = folder.resolve().parts
    at = own.index("llm4ad") if "llm4ad" in own else len(own)
    return ".".join(own[at:]) or f"llm4ad.task.{folder.name}"


def with_imports(template: str, notes: list[str]) -> str:
    """Return a template with the imports that it leaves to its reader."""
    text = template.strip() + "\n"
    missing = _unbound(ast.parse(text))
    types = sorted(missing & _TYPES)
    lines = [f"from typing import {', '.join(types)}"] if types else []
    lines += [line for name, line in _MODULES.items() if name in missing]
    if not lines:
        return text
    notes.append(f"imports that the template leaves out are added: {'; '.join(lines)}")
    return "\n".join([*lines, text])


def _unbound(tree: ast.Module) -> set[str]:
    """Return the names that a file uses and does not import."""
    used: set[str] = set()
    imported: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Name(name):
                used.add(name)
            case ast.alias(name, asname):
                imported.add((asname or name).partition(".")[0])
    return used - imported


def _last_function(template: str) -> str:
    functions = functions_of(parsed(template.encode()))
    if not functions:
        raise ProblemError("template_program: no function to evolve")
    return functions[-1].name


def _inits(home: str) -> dict[str, bytes]:
    """Return an empty ``__init__.py`` for each folder on the way, in place of those that import the
    rest of the package.
    """
    parts = home.split("/")
    return {"/".join([*parts[:at], "__init__.py"]): b"" for at in range(4, len(parts) + 1)}


def _others(
    folder: Path, files: dict[str, bytes], package: str, notes: list[str]
) -> dict[str, bytes]:
    """Return what the task imports from other folders of its project, where they are there."""
    root = folder.resolve().parents[len(package.split(".")) - 1]
    found: dict[str, bytes] = {}
    for data in files.values():
        for module in _TASK.findall(data.decode(errors="replace")):
            path = root / (module.replace(".", "/") + ".py")
            if not module.startswith(f"{package}.") and path.is_file():
                home = f"evolve_bridge/{module.replace('.', '/')}"
                found |= {f"{home}.py": path.read_bytes(), **_inits(home.rpartition("/")[0])}
    return found


def _arguments(folder: Path) -> dict[str, Any]:
    """Return what ``paras.yaml`` gives the class, beside its name."""
    path = folder / "paras.yaml"
    values = read_yaml(path) if path.is_file() else {}
    return {name: value for name, value in values.items() if name != "name"}
