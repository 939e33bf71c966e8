"""Import a folder: recognise its layout, read it, write a problem folder, say what was done."""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path
from typing import Any

from cladogen.errors import ProblemError
from cladogen.importing.below import named_below
from cladogen.importing.bridge_files import ENTRY, SCORER_OF_REPORTS, bridge_files
from cladogen.importing.found import Found, ImportOptions
from cladogen.importing.layouts import LAYOUTS, Layout
from cladogen.importing.toml import write_toml

DESCRIBE = '''

def describe(texts):
    """Return how long the program is, in characters."""
    return {"size": float(len(texts[PROGRAM]))}
'''
SIZE = {"metric": "size", "bins": 10, "scale": "quantile"}
NOTHING_SAID = ImportOptions()
OPTIONS = {"beside": "with"}  # on the command line, where they have another name
PROGRAMS = (b"\x7fELF", b"#!")  # how files begin that can be run
# What judges a program beside it: its text would tell answers and random seeds that it holds.
HIDDEN = ("evaluator/**", "evolve_bridge/**")
LIMITS = {"time_s": 300.0, "memory_mb": 4096, "processes": 256, "files_mb": 256, "cpus": 2.0}


def read_folder(folder: Path, choice: ImportOptions = NOTHING_SAID) -> Found:
    """Return what a folder comes to; ProblemError when no layout fits it."""
    if not folder.exists():
        raise ProblemError(f"{folder}: no such folder")
    for name, layout in LAYOUTS.items():
        if layout.recognised(folder):
            _check(choice, name, layout)
            return layout.read(folder, choice)
    known = ", ".join(LAYOUTS)
    if words := named_below(folder, recognisable):
        raise ProblemError(f"{folder}: no problem itself, and no layout that is known; {words}")
    raise ProblemError(
        f"{folder}: neither a problem (no problem.toml) nor a layout that can be imported "
        f"({known}); docs/import.md says by which files each is known"
    )


def _check(choice: ImportOptions, name: str, layout: Layout) -> None:
    """Refuse what a layout would leave unread."""
    given = [each.name for each in fields(choice) if getattr(choice, each.name)]
    unread = [each for each in given if each not in layout.takes]
    if unread:
        raise ProblemError(
            f"{' and '.join(map(_option, unread))}: a folder of {name} has no use for it (of these "
            f"options it takes {', '.join(map(_option, layout.takes))}); leave it out"
        )


def _option(name: str) -> str:
    return f"--{OPTIONS.get(name, name)}"


def recognisable(folder: Path) -> bool:
    """Tell whether some layout fits a folder."""
    return any(layout.recognised(folder) for layout in LAYOUTS.values())


def write_folder(found: Found, target: Path) -> None:
    """Write the problem folder."""
    for path, data in _files(found).items():
        (target / path).parent.mkdir(parents=True, exist_ok=True)
        (target / path).write_bytes(data)
        if data.startswith(PROGRAMS):
            (target / path).chmod(0o755)


def _files(found: Found) -> dict[str, bytes]:
    seed = dict(found.seed)
    if found.reported:
        seed |= bridge_files(found.plan, found.stand_ins)
    files = {f"seed/{path}": data for path, data in seed.items()} | found.beside
    files["problem.toml"] = write_toml(_toml(found), _comments(found)).encode()
    files["scorer.py"] = _scorer(found).encode()
    files["statement.md"] = found.statement.encode("utf-8", "replace")
    if found.requirements:
        files["requirements.txt"] = "".join(f"{each}\n" for each in found.requirements).encode()
    return files


def import_notes(found: Found) -> list[str]:
    """Return the lines that a person is told of an import."""
    lines = _where_scored(found)
    if found.hides_evaluator:
        lines.append("models are shown the statement and not the evaluator: [program] hidden")
    lines += found.notes
    if found.requirements:
        lines.append(f"packages it needs: {', '.join(found.requirements)}")
    if found.unused:
        lines.append(f"without a meaning here: {', '.join(found.unused)}")
    return lines


def _where_scored(found: Found) -> list[str]:
    if not found.reported:
        return [
            f"{found.layout}: {found.program} is scored by the task's checker, in a process apart"
        ]
    return [
        f"{found.layout}: {found.program} is evaluated by its own evaluator, in the sandbox",
        "scores are reported, not certified: evolve check tells how to split them",
    ]


def _toml(found: Found) -> dict[str, Any]:
    direction = "minimize" if found.minimize else "maximize"
    return {
        "name": found.name,
        "program": found.certified.get("program") or _program(found),
        "scorer": {"reported": True} if found.reported else found.certified["limits"],
        "objective": {"metric": found.objective},
        "metrics": {found.objective: {"direction": direction}},
        "features": [_meant(each, found.program) for each in found.features or [SIZE]],
        "limits": LIMITS | found.limits,
        "sandbox": _requirements(found) | found.sandbox,
        "parameters": _parameters(found),
        "defaults": found.defaults,
    }


def _program(found: Found) -> dict[str, Any]:
    program: dict[str, Any] = {"editable": [found.program], "entry": ENTRY}
    if found.hides_evaluator:
        program["hidden"] = list(HIDDEN)
    if found.evolve_blocks:
        program["evolve_blocks"] = [found.program]
    return program


def _requirements(found: Found) -> dict[str, Any]:
    return {"requirements": "requirements.txt"} if found.requirements else {}


def _parameters(found: Found) -> dict[str, Any]:
    """Return what the evaluator's own code is told: the metrics that are asked for, and inputs."""
    features = [each["metric"] for each in found.features if each["metric"] != "size"]
    parameters: dict[str, Any] = {"metrics": list(dict.fromkeys([found.objective, *features]))}
    if found.inputs:
        parameters["inputs"] = list(found.inputs)
    return parameters


def _meant(feature: dict[str, Any], program: str) -> dict[str, Any]:
    """Return a feature with what it means, where that is known."""
    return feature | ({"about": f"characters of {program}"} if feature["metric"] == "size" else {})


def _comments(found: Found) -> dict[str, str]:
    if not found.reported:
        return {}
    return {"scorer": f"imported from {found.layout}: its evaluator runs beside the candidate"}


def _scorer(found: Found) -> str:
    if not found.reported:
        return str(found.certified["scorer"])
    text = DESCRIBE.replace("PROGRAM", json.dumps(found.program))
    return SCORER_OF_REPORTS.replace("]\n", ', "describe"]\n') + text
