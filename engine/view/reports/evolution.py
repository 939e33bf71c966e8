"""Evolution in words: Price's split by generation and operator, parents, circles."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from cladogen.formatting import number, one_line, plural
from cladogen.prompts.restored import ENOUGH, Restored, circles_sentence
from cladogen.record.fold import uncollected
from cladogen.view.evolution import Evolution, PriceTerms, Window
from cladogen.view.recorded_events import tally_of
from cladogen.view.reports.run import money
from cladogen.view.run_reader import RunReader

HEADINGS = ("parents", "children", "selection", "transmission", "change of the mean")
MOST_GENERATIONS = 12


@dataclass(frozen=True, slots=True)
class EvolutionReport:
    """Gains are in fitness, higher is better. ``windows`` are tenths of the run."""

    generations: list[PriceTerms]
    operators: list[PriceTerms]
    windows: list[Window]
    restored: Restored
    recently_restored: Restored
    restored_share: float
    circles: bool
    bought: Bought


@dataclass(frozen=True, slots=True)
class Bought:
    """What a run's budget bought: proposals, those of them that the archive kept, for how many
    dollars, evaluations and seconds.
    """

    proposals: int
    kept: int
    usd: float
    evaluations: int
    seconds: float


def _bought(run: RunReader) -> Bought:
    total, evaluations = tally_of(run).total(), run.store.evaluation_count()
    return Bought(total.proposals, total.kept, money(run)[0], evaluations, run.store.seconds())


def bought_line(bought: Bought) -> str:
    """Say what one more of each cap would buy, at the rate so far."""
    rates = {
        "a dollar": bought.usd,
        "1 000 evaluations": bought.evaluations / 1000,
        "an hour": bought.seconds / 3600,
    }
    said = [
        f"{name} bought {_count(bought.proposals / spent)} proposals, "
        f"{_count(bought.kept / spent)} kept"
        for name, spent in rates.items()
        if spent
    ]
    return "; ".join(said)


def _count(rate: float) -> str:
    return f"{rate:,.0f}".replace(",", " ") if rate >= 10 else f"{rate:.2g}"


def evolution_report(run: RunReader) -> EvolutionReport:
    """Return what a run's evolution was made of."""
    evolution = Evolution(run)
    with uncollected():
        return _report(run, evolution)


def _report(run: RunReader, evolution: Evolution) -> EvolutionReport:
    return EvolutionReport(
        generations=evolution.by_generation(),
        operators=evolution.by_operator(),
        windows=evolution.windows(),
        restored=evolution.restored,
        recently_restored=evolution.recently_restored,
        restored_share=evolution.restored.share,
        circles=evolution.recently_restored.circles,
        bought=_bought(run),
    )


def price_table(first: str, rows: list[PriceTerms]) -> list[tuple[str, ...]]:
    """Return a table of splits with its headings; ``first`` heads the names."""
    return [(first, *HEADINGS), *map(_cells, rows)]


def generations_shown(rows: list[PriceTerms]) -> list[PriceTerms]:
    """Return the generations that a table shows: all, or the first and the last ones."""
    half = MOST_GENERATIONS // 2
    return rows if len(rows) <= MOST_GENERATIONS else [*rows[:half], *rows[-half:]]


def evolution_lines(report: EvolutionReport) -> Iterator[str]:
    """Yield what is to be said beside the tables."""
    if not report.windows:
        yield "no child with a score yet"
        return
    yield bought_line(report.bought)
    yield f"parents in effect: {_parents(report.windows)}"
    whole = report.restored
    if whole.added < ENOUGH:
        yield f"lines added: {whole.added}, too few to say whether the search goes in circles"
        return
    yield (
        f"lines added: {whole.added:,}, of which {whole.back:,} ({whole.share:.0%}) had been in an "
        "ancestor and were gone"
    )
    if report.circles:
        yield f"in circles: {circles_sentence(report.recently_restored)}"


def _parents(windows: list[Window]) -> str:
    """Say how many parents the first and the last tenth of a run amount to."""
    first, last = windows[0], windows[-1]
    if len(windows) == 1:
        return _window(first)
    return f"{_window(first)} in the first tenth, {_window(last)} in the last"


def _window(window: Window) -> str:
    each = "no parent twice" if window.effective is None else f"{window.effective:.1f}"
    return f"{each} ({plural(window.distinct, 'parent')} of {window.children})"


def _cells(row: PriceTerms) -> tuple[str, ...]:
    parts = (row.selection, row.transmission, row.change)
    signed = (f"{'+' if part > 0 else ''}{number(part, 4)}" for part in parts)
    return (one_line(row.name, 24), str(row.parents), str(row.children), *signed)
