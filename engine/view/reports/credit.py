"""Credit in words: a table of operators, models or specialists, and the last lines of a run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from cladogen.formatting import duration, number, one_line, plural
from cladogen.problem.specialist import Specialist
from cladogen.record.credit import Credit, Tally

By = Literal["both", "operator", "model", "specialist"]
HEADINGS = (
    "specialist", "may change", "operator", "model", "proposals", "replies", "applied", "scored",
    "kept", "better", "records", "gain", "trials", "in vain", "expected", "tokens", "cost",
)  # fmt: skip
ALWAYS = ("proposals", "applied", "scored", "kept", "better", "records", "gain")
EMPTY = frozenset({"", "-"})
MOST_LINES = 6
ALL_FILES = "all that may"  # change: a specialist without globs of its own
ELSEWHERE = "none"  # in the column of specialists: seeds, by hand, from another run
NOBODY = ("", "-", "all")  # in the column of models: no model of its own


@dataclass(frozen=True, slots=True)
class CreditRow:
    """The credit of an operator, a model, or one with the other, or of a specialist; "" is any.
    ``only`` are the globs that a specialist may change, in words.
    """

    operator: str
    model: str
    credit: Credit
    specialist: str = ""
    only: str = ""


def credit_rows(
    tally: Tally, by: By = "both", specialists: Sequence[Specialist] = ()
) -> list[CreditRow]:
    """Return a row each, who raised the best most first; of ``specialists``, the run's, those too
    that were not asked yet.
    """
    if by == "operator":
        rows = [CreditRow(name, "", credit) for name, credit in tally.by_operator().items()]
    elif by == "model":
        rows = [CreditRow("", name, credit) for name, credit in tally.by_model().items()]
    elif by == "specialist":
        rows = _specialists(tally, specialists)
    else:
        rows = [CreditRow(*author, credit) for author, credit in tally.by_author().items()]
    return sorted(rows, key=_rank)


def _specialists(tally: Tally, specialists: Sequence[Specialist]) -> list[CreditRow]:
    """Return a row for each specialist, and for what was proposed by none."""
    found = dict(tally.by_specialist())
    globs = {each.name: ", ".join(each.only) or ALL_FILES for each in specialists}
    for name in globs:
        found.setdefault(name, Credit())
    return [
        CreditRow("", "", credit, name or ELSEWHERE, globs.get(name, ""))
        for name, credit in found.items()
    ]


def credit_table(rows: Sequence[CreditRow], total: Credit, unit: str = "") -> list[tuple[str, ...]]:
    """Return the table with its headings; columns that hold nothing are left out.

    The last row counts every proposal once.
    """
    lines = [_cells(row, unit) for row in rows]
    lines.append(_cells(_everyone(rows, total), unit))
    columns = zip(HEADINGS, *lines, strict=True)
    shown = [
        column for column in columns if column[0] in ALWAYS or not EMPTY.issuperset(column[1:])
    ]
    return list(zip(*shown, strict=True))


def credit_lines(tally: Tally, unit: str = "") -> list[str]:
    """Return what each model did, then the operators that raised the best, most first."""
    models = [row for row in credit_rows(tally, "model") if row.model]
    gainers = [row for row in credit_rows(tally, "operator") if row.credit.gain > 0]
    named = [row for row in credit_rows(tally, "specialist") if row.specialist != ELSEWHERE]
    lines = [
        f"{one_line(_who(row))}: {_sentence(row.model, row.credit, unit)}"
        for row in [*named, *models, *gainers[:MOST_LINES]]
    ]
    if len(gainers) > MOST_LINES:
        lines.append(f"and {plural(len(gainers) - MOST_LINES, 'operator')} more (evolve stats)")
    if tally.near:
        lines.append(f"refused as near duplicates: {tally.near}")
    return lines


def tuning_line(tally: Tally, seconds: float) -> str:
    """Say what share of a run's ``seconds`` constant tuning took beside models, and what share of
    the gain it earned; "" where no model was asked or nothing was tuned.
    """
    found, total = tally.by_operator().get("tune"), tally.total()
    if found is None or not found.trials or not any(tally.by_model()):
        return ""
    took = found.seconds + found.vain_s
    share = f" ({took / seconds:.0%} of the time)" if seconds > 0 else ""
    earned = (
        f"{found.gain / total.gain:.0%} of the gain" if total.gain > 0 else "nothing was gained"
    )
    return f"{plural(found.trials, 'trial')} in {duration(took)}{share}, {earned}"


def _who(row: CreditRow) -> str:
    return f"specialist {row.specialist}" if row.specialist else row.model or row.operator


def _everyone(rows: Sequence[CreditRow], total: Credit) -> CreditRow:
    """Return the row of all proposals, "all" in the first column that is shown."""
    if any(row.specialist for row in rows):
        return CreditRow("", "", total, "all")
    if any(row.operator for row in rows):
        return CreditRow("all", "", total)
    return CreditRow("", "all", total)


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


def _cells(row: CreditRow, unit: str) -> tuple[str, ...]:
    credit, model = row.credit, row.model or "-"
    asked = credit.calls or model not in NOBODY
    held = f"{credit.expected_held} of {credit.expected}"
    return (
        one_line(row.specialist, 24), one_line(row.only, 40), one_line(row.operator, 24),
        one_line(model, 40), str(credit.proposals),
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
