"""Credit: what each operator and model has done in a run, counted from the record."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from cladogen.prompts.expectations import Calibration, mean_metric
from cladogen.view.run_reader import RunReader

APPLIED = ("accepted", "duplicate", "infra")


@dataclass(slots=True)
class Credit:
    """Counts of one operator with one model. ``gain`` is how far it raised the best fitness,
    ``usd`` what is priced.
    """

    proposals: int = 0
    applied: int = 0
    scored: int = 0
    kept: int = 0
    better: int = 0  # than the first parent
    records: int = 0  # better than every program before
    gain: float = 0.0
    trials: int = 0
    seconds: float = 0.0
    calls: int = 0
    tokens: int = 0
    usd: float = 0.0
    unpriced: int = 0
    expected: int = 0
    expected_held: int = 0

    def __add__(self, other: Credit) -> Credit:
        mine, theirs = asdict(self), asdict(other)
        return Credit(**{name: mine[name] + theirs[name] for name in mine})


def credits_of(past: RunReader) -> dict[tuple[str, str], Credit]:
    """Return the credit of each (operator, model), in the order in which they first proposed."""
    found: dict[tuple[str, str], Credit] = {}
    calibration = Calibration()
    best = past.entries[0].score.fitness if past.entries else None
    for row in past.attempts():
        if row["operator"] is None:
            continue
        author = (row["operator"], row["model"])
        credit = found.setdefault(author, Credit())
        _count_cost(credit, row["body"])
        credit.applied += row["outcome"] in APPLIED
        if row["outcome"] == "accepted":
            best = _count_program(credit, past, row, best)
            _check_expectation(calibration, author, past, row)
    for author, record in calibration:
        found[author].expected, found[author].expected_held = record.stated, record.held
    return found


def _count_cost(credit: Credit, body: dict[str, Any]) -> None:
    cost = body["cost"]
    credit.proposals += 1
    credit.trials += body["trials"]
    credit.seconds += body["seconds"]
    credit.calls += cost["calls"]
    credit.tokens += cost["prompt_tokens"] + cost["completion_tokens"]
    credit.usd += cost["usd"] or 0.0
    credit.unpriced += cost["usd"] is None


def _count_program(
    credit: Credit, past: RunReader, row: dict[str, Any], best: float | None
) -> float | None:
    """Count a program that was made; return the best fitness so far."""
    number: int = row["program"]
    entry = past.entries[number]
    fitness = entry.score.fitness
    if fitness is None:
        return best
    credit.scored += 1
    credit.kept += row["standing"] in ("new", "improved")
    parent = past.entries[entry.node.parents[0]].score.fitness if entry.node.parents else None
    credit.better += parent is None or fitness > parent
    if best is not None and fitness <= best:
        return best
    credit.records += 1
    credit.gain += 0.0 if best is None else fitness - best
    return fitness


def _check_expectation(
    calibration: Calibration, author: tuple[str, str], past: RunReader, row: dict[str, Any]
) -> None:
    from cladogen.proposal import Expectation

    expected, notes = row["body"]["expectation"], row["body"]["notes"] or {}
    if expected is None or "expected_from" not in notes:
        return
    stated = Expectation(**{**expected, "cases": tuple(expected["cases"])})
    rows = past.evaluations("train", row["program"]).get(row["program"], [])
    calibration.tell(
        author,
        stated,
        float(notes["expected_from"]),
        mean_metric(rows, stated.metric, stated.cases),
    )
