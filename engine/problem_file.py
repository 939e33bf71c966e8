"""Read a problem folder: ``problem.toml``, the seed programs, the statement, the scorer's place."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, Literal, TypeVar, cast

from cladogen.archives.base import Axis
from cladogen.errors import ConfigError, ProblemError
from cladogen.problem import Constraint, Metric, Problem, Stage
from cladogen.program import Program, matches
from cladogen.sandboxes.allow_list import parse
from cladogen.sandboxes.base import Limits, SandboxNeeds
from cladogen.seed_repository import read_commit
from cladogen.table import Table, nearest
from cladogen.trusted import in_folder

N = TypeVar("N", int, float)

DIRECTIONS = ("maximize", "minimize")
SCALES = ("linear", "log", "quantile")
NOT_BESIDE_EVALUATOR = ("scorer", "limits", "sandbox")


def read(folder: Path | str, variant: str = "", *, seeds: bool = True) -> Problem:
    """Return the problem in ``folder``, with the overrides of ``variant``; ProblemError says what is wrong where.

    ``seeds`` False leaves the seed programs out: they may live in a repository that is far away.
    """
    folder = Path(folder).resolve()
    path = folder / "problem.toml"
    top = Table(_with_variant(_parsed(path), variant, path), str(path))
    metrics, objective, goals = _metrics(top)
    evaluator = _evaluator(top)
    scorer = top.table("scorer")
    program = top.table("program")
    editable = program.texts("editable")
    defaults = top.take("defaults", dict, {})
    problem = Problem(
        name=top.take("name", str, folder.name),
        folder=folder,
        statement=_statement(folder, top.take("statement", str, "statement.md")),
        seeds=_seeds(folder, top) if seeds else _no_seeds(top),
        editable=editable or ("**",),
        entry=() if evaluator else _entry(program),
        build=program.texts("build"),
        scorer=_file(folder, evaluator.partition(":")[0] or scorer.take("file", str, "scorer.py"), "the scorer"),
        scorer_on_host=scorer.take("host", bool, False),
        scorer_time_s=_above_zero(scorer, "time_s", 60.0),
        scorer_memory_mb=_above_zero(scorer, "memory_mb", 2048),
        objective=objective,
        metrics=metrics,
        constraints=_constraints(top),
        axes=_axes(top),
        stages=_stages(top, objective),
        repeats=top.take("repeats", int, 1),
        limits=_limits(top.table("limits")),
        sandbox=_sandbox(top.table("sandbox")),
        parameters=top.take("parameters", dict, {}),
        variant=variant,
        variants=tuple(top.take("variants", dict, {})),
        target=goals[0],
        best_known=goals[1],
        defaults=defaults,
        evaluator=evaluator,
    )
    for table in (scorer, program, top):
        table.done()
    _check(problem, path)
    return problem


def _parsed(path: Path) -> dict[str, Any]:
    if not path.is_file():
        raise ProblemError(f"{path}: no such file; a problem is a folder with a problem.toml (evolve init makes one)")
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ProblemError(f"{path}: not readable as TOML: {error}") from None


def _with_variant(values: dict[str, Any], variant: str, path: Path) -> dict[str, Any]:
    variants = values.get("variants", {})
    if not variant:
        return values
    if variant not in variants:
        known = nearest(variant, variants) or "; the problem has no variants"
        raise ProblemError(f"{path}: no variant {variant!r}{known}")
    return _merged(values, variants[variant])


def _merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``base`` with the values of ``over``: tables merge, everything else is replaced."""
    result = dict(base)
    for key, value in over.items():
        known = result.get(key)
        result[key] = _merged(known, value) if isinstance(known, dict) and isinstance(value, dict) else value
    return result


def _metrics(top: Table) -> tuple[tuple[Metric, ...], Metric, tuple[float | None, float | None]]:
    """Return the metrics, the objective first; the objective; its target and best known value."""
    declared = top.table("metrics")
    found = {name: _metric(name, declared.table(name)) for name in list(declared.values)}
    objective = top.table("objective")
    name = objective.take("metric", str, next(iter(found), "score"))
    if name not in found and found:
        raise ProblemError(f"{objective.where}: no [metrics.{name}]{nearest(name, found)}")
    first = found.pop(name, Metric(name))
    goals = objective.maybe("target", float), objective.maybe("best_known", float)
    objective.done()
    return (first, *found.values()), first, goals


def _metric(name: str, table: Table) -> Metric:
    direction = cast(Literal["maximize", "minimize"], table.one_of("direction", DIRECTIONS, "maximize"))
    metric = Metric(name, direction, table.take("unit", str, ""), table.maybe("low", float), table.maybe("high", float))
    table.done()
    if metric.low is not None and metric.high is not None and metric.low >= metric.high:
        raise ProblemError(f"{table.where}: low = {metric.low:g} must be below high = {metric.high:g}")
    return metric


def _constraints(top: Table) -> tuple[Constraint, ...]:
    result = []
    for table in top.tables("constraints"):
        result.append(Constraint(table.take("metric", str), table.maybe("low", float), table.maybe("high", float)))
        table.done()
        if result[-1].low is None and result[-1].high is None:
            raise ProblemError(f"{table.where}: give low, high or both")
    return tuple(result)


