"""A problem folder made of a program and a function that evaluates it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from keyword import iskeyword
from pathlib import Path
from typing import Any

from cladogen.errors import ConfigError
from cladogen.from_python.dspy_program import write_module
from cladogen.from_python.evolve_options import EvolveOptions, takes, takes_table, wants_case
from cladogen.from_python.gepa_adapter import SCORER_OF_EXAMPLES, write_adapted
from cladogen.from_python.seed_program import SeedFiles, entry_of, given, is_coroutine
from cladogen.from_python.sources import FOLDERS, beside, take
from cladogen.importing.bridge_files import ENTRY, SCORER_OF_REPORTS, bridge_files
from cladogen.importing.found import plain_name
from cladogen.importing.packages import as_installed, packages_of
from cladogen.importing.toml import write_toml
from cladogen.sandboxes import wire

DRIVER = '''\
"""Calls the program with the arguments of a case."""

{imports}


def run(arguments):
    """Return the program's output."""
    return {call}
'''
SCORER = '''\
"""Scores what the program returned, by the function that evolve() was given."""

from pathlib import Path

import evaluation_source

from cladogen.evaluators.of_function import read_cases, score_of


def cases(parameters):
    """Return the cases that evolve() was given."""
    return read_cases(Path(__file__).with_name("cases.data"))


def score(case, output):
    """Return what the function says of an output."""
    return score_of(evaluation_source.{function}, case, output, {metric!r}, with_case={with_case})
