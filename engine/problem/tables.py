"""The tables of ``problem.toml`` that are values alone: metrics, constraints, features, stages,
limits, needs, models.
"""

from __future__ import annotations

from typing import Literal, cast

from cladogen.errors import ConfigError, ProblemError
from cladogen.ledger import CallLimits
from cladogen.problem.defaults import MOST_REPEATS
from cladogen.problem.space import Axis
from cladogen.problem.spelling import nearest
from cladogen.problem.strict_toml import Table
from cladogen.problem.values import (
    NO_PROXY,
    Canary,
    Constraint,
    Metric,
    ModelUse,
    Proxy,
    Race,
    Stage,
)
from cladogen.sandboxes.base import Limits, SandboxNeeds
from cladogen.sandboxes.network.allow_list import parse

DIRECTIONS = ("maximize", "minimize")
SHARE = 0.25  # of [proxy], where it says nothing else
ROUNDS, ERROR = 5, 0.05  # of [race], where it says nothing else
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
    about = _about(table)
    table.done()
    if low is not None and low == high:
        raise ProblemError(f"{table.where}: low = {low:g} must be below high = {high:g}")
    return Metric(name, direction, unit, low, high, about)


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


def read_race(top: Table) -> Race:
    """Return how many rounds a program may take: one where the problem does not race."""
    races = "race" in top.values
    table = top.table("race")
    race = Race(
        table.number("rounds", ROUNDS, 2, MOST_REPEATS) if races else 1,
        table.number("error", ERROR, high=0.5, above=0),
    )
    table.done()
    return race


def read_proxy(top: Table) -> Proxy:
    """Return the cheap cases that say which programs are worth the rest."""
    if "proxy" not in top.values:
        return NO_PROXY
    table = top.table("proxy")
    proxy = Proxy(table.names("cases"), table.number("share", SHARE, high=1.0, above=0))
    table.done()
    if not proxy.cases:
        raise ProblemError(f"{table.where}: cases is missing; name the cheap training cases")
    for other in ("race", "evaluator"):
        if other in top.values:
            raise ProblemError(
                f"{table.where}: means nothing beside [{other}]; leave one of them out"
            )
    return proxy


def _about(table: Table) -> str:
    """Return what a table says that its metric means, in one line."""
    return " ".join(table.take("about", str, "").split())


def read_axes(top: Table) -> tuple[Axis, ...]:
    """Return the axes of the archive."""
    return tuple(map(_read_axis, top.tables("features")))


def _read_axis(table: Table) -> Axis:
    scale = cast(Literal["linear", "log", "quantile"], table.one_of("scale", SCALES, "linear"))
    low, high = _range(table)
    bins = table.number("bins", 10, 1, MOST_BINS)
    axis = Axis(table.name("metric"), bins, scale, low, high, _about(table))
    table.done()
    if low is not None and (low == high or (scale == "log" and low <= 0)):
        raise ProblemError(f"{table.where}: needs low < high, and low above 0 on a log scale")
    return axis


def read_stages(top: Table, objective: Metric, proxy: Proxy = NO_PROXY) -> tuple[Stage, ...]:
    """Return the stages, whose bound must be on the side that the objective's direction makes the
    worse one; a proxy's cases are a first stage.
    """
    first = [Stage("proxy", proxy.cases)] if proxy.cases else []
    tables = enumerate(top.tables("stages"), 1)
    return (*first, *(_read_stage(table, f"stage {at}", objective) for at, table in tables))


def _read_stage(table: Table, usual: str, objective: Metric) -> Stage:
    right, wrong = "at_least", "at_most"
    if objective.direction != "maximize":
        right, wrong = wrong, right
    stage = Stage(
        table.name("name", usual),
        table.names("cases"),
        table.maybe("at_least", float),
        table.maybe("at_most", float),
    )
    table.done()
    if not stage.cases:
        raise ProblemError(f"{table.where}: cases is missing; name the cases this stage runs")
    if getattr(stage, wrong) is not None:
        raise ProblemError(
            f"{table.where}: {wrong} on an objective to {objective.direction}; use {right}"
        )
    return stage


def read_canaries(top: Table, objective: Metric) -> tuple[Canary, ...]:
    """Return the canaries, one for each case; where no bound is given, the best value that the
    objective can have is the bound.
    """
    result: list[Canary] = []
    for table in top.tables("canary"):
        result += _canaries(table, objective)
    names = [canary.case for canary in result]
    if len(set(names)) < len(names):
        raise ProblemError(f"{top.where}: a case is in two [[canary]] tables")
    return tuple(result)


def _canaries(table: Table, objective: Metric) -> list[Canary]:
    cases = table.names("cases")
    at_least, at_most = table.maybe("at_least", float), table.maybe("at_most", float)
    table.done()
    if not cases:
        raise ProblemError(f"{table.where}: cases is missing; name the cases of this canary")
    bound, other = _canary_bound(table, objective, at_least, at_most)
    return [Canary(case, **{other: bound}) for case in cases]


def _canary_bound(
    table: Table, objective: Metric, at_least: float | None, at_most: float | None
) -> tuple[float, str]:
    """Return the value that gives a program away, and the name of its side."""
    maximized = objective.direction == "maximize"
    right, wrong = ("at_least", at_most) if maximized else ("at_most", at_least)
    if wrong is not None:
        raise ProblemError(f"{table.where}: an objective to {objective.direction}; use {right}")
    given, best = (at_least, objective.high) if maximized else (at_most, objective.low)
    bound = best if given is None else given
    if bound is None:
        raise ProblemError(
            f"{table.where}: give {right}, the value of {objective.name} that no honest program "
            "reaches"
        )
    return bound, right


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
    needs = SandboxNeeds(
        image=table.take("image", str, ""),
        dockerfile=table.take("dockerfile", str, ""),
        requirements=table.take("requirements", str, ""),
        gpus=table.take("gpus", str, ""),
        network=table.names("network"),
        folders=table.names("folders"),
        exclusive=table.take("exclusive", bool, False),
        tools=table.names("tools"),
    )
    table.done()
    try:
        parse(needs.network)
    except ConfigError as error:
        raise ProblemError(f"{table.where}: {error}") from None
    return needs


def read_model_use(top: Table) -> ModelUse | None:
    """Return how much programs may ask models while they are evaluated; None where they may not."""
    if "models" not in top.values:
        top.known.append("models")
        return None
    table = top.table("models")
    found = ModelUse(_call_limits(table.table("evaluation")), _call_limits(table.table("program")))
    table.done()
    return found


def _call_limits(table: Table) -> CallLimits:
    limits = CallLimits(
        table.maybe_number("calls", int, above=0),
        table.maybe_number("tokens", int, above=0),
        table.maybe_number("usd", float, above=0),
    )
    table.done()
    return limits
