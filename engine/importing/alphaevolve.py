"""Experiments of AlphaEvolve on Google Cloud, in the JSON of its REST resources: a folder with
``experiment.json`` (`AlphaEvolveExperiment`, its ``config`` alone, or what `evolve export
--alphaevolve` wrote), ``programs.json`` (`AlphaEvolveProgram` ones, as the service lists them) and
an ``evaluator.py`` or ``evaluate.py`` with a function of a program. Names may be written as in JSON
or as in Python (``max_programs``).
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeGuard

from cladogen.errors import ProblemError
from cladogen.importing.found import (
    Found,
    ImportOptions,
    flat,
    folder_files,
    one_file,
    parsed,
    plain_name,
)
from cladogen.importing.packages import packages_around

EXPERIMENT, PROGRAMS = "experiment.json", "programs.json"
EVALUATORS = ("evaluator.py", "evaluate.py", "evaluation.py")
STAND_INS = {
    "alpha_evolve/__init__.py": "empty",
    "alpha_evolve/models.py": "stand_in_alphaevolve",
    "alpha_evolve/scoring.py": "stand_in_alphaevolve",
}
TIMEOUT_S = 600.0


def recognised(folder: Path) -> bool:
    """Tell whether a folder has this layout."""
    return (folder / EXPERIMENT).is_file() and any(folder.glob("eval*.py"))


def read(folder: Path, choice: ImportOptions) -> Found:
    """Return what the folder comes to."""
    experiment = _read(folder / EXPERIMENT)
    about = _table(experiment.get("experiment", experiment))  # as `evolve export` writes both
    config = _table(about.get("config", about))
    seed = _first(folder, experiment)
    evaluator = one_file(folder, choice.evaluator, EVALUATORS, "evaluator")
    notes: list[str] = []
    files = folder_files(folder, notes)
    inside = evaluator.relative_to(folder).as_posix()
    program = _program(seed, choice, folder)
    objective = choice.objective or _metric(seed) or _metric_named(files[inside])
    if not objective:
        raise ProblemError(f"{folder}: no program has a score; name its metric with --objective")
    found = Found(
        "AlphaEvolve experiment",
        plain_name(_taken(config, "title") or folder.resolve().name),
        program,
        seed["files"] | {f"evaluator/{path}": data for path, data in files.items()},
        {
            "kind": "alphaevolve", "program": program, "files": sorted(seed["files"]),
            "evaluator": inside, "function": _function(files[inside], inside),
            "objective": objective,
        },
        objective=objective,
        minimize=choice.minimize,
        stand_ins=dict(STAND_INS),
        statement=_taken(config, "problemDescription"),
        limits={"time_s": TIMEOUT_S},
        requirements=packages_around(files, inside, seed["files"], ["alpha_evolve"]),
        notes=notes,
    )  # fmt: skip
    _configure(found, config)
    if len(seed["files"]) > 1:
        notes.append(f"of {len(seed['files'])} files, {program} may change")
    return found


def _taken(config: dict[str, Any], name: str) -> str:
    """Take a text out of the settings; "" where there is none."""
    return str(config.pop(name, "") or "")


def _read(path: Path) -> Any:
    try:
        return _spelt(json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, OSError, RecursionError) as error:
        raise ProblemError(f"{path}: cannot be read as JSON: {error}") from None


def _spelt(value: Any) -> Any:
    """Return JSON with its keys as REST spells them: ``max_programs`` as ``maxPrograms``."""
    if isinstance(value, Mapping):
        return {
            re.sub(r"_([a-z])", lambda found: found[1].upper(), str(key)): _spelt(each)
            for key, each in value.items()
        }
    return list(map(_spelt, value)) if isinstance(value, list) else value


def _table(value: Any) -> dict[str, Any]:
    return dict(value) if isinstance(value, Mapping) else {}


def _first(folder: Path, experiment: Any) -> dict[str, Any]:
    """Return the program that the experiment began with: the one it names, else the first that has
    no parents.
    """
    path = folder / PROGRAMS
    rows = _rows(_read(path) if path.is_file() else experiment)
    first = next(iter(_beginnings(rows, experiment)), None)
    if first is None:
        raise ProblemError(f"{folder / PROGRAMS}: no program that an experiment begins with")
    files = _files_of(first)
    if not files:
        raise ProblemError(f"{folder / PROGRAMS}: the first program has no files")
    return {"files": files, "evaluation": _table(first.get("evaluation"))}


def _beginnings(rows: list[Mapping[str, Any]], experiment: Any) -> list[Mapping[str, Any]]:
    """Return the programs that the experiment names as its first, else those without parents."""
    name = _table(experiment.get("experiment", experiment)).get("initialAlphaEvolveProgram")
    named = [each for each in rows if name and each.get("name") == name]
    return named or [each for each in rows if not each.get("parentPrograms")]


def _rows(listed: Any) -> list[Mapping[str, Any]]:
    rows = listed.get("alphaEvolvePrograms") if isinstance(listed, Mapping) else listed
    return [each for each in rows or [] if isinstance(each, Mapping)]


def _files_of(program: Mapping[str, Any]) -> dict[str, bytes]:
    """Return a program's files, without those that would lie outside its folder."""
    files = {}
    for row in map(_table, _table(program.get("content")).get("files") or []):
        name = str(row.get("path", ""))
        if _is_inside(name):
            files[name] = str(row.get("content", "")).encode("utf-8", "surrogatepass")
    return files


