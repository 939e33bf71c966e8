"""A report of a run: what was asked, what was found, what it cost, how to have it again."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

from cladogen.formatting import amount, duration, gain, number, one_line, plural, printable
from cladogen.safety.drift import drift_lines
from cladogen.view.exports.curve import line_of, svg
from cladogen.view.followed import FollowedRun
from cladogen.view.readable_difference import readable_difference
from cladogen.view.reports.drift import drift_report
from cladogen.view.reports.program import program_report
from cladogen.view.reports.program_text import score_line

MOST_STEPS = 30
STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 50rem; margin: 2rem auto; padding: 0 1rem; }
pre { background: #f6f6f4; padding: .7rem; overflow-x: auto; white-space: pre-wrap; }
table { border-collapse: collapse; } th, td { padding: .2rem .8rem .2rem 0; text-align: left; }
svg { max-width: 100%; } @media print { pre { break-inside: auto; } h2 { break-after: avoid; } }
"""


def markdown(run: FollowedRun) -> str:
    """Return the report as Markdown. Text of programs and models is fenced or in one line."""
    chapters = (_head, _result, _curve, _program, _drift, _cost, _again)
    return "\n\n".join(text for chapter in chapters if (text := chapter(run))) + "\n"


def html(run: FollowedRun) -> str:
    """Return the report as one HTML file that prints well, with the curve as a picture."""
    from markdown_it import MarkdownIt

    reader = MarkdownIt("commonmark", {"html": False}).enable("table")
    body = reader.render(markdown(run))
    metric = run.reader.problem.objective
    picture = svg([line_of(run)], f"{metric.name} {metric.unit}, best so far", "proposals")
    body = body.replace("<h2>What got better</h2>", f"<h2>What got better</h2>\n{picture}", 1)
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        f"<title>Report</title><style>{STYLE}</style></head>\n<body>\n{body}</body></html>\n"
    )


def write_report(folder: Path, path: Path) -> int:
    """Write a report; ``.html`` is a page, anything else Markdown. Return its size in bytes."""
    run = FollowedRun(folder)
    try:
        run.refresh()
        text = html(run) if path.suffix in (".html", ".htm") else markdown(run)
    finally:
        run.close()
    data = text.encode("utf-8", "replace")
    path.write_bytes(data)
    return len(data)


def _head(run: FollowedRun) -> str:
    reader = run.reader
    name = f"{reader.problem.name} {reader.settings.variant}".strip()
    statement = printable(reader.problem.statement).strip()
    quoted = "\n".join(f"> {line}".rstrip() for line in statement.splitlines())
    return f"# {_inline(name)}\n\n{quoted}" if quoted else f"# {_inline(name)}"


def _result(run: FollowedRun) -> str:
    reader, metric = run.reader, run.reader.problem.objective
    if reader.best is None:
        return "## Result\n\nNo program has a score."
    chosen = reader.chosen
    report = program_report(reader, chosen)
    what = "ships" if reader.ships is not None else "is the best so far"
    lines = ["## Result", "", f"Program #{chosen} {what}.", "", "| metric | value |", "|---|---|"]
    for each in report.yardstick.metrics:
        if each.name in report.metrics:
            lines.append(f"| {_inline(each.name)} | {_inline(score_line(report, each))} |")
    if reader.final is not None:
        lines += ["", f"Held-out cases: {_inline(str(reader.final['sentence']))}."]
    else:
        lines += ["", "Nothing was measured on held-out cases yet."]
    if reader.noise:
        lines.append(
            f"The seed program's noise is {number(reader.noise, 3)} {metric.unit}.".replace(
                " .", "."
            )
        )
    lines += [f"Flagged: {_inline(text)}" for text in reader.flags[-10:]]
    return "\n".join(lines)


def _curve(run: FollowedRun) -> str:
    metric = run.reader.problem.objective
    lines = [
        "## What got better",
        "",
        "| program | value | better by | operator | after proposals |",
        "|---|---|---|---|---|",
    ]
    before = None
    for step in run.steps:
        change = None if before is None else step.fitness - before
        before = step.fitness
        by = "" if change is None else gain(metric, change, 0.0)
        operator = _inline(run.reader.entries[step.program].operator)
        value = amount(metric, step.fitness)
        lines.append(f"| #{step.program} | {value} | {by} | {operator} | {step.proposals} |")
    if len(lines) > 4 + MOST_STEPS:
        lines = [*lines[:5], "| … | | | | |", *lines[5 - MOST_STEPS :]]
    return "\n".join(lines)


def _program(run: FollowedRun) -> str:
    reader = run.reader
    if reader.best is None or reader.chosen == 0:
        return ""
    diff = printable(readable_difference(reader.program(0), reader.program(reader.chosen)))
    line = " → ".join(f"#{each}" for each in reader.descent(reader.chosen))
    title = "## What differs from the seed program"
    return f"{title}\n\nLine of descent: {line}\n\n{_fenced(diff, 'diff')}"


def _drift(run: FollowedRun) -> str:
    reader = run.reader
    if reader.best is None or reader.chosen == 0:
        return ""
    lines = [f"- {_inline(line)}" for line in drift_lines(drift_report(reader, reader.chosen))]
    nothing = "No new imports, commands, hosts or system calls; no line that the scanner knows."
    found = lines or [nothing]
    return "\n".join(["## Drift from the seed program", "", *found])


def _cost(run: FollowedRun) -> str:
    usd, unpriced = run.recorded_costs
    counts = [
        plural(run.proposals, "proposal"), plural(run.evaluations, "evaluation"),
        plural(run.tokens, "token"), duration(run.reader.store.seconds()), f"${usd:.4f}",
    ]  # fmt: skip
    if run.trial_evaluations:
        counts.insert(2, f"{plural(run.trial_evaluations, 'evaluation')} of trials")
    if unpriced:
        counts.append(f"and {plural(unpriced, 'call')} without a known price")
    failed = ", ".join(f"{_inline(name)} {many}" for name, many in run.tally.causes.most_common())
    text = f"## What it took\n\n{', '.join(counts)}."
    return f"{text} Tasks that made no scored program: {failed}." if failed else text


def _again(run: FollowedRun) -> str:
    folder = shlex.quote(str(run.folder))
    version = run.reader.meta.get("version", "")
    lines = [
        f"evolve show {folder}", f"evolve checkout {folder} --to program",
        f"evolve evaluate {folder}/problem program", f"evolve replay {folder}",
    ]  # fmt: skip
    ended = _inline(run.reader.end_words or run.reader.ending)
    how = f"Made with cladogen {version}; random seed {run.reader.settings.seed}; {ended}."
    return f"## Have it again\n\n{how}\n\n{_fenced(chr(10).join(lines), 'sh')}"


def _inline(text: str) -> str:
    """Return text that Markdown takes for nothing else."""
    return re.sub(r"([\\`*_{}\[\]<>()#+!|~&])", r"\\\1", one_line(text, 400))


def _fenced(text: str, kind: str) -> str:
    """Return a block in a fence that the text does not hold."""
    longest = max(map(len, re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{kind}\n{text.rstrip()}\n{fence}"
