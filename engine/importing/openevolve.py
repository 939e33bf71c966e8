"""OpenEvolve's layout (and Galapagos cards, whose evaluators are alike): a program,
``evaluator.py`` with ``evaluate(path)`` or stages, ``config.yaml``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from cladogen.errors import ProblemError
from cladogen.importing.algotune import STAND_INS as ALGOTUNE_STAND_INS
from cladogen.importing.algotune import tasks
from cladogen.importing.bridge_files import FOLDER
from cladogen.importing.found import (
    Found,
    ImportOptions,
    flat,
    folder_files,
    one_file,
    parsed,
    plain_name,
    read_yaml,
)
from cladogen.importing.packages import packages_around

PROGRAMS = ("initial_program*", "init_program*", "initial_prompt*", "*_prompt.txt")
CONFIGS = ("config.yaml", "config.yml", "config_phase_1.yaml", "configs/*.yaml", "config*.yaml")
STAND_INS = {
    "openevolve/__init__.py": "empty",
    "openevolve/evaluation_result.py": "stand_in_openevolve",
}
TIMEOUT_S = 300.0
USED_OF_CARD = ("components", "name", "id", "task_description", "description", "evaluation")
THRESHOLDS, CARD_THRESHOLDS = [0.5, 0.75, 0.9], [0.3, 0.6]


def recognised(folder: Path) -> bool:
    """Tell whether a folder has this layout."""
    return (folder / "evaluator.py").is_file() and not (folder / "card.yaml").is_file()


def recognised_card(folder: Path) -> bool:
    """Tell whether a folder is a Galapagos card."""
    return (folder / "card.yaml").is_file() and (folder / "evaluator.py").is_file()


def read(folder: Path, choice: ImportOptions) -> Found:
    """Return what the folder comes to."""
    program = one_file(folder, choice.program, PROGRAMS, "program to start from")
    evaluator = one_file(folder, choice.evaluator, ("evaluator.py",), "evaluator")
    config = _config(folder, choice)
    found = _found("OpenEvolve", folder, program, evaluator, choice)
    values = read_yaml(config) if config is not None else {}
    if config is not None:
        found.notes.append(f"settings read from {config.relative_to(folder)}")
    _with_algotune(found, choice)
    _configure(found, values, {name for name, _ in _functions(found)})
    return found


def read_card(folder: Path, choice: ImportOptions) -> Found:
    """Return what a Galapagos card comes to."""
    card = read_yaml(folder / "card.yaml")
    components, evaluation = _part(card, "components"), _part(card, "evaluation")
    named = choice.program or _entry(components, "initial_program")
    program = one_file(folder, named, PROGRAMS, "program to start from")
    found = _found("Galapagos card", folder, program, folder / "evaluator.py", choice)
    found.name = plain_name(_entry(card, "name", "id") or folder.name)
    found.statement = _entry(card, "task_description", "description")
    found.plan |= {"thresholds": CARD_THRESHOLDS, "card": True}
    found.limits["time_s"] = float(_entry(evaluation, "timeout", "timeout_s") or 120.0)
    found.unused += flat({key: value for key, value in card.items() if key not in USED_OF_CARD})
    return found


def _part(card: Mapping[str, Any], name: str) -> Any:
    return card.get(name) or {}


def _entry(table: Mapping[str, Any], *names: str) -> str:
    """Return the first entry of those names that says something, "" for none."""
    return next((str(table[name]) for name in names if table.get(name)), "")


def _with_algotune(found: Found, choice: ImportOptions) -> None:
    """Put the AlgoTune tasks that the evaluator imports where it looks for a checkout: at home."""
    text = found.seed[f"evaluator/{found.plan['evaluator']}"].decode(errors="replace")
    names = sorted(set(re.findall(r"from AlgoTuneTasks\.(\w+)\.\w+ import", text)))
    if not names:
        return
    if not choice.beside:
        found.notes.append("its evaluator reads an AlgoTune checkout: name one with --with DIR")
        return
    home = f"{FOLDER}/home/github/AlgoTune/AlgoTuneTasks"
    found.seed |= {
        f"{home}/{path}": data for path, data in tasks(Path(choice.beside), names).items()
    }
    found.plan["home"] = f"{FOLDER}/home"
    found.stand_ins |= {
        f"home/github/AlgoTune/{path}": inside for path, inside in ALGOTUNE_STAND_INS.items()
    }


def _config(folder: Path, choice: ImportOptions) -> Path | None:
    try:
        return one_file(folder, choice.config, CONFIGS, "configuration")
    except ProblemError:
        if choice.config:
            raise
        return None


def _found(
    layout: str, folder: Path, program: Path, evaluator: Path, choice: ImportOptions
) -> Found:
    notes: list[str] = []
    files = folder_files(folder, notes)
    name = program.name
    beside = {f"evaluator/{path}": data for path, data in files.items()}
    seed = {name: program.read_bytes(), **beside}
    inside = evaluator.relative_to(folder).as_posix()
    scores = b"combined_score" in files[inside]
    objective = choice.objective or ("combined_score" if scores else "fitness")
    found = Found(
        layout,
        plain_name(folder.resolve().name),
        name,
        seed,
        {"kind": "openevolve", "program": name, "evaluator": inside, "objective": objective},
        objective=objective,
        minimize=choice.minimize,
        stand_ins=dict(STAND_INS),
        requirements=packages_around(files, inside, {name: seed[name]}, ["openevolve"]),
        notes=notes,
    )
    notes += _notes(seed[name], named=scores or bool(choice.objective))
    return found


def _notes(program: bytes, *, named: bool) -> Iterator[str]:
    """Yield what is to be said of a program, and of an objective that nobody has ``named``."""
    if not named:
        yield (
            "no combined_score: fitness is the mean of all numbers, as OpenEvolve takes it, also "
            "of those that are better when low; name one with --objective NAME [--minimize]"
        )
    if b"EVOLVE-BLOCK-START" in program:
        yield "only what lies between EVOLVE-BLOCK markers may change (there it is a hint)"


def _functions(found: Found) -> list[tuple[str, bool]]:
    """Return the evaluator's functions, and which of them are coroutines."""
    import ast

    tree = parsed(found.seed[f"evaluator/{found.plan['evaluator']}"])
    nodes = tree.body if tree is not None else []
    return [
        (node.name, isinstance(node, ast.AsyncFunctionDef))
        for node in nodes
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]


