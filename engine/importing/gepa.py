"""GEPA's scripts: one that calls ``optimize_anything`` with a candidate and an evaluator, or
``optimize`` with a candidate and an adapter (a ``GEPAAdapter``).
"""

from __future__ import annotations

import ast
import itertools
import json
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn, TypeGuard

from cladogen.errors import ProblemError
from cladogen.importing.found import Found, ImportOptions, functions_of, parsed, plain_name
from cladogen.importing.gepa_files import script_files
from cladogen.importing.inside.kind_gepa import POSITIONAL
from cladogen.importing.packages import modules, packages_around
from cladogen.importing.written_out import WrittenOut

ANYTHING, OPTIMIZE = "optimize_anything", "optimize"
STAND_INS = {"gepa/__init__.py": "empty", f"gepa/{ANYTHING}.py": "stand_in_gepa"}
MEANT = {
    ANYTHING: ("evaluator", "dataset", "objective", "background", "seed_candidate"),
    OPTIMIZE: ("adapter", "trainset", "seed_candidate"),
}
WORDS = ("objective", "background")  # what the statement is made of
TIME_S = 300.0


def recognised(path: Path) -> bool:
    """Tell whether a file, or a file of a folder, calls GEPA's ``optimize_anything`` or
    ``optimize``.
    """
    return bool(_scripts(path))


def read(path: Path, choice: ImportOptions) -> Found:
    """Return what a script comes to. Its candidate is read, never run: it must be written out."""
    file = _script(path, choice)
    notes: list[str] = []
    beside, place = script_files(file, _calls, notes, whole=path.is_dir())
    tree = ast.parse(file.read_bytes())
    called, call = _call(tree) or _no_call(path)
    given = _given(called, call)
    _check_adapts(file, called, call, given)
    written = WrittenOut(file, tree)
    candidate = _candidate(file, written, given, choice)
    program = _named(candidate)
    objective = choice.objective or "score"
    script = f"evaluator/{place}"
    packages = packages_around(beside, place, _programs(candidate), ["gepa"])
    stands_in = _is_replaced(called, beside, packages)
    if not stands_in:
        packages.append("gepa")
    evaluator = {f"evaluator/{name}": data for name, data in beside.items()}
    found = Found(
        f"GEPA {called}",
        _name(file),
        program,
        {program: _seed(candidate).encode(), **evaluator},
        {"kind": "gepa", "program": program, "script": script, "objective": objective,
         "arguments": shlex.split(choice.arguments)},
        objective=objective,
        minimize=choice.minimize,
        stand_ins=dict(STAND_INS) if stands_in else {},
        statement=_statement(written, given),
        limits={"time_s": TIME_S},
        requirements=packages,
        unused=sorted(set(given) - set(MEANT[called])),
        notes=notes,
    )  # fmt: skip
    notes.append("the script runs up to its call anew for each program; examples are averaged")
    if not isinstance(candidate, str):
        notes.append(f"the candidate's {len(candidate)} texts are one JSON table, {program}")
    return found


def _is_replaced(called: str, beside: Mapping[str, bytes], packages: Sequence[str]) -> bool:
    """Whether a stand-in takes the place of gepa's package in the script."""
    return called == ANYTHING and _stands_in(beside) and not packages


def _statement(written: WrittenOut, given: Mapping[str, ast.expr]) -> str:
    return "\n\n".join(_text(written, given.get(name)) for name in WORDS)


def _check_adapts(file: Path, called: str, call: ast.Call, given: Mapping[str, ast.expr]) -> None:
    """Raise ProblemError for a call that leaves what a candidate is to GEPA's own adapter."""
    if called == OPTIMIZE and not _adapts(call, given):
        raise ProblemError(
            f"{file}: calls {OPTIMIZE}() without an adapter, so GEPA's own asks a task_lm, which "
            "is not done here; give it adapter=..., or call optimize_anything() with the evaluator"
        )


def _seed(candidate: str | dict[str, str]) -> str:
    """Return the text of the seed program: the candidate's, several as one JSON table."""
    return candidate if isinstance(candidate, str) else json.dumps(candidate, indent=2) + "\n"


def _script(path: Path, choice: ImportOptions) -> Path:
    """Return the one script, by the name that ``--evaluator`` gives where there are several."""
    found = [each for each in _scripts(path) if choice.evaluator in ("", each.name)]
    if not found:
        _no_call(path)
    if len(found) > 1:
        names = ", ".join(each.name for each in found)
        raise ProblemError(f"{path}: {len(found)} scripts ({names}); name one, as {found[0]}")
    return found[0]


def _scripts(path: Path) -> list[Path]:
    places = sorted(path.glob("*.py")) if path.is_dir() else [path]
    return list(filter(_is_script, places))


