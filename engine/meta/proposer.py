"""Children of a configuration without a model: one choice is drawn anew, or two parents are mixed,
or the rule is changed by the syntax-tree operators.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import replace
from typing import Any

import numpy as np

from cladogen.archives.base import Result
from cladogen.errors import ConfigError
from cladogen.importing.toml import write_toml
from cladogen.meta.choices import FILE, RULE, WRITTEN, parse
from cladogen.meta.space import (
    ARCHIVES,
    FORMULAS,
    ODDS,
    OFFLINE,
    OPERATORS,
    PROMPTED,
    WITH_MODELS,
    rule_text,
)
from cladogen.patch import make_diff
from cladogen.problem import Problem
from cladogen.program import File, Program
from cladogen.proposal import Proposal
from cladogen.proposers.base import Record
from cladogen.proposers.mutate import Mutate
from cladogen.task import Propose

TRIES = 30
MORE = 0.35  # chance of one more change
REWRITE = 0.5  # of the turns of a configuration with a rule, in which the rule changes
ARCHIVE_ANEW, OF_ARCHIVE, WITH_RULE = 0.2, 0.35, 0.12  # of the other changes; the rest: operators

Edit = dict[str, Any]


class MetaProposer:
    """Draw configurations."""

    def __init__(self, *, problem: Problem) -> None:
        self._models = bool(problem.parameters.get("models"))  # that inner runs ask
        # Where every problem keeps a proposer of its own, operators decide nothing.
        rows = problem.parameters["problems"].values()
        self._operators = not all(row["own_proposer"] for row in rows if row["split"] == "train")
        seed = Program.of({RULE: File(rule_text(FORMULAS[0]).encode())})
        self._rules = Mutate(replace(problem, seeds=(seed,), editable=(RULE,)), probes=0)

    async def propose(self, task: Propose, record: Record, rng: np.random.Generator) -> Proposal:
        """Return a change of the first parent; with two, a mixture of both."""
        parent = record.program(task.parents[0])
        if RULE in parent.files and rng.random() < REWRITE:
            return await self._rules.propose(task, record, rng)
        known = {record.program(number).id for number in range(record.size())}
        for _ in range(TRIES):
            child, summary = self._drawn(task, record, rng)
            if child.id not in known:
                patch = make_diff(parent, child)
                return Proposal(task.ticket, "choose", task.parents, patch, summary=summary)
        return Proposal(task.ticket, "choose", task.parents, reason="nothing new was drawn")

    async def repair(
        self, proposal: Proposal, failure: Result, record: Record, rng: np.random.Generator
    ) -> Proposal | None:
        """Leave failures: another draw costs as little."""
        return None

    def tell(self, proposal: Proposal, result: Result) -> None:
        """Learn which changes of rules gain."""
        if proposal.operator != "choose":
            self._rules.tell(proposal, result)

    def _drawn(
        self, task: Propose, record: Record, rng: np.random.Generator
    ) -> tuple[Program, str]:
        parent = record.program(task.parents[0])
        if len(task.parents) > 1:
            return _mixed(parent, record.program(task.parents[1]), rng), "a mixture of two"
        values, rule = _read(parent), parent.files.get(RULE)
        said: list[str] = []
        while not said or rng.random() < MORE:
            values, rule, words = self._changed(values, rule, rng)
            said.append(words)
        return _written(parent, values, rule), "; ".join(said)

    def _draws_archive(self, drawn: float, *, known: bool) -> bool:
        """Whether another archive is drawn: more often where the options of the one that there is
        are not ``known``.
        """
        drawn_anew = drawn < WITH_RULE + ARCHIVE_ANEW
        return drawn_anew or (not known and (drawn < 0.5 or not self._operators))

    def _draws_option(self, drawn: float, *, known: bool) -> bool:
        """Whether an option of the archive that there is is drawn, where they are ``known``."""
        of_archive = drawn < WITH_RULE + ARCHIVE_ANEW + OF_ARCHIVE
        return known and (of_archive or not self._operators)

    def _changed(
        self, values: Edit, rule: File | None, rng: np.random.Generator
    ) -> tuple[Edit, File | None, str]:
        """Return choices with one drawn anew, and which in words."""
        drawn, values = rng.random(), deepcopy(values)
        archive = str(values.get("archive", ""))
        known = archive in ARCHIVES
        if drawn < WITH_RULE:
            return _of_archive(values, WRITTEN), rule or _new_rule(rng), "a rule of its own"
        if self._draws_archive(drawn, known=known):
            name = _pick(tuple(ARCHIVES), rng)
            return _of_archive(values, name), None, f"archive {name}"
        if self._draws_option(drawn, known=known):
            return values, rule, _option_changed(values, archive, rng)
        changed = _prompted_changed if self._models else _operators_changed
        return values, rule, changed(values, rng)


def _of_archive(values: Edit, name: str) -> Edit:
    """Return choices with another archive, whose options are its defaults."""
    kept = {key: value for key, value in values.items() if key != "archive_options"}
    return {**kept, "archive": name}


def _prompted_changed(values: Edit, rng: np.random.Generator) -> str:
    """Draw the odds of an operator that a model is asked by, or another option of asking, anew."""
    table = values.setdefault("proposer_options", {})
    if rng.random() < 0.5:
        name = _pick(tuple(WITH_MODELS), rng)
        table[name] = _pick(WITH_MODELS[name], rng)
        return f"{name}={table[name]}"
    odds = dict(part.split("=") for part in str(table.get("operators", "")).split(",") if part)
    name, value = _pick(PROMPTED, rng), _pick(ODDS, rng)
    odds[name] = f"{value:g}"
    table["operators"] = ",".join(f"{key}={odds[key]}" for key in sorted(odds))
    return f"{name}={value:g}"


def _option_changed(values: Edit, archive: str, rng: np.random.Generator) -> str:
    option = _pick(tuple(ARCHIVES[archive]), rng)
    value = _pick(ARCHIVES[archive][option], rng)
    values.setdefault("archive_options", {})[option] = value
    return f"{archive} {option}={value}"


def _operators_changed(values: Edit, rng: np.random.Generator) -> str:
    """Draw the odds of an operator, or another option of the offline proposer, anew."""
    name = _pick(OPERATORS, rng)
    path, value = ("mutate", "weights", name), _pick(ODDS, rng)
    if rng.random() < 0.5:
        path = _pick(tuple(OFFLINE), rng)
        value = _pick(OFFLINE[path], rng)
    values["proposer"] = "offline"
    table = values.setdefault("proposer_options", {})
    for key in path[:-1]:
        table = table.setdefault(key, {})
    table[path[-1]] = value
    if path[0] == "weights":
        table.setdefault("mutate", 1.0)  # odds are of both, or of neither
    return f"{' '.join(path)}={value}"


def _new_rule(rng: np.random.Generator) -> File:
    return File(rule_text(_pick(FORMULAS, rng)).encode())


def _mixed(first: Program, second: Program, rng: np.random.Generator) -> Program:
    """Return a configuration with the archive of one and the operators of the other, or with some
    operators of each.
    """
    ours, theirs = _read(first), _read(second)
    source, file = (ours, first.files.get(RULE)) if rng.random() < 0.5 else (
        theirs, second.files.get(RULE))  # fmt: skip
    mixed: Edit = {key: source[key] for key in ("archive", "archive_options") if key in source}
    options = _either(ours.get("proposer_options", {}), theirs.get("proposer_options", {}), rng)
    if options:
        mixed |= {"proposer_options": options}
    if "offline" in (ours.get("proposer"), theirs.get("proposer")):
        mixed["proposer"] = "offline"
    return _written(first, mixed, file)


def _either(first: Mapping[str, Any], second: Mapping[str, Any], rng: np.random.Generator) -> Edit:
    """Return a table with each value of one of two tables."""
    found: Edit = {}
    for key in sorted({*first, *second}):
        ours, theirs = first.get(key), second.get(key)
        if isinstance(ours, Mapping) and isinstance(theirs, Mapping):
            found[key] = _either(ours, theirs, rng)
            continue
        value = ours if rng.random() < 0.5 else theirs
        if value is not None:
            found[key] = value
    return found


def _read(program: Program) -> Edit:
    try:
        return parse(program.text(FILE), FILE)
    except (ConfigError, KeyError):
        return {}  # what a model broke is begun anew


def _written(parent: Program, values: Edit, rule: File | None) -> Program:
    files = {**parent.files, FILE: File(write_toml(values).encode())}
    files.pop(RULE, None)
    if rule is not None:
        files[RULE] = rule
    return Program.of(files)


def _pick(values: tuple[Any, ...], rng: np.random.Generator) -> Any:
    return values[int(rng.integers(len(values)))]
