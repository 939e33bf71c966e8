"""A run in a notebook's cell: the curve, what ships, and how it differs from the seed program."""

from __future__ import annotations

from html import escape
from pathlib import Path

from cladogen.formatting import one_line, printable
from cladogen.view.exports.curve import line_of, svg
from cladogen.view.followed import FollowedRun
from cladogen.view.readable_difference import readable_difference
from cladogen.view.reports.run import run_report, standing_lines

MOST_LINES = 200  # of a diff


def run_html(folder: Path) -> str:
    """Return a piece of HTML without scripts; what a program wrote is escaped."""
    run = FollowedRun(folder)
    try:
        run.refresh()
        reader, metric = run.reader, run.reader.problem.objective
        said = "\n".join(standing_lines(run_report(reader), metric))
        picture = svg([line_of(run)], f"{metric.name} {metric.unit}, best so far", "proposals")
        diff = ""
        if reader.best is not None and reader.chosen:
            diff = readable_difference(reader.program(0), reader.program(reader.chosen))
    finally:
        run.close()
    lines = printable(diff).splitlines()
    shown = "\n".join(lines[:MOST_LINES] + (["…"] if len(lines) > MOST_LINES else []))
    body = f"<details><summary>what differs from the seed program</summary>{_pre(shown)}</details>"
    title = f"<strong>{escape(one_line(str(folder)))}</strong>"
    return f"<div>{title}{_pre(said)}{picture}{body if diff else ''}</div>"


def _pre(text: str) -> str:
    return f"<pre>{escape(text)}</pre>"