def _configure(found: Found, values: dict[str, Any], functions: set[str]) -> None:
    """Take from the configuration what changes the problem; the rest is listed."""
    values = dict(values)
    evaluator = _section(values, "evaluator")
    database, prompt = _section(values, "database"), _section(values, "prompt")
    _stages(found, evaluator, functions)
    found.plan["arguments"] = evaluator.pop("evaluator_args", None) or {}
    found.statement = str(prompt.pop("system_message", "") or "")
    _defaults(found, values, evaluator)
    _features(found, database)
    _models(found, _section(values, "llm"))
    left = {**values, "evaluator": evaluator, "database": database, "prompt": prompt}
    found.unused += sorted(flat({key: value for key, value in left.items() if value != {}}))


def _stages(found: Found, evaluator: dict[str, Any], functions: set[str]) -> None:
    """Take whether it evaluates in stages, and the time that all of them may need."""
    timeout = float(evaluator.pop("timeout", TIMEOUT_S))
    staged = bool(evaluator.pop("cascade_evaluation", True)) and "evaluate_stage1" in functions
    stages = sum(f"evaluate_stage{at}" in functions for at in (1, 2, 3)) if staged else 1
    found.limits["time_s"] = timeout * max(1, stages)
    found.plan["staged"] = staged
    found.plan["thresholds"] = evaluator.pop("cascade_thresholds", THRESHOLDS)


def _section(values: dict[str, Any], name: str) -> dict[str, Any]:
    value = values.pop(name, None)
    return dict(value) if isinstance(value, Mapping) else {}


def _defaults(found: Found, values: dict[str, Any], evaluator: dict[str, Any]) -> None:
    if isinstance(values.get("max_iterations"), int):
        found.defaults["max_proposals"] = values.pop("max_iterations")
    if isinstance(values.get("random_seed"), int):
        found.defaults["seed"] = values.pop("random_seed")
    if isinstance(evaluator.get("parallel_evaluations"), int):
        found.defaults["workers"] = evaluator.pop("parallel_evaluations")


def _features(found: Found, database: dict[str, Any]) -> None:
    """Take the feature dimensions that are metrics; complexity is the program's size."""
    bins = database.pop("feature_bins", 10)
    for name in database.pop("feature_dimensions", None) or []:
        if name == "diversity":
            found.unused.append("database.feature_dimensions diversity")
            continue
        size = bins.get(name, 10) if isinstance(bins, Mapping) else bins
        metric = {"complexity": "size", "score": found.objective}.get(name, str(name))
        found.features.append({"metric": metric, "bins": int(size), "scale": "quantile"})


def _models(found: Found, llm: dict[str, Any]) -> None:
    """Say which models it asked, as options; no key and no variable is resolved."""
    words = _model_options(llm)
    base = llm.pop("api_base", None)
    if words and base:
        words.append(f"--api-base {base}")
    if words:
        found.notes.append("models: " + " ".join(words))
    found.unused += sorted(f"llm.{name}" for name in flat(llm))


def _model_options(llm: dict[str, Any]) -> list[str]:
    return [f"--model openai/{name}={weight:g}" for name, weight in _asked(llm) if name and weight]


def _asked(llm: dict[str, Any]) -> list[tuple[Any, Any]]:
    """Take the models with their weights out of the settings, in both ways of naming them; a model
    that is listed may have no name.
    """
    listed = [each for each in llm.pop("models", None) or [] if isinstance(each, Mapping)]
    names = [(each.get("name"), each.get("weight", 1.0)) for each in listed]
    for at in ("primary", "secondary"):
        names.append((llm.pop(f"{at}_model", None), llm.pop(f"{at}_model_weight", 1.0)))
    return names