'''
_DRIVER_FILE = "driver.py"
CALLS_EACH = 100  # of models, by one program on one case
LIMITS_OF_OTHERS = {"time_s": 120.0, "memory_mb": 4096, "processes": 256}
OTHERS = {"prediction": write_module, "adapter": write_adapted}


def with_models(
    asked: EvolveOptions, program: Any, evaluate: Any, has_models: bool
) -> EvolveOptions:
    """Return what was asked with whether programs ask models, where that was left open."""
    if asked.asks_models is not None:
        return asked
    return replace(asked, asks_models=has_models and _kind(program, evaluate, asked) in OTHERS)


def write_problem(
    folder: Path, program: Any, evaluate: Callable[..., Any], asked: EvolveOptions
) -> str:
    """Write the problem into ``folder`` and return what the evaluation is called with."""
    kind = _kind(program, evaluate, asked)
    toml, files = _parts(program, evaluate, kind, asked)
    if asked.asks_models:
        toml["models"] = {"evaluation": {"calls": CALLS_EACH}}
    files["problem.toml"] = write_toml(toml).encode()
    if asked.statement:
        files["statement.md"] = asked.statement.encode()
    if asked.requirements:
        files["requirements.txt"] = "".join(f"{each}\n" for each in asked.requirements).encode()
    _write(folder, files)
    return kind


def _write(folder: Path, files: Mapping[str, bytes]) -> None:
    for path, data in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)


def _kind(program: Any, evaluate: Any, asked: EvolveOptions) -> str:
    """Return what the evaluation is called with; DSPy's and GEPA's are known by what they are."""
    from cladogen.from_python import dspy_program, gepa_adapter

    if asked.takes or not (callable(evaluate) or gepa_adapter.is_adapter(evaluate)):
        return takes(evaluate, asked.takes)
    if dspy_program.is_module(program):
        return "prediction"
    return "adapter" if gepa_adapter.is_adapter(evaluate) else takes(evaluate, "")


def _parts(
    program: Any, evaluate: Any, kind: str, asked: EvolveOptions
) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Return ``problem.toml`` as a table, and the other files of the problem."""
    if kind in OTHERS:
        return _of_another(program, evaluate, kind, asked)
    found = given(program)
    asked = replace(asked, name=asked.name or found.name)
    make = _scored if kind == "output" else _reported
    return make(found, evaluate, kind, asked)


def _of_another(
    program: Any, evaluate: Any, kind: str, asked: EvolveOptions
) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Return the parts of a problem of a program of another project."""
    toml, files = OTHERS[kind](program, evaluate, asked)
    name = asked.name or getattr(program, "__name__", type(program).__name__)
    named = replace(asked, name=plain_name(name) if name != "dict" else "adapted")
    if not asked.requirements:
        named = replace(named, requirements=_packages(files))
        files["requirements.txt"] = "".join(f"{each}\n" for each in named.requirements).encode()
    named = replace(named, limits={**LIMITS_OF_OTHERS, **asked.limits})
    return {**_toml(SeedFiles("", {}, ()), named, {}), **toml}, files


def _packages(files: Mapping[str, bytes]) -> list[str]:
    """Return what the files that run beside a program import, in the versions of this machine."""
    seed = {path: data for path, data in files.items() if path.startswith("seed/")}
    return as_installed(packages_of(seed))


def _scored(
    found: SeedFiles, evaluate: Callable[..., Any], kind: str, asked: EvolveOptions
) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Return a problem whose evaluation reads the output, in a process apart from the program."""
    taken = take(evaluate)
    words = {"function": taken.name, "metric": asked.metric, "with_case": wants_case(evaluate)}
    made = {
        "scorer.py": SCORER.format(**words).encode(),
        "evaluation_source.py": taken.text.encode(),
        "cases.data": wire.encode(case_rows(asked)),
    }
    files = beside(made, taken.files, FOLDERS)
    seed = dict(found.files)
    how: dict[str, Any] = {"command": list(asked.command), "build": list(asked.build)}
    if not asked.command:
        file, function = entry_of(found, asked.entry)
        if _DRIVER_FILE in seed:
            raise ConfigError(f"evolve(): a file of the program is named {_DRIVER_FILE}; rename it")
        seed[_DRIVER_FILE] = _driver(file, function, found.files[file]).encode()
        how["entry"] = f"{_DRIVER_FILE}:run"
    files |= {f"seed/{path}": data for path, data in seed.items()}
    return _toml(found, asked, how), files


def _driver(file: str, function: str, text: bytes) -> str:
    """Return the file that calls a function of the program, whatever its file is named."""
    module, call = file.removesuffix(".py").replace("/", "."), f"program.{function}(*arguments)"
    imports = f"import {module} as program"
    if not all(part.isidentifier() and not iskeyword(part) for part in module.split(".")):
        imports = f"import importlib\n\nprogram = importlib.import_module({module!r})"
    if is_coroutine(text, function):
        imports, call = f"import asyncio\n\n{imports}", f"asyncio.run({call})"
    return DRIVER.format(imports=imports, call=call)


def _reported(
    found: SeedFiles, evaluate: Callable[..., Any], kind: str, asked: EvolveOptions
) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Return a problem whose evaluation runs in the sandbox, beside the program."""
    rows = _examples(evaluate, kind, asked)
    taken = take(evaluate)
    program, function = _program_and_entry(found, evaluate, kind, asked)
    plan = {"kind": "python", "program": program, "takes": kind, "entry": function,
            "evaluator": "evaluation_source.py", "function": taken.name, "metric": asked.metric,
            "with_case": bool(rows)}  # fmt: skip
    seed = {**found.files, **bridge_files(plan)}
    judging = beside({"evaluation_source.py": taken.text.encode()}, taken.files)
    seed |= {f"evaluator/{path}": data for path, data in judging.items()}
    files = {f"seed/{path}": data for path, data in seed.items()}
    files["scorer.py"] = (SCORER_OF_EXAMPLES if rows else SCORER_OF_REPORTS).encode()
    if rows:
        files["cases.data"] = wire.encode(rows)
    toml = _toml(found, asked, {"entry": ENTRY})
    toml["scorer"] = {"reported": True}
    toml["parameters"] = {"metrics": [asked.metric]}
    return toml, files


def _program_and_entry(
    found: SeedFiles, evaluate: Callable[..., Any], kind: str, asked: EvolveOptions
) -> tuple[list[str] | str, str]:
    """Return what an evaluation is given: every file of the program, or one and its function."""
    if _is_given_whole(found, evaluate, kind, asked) and found.own:
        return list(found.own), ""
    return _one_file(found, kind, asked)


def _examples(evaluate: Callable[..., Any], kind: str, asked: EvolveOptions) -> list[list[Any]]:
    """Return the cases that an evaluation beside the program is called with, one after another."""
    if asked.cases is None and asked.heldout is None:
        return []
    if asked.cases is None or not wants_case(evaluate):
        raise ConfigError(
            f"evolve(): with cases an evaluation that takes the {kind} takes a case as its second "
            "parameter; held-out ones come beside others"
        )
    return [[name, _alone(given), split] for name, given, split in case_rows(asked)]


def _alone(given: list[Any]) -> Any:
    return given[0] if len(given) == 1 else given


def _one_file(found: SeedFiles, kind: str, asked: EvolveOptions) -> tuple[str, str]:
    """Return the program's file, and its function where the evaluation takes it."""
    if kind == "function":
        return entry_of(found, asked.entry)
    if len(found.own) != 1 and not asked.entry:
        raise ConfigError(
            f"evolve(): of which file does the evaluation take the {kind}? Name it with "
            f"entry=...; files: {', '.join(found.own)}"
        )
    return asked.entry or found.own[0], ""


def _toml(found: SeedFiles, asked: EvolveOptions, how: Mapping[str, Any]) -> dict[str, Any]:
    direction = "minimize" if asked.minimize else "maximize"
    editable = list(asked.editable or found.own)
    needs = {"requirements": "requirements.txt"} if asked.requirements else {}
    toml: dict[str, Any] = {"name": asked.name, "program": {"editable": editable, **how}}
    toml["objective"] = {"metric": asked.metric}
    toml["metrics"] = {asked.metric: {"direction": direction}}
    if asked.limits:
        toml["limits"] = dict(asked.limits)
    if needs:
        toml["sandbox"] = needs
    return toml


def case_rows(asked: EvolveOptions) -> list[list[Any]]:
    """Return name, arguments and split of each case; one without input when none is given."""
    cases = asked.cases if asked.cases is not None else {"case": ()}
    rows: list[list[Any]]
    rows = [[name, arguments, "train"] for name, arguments in _named(cases, "case")]
    if not rows:
        raise ConfigError(
            "evolve(): cases is empty; give inputs, or leave it out for a call with none"
        )
    held = asked.heldout if asked.heldout is not None else {}
    rows += [[name, arguments, "heldout"] for name, arguments in _named(held, "heldout")]
    for name, arguments, _ in rows:
        _check_plain(name, arguments)
    return rows


def _check_plain(name: str, arguments: Any) -> None:
    try:
        wire.encode(arguments)
    except wire.WireError as error:
        raise ConfigError(f"evolve(): the input of {name}: {error}") from None


def _named(cases: Any, word: str) -> list[tuple[str, list[Any]]]:
    if isinstance(cases, str) or not hasattr(cases, "__iter__"):
        raise ConfigError(f"evolve(): {word}s must be a list or a dict of inputs")
    if not isinstance(cases, Mapping):
        cases = {f"{word}-{at}": value for at, value in enumerate(cases)}
    return [(str(name), _arguments(value)) for name, value in cases.items()]


def _arguments(value: Any) -> list[Any]:
    return list(value) if isinstance(value, tuple) else [value]


def _is_given_whole(
    found: SeedFiles, evaluate: Callable[..., Any], kind: str, asked: EvolveOptions
) -> bool:
    """Whether an evaluation is given a table of the program's files, and no text of one."""
    several = len(found.own) > 1 or takes_table(evaluate)
    return several and kind == "text" and not asked.entry
