"""The report of one program in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from cladogen.formatting import amount, duration, gain, named, number, one_line, plural, printable
from cladogen.problem import Metric
from cladogen.problem.coevolution import REFERENCE
from cladogen.safety.drift import drift_lines
from cladogen.view.paint import PLAIN, Paint
from cladogen.view.reports.detail import CASES, LOG_LINES, USUAL, Detail
from cladogen.view.reports.edits import edits_lines
from cladogen.view.reports.program import EvaluationReport, ProgramReport
from cladogen.view.reports.proposal_text import proposal_lines

STANDINGS = {
    "": "in flight",
    "new": "kept, in a new cell",
    "improved": "kept, in place of a worse one",
    "rejected": "not kept",
}
LONGEST_LINE_OF_DESCENT = 8


def program_lines(
    report: ProgramReport, detail: Detail = USUAL, paint: Paint = PLAIN
) -> Iterator[str]:
    """Yield the lines of a program's report."""
    yield _title(report, paint)
    yield from _origin(report)
    yield from _result(report, paint)
    yield from _cases(report, detail)
    for text in report.flags:
        yield named("flagged", paint(one_line(text), "yellow"))
    yield from edits_lines(report.edits)
    yield from _drift(report, detail)
    if report.evaluations:
        yield named("used", _used(report))
    if report.proposal is not None:
        yield from proposal_lines(report.proposal, detail, paint)
    if report.good and report.feedback:
        yield named("feedback", printable(report.feedback))
    for case, what in report.pictures.items():
        yield named("picture", f"{one_line(case)}: {what} (evolve show --picture FILE)")
    yield from _log(report.evaluations)
    if detail.files or report.proposal is None:
        yield from file_lines(report.files, paint)


def file_lines(files: Mapping[str, str], paint: Paint) -> Iterator[str]:
    """Yield files, each whole under its path."""
    for path, text in files.items():
        yield paint(f"--- {one_line(path)}", "bold")
        yield printable(text).rstrip("\n")


def score_line(report: ProgramReport, metric: Metric) -> str:
    """Return a metric's value, with its difference from the seed program's."""
    measure = report.yardstick
    value = metric.sign * report.metrics[metric.name]
    text = amount(metric, value, 9)
    if metric.name not in measure.seed_metrics or report.number == 0:
        return text
    noise = measure.noise if metric.name == measure.objective.name else 0.0
    seed = measure.seed_metrics[metric.name]
    change = gain(metric, value - metric.sign * seed, noise)
    return f"{text}, seed {number(seed, 9)}; {change}"


def heldout_line(report: ProgramReport) -> str:
    """Return what the held-out cases say, "" when the program was not measured there."""
    heldout, metric = report.heldout, report.yardstick.objective
    if heldout is None:
        return ""
    text = heldout.status if heldout.fitness is None else amount(metric, heldout.fitness, 9)
    if heldout.seed_fitness is not None and report.number != 0:
        text += f", seed {amount(metric, heldout.seed_fitness, 9)}"
    return text


def _title(report: ProgramReport, paint: Paint) -> str:
    title = f"#{report.number} {one_line(report.operator)}"
    if report.summary:
        title += f": {one_line(report.summary)}"
    known = {"best": report.best, "ships": report.ships, "elite": report.elite}
    marks = ", ".join(word for word, on in known.items() if on)
    return paint(title, "bold") + (f"  [{marks}]" if marks else "")


def _origin(report: ProgramReport) -> Iterator[str]:
    commit = f", commit {report.commit}" if report.commit else ""
    yield named("tree", f"{report.program}{commit}")
    if report.parents:
        yield named("parents", _numbers(report.parents))
    if report.children:
        yield named("children", _numbers(report.children[:20]))
    if report.asked:
        yield named("asked from", plural(report.asked, "time"))
    if len(report.lineage) > 1:
        yield named("lineage", _descent(report))


def _numbers(numbers: Sequence[int]) -> str:
    return " ".join(f"#{each}" for each in numbers)


