"""A run as an experiment of AlphaEvolve on Google Cloud: the JSON of its REST resources, as its
service lists them and `evolve import` reads them.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from cladogen.program import matches
from cladogen.view.run_reader import RunReader

# REST's limits of a title and a description, in characters.
TITLE, DESCRIPTION = 256, 5000
LANGUAGES = {"py": "python", "cpp": "cpp", "cc": "cpp", "cu": "cuda", "rs": "rust", "jl": "julia",
             "java": "java", "v": "verilog", "js": "javascript", "go": "go"}  # fmt: skip


def write_alphaevolve(run: RunReader, path: Path) -> int:
    """Write ``experiment`` and ``alphaEvolvePrograms``; returns how many programs. Scores of
    metrics are turned so that higher is better, as there; a program that failed has none.
    """
    programs = [_program(run, number) for number in range(run.size)]
    value = {"experiment": _experiment(run), "alphaEvolvePrograms": programs}
    path.write_text(json.dumps(value, indent=1) + "\n", encoding="utf-8")
    return len(programs)


def _experiment(run: RunReader) -> dict[str, Any]:
    problem = run.problem
    return {
        "config": {
            "title": problem.name[:TITLE],
            "problemDescription": problem.statement[:DESCRIPTION],
            "programLanguage": _language(run),
            "runSettings": {"maxPrograms": max(2, run.size), "concurrency": 1},
        },
        "initialAlphaEvolveProgram": _name(0),
    }


def _program(run: RunReader, number: int) -> dict[str, Any]:
    entry, program = run.entries[number], run.program(number)
    files = [
        {"path": path, "content": program.text(path).encode("utf-8", "replace").decode()}
        for path in program
        if matches(path, run.problem.editable)
    ]
    signs = {metric.name: metric.sign for metric in run.problem.metrics}
    scores = [
        {"metric": name, "score": signs.get(name, 1.0) * value}
        for name, value in entry.score.metrics.items()
    ]
    found: dict[str, Any] = {
        "name": _name(number),
        "content": {"description": entry.operator, "files": files},
        "evaluation": {"scores": {"scores": scores}},
        "parentPrograms": list(map(_name, entry.node.parents)),
    }
    return found


def _name(number: int) -> str:
    return f"alphaEvolvePrograms/{number}"


def _language(run: RunReader) -> str:
    seed = run.program(0)
    paths = [path for path in seed if matches(path, run.problem.editable)]
    endings = [path.rpartition(".")[2] for path in paths]
    return next((LANGUAGES[ending] for ending in endings if ending in LANGUAGES), "text")