def _is_inside(path: str) -> bool:
    return bool(path) and not path.startswith("/") and ".." not in path.split("/")


def _program(seed: Mapping[str, Any], choice: ImportOptions, folder: Path) -> str:
    """Return the file that may change: the one named, else the first with a marked block."""
    files: Mapping[str, bytes] = seed["files"]
    if choice.program and choice.program not in files:
        raise ProblemError(f"{folder / PROGRAMS}: no file {choice.program}; it has {list(files)}")
    marked = [path for path, data in files.items() if b"EVOLVE-BLOCK-START" in data]
    return choice.program or next(iter([*marked, *files]))


def _metric(seed: Mapping[str, Any]) -> str:
    scores = _table(seed["evaluation"].get("scores")).get("scores") or []
    return next((str(each["metric"]) for each in scores if "metric" in _table(each)), "")


def _metric_named(evaluator: bytes) -> str:
    """Return the metric that an evaluator's text names, "" where it names none plainly."""
    found = re.search(rb"[\"']?metric[\"']?\s*[:=]\s*[\"']([\w .-]+)[\"']", evaluator)
    return "" if found is None else found[1].decode()


def _function(evaluator: bytes, where: str) -> str:
    """Return the function that evaluates a program: ``evaluate``, else one whose name says so."""
    tree = parsed(evaluator)
    fit = [node.name for node in tree.body if _evaluates(node)] if tree is not None else []
    if not fit:
        raise ProblemError(f"{where}: no function of one program whose name says that it evaluates")
    return "evaluate" if "evaluate" in fit else fit[0]


def _evaluates(node: ast.stmt) -> TypeGuard[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Whether a statement is a public function of one argument whose name says what it does."""
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return False
    fits = "evaluat" in node.name and not node.name.startswith("_")
    return fits and len(node.args.args) == 1


def _configure(found: Found, config: dict[str, Any]) -> None:
    """Take from the settings what has a meaning here; the rest is listed."""
    runs = _table(config.pop("runSettings", {}))
    generation = _table(config.pop("generationSettings", {}))
    found.defaults |= _defaults(runs)
    found.notes += _models(generation.pop("models", None) or [])
    config.pop("programLanguage", None)
    left = {**config, "runSettings": runs, "generationSettings": generation}
    found.unused += sorted(flat({key: value for key, value in left.items() if value != {}}))


def _defaults(runs: dict[str, Any]) -> dict[str, Any]:
    """Take out of the run's settings what is an option of a run here."""
    defaults: dict[str, Any] = {}
    if isinstance(most := runs.get("maxPrograms"), int) and most > 1:
        defaults["max_proposals"] = runs.pop("maxPrograms") - 1  # there, the seed counts
    if isinstance(runs.get("concurrency"), int):
        defaults["workers"] = runs.pop("concurrency")
    seconds = re.fullmatch(r"(\d+(?:\.\d+)?)s", str(runs.get("maxDuration", "")))
    if seconds is not None:
        defaults["max_seconds"] = float(seconds[1])
        del runs["maxDuration"]
    return defaults


def _models(asked: list[Any]) -> list[str]:
    """Return the note that says which models it asked, as options."""
    named = [each for each in asked if "name" in _table(each)]
    words = [f"--model gemini/{each['name']}={each.get('weight', 1):g}" for each in named]
    return ["models: " + " ".join(words)] if words else []
