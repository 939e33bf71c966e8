"""Programs as a table: one row each, as CSV, JSON or Parquet."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cladogen.errors import ConfigError
from cladogen.view.program_row import ProgramRow
from cladogen.view.reports.plain import plain
from cladogen.view.run_reader import RunReader

FIRST = (
    "number", "tree", "parents", "ticket", "round", "operator", "model", "status", "standing",
    "fitness", "summary", "reason",
)  # fmt: skip
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet would compute


def rows(run: RunReader) -> list[dict[str, Any]]:
    """Return a row for each program, each with the same columns: metrics are ``metric.NAME``."""
    names = run.problem.named_metrics()
    return [_row(entry, names) for entry in run.entries]


def write_csv(run: RunReader, path: Path) -> int:
    """Write a CSV file and return how many rows it has. Text that a spreadsheet would take for a
    formula has an apostrophe before it.
    """
    found = rows(run)
    with path.open("w", encoding="utf-8", errors="backslashreplace", newline="") as file:
        writer = csv.DictWriter(file, list(found[0]) if found else list(FIRST))
        writer.writeheader()
        for row in found:
            writer.writerow({name: _cell(value) for name, value in row.items()})
    return len(found)


def write_json(run: RunReader, path: Path) -> int:
    """Write a list of objects, one for each program."""
    found = rows(run)
    path.write_text(json.dumps(plain(found), indent=1), encoding="utf-8")
    return len(found)


def write_parquet(run: RunReader, path: Path) -> int:
    """Write a Parquet file; needs pyarrow."""
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise ConfigError(
            "evolve export --parquet: pyarrow is not installed; get it with: pip install pyarrow; "
            "--csv and --rows do without it"
        ) from None
    found = [{name: _text(value) for name, value in row.items()} for row in rows(run)]
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(found), path)
    return len(found)


def _row(entry: ProgramRow, metrics: tuple[str, ...]) -> dict[str, Any]:
    values = (
        entry.number, entry.node.program, list(entry.node.parents), entry.node.ticket, entry.round,
        entry.operator, entry.model, entry.status, entry.standing, entry.score.fitness,
        entry.summary, entry.reason,
    )  # fmt: skip
    known: Mapping[str, float] = entry.score.metrics
    return dict(zip(FIRST, values, strict=True)) | {
        f"metric.{name}": known.get(name) for name in metrics
    }


def _cell(value: Any) -> Any:
    if isinstance(value, list):
        return " ".join(map(str, value))
    if isinstance(value, str):
        value = value.replace("\x00", "")
        return f"'{value}" if value.startswith(FORMULA) else value
    return value


def _text(value: Any) -> Any:
    """Return text that is UTF-8."""
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value