def _descent(report: ProgramReport) -> str:
    metric = report.yardstick.objective
    pairs = zip(report.lineage, report.lineage_fitness, strict=True)
    texts = [f"#{each} {amount(metric, fitness, 5)}" for each, fitness in pairs]
    if len(texts) > LONGEST_LINE_OF_DESCENT:
        texts = [*texts[:2], "…", *texts[-5:]]
    return " -> ".join(texts)


def _result(report: ProgramReport, paint: Paint) -> Iterator[str]:
    standing = STANDINGS.get(report.standing, report.standing)
    yield named("status", f"{paint.good(report.status, report.good)}, {standing}")
    known = [metric for metric in report.yardstick.metrics if metric.name in report.metrics]
    score = "" if report.certified else "reported, not certified (evolve check says why)"
    cause = "" if report.good else one_line(report.reason, 300)
    facts = [
        ("score", score),
        ("cause", cause),
        *((metric.name, score_line(report, metric)) for metric in known),
        ("held-out", heldout_line(report)),
        ("verdict", one_line(report.verdict)),
    ]
    yield from (named(name, text) for name, text in facts if text)


def _cases(report: ProgramReport, detail: Detail) -> Iterator[str]:
    """Yield the objective for each case, or why there is none."""
    lines = list(_scored_cases(report) if report.cases else _failed_cases(report))
    most = len(lines) if detail.cases else CASES
    yield from (named("case", line) for line in lines[:most])
    if len(lines) > most:
        yield named("case", f"{len(lines) - most} more cases (--cases)")


def _scored_cases(report: ProgramReport) -> Iterator[str]:
    metric, seed = report.yardstick.objective, report.yardstick.seed_cases
    for case, fitness in report.cases.items():
        text = f"{case}: {amount(metric, fitness)}"
        if case in seed and report.number != 0:
            text += f", {gain(metric, fitness - seed[case], 0.0)}"
        yield text
    yield from _evolved_cases(report)


def _evolved_cases(report: ProgramReport) -> Iterator[str]:
    """Yield the objective for each case that evolved, with what the seed program has there."""
    metric = report.yardstick.objective
    rows = {row.case: row.metrics for row in report.evaluations if REFERENCE in row.metrics}
    for case, found in rows.items():
        value, seed = (metric.sign * found[name] for name in (metric.name, REFERENCE))
        yield f"{case}: {amount(metric, value)}, {gain(metric, value - seed, 0.0)}"


def _failed_cases(report: ProgramReport) -> Iterator[str]:
    for row in report.evaluations:
        why = f": {one_line(row.feedback, 200)}" if row.feedback else ""
        yield f"{row.case}: {row.status}{why}"


def _drift(report: ProgramReport, detail: Detail) -> Iterator[str]:
    """Yield in what the program has become another thing than the seed program."""
    found = drift_lines(report.drift) if report.drift else ()
    lines = [one_line(line, 300) for line in found]
    most = len(lines) if detail.cases else CASES
    yield from (named("drift", line) for line in lines[:most])
    if len(lines) > most:
        yield named("drift", f"{len(lines) - most} more (--cases)")


def _used(report: ProgramReport) -> str:
    rows = report.evaluations
    wall = duration(sum(row.usage.wall_s for row in rows))
    cpu = duration(sum(row.usage.cpu_s for row in rows))
    memory = max(row.usage.peak_memory_mb for row in rows)
    count = plural(len(rows), "evaluation")
    if report.rounds is not None:
        count += " in {} of {} rounds".format(*report.rounds)
    text = f"{count}, {wall}"
    if not all(row.usage.elsewhere for row in rows):
        text += f", {cpu} of CPU, at most {memory:.0f} MiB"
    fresh = sum(row.fresh for row in rows)
    return f"{text}, {fresh} of them again in a fresh sandbox" if fresh else text


def _log(rows: Sequence[EvaluationReport]) -> Iterator[str]:
    log = next((row.log for row in rows if row.log), "")
    shown = printable(log).rstrip().splitlines()
    if shown:
        yield "log"
        yield from (f"  {line}" for line in shown[:LOG_LINES])
    if len(shown) > LOG_LINES:
        yield f"  … {len(shown) - LOG_LINES} more lines (--json has them)"