def _axes(top: Table) -> tuple[Axis, ...]:
    result = []
    for table in top.tables("features"):
        scale = cast(Literal["linear", "log", "quantile"], table.one_of("scale", SCALES, "linear"))
        low, high = table.maybe("low", float), table.maybe("high", float)
        axis = Axis(table.take("metric", str), table.take("bins", int, 10), scale, low, high)
        table.done()
        if (
            axis.bins < 1
            or (low is not None and high is not None and low >= high)
            or (scale == "log" and (low or 1) <= 0)
        ):
            raise ProblemError(f"{table.where}: needs bins >= 1 and low < high (above 0 on a log scale)")
        result.append(axis)
    return tuple(result)


def _stages(top: Table, objective: Metric) -> tuple[Stage, ...]:
    result = []
    for at, table in enumerate(top.tables("stages")):
        name = table.take("name", str, f"stage {at + 1}")
        stage = Stage(name, table.texts("cases"), table.maybe("at_least", float), table.maybe("at_most", float))
        wrong = "at_most" if objective.direction == "maximize" else "at_least"
        table.done()
        if not stage.cases:
            raise ProblemError(f"{table.where}: cases is missing; name the cases this stage runs")
        if getattr(stage, wrong) is not None:
            right = "at_least" if wrong == "at_most" else "at_most"
            raise ProblemError(f"{table.where}: {wrong} on an objective to {objective.direction}; use {right}")
        result.append(stage)
    return tuple(result)


def _evaluator(top: Table) -> str:
    """Return the problem's own evaluator, "" when there is none; what only a sandboxed candidate needs is refused."""
    table = top.table("evaluator")
    name = table.take("class", str, "")
    table.done()
    if not name:
        return ""
    if not in_folder(name):
        raise ProblemError(f'{table.where}: class = {name!r} must be "file.py:Class", a file of this folder')
    for key in NOT_BESIDE_EVALUATOR:
        if key in top.values:
            raise ProblemError(f"{top.where}: [{key}] means nothing beside [evaluator], which runs no candidate")
    return name


def _entry(program: Table) -> str | tuple[str, ...]:
    command = program.texts("command")
    entry = program.take("entry", str, "")
    if bool(command) == bool(entry):
        raise ProblemError(f'{program.where}: give either entry = "file.py:function" or command = ["./solve"]')
    if entry and not (
        entry.count(":") == 1 and entry.split(":")[0].endswith(".py") and entry.split(":")[1].isidentifier()
    ):
        raise ProblemError(f'{program.where}: entry = {entry!r} must be "file.py:function"')
    return command or entry


def _limits(table: Table) -> Limits:
    known = {field.name: getattr(Limits(), field.name) for field in fields(Limits)}
    given = {}
    for name, default in known.items():
        if name in table.values:
            given[name] = _above_zero(table, name, 1.0 if default is None else default)
        table.known.append(name)
    table.done()
    return Limits(**given)  # type: ignore[arg-type]


def _above_zero(table: Table, name: str, default: N) -> N:
    value = table.take(name, type(default), default)
    if value <= 0:
        raise ProblemError(f"{table.where}: {name} = {value:g} must be above 0")
    return value


def _sandbox(table: Table) -> SandboxNeeds:
    texts = {name: table.take(name, str, "") for name in ("image", "dockerfile", "requirements", "gpus")}
    needs = SandboxNeeds(**texts, network=table.texts("network"), folders=table.texts("folders"))
    table.done()
    try:
        parse(needs.network)
    except ConfigError as error:
        raise ProblemError(f"{table.where}: {error}") from None
    return needs


def _seeds(folder: Path, top: Table) -> tuple[Program, ...]:
    value = top.values.get("seeds")
    if isinstance(value, dict):
        table = top.table("seeds")
        git = table.table("git")
        repository, commit = git.take("repository", str), git.take("commit", str)
        path = git.take("path", str, ".")
        git.done()
        table.done()
        local = folder / repository
        return (read_commit(str(local) if local.exists() else repository, commit, path),)
    names = top.texts("seeds", ("seed",))
    if not names:
        raise ProblemError(f"{top.where}: seeds is empty; a search starts from at least one program")
    return tuple(_seed(folder / name) for name in names)


def _no_seeds(top: Table) -> tuple[Program, ...]:
    top.values.pop("seeds", None)
    return ()


def _seed(folder: Path) -> Program:
    if not folder.is_dir():
        raise ProblemError(f"{folder}: no seed program; make this folder, or name another with seeds = [...]")
    return Program.read(folder)


def _statement(folder: Path, name: str) -> str:
    path = folder / name
    if not path.is_file() and name == "statement.md":
        return ""
    return _file(folder, name, "the statement").read_text(encoding="utf-8")


def _file(folder: Path, name: str, what: str) -> Path:
    path = folder / name
    if not path.is_file():
        raise ProblemError(f"{path}: no such file; {what} must be there")
    return path


def _check(problem: Problem, path: Path) -> None:
    for seed in problem.seeds:
        if not any(matches(name, problem.editable) for name in seed):
            raise ProblemError(
                f"{path}: editable = {list(problem.editable)} matches no file of the seed ({', '.join(seed)})"
            )
        if isinstance(problem.entry, str) and problem.entry.split(":")[0] not in seed.files:
            file = problem.entry.split(":")[0]
            raise ProblemError(f"{path}: entry names {file!r}, which the seed does not have{nearest(file, seed)}")
    if problem.repeats < 1:
        raise ProblemError(f"{path}: repeats = {problem.repeats} must be at least 1")
    named = {axis.metric for axis in problem.axes}
    if len(named) < len(problem.axes):
        raise ProblemError(f"{path}: two [[features]] on one metric")
