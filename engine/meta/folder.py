"""The problem that a meta-search is: a folder like any other, with copies of the problems that
configurations are run on.
"""

from __future__ import annotations

import shutil
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from cladogen.archives.names import NAMES
from cladogen.errors import ConfigError
from cladogen.importing.toml import write_toml
from cladogen.meta.choices import FILE, MODEL, NO_MODELS, OFFLINE, PROMPTS, RULE, InnerModels
from cladogen.meta.space import ARCHIVES
from cladogen.problem import load
from cladogen.problem.edits import folder_hash
from cladogen.problem.problem import Problem
from cladogen.problem.shipped import named
from cladogen.problem.user_classes import in_folder

SEED = """# The engine's own choices, under the names of [defaults] in problem.toml:
# archive, archive_options, proposer, proposer_options. None: each problem's own defaults.
"""
CLASSES = '''"""What judges configurations, and what draws them; both are the engine's own."""

from cladogen.meta.evaluator import MetaEvaluator
from cladogen.meta.proposer import MetaProposer

__all__ = ["MetaEvaluator", "MetaProposer"]
'''
STATEMENT = "statement.md"
IGNORED = shutil.ignore_patterns("__pycache__", ".git", "runs")


@dataclass(frozen=True, slots=True)
class MetaPlan:
    """What is to be searched: problems by "FOLDER[:VARIANT]" for training and for the verdict, how
    many random seeds of each, the evaluations of one inner run, its sandbox and its seconds, and
    the models that these ask.
    """

    train: Sequence[str]
    held_out: Sequence[str]
    budget: int
    seeds: int
    held_out_seeds: int
    sandbox: str = "auto"
    time_s: float = 600.0
    models: InnerModels = NO_MODELS
    isolation: str = ""
    runtime: str = ""


def write_problem(plan: MetaPlan, target: Path) -> None:
    """Write the problem folder; raises ConfigError for a plan that cannot be."""
    rows = list(_rows(plan))
    names = [row["name"] for row in rows]
    _check(plan, names)
    for row in rows:
        copy = target / "inner" / row["name"].replace(":", "-")
        shutil.copytree(row.pop("folder"), copy, ignore=IGNORED)
    (target / "seed").mkdir()
    (target / "seed" / FILE).write_text(SEED, encoding="utf-8")
    (target / "meta.py").write_text(CLASSES, encoding="utf-8")
    (target / STATEMENT).write_text(statement(plan, names), encoding="utf-8")
    (target / "problem.toml").write_text(write_toml(_settings(plan, rows)), encoding="utf-8")


def _check(plan: MetaPlan, names: list[str]) -> None:
    for name in names:
        if names.count(name) > 1:
            raise ConfigError(
                f"evolve meta: {name}: named twice; a problem that chooses gives no verdict"
            )
    if not plan.train or not plan.held_out:
        raise ConfigError("evolve meta: name problems, and with --held-out others for the verdict")


def same_search(one: Path, other: Path) -> bool:
    """Tell whether two folders hold the same search: the same problems, under the same options of
    inner runs. Statement and defaults may be edited.
    """
    inner = [folder_hash(folder / "inner") for folder in (one, other)]
    return inner[0] == inner[1] and _parameters(one) == _parameters(other)


def _parameters(folder: Path) -> dict[str, Any]:
    text = (folder / "problem.toml").read_text(encoding="utf-8")
    values: dict[str, Any] = tomllib.loads(text).get("parameters", {})
    values.pop("jobs", None)  # in folders of earlier versions; it decides nothing
    return values


def _rows(plan: MetaPlan) -> Iterator[dict[str, Any]]:
    """Yield what the problem says of each problem that configurations are run on."""
    splits = (("train", plan.train, plan.seeds), ("held_out", plan.held_out, plan.held_out_seeds))
    for split, texts, seeds in splits:
        for text in texts:
            problem, variant = _loaded(text)
            row = {"split": split, "seeds": seeds, "folder": problem.folder}
            row["own_proposer"] = in_folder(str(problem.defaults.get("proposer", "")))
            if variant:
                yield {"name": f"{problem.name}:{variant}", **row, "variant": variant}
            else:
                yield {"name": problem.name, **row}


def _loaded(text: str) -> tuple[Problem, str]:
    """Return the problem that a text names, and its variant; raises ConfigError for one whose
    programs ask models.
    """
    path, variant = text, ""
    if not Path(text).is_dir() and ":" in text:
        path, _, variant = text.rpartition(":")
    problem = load(named(path), variant).need_seed()
    if problem.models is not None:
        raise ConfigError(
            f"evolve meta: {text}: its programs ask models themselves, which "
            "inner runs cannot let them; name another problem"
        )
    return problem, variant


def _settings(plan: MetaPlan, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    where = {"isolation": plan.isolation, "runtime": plan.runtime}
    return {
        "name": "meta",
        "program": {"editable": [FILE, RULE, f"{PROMPTS}*.md"]},
        "evaluator": {"class": "meta.py:MetaEvaluator"},
        "objective": {"metric": "gain"},
        "metrics": {"gain": {"low": -1.0, "high": 1.0, "about": "over the problem's own defaults"}},
        "parameters": {
            "budget": plan.budget,
            "sandbox": plan.sandbox,
            **{name: value for name, value in where.items() if value},
            "time_s": plan.time_s,
            **({"models": asdict(plan.models)} if plan.models.names else {}),
            "problems": {row["name"]: {**row} for row in rows},
        },
        "defaults": {
            "archive": "shinka_weighted",
            "proposer": "meta.py:MetaProposer",
            "workers": 1,
            "noise_repeats": 1,
            "shortlist": 1,
        },
    }


def statement(plan: MetaPlan, names: Sequence[str]) -> str:
    """Return the statement, for models and people."""
    archives = "\n".join(f"- `{name}`: {', '.join(ARCHIVES.get(name, ()))}" for name in NAMES)
    return f"""# The engine's own choices

A program is a configuration of a search engine that improves programs. It is run on problems
({", ".join(names[: len(plan.train)])}), each time with {plan.budget} evaluations, and its gain is
what it finds more than each problem's own defaults do, with the same random seed, from -1 to 1.

`{FILE}` holds, in TOML, any of `archive` (a name), `[archive_options]`, `proposer` (`offline`,
`mutate` or `model`) and `[proposer_options]`. An empty file is the problem's own defaults. A
problem that has a proposer of its own keeps it.

Archives, and options that often matter:

{archives}

Options of the proposers without a model: {", ".join(OFFLINE)}; `mutate` holds `weights`, the odds
of its operators. With a model: {", ".join(MODEL)}.

With `archive = "written_rule"`, `{RULE}` holds the rule, a pure function
`choose(scores, visits, parents, gains)`: lists with an entry for each program, the oldest first
(scores from 0 to 1, numbers of children, positions of parents or -1, gains over the parent); it
returns as many weights, by which a parent is drawn. A tenth of the turns go to any program.

`{PROMPTS}NAME.md` replaces a text of the engine's prompts, where a model proposes.
"""
