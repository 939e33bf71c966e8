"""What each operator and model has done, and causes of failure, as the page shows them."""

from __future__ import annotations

from typing import Any

from cladogen.view.followed import FollowedRun
from cladogen.view.reports.credit import credit_rows, credit_table


def operators(run: FollowedRun) -> dict[str, Any]:
    """Return the tables by operator and by model, and how often each failure came."""
    unit, total = run.reader.problem.objective.unit, run.tally.total()
    tables = {
        by: credit_table(credit_rows(run.tally, by), total, unit) for by in ("operator", "model")
    }
    return {"tables": tables, "causes": run.tally.causes.most_common(), "unit": unit}
