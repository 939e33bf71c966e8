"""Contest tasks, whose outputs a checker program judges: Frontier-CS (``config.yaml``, a checker,
``testdata``) and ALE-Bench (``data.json`` and AtCoder's ``tools``).

The checker runs in the scorer's sandbox, where no candidate is: scores are certified.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cladogen.errors import ProblemError
from cladogen.importing.found import Found, ImportOptions, flat, plain_name, read_yaml

DRIVER_FILE, OBJECTIVE = "judge_driver.py", "score"
DRIVER = '''\
"""Runs the program on an input, as contests do: text in, text out."""

import subprocess
import sys


def run(text):
    """Return what the program wrote."""
    done = subprocess.run({command}, input=text, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        sys.exit(f"the program ended with status {{done.returncode}}")
    return done.stdout
'''
SCORER = '''\
"""Scores what the program wrote by the task's checker, which runs here, apart from it."""

from pathlib import Path

from cladogen.evaluators.by_checker import cases_of, score_of

PARAMETERS = {parameters!r}


def cases(parameters):
    """Return a case for each input."""
    return cases_of(Path(__file__).parent, PARAMETERS)


def score(case, output):
    """Return what the checker says."""
    return score_of(Path(__file__).parent, case, output, PARAMETERS)


def describe(texts):
    """Return how long the program is, in characters."""
    return {{"size": float(len(texts[{program!r}]))}}
