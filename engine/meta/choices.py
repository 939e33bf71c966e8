"""A program of a meta-search read as settings: ``choices.toml``, perhaps ``rule.py``, perhaps
``prompts/*.md``.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cladogen.archives.names import NAMES
from cladogen.errors import ConfigError, ProblemError
from cladogen.problem import Problem
from cladogen.problem.defaults import read_defaults
from cladogen.problem.strict_toml import Table
from cladogen.problem.user_classes import in_folder
from cladogen.program import Program
from cladogen.settings import CAP_NAMES, Settings

FILE, RULE, PROMPTS = "choices.toml", "rule.py", "prompts/"
KEYS = ("archive", "archive_options", "proposer", "proposer_options")
WRITTEN = "written_rule"
KEPT = ("max_failing", "max_away")  # caps of a problem's own defaults that no budget replaces
# Who may propose in an inner run, and by which options: none that names a file, a key, a command or
# a class, for a configuration may be a model's, and is data.
OFFLINE = ("weights", "learn", "splice", "inner", "mutate", "tune", "shorten", "chain", "growth",
           "room", "probes")  # fmt: skip
MODEL = ("temperature", "effort", "temperatures", "efforts", "repairs", "repair_by_other",
         "rejected", "context", "form", "candidates", "rank", "tries", "operators", "learn",
         "notes_every", "memory", "evolve", "obfuscate", "contrast", "novelty")  # fmt: skip
PROPOSERS = {"offline": OFFLINE, "mutate": OFFLINE, "model": MODEL, "": (*OFFLINE, *MODEL)}


@dataclass(frozen=True, slots=True)
class Choices:
    """What a configuration says: settings under the names of ``[defaults]``, texts of prompts by
    their path.
    """

    values: Mapping[str, Any]
    prompts: Mapping[str, bytes] = field(default_factory=dict)


def read_choices(program: Program) -> Choices:
    """Return what a program says; raises ConfigError for a file or a key that means nothing."""
    _check_files(program)
    values = parse(program.text(FILE), FILE)
    if RULE in program.files:
        values = with_rule(values, program.text(RULE))
    prompts = {path: file.data for path, file in program.files.items() if _is_prompt(path)}
    return Choices(values, prompts)


def _check_files(program: Program) -> None:
    for path in program:
        if path not in (FILE, RULE) and not _is_prompt(path):
            raise ConfigError(f"{path}: a configuration is {FILE}, {RULE} and {PROMPTS}*.md")
    if FILE not in program.files:
        raise ConfigError(f"{FILE} is missing")


def _is_prompt(path: str) -> bool:
    return path.startswith(PROMPTS) and path.endswith(".md")


def parse(text: str, where: str) -> dict[str, Any]:
    """Return the choices that a TOML text holds; raises ConfigError."""
    try:
        values = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise ConfigError(
            f"{where}: not readable as TOML: {' '.join(str(error).split())}"
        ) from None
    for key in values:
        if key not in KEYS:
            raise ConfigError(f"{where}: {key!r} is no choice; there are {', '.join(KEYS)}")
    try:
        read_defaults(Table(values, where))
    except ProblemError as error:
        raise ConfigError(str(error)) from None
    _check_archive(values, where)
    _check_proposer(values, where)
    return values


def _check_archive(values: Mapping[str, Any], where: str) -> None:
    """Raise ConfigError for an archive that is none of the engine's own, for it would be loaded."""
    options = values.get("archive_options", {})
    arms = _arms(options)
    for name in (values.get("archive", "map_elites"), *arms):
        if name not in NAMES:
            raise ConfigError(
                f"{where}: archive {name!r} is no choice; there are {', '.join(NAMES)}"
            )
    if WRITTEN in arms or {"sandbox", "rule"} & set(options):
        raise ConfigError(f"{where}: archive_options: a rule is the file {RULE}, and is run apart")


def _arms(options: Mapping[str, Any]) -> list[str]:
    return [each.strip() for each in str(options["arms"]).split(",")] if "arms" in options else []


def _check_proposer(values: Mapping[str, Any], where: str) -> None:
    """Raise ConfigError for a proposer, or an option, that is no choice of a search."""
    name = values.get("proposer", "")
    if name not in PROPOSERS:
        known = ", ".join(filter(None, PROPOSERS))
        raise ConfigError(f"{where}: proposer {name!r} is no choice; there are {known}")
    for key in values.get("proposer_options", {}):
        if key not in PROPOSERS[name]:
            raise ConfigError(f"{where}: proposer_options: {key!r} is no choice of a search")


def with_rule(values: Mapping[str, Any], text: str) -> dict[str, Any]:
    """Return choices with the text of their rule among the archive's options, where it is used."""
    if values.get("archive") != WRITTEN:
        return dict(values)
    options = {**values.get("archive_options", {}), "rule": text}
    return {**values, "archive_options": options}


@dataclass(frozen=True, slots=True)
class InnerModels:
    """What inner runs ask: models by name, at most ``usd`` in each run (0: no limit), where they
    are served, and options that say what they cost and which key they take.
    """

    names: tuple[str, ...] = ()
    usd: float = 0.0
    api_base: str = ""
    options: Mapping[str, str] = field(default_factory=dict)


NO_MODELS = InnerModels()


def inner_settings(
    problem: Problem, choices: Choices, budget: int, seed: int, models: InnerModels = NO_MODELS
) -> Settings:
    """Return the settings of a run under ``choices``, over a problem's own defaults, at a budget of
    evaluations. A problem whose proposer is a class of its own keeps it, with its options.
    """
    settings = _chosen_settings(problem, choices)
    run = {"seed": seed, "workers": 1, "noise_repeats": 1, "max_evaluations": budget}
    own = in_folder(settings.proposer) or settings.proposer in ("offline", "mutate")
    if not models.names or own:
        return settings.over(run, "evolve meta")
    asked = {"models": list(models.names), "api_base": models.api_base}
    options = {**settings.proposer_options, **models.options}
    most = {"max_usd": models.usd} if models.usd else {}
    return settings.over({**run, **asked, **most, "proposer_options": options}, "evolve meta")


def _chosen_settings(problem: Problem, choices: Choices) -> Settings:
    """Return a problem's defaults without its caps, and the choices over them."""
    caps = set(CAP_NAMES) - set(KEPT)
    defaults = {name: value for name, value in problem.defaults.items() if name not in caps}
    values = dict(choices.values)
    if in_folder(str(defaults.get("proposer", ""))):
        values = {key: values[key] for key in values if not key.startswith("proposer")}
    return Settings().over(defaults, f"{problem.name} [defaults]").over(values, FILE)
