"""The lineage for Graphviz."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from cladogen.formatting import amount, one_line
from cladogen.view.run_reader import RunReader


def write_dot(run: RunReader, numbers: Collection[int], path: Path) -> int:
    """Write programs and the edges between them; return how many programs."""
    lines = ["digraph lineage {", "  rankdir=LR; node [shape=box, style=rounded];"]
    metric = run.problem.objective
    for number in sorted(numbers):
        row = run.entries[number]
        said = row.status if row.failed else amount(metric, row.score.fitness, 5)
        label = _quoted(f"#{number} {one_line(row.operator, 30)}\n{said}")
        mark = ", penwidth=3" if number in (run.best, run.ships) else ""
        lines.append(f"  p{number} [label={label}{mark}];")
        lines += [f"  p{parent} -> p{number};" for parent in row.node.parents if parent in numbers]
    path.write_text("\n".join([*lines, "}\n"]), encoding="utf-8", errors="replace")
    return len(numbers)


def _quoted(text: str) -> str:
    """Quote a text as Graphviz reads it."""
    inside = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{inside}"'
