"""The best program of a run in words: its files, then what there is to say of it."""

from __future__ import annotations

from collections.abc import Iterator

from cladogen.formatting import named, one_line
from cladogen.program import Program
from cladogen.view.paint import PLAIN, Paint
from cladogen.view.reports.program import ProgramReport
from cladogen.view.reports.program_text import file_lines, heldout_line
from cladogen.view.reports.run import run_report, standing_lines
from cladogen.view.run_reader import RunReader


def best_lines(
    run: RunReader, report: ProgramReport, *, all_files: bool = False, paint: Paint = PLAIN
) -> Iterator[str]:
    """Yield the files that differ from the seed program's (or all), the scores, and where it is."""
    changed = set(changed_files(run.program(0), run.program(report.number)))
    shown = {path: text for path, text in report.files.items() if all_files or path in changed}
    yield from file_lines(shown, paint)
    for path in sorted(changed - report.files.keys()):
        yield paint(f"--- {one_line(path)}: removed", "bold")
    yield paint("---", "bold")
    yield from standing_lines(run_report(run), run.problem.objective)
    if heldout := heldout_line(report):
        yield named("held-out", heldout)
    commit = f", commit {report.commit} in {run.folder / 'programs.git'}" if report.commit else ""
    yield named("where", f"tree {report.program}{commit}")
    folder = run.folder
    yield named("next", f"evolve checkout {folder} best --to DIR · evolve diff {folder} best")


def changed_files(before: Program, after: Program) -> list[str]:
    """Return the paths at which two programs differ."""
    paths = sorted({*before.files, *after.files})
    return [path for path in paths if before.files.get(path) != after.files.get(path)]
