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
MOST_LINES = 6


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
    named = any(row.operator for row in rows)
    lines = [_cells(row.operator, row.model or "-", row.credit, unit) for row in rows]
    lines.append(_cells("all" if named else "", "-" if named else "all", total, unit))
    columns = [HEADINGS, *lines]
    shown = [
        at
        for at, name in enumerate(HEADINGS)
        if name in ALWAYS or any(line[at] not in ("", "-") for line in lines)
    ]
    return [tuple(line[at] for at in shown) for line in columns]


def credit_lines(tally: Tally, unit: str = "") -> list[str]:
    """Return what each model did, then the operators that raised the best, most first."""
    models = [row for row in credit_rows(tally, "model") if row.model]
    lines = [f"{one_line(row.model)}: {_sentence(row.credit, unit)}" for row in models]
    gainers = [row for row in credit_rows(tally, "operator") if row.credit.gain > 0]
    lines += [
        f"{one_line(row.operator)}: {_sentence(row.credit, unit)}" for row in gainers[:MOST_LINES]
    ]
    if len(gainers) > MOST_LINES:
        lines.append(f"and {plural(len(gainers) - MOST_LINES, 'operator')} more (evolve stats)")
    if tally.near:
        lines.append(f"refused as near duplicates: {tally.near}")
    return lines


def _rank(row: CreditRow) -> tuple[float, int, int]:
    return (-row.credit.gain, -row.credit.records, -row.credit.proposals)


def _sentence(credit: Credit, unit: str) -> str:
    parts = [plural(credit.proposals, "proposal")]
    if credit.calls or credit.replied < credit.proposals:
        parts.append(f"{credit.applied} of {credit.replied} replies applied")
    parts += [f"{credit.scored} scored", f"{credit.kept} kept", f"gain {_gain(credit, unit)}"]
    if credit.duplicates:
        parts.insert(-2, f"{credit.duplicates} known already")
    if credit.trials:
        parts.append(plural(credit.trials, "trial"))
    if credit.expected:
        parts.append(f"{credit.expected_held} of {credit.expected} expectations held")
    if credit.calls:
        parts.append(_cost(credit))
    return ", ".join(parts)


def _cells(operator: str, model: str, credit: Credit, unit: str) -> tuple[str, ...]:
    kept, better, records = str(credit.kept), str(credit.better), str(credit.records)
    expected = f"{credit.expected_held} of {credit.expected}" if credit.expected else "-"
    replies = str(credit.replied) if credit.calls or credit.replied < credit.proposals else "-"
    return (
        one_line(operator, 24), one_line(model, 40), str(credit.proposals), replies,
        _share(credit.applied, credit.replied), _share(credit.scored, credit.replied), kept,
        better, records, _gain(credit, unit) if credit.gain else "-", _some(credit.trials),
        _some(credit.vain), expected, _some(credit.tokens), _cost(credit) if credit.calls else "-",
    )  # fmt: skip


def _some(count: int) -> str:
    return str(count) if count else "-"


def _gain(credit: Credit, unit: str) -> str:
    return f"{number(credit.gain, 4)}{f' {unit}' if unit else ''}"


def _cost(credit: Credit) -> str:
    unpriced = f" +{credit.unpriced} unpriced" if credit.unpriced else ""
    return f"${credit.usd:.4f}{unpriced}"


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.0%}" if whole else "-"
