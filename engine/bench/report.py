"""What a contest leaves behind: ``table.md``, and a figure for each problem."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cladogen.bench import table
from cladogen.bench.contest import Contestant, Done
from cladogen.bench.figure import figure
from cladogen.bench.summary import ArmRow
from cladogen.bench.trial import Measured


@dataclass(frozen=True, slots=True)
class BenchReport:
    """One problem's rows, the best arm first, and where they come from."""

    entry: Contestant
    rows: tuple[ArmRow, ...]
    done: Done
    baseline: str

    @property
    def heading(self) -> str:
        measured = [each for arm in self.rows for each in self.of(arm.arm)]
        seeds = max((row.seeds for row in self.rows), default=0)
        heldout = any(each.heldout for each in measured)
        return table.heading(self.entry.name, self.entry.problem.objective, seeds, heldout)

    @property
    def text(self) -> str:
        return table.text(self.rows, self.baseline)

    @property
    def markdown(self) -> str:
        return f"{self.heading}.\n\n{table.markdown(self.rows, self.baseline)}\n"

    @property
    def figure(self) -> str:
        objective = self.entry.problem.objective
        label = objective.name + (f" ({objective.unit})" if objective.unit else "")
        return figure(
            f"{self.entry.name}: what ships, against evaluations",
            label,
            {r.arm: self.of(r.arm) for r in self.rows},
        )

    def of(self, arm: str) -> Sequence[Measured]:
        """Return an arm's trials."""
        return list(self.done[self.entry.name, arm].values())


def write(out: Path, reports: Sequence[BenchReport]) -> list[Path]:
    """Write the tables and figures; return where the figures are."""
    out.mkdir(parents=True, exist_ok=True)
    (out / "table.md").write_text(
        "\n".join(report.markdown for report in reports), encoding="utf-8"
    )
    figures = []
    for report in reports:
        drawn = report.figure
        if drawn:
            figures.append(out / f"{report.entry.name.replace(':', '-')}.svg")
            figures[-1].write_text(drawn, encoding="utf-8")
    return figures
