"""Credit in words: a table of operators and models, and the last lines of a run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from cladogen.formatting import number, one_line, plural
from cladogen.view.credit import Credit, Tally

By = Literal["both", "operator", "model"]
HEADINGS = (
    "operator", "model", "proposals", "replies", "applied", "scored", "kept", "better", "records",
    "gain", "trials", "in vain", "expected", "tokens", "cost",
)  # fmt: skip
ALWAYS = ("proposals", "applied", "scored", "kept", "better", "records", "gain")
EMPTY = frozenset({"", "-"})
MOST_LINES = 6
NOBODY = ("", "-", "all")  # in the column of models: no model of its own


@dataclass(frozen=True, slots=True)
class CreditRow:
    """The credit of an operator, a model, or one with the other; "" is any."""

    operator: str
    model: str
    credit: Credit


def credit_rows(tally: Tally, by: By = "both") -> list[CreditRow]:
    """Return a row each, who raised the best most first."""
    if by == "operator":
        rows = [CreditRow(name, "", credit) for name, credit in tally.by_operator().items()]
    elif by == "model":
        rows = [CreditRow("", name, credit) for name, credit in tally.by_model().items()]
    else:
        rows = [CreditRow(*author, credit) for author, credit in tally.by_author().items()]
    return sorted(rows, key=_rank)


def credit_table(rows: Sequence[CreditRow], total: Credit, unit: str = "") -> list[tuple[str, ...]]:
    """Return the table with its headings; columns that hold nothing are left out.

    The last row counts every proposal once.
    """
    everyone = ("all", "-") if any(row.operator for row in rows) else ("", "all")
    lines = [_cells(row.operator, row.model or "-", row.credit, unit) for row in rows]
    lines.append(_cells(*everyone, total, unit))
    columns = zip(HEADINGS, *lines, strict=True)
    shown = [
        column for column in columns if column[0] in ALWAYS or not EMPTY.issuperset(column[1:])
    ]
    return list(zip(*shown, strict=True))


def credit_lines(tally: Tally, unit: str = "") -> list[str]:
    """Return what each model did, then the operators that raised the best, most first."""
    models = [row for row in credit_rows(tally, "model") if row.model]
    gainers = [row for row in credit_rows(tally, "operator") if row.credit.gain > 0]
    lines = [
        f"{one_line(row.model or row.operator)}: {_sentence(row.model, row.credit, unit)}"
        for row in [*models, *gainers[:MOST_LINES]]
    ]
    if len(gainers) > MOST_LINES:
        lines.append(f"and {plural(len(gainers) - MOST_LINES, 'operator')} more (evolve stats)")
    if tally.near:
        lines.append(f"refused as near duplicates: {tally.near}")
    return lines


def _rank(row: CreditRow) -> tuple[float, int, int]:
    return (-row.credit.gain, -row.credit.records, -row.credit.proposals)


def _sentence(model: str, credit: Credit, unit: str) -> str:
    asked = model or credit.calls  # an operator without a model has nobody who replies
    parts = {
        plural(credit.proposals, "proposal"): True,
        f"{credit.applied} of {credit.replied} replies applied": asked,
        f"{credit.scored} scored": True,
        f"{credit.duplicates} known already": credit.duplicates,
        f"{credit.kept} kept": True,
        f"gain {_gain(credit, unit)}": True,
        plural(credit.trials, "trial"): credit.trials,
        f"{credit.expected_held} of {credit.expected} expectations held": credit.expected,
        _cost(credit): credit.calls,
    }
    return ", ".join(part for part, said in parts.items() if said)


def _cells(operator: str, model: str, credit: Credit, unit: str) -> tuple[str, ...]:
    asked = credit.calls or model not in NOBODY
    held = f"{credit.expected_held} of {credit.expected}"
    return (
        one_line(operator, 24), one_line(model, 40), str(credit.proposals),
        _said(credit.replied, asked), _share(credit.applied, credit.replied),
        _share(credit.scored, credit.replied), str(credit.kept), str(credit.better),
        str(credit.records), _said(_gain(credit, unit), credit.gain),
        _said(credit.trials, credit.trials), _said(credit.vain, credit.vain),
        _said(held, credit.expected), _said(credit.tokens, credit.tokens),
        _said(_cost(credit), credit.calls),
    )  # fmt: skip


def _said(value: object, condition: object) -> str:
    """Return a value as text where there is something to say, else a dash."""
    return str(value) if condition else "-"


def _gain(credit: Credit, unit: str) -> str:
    return f"{number(credit.gain, 4)} {unit}".rstrip()


def _cost(credit: Credit) -> str:
    unpriced = f" +{credit.unpriced} unpriced" if credit.unpriced else ""
    return f"${credit.usd:.4f}{unpriced}"


def _share(part: int, whole: int) -> str:
    return _said(f"{part / max(1, whole):.0%}", whole)
