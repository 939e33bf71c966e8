"""The first lines of a run: what is known before anything is started.

They stand on the screen while a sandbox starts, an image is built or a busy machine loads the rest;
what is known only then follows them.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cladogen.formatting import one_line
from cladogen.problem import Problem
from cladogen.settings import Settings

MOST_OF_AN_OPTION = 60  # characters; an option may hold a whole text


def first_lines(problem: Problem, settings: Settings, folder: Path) -> list[tuple[str, str]]:
    """Return names and values of what is asked for."""
    variant = f" ({settings.variant})" if settings.variant else ""
    return [
        ("problem", f"{problem.name}{variant}: {_goal(problem)}"),
        ("run", str(folder)),
        ("proposer", _proposer(settings)),
        ("archive", f"{settings.archive}{_options(settings.archive_options)}"),
        ("budget", _caps_said(settings)),
        ("workers", f"{settings.workers}, random seed {settings.seed}"),
    ]


def starting(problem: Problem, settings: Settings) -> tuple[str, str]:
    """Return where programs are going to run, as far as it is known before it is started."""
    if settings.machines:
        return "sandbox", f"starting, on machines of {settings.machines}"
    if problem.evaluator:
        return "sandbox", f"none: {problem.evaluator} evaluates by itself"
    if settings.sandbox == "auto":
        return "sandbox", "starting the strongest that works here"
    return "sandbox", f"starting {settings.sandbox}"


def _goal(problem: Problem) -> str:
    objective = problem.objective
    unit = f" {objective.unit}" if objective.unit else ""
    return f"{objective.direction} {objective.name}{unit}"


def _proposer(settings: Settings) -> str:
    """Return who proposes, in the words of a run's header."""
    models = ", ".join(f"{name} x{weight:g}" for name, weight in settings.models)
    if settings.specialists:
        return "; ".join(map(str, settings.specialists)) + (f"; {models}" if models else "")
    if not models:
        return f"{settings.proposer_name} (no model)"
    return models if settings.proposer_name == "model" else f"{settings.proposer_name}: {models}"


def _options(options: Mapping[str, Any]) -> str:
    said = (f"{key}={one_line(str(value), MOST_OF_AN_OPTION)}" for key, value in options.items())
    return " " + ", ".join(said) if options else ""


def _caps_said(settings: Settings) -> str:
    caps = {name: value for name, value in settings.to_json()["caps"].items() if value is not None}
    if not caps:
        return "none: stop it with Ctrl-C"
    return ", ".join(f"{name} {value:g}" for name, value in caps.items())