'''
LARGEST_INPUT = 4 << 20  # bytes of one input
OWN_S = 1.0  # for Python around the program
USED = ("type", "checker", "time", "memory")  # of config.yaml
SCORER_S = 300.0  # more than building the checker may take
UNITS = {"s": 1.0, "ms": 0.001, "m": 1, "mb": 1, "g": 1024, "gb": 1024}


def recognised(folder: Path) -> bool:
    """Tell whether a folder is a task of Frontier-CS's algorithmic kind."""
    return (folder / "config.yaml").is_file() and any((folder / "testdata").glob("*.in"))


def read(folder: Path, choice: ImportOptions) -> Found:
    """Return what a Frontier-CS task comes to."""
    config = read_yaml(folder / "config.yaml")
    checker = _checker(folder, config)
    notes: list[str] = []
    files = {f"judge/{checker.name}": checker.read_bytes()}
    if b"testlib.h" in checker.read_bytes():
        files["judge/testlib.h"] = _testlib(folder, choice)
    files |= _inputs(folder / "testdata", ".in", notes)
    limits = {
        "time_s": _amount(config.get("time"), 2.0) + OWN_S,
        "memory_mb": int(_amount(config.get("memory"), 256)) + 64,
    }
    left = {key: value for key, value in config.items() if key not in USED}
    parameters = {"kind": "checker", "checker": checker.name}
    found = _found("Frontier-CS", folder, choice, files, parameters, limits, notes)
    found.name = f"frontier_cs_{found.name}"
    found.statement = _statement(folder / "statement.txt", errors="replace")
    found.unused = sorted(filter(None, flat(left)))
    return found


def _checker(folder: Path, config: Mapping[str, Any]) -> Path:
    """Return the checker that the settings name; ProblemError where none judges an output."""
    checker = folder / str(config.get("checker") or "")
    if config.get("type", "default") != "default" or "interactor" in config:
        raise ProblemError(
            f"{folder}: an interactive task; only those whose output a checker reads are taken"
        )
    if not checker.is_file():
        raise ProblemError(f"{folder}: its checker is not there ({checker.name or 'none named'})")
    return checker


def _statement(path: Path, errors: str) -> str:
    return path.read_text(encoding="utf-8", errors=errors) if path.is_file() else ""


def recognised_ale(folder: Path) -> bool:
    """Tell whether a folder is a task of ALE-Bench, unpacked."""
    return (folder / "data.json").is_file() and (folder / "tools").is_dir()


def read_ale(folder: Path, choice: ImportOptions) -> Found:
    """Return what an ALE-Bench task comes to; its tools must have been built."""
    try:
        data = json.loads((folder / "data.json").read_text(encoding="utf-8"))
        about, limits = dict(data["metadata"]), data["constraints"]
        seeds = list(map(int, data["seeds"]["public"]))
        time_s, memory_mb = float(limits["time_limit"]), int(limits["memory_limit"]) >> 20
    except (ValueError, KeyError, TypeError) as error:
        raise ProblemError(f"{folder / 'data.json'}: not ALE-Bench's: {error!r}") from None
    if about.get("problem_type", "batch") != "batch":
        raise ProblemError(f"{folder}: a reactive task; only batch tasks are taken")
    notes: list[str] = []
    built = folder / "tools" / "target" / "release"
    tester = _tester(built, folder)
    files = {f"judge/{tester.name}": tester.read_bytes()}
    inputs = _inputs(folder / "tools" / "in", ".txt", notes)
    if not inputs:
        files["judge/gen"] = _tool(built / "gen", folder).read_bytes()
    parameters = {"kind": "tester", "checker": tester.name, "seeds": seeds}
    found = _found(
        "ALE-Bench", folder, choice, files | inputs, parameters,
        {"time_s": time_s + OWN_S, "memory_mb": max(256, memory_mb)}, notes,
    )  # fmt: skip
    found.name = plain_name(str(about.get("problem_id") or folder.name))
    found.minimize = choice.minimize or about.get("score_type") == "minimize"
    found.statement = _statement(folder / "statement_en.md", errors="strict")
    found.unused = ["seeds.private", "the standings, ranks and performances"]
    return found


def _tester(built: Path, folder: Path) -> Path:
    named = next(
        (each for each in ("tester", "score", "vis") if (built / each).is_file()), "tester"
    )
    return _tool(built / named, folder)


def _tool(path: Path, folder: Path) -> Path:
    if not path.is_file():
        raise ProblemError(
            f"{folder}: its tools are not built ({path.name}); run cargo build --release in tools/"
        )
    return path


def _found(
    layout: str,
    folder: Path,
    choice: ImportOptions,
    files: Mapping[str, bytes],
    parameters: Mapping[str, Any],
    limits: dict[str, Any],
    notes: list[str],
) -> Found:
    """Return the parts that both kinds share."""
    seed, program, build, command = _program(folder, choice, notes)
    seed[DRIVER_FILE] = DRIVER.format(command=command).encode()
    found = Found(
        layout,
        plain_name(folder.resolve().name),
        program,
        seed,
        {},
        objective=OBJECTIVE,
        minimize=choice.minimize,
        limits=limits,
        notes=notes,
    )
    found.certified = {
        "scorer": SCORER.format(parameters=dict(parameters), program=program),
        "program": {"editable": [program], "entry": f"{DRIVER_FILE}:run", "build": build},
        "limits": {"time_s": SCORER_S},
    }
    found.beside = dict(files)
    found.sandbox = {"tools": ["g++"]} if parameters["kind"] == "checker" else {}
    return found


def _program(
    folder: Path, choice: ImportOptions, notes: list[str]
) -> tuple[dict[str, bytes], str, list[str], list[str]]:
    """Return the seed's files, the program's, and how it is built and run."""
    first = _first_program(folder, choice)
    if first is None:
        notes.append("no program to start from: a model writes the first ones, or --program FILE")
        return {"solve.cpp": b""}, "solve.cpp", _cpp("solve.cpp"), ["./solve"]
    notes.append(f"the search starts from {first.name}")
    if first.suffix == ".py":
        return {"solve.py": first.read_bytes()}, "solve.py", [], ["python3", "solve.py"]
    return {"solve.cpp": first.read_bytes()}, "solve.cpp", _cpp("solve.cpp"), ["./solve"]


def _first_program(folder: Path, choice: ImportOptions) -> Path | None:
    """Return the program to start from: the one that was asked for, else the first example."""
    if choice.program:
        return _named_program(folder / choice.program)
    return next(filter(_is_known, sorted(folder.glob("examples/*"))), None)


def _named_program(path: Path) -> Path:
    if not _is_known(path) or not path.is_file():
        raise ProblemError(f"{path}: no C++ or Python program to start from")
    return path


def _is_known(program: Path) -> bool:
    return program.suffix in (".cpp", ".cc", ".py")


def _cpp(program: str) -> list[str]:
    return ["g++", "-O2", "-std=gnu++17", "-o", "solve", program]


def _inputs(folder: Path, suffix: str, notes: list[str]) -> dict[str, bytes]:
    """Return inputs and answers as ``cases/NAME.in`` and ``.ans``; large ones are left out."""
    found: dict[str, bytes] = {}
    for path in sorted(folder.glob(f"*{suffix}")):
        if path.stat().st_size > LARGEST_INPUT:
            notes.append(f"left out: {path.name}, {path.stat().st_size >> 20} MiB")
            continue
        found[f"cases/{path.stem}.in"] = path.read_bytes()
        answer = path.with_suffix(".ans")
        if answer.is_file():
            found[f"cases/{path.stem}.ans"] = answer.read_bytes()
    return found


def _testlib(folder: Path, choice: ImportOptions) -> bytes:
    """Return testlib.h, from the task, ``--with``, or the checkout that the task lies in."""
    places = [folder, *([Path(choice.beside)] if choice.beside else [])]
    places += [each / "judge" / "include" for each in folder.resolve().parents]
    for place in places:
        if (place / "testlib.h").is_file():
            return (place / "testlib.h").read_bytes()
    raise ProblemError(f"{folder}: its checker needs testlib.h; name its folder with --with DIR")


def _amount(value: Any, default: float) -> float:
    """Return seconds of ``2s`` or ``500ms``, MiB of ``256m`` or ``1g``."""
    if value is None:
        return default
    found = re.fullmatch(r"\s*([0-9.]+)\s*([a-zA-Z]*)\s*", str(value))
    return float(found[1]) * UNITS.get(found[2].lower() or "s", 1) if found else default