def _is_script(path: Path) -> bool:
    return path.suffix == ".py" and path.is_file() and _calls(path)


def _calls(file: Path) -> bool:
    data = file.read_bytes()
    tree = parsed(data) if b"gepa" in data and OPTIMIZE.encode() in data else None
    return tree is not None and _call(tree) is not None


def _call(tree: ast.Module) -> tuple[str, ast.Call] | None:
    """Return the call of GEPA's function with its name there, by whatever name it is called."""
    names = _imported(tree)
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call))
    called = ((_called(ast.unparse(node.func), names), node) for node in calls)
    return next(((name, node) for name, node in called if name), None)


def _called(function: str, names: Mapping[str, str]) -> str:
    """Return GEPA's name of a function that is called, "" for another function."""
    head, _, last = function.rpartition(".")
    if not head and last in names:
        return names[last]
    known = last == ANYTHING or (head in ("gepa", "gepa.api") and last == OPTIMIZE)
    return last if known else ""


def _given(called: str, call: ast.Call) -> dict[str, ast.expr]:
    """Return what a call gives, by the parameters' names; what a star unpacks is not known."""
    plain = itertools.takewhile(lambda each: not isinstance(each, ast.Starred), call.args)
    named = {each.arg: each.value for each in call.keywords if each.arg}
    return {**dict(zip(POSITIONAL[called], plain, strict=False)), **named}


def _adapts(call: ast.Call, given: Mapping[str, ast.expr]) -> bool:
    """Whether a call of ``optimize`` gives an adapter, or may do so by what a star unpacks."""
    if "adapter" in given:
        return not (isinstance(given["adapter"], ast.Constant) and given["adapter"].value is None)
    starred = [each.arg is None for each in call.keywords]
    return any(starred) or any(isinstance(each, ast.Starred) for each in call.args)


def _name(file: Path) -> str:
    """Return the problem's name: the script's, or its folder's where it is called main."""
    return plain_name(file.resolve().parent.name if file.stem == "main" else file.stem)


def _no_call(path: Path) -> NoReturn:
    raise ProblemError(f"{path}: no script that calls {ANYTHING}() or {OPTIMIZE}()")


def _imported(tree: ast.Module) -> dict[str, str]:
    """Return the names that a script has for GEPA's functions, and what they are there."""
    imports = filter(_is_of_gepa, ast.walk(tree))
    aliases = itertools.chain.from_iterable(node.names for node in imports)
    known = (each for each in aliases if each.name in (ANYTHING, OPTIMIZE))
    return {each.asname or each.name: each.name for each in known}


def _is_of_gepa(node: ast.AST) -> TypeGuard[ast.ImportFrom]:
    return isinstance(node, ast.ImportFrom) and _top(node.module or "") == "gepa"


def _top(module: str) -> str:
    return module.split(".", maxsplit=1)[0]


def _programs(candidate: str | dict[str, str]) -> dict[str, bytes]:
    """Return the candidate's texts as Python files: those that are none import nothing."""
    texts = candidate if isinstance(candidate, dict) else {"candidate": candidate}
    return {f"{name}.py": text.encode() for name, text in texts.items()}


def _stands_in(files: Mapping[str, bytes]) -> bool:
    """Whether all that the files import of gepa is what the stand-in has. Another package may
    import gepa itself, as dspy does, and needs the real one.
    """
    used = set[str]().union(*(modules(parsed(data)) for data in files.values()))
    of_gepa = [name for name in used if _top(name) == "gepa"]
    return all(name == "gepa" or name.startswith(f"gepa.{ANYTHING}") for name in of_gepa)


def _candidate(
    file: Path, written: WrittenOut, given: dict[str, ast.expr], choice: ImportOptions
) -> str | dict[str, str]:
    """Return the text, or the table of texts, that the search starts from."""
    if choice.program:
        return (file.parent / choice.program).read_text(encoding="utf-8")
    found = written.value(given.get("seed_candidate"))
    if isinstance(found, str) and found.strip():
        return found
    if isinstance(found, dict) and _holds_texts(found):
        return {str(name): text for name, text in found.items()}
    raise ProblemError(
        f"{file}: its seed_candidate is not written out as text, or a table of texts, there or in "
        "a file beside it; put it into a file and name that: --program FILE"
    )


def _holds_texts(found: Mapping[Any, Any]) -> bool:
    return bool(found) and all(isinstance(each, str) for each in found.values())


def _text(written: WrittenOut, node: ast.expr | None) -> str:
    found = written.value(node)
    return found.strip() if isinstance(found, str) else ""


def _named(candidate: str | dict[str, str]) -> str:
    """Return the program's file: what is Python by its definitions is called so."""
    if isinstance(candidate, dict):
        return "candidate.json"
    code = functions_of(parsed(candidate.encode()))
    return "candidate.py" if code else "candidate.txt"
