"""The tables of ``problem.toml`` that are values alone: metrics, constraints, features, stages,
limits, needs.
"""

from __future__ import annotations

from typing import Literal, cast

from cladogen.errors import ConfigError, ProblemError
from cladogen.problem.strict_toml import Table, nearest
from cladogen.problem.values import Constraint, Metric, Stage
from cladogen.sandboxes.base import Limits, SandboxNeeds
from cladogen.sandboxes.network.allow_list import parse
from cladogen.space import Axis

DIRECTIONS = ("maximize", "minimize")
SCALES = ("linear", "log", "quantile")
MOST_BINS = 10_000
LONGEST_S, MOST_MB = 7 * 86_400.0, 16_777_216  # a week, 16 TiB
MOST_OF = {
    "time_s": LONGEST_S,
    "cpu_s": 4096 * LONGEST_S,
    "memory_mb": MOST_MB,
    "cpus": 4096.0,
    "processes": 4_194_304,
    "files_mb": MOST_MB,
    "output_mb": 65_536.0,
    "network_mb": float(MOST_MB),
    "build_s": LONGEST_S,
}


def read_metrics(
    top: Table,
) -> tuple[tuple[Metric, ...], Metric, tuple[float | None, float | None]]:
    """Return the metrics, the objective first; the objective; its target and best known value."""
    declared = top.table("metrics")
    found = {name: _metric(name, declared.table(name)) for name in declared.keys_named()}
    objective = top.table("objective")
    name = objective.name("metric", next(iter(found), "score"))
    if name not in found and found:
        raise ProblemError(f"{objective.where}: no [metrics.{name}]{nearest(name, found)}")
    first = found.pop(name, Metric(name))
    goals = objective.maybe("target", float), objective.maybe("best_known", float)
    objective.done()
    return (first, *found.values()), first, goals


def _metric(name: str, table: Table) -> Metric:
    direction = cast(
        Literal["maximize", "minimize"], table.one_of("direction", DIRECTIONS, "maximize")
    )
    low, high = _range(table)
    unit = table.name("unit") if table.values.get("unit") else table.take("unit", str, "")
    about = table.take("about", str, "")
    table.done()
    if low is not None and low == high:
        raise ProblemError(f"{table.where}: low = {low:g} must be below high = {high:g}")
    return Metric(name, direction, unit, low, high, " ".join(about.split()))


def _range(table: Table) -> tuple[float | None, float | None]:
    """Return low and high, in their order."""
    low, high = table.maybe("low", float), table.maybe("high", float)
    if low is not None and high is not None and low > high:
        raise ProblemError(f"{table.where}: low = {low:g} must be below high = {high:g}")
    return low, high


def read_constraints(top: Table) -> tuple[Constraint, ...]:
    """Return the bounds that a program must keep; low and high may be equal."""
    result = []
    for table in top.tables("constraints"):
        result.append(Constraint(table.name("metric"), *_range(table)))
        table.done()
        if result[-1].low is None and result[-1].high is None:
            raise ProblemError(f"{table.where}: give low, high or both")
    return tuple(result)


def read_axes(top: Table) -> tuple[Axis, ...]:
    """Return the axes of the archive."""
    result = []
    for table in top.tables("features"):
        scale = cast(Literal["linear", "log", "quantile"], table.one_of("scale", SCALES, "linear"))
        low, high = _range(table)
        axis = Axis(table.name("metric"), table.number("bins", 10, 1, MOST_BINS), scale, low, high)
        table.done()
        if low is not None and (low == high or (scale == "log" and low <= 0)):
            raise ProblemError(f"{table.where}: needs low < high, and low above 0 on a log scale")
        result.append(axis)
    return tuple(result)


def read_stages(top: Table, objective: Metric) -> tuple[Stage, ...]:
    """Return the stages, whose bound must be on the side that the objective's direction makes the
    worse one.
    """
    result = []
    for at, table in enumerate(top.tables("stages")):
        name = table.name("name", f"stage {at + 1}")
        stage = Stage(
            name,
            table.names("cases"),
            table.maybe("at_least", float),
            table.maybe("at_most", float),
        )
        wrong = "at_most" if objective.direction == "maximize" else "at_least"
        table.done()
        if not stage.cases:
            raise ProblemError(f"{table.where}: cases is missing; name the cases this stage runs")
        if getattr(stage, wrong) is not None:
            right = "at_least" if wrong == "at_most" else "at_most"
            raise ProblemError(
                f"{table.where}: {wrong} on an objective to {objective.direction}; use {right}"
            )
        result.append(stage)
    return tuple(result)


def read_limits(table: Table) -> Limits:
    """Return what one call may use."""
    given = {}
    for name, most in MOST_OF.items():
        value = table.maybe_number(name, type(most), high=most, above=0)
        if value is not None:
            given[name] = value
    table.done()
    return Limits(**given)  # type: ignore[arg-type]


def read_needs(table: Table) -> SandboxNeeds:
    """Return what a sandbox must have beside the limits."""
    texts = {
        name: table.take(name, str, "") for name in ("image", "dockerfile", "requirements", "gpus")
    }
    needs = SandboxNeeds(
        **texts,
        network=table.names("network"),
        folders=table.names("folders"),
        exclusive=table.take("exclusive", bool, False),
    )
    table.done()
    try:
        parse(needs.network)
    except ConfigError as error:
        raise ProblemError(f"{table.where}: {error}") from None
    return needs
