"""The report of one run: what it is about, how it stands, and what it has spent."""

from __future__ import annotations

from dataclasses import dataclass

from cladogen.formatting import amount, gain, named, number, one_line
from cladogen.problem import Metric
from cladogen.record.call_sums import CallSums
from cladogen.view.run_reader import RunReader


@dataclass(frozen=True, slots=True)
class RunReport:
    """A run at a glance. ``best`` is the best by training score, ``ships`` what the final choice
    names; values are in the objective's own unit and sign, ``gain`` is higher-is-better.

    ``usd`` is what is known, ``unpriced_calls`` what is not. ``started`` is in seconds since 1970.
    """

    run: str
    problem: str
    variant: str
    status: str
    objective: str
    direction: str
    unit: str
    best: int | None
    best_value: float | None
    seed_value: float | None
    gain: float | None
    noise: float
    ships: int | None
    sentence: str
    programs: int
    usd: float
    unpriced_calls: int
    seconds: float
    started: float | None
    certified: bool


def run_report(run: RunReader) -> RunReport:
    """Return a run at a glance."""
    metric, best, seed = run.problem.objective, run.fitness(run.best), run.fitness(0)
    usd, unpriced = money(run)
    return RunReport(
        run=str(run.folder),
        problem=run.problem.name,
        variant=run.settings.variant,
        status=run.ending,
        objective=metric.name,
        direction=metric.direction,
        unit=metric.unit,
        best=run.best,
        best_value=own_value(metric, best),
        seed_value=own_value(metric, seed),
        gain=difference(best, seed),
        noise=run.noise,
        ships=run.ships,
        sentence=str(run.final["sentence"]) if run.final is not None else "",
        programs=run.size,
        usd=usd,
        unpriced_calls=unpriced,
        seconds=run.store.seconds(),
        started=run.meta.get("started"),
        certified=not run.problem.reported,
    )


def difference(one: float | None, other: float | None) -> float | None:
    """Return one less the other, None where either is missing."""
    return None if one is None or other is None else one - other


def own_value(metric: Metric, fitness: float | None) -> float | None:
    """Return a fitness in the objective's own sign."""
    return None if fitness is None else metric.sign * fitness + 0.0


def money(run: RunReader) -> tuple[float, int]:
    """Return the dollars a run is known to have spent, and how many calls have no price."""
    sums, evaluation = CallSums.of(run.store), run.store.evaluation_usd()
    if sums.over:
        return (sums.cost.usd or 0.0) + evaluation, sums.unpriced
    costs = run.store.proposal_costs()
    return sum(filter(None, costs)) + evaluation, sum(usd is None for usd in costs)


def money_words(usd: float, unpriced: int) -> str:
    """Return dollars in words, with how many calls have no price."""
    return f"${usd:.2f}" + (f" +{unpriced} unpriced" if unpriced else "")


def standing_lines(report: RunReport, metric: Metric) -> list[str]:
    """Return how a run stands: its best program against the seed program, and what ships."""
    lines = [named("best", _best(report, metric))]
    noise = f"{report.noise:.3g}" if report.noise else "none measured"
    lines.append(named("noise", noise))
    if report.ships is not None:
        lines.append(named("ships", f"{program_words(report.ships)}: {one_line(report.sentence)}"))
    return lines


def program_words(number_: int) -> str:
    return "the seed program" if number_ == 0 else f"program #{number_}"


def _best(report: RunReport, metric: Metric) -> str:
    if report.best is None or report.best_value is None:
        return "no program has a score yet"
    value = amount(metric, metric.sign * report.best_value, 9)
    which = f"#{report.best} of {report.programs} programs ({report.status})"
    text = f"{which}, on the training cases: {metric.name} {value}"
    if report.seed_value is None:
        return text
    return f"{text}, seed {number(report.seed_value, 9)}; {gain(metric, report.gain, report.noise)}"
