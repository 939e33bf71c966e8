"""The table of a comparison, as plain text for a terminal and as Markdown for a page."""

from __future__ import annotations

from collections.abc import Sequence

from cladogen.bench.summary import ArmRow
from cladogen.problem import Metric


def heading(problem: str, objective: Metric, seeds: int, heldout: bool) -> str:
    """Return the line above a table: what is compared, on which cases, over how many seeds."""
    unit = f" ({objective.unit})" if objective.unit else ""
    better = "higher" if objective.sign > 0 else "lower"
    cases = "on held-out cases" if heldout else "on the training cases"
    return (
        f"{problem}: {objective.name}{unit} of the program that ships, {cases}, {better} is "
        f"better; {seeds} seeds"
    )


def cells(rows: Sequence[ArmRow], baseline: str) -> list[list[str]]:
    """Return the table, its head first."""
    gain = f"gain over {baseline} [95 %]"
    head = ["arm", "mean", "sd", gain, "evaluations", "proposals", "tokens", "dollars", "s"]
    return [head, *([_arm(row), *_values(row), _gain(row), *_costs(row)] for row in rows)]


def text(rows: Sequence[ArmRow], baseline: str) -> str:
    """Return the table with aligned columns, the first one to the left."""
    table = cells(rows, baseline)
    widths = [max(len(line[column]) for line in table) for column in range(len(table[0]))]
    lines = []
    for first, *others in table:
        cells_ = [cell.rjust(width) for cell, width in zip(others, widths[1:], strict=True)]
        lines.append("  ".join([first.ljust(widths[0]), *cells_]).rstrip())
    return "\n".join(lines)


def markdown(rows: Sequence[ArmRow], baseline: str) -> str:
    """Return the table in Markdown."""
    head, *body = cells(rows, baseline)
    lines = [head, ["---", *("--:" for _ in head[1:])], *body]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _arm(row: ArmRow) -> str:
    return row.arm + (f" ({row.failed} failed)" if row.failed else "")


def _values(row: ArmRow) -> list[str]:
    return ["-" if value is None else f"{value:.4g}" for value in (row.mean, row.sd)]


def _gain(row: ArmRow) -> str:
    gain = row.difference
    return "-" if gain is None else f"{gain.mean:+.3g} [{gain.low:+.3g}, {gain.high:+.3g}]"


def _costs(row: ArmRow) -> list[str]:
    dollars = "unpriced" if row.usd is None else f"{row.usd:.2f}"
    return [
        f"{row.evaluations:.0f}",
        f"{row.proposals:.0f}",
        f"{row.tokens:.0f}",
        dollars,
        f"{row.seconds:.2g}",
    ]
