"""What operators, models and islands have done, causes of failure, and notes, for the page."""

from __future__ import annotations

from typing import Any

from cladogen.view.followed import FollowedRun
from cladogen.view.groups import SEEDS, groups
from cladogen.view.reports.credit import By, credit_rows, credit_table
from cladogen.view.reports.notes import run_notes
from cladogen.view.reports.plain import plain
from cladogen.view.reports.run import own_value


def operators(run: FollowedRun) -> dict[str, Any]:
    """Return the tables by operator, by model and, where a run has several, by specialist, and how
    often each failure came.
    """
    unit, total = run.reader.problem.objective.unit, run.tally.total()
    specialists = run.reader.settings.specialists
    shown: tuple[By, ...] = ("operator", "model", *(("specialist",) if specialists else ()))
    tables = {
        by: credit_table(credit_rows(run.tally, by, specialists), total, unit) for by in shown
    }
    return {
        "tables": tables,
        "causes": run.tally.causes.most_common(),
        "unit": unit,
        "islands": islands(run),
    }


def islands(run: FollowedRun) -> list[dict[str, Any]]:
    """Return how each island stands, the best first; nothing where there is one."""
    found = groups(run.reader, "island")
    if sum(each.name != SEEDS for each in found) < 2:
        return []
    metric = run.reader.problem.objective
    return [
        {
            "name": each.name,
            "programs": each.programs,
            "asked": each.asked,
            "best": each.best,
            "value": own_value(metric, each.fitness),
            "steps": [[program, own_value(metric, value)] for program, value in each.steps],
        }
        for each in found
    ]


def notes(run: FollowedRun) -> list[dict[str, Any]]:
    """Return what the run has noted of itself, latest first."""
    return list(map(plain, reversed(run_notes(run.reader.store))))
