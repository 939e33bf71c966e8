"""The last lines of a run: why it ended, what is best and what ships, what it took, what next."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from cladogen.display.sentences import best_words, spent
from cladogen.formatting import amount, one_line, plural, printable
from cladogen.patching.array_files import shown
from cladogen.prompts.restored import circles_sentence
from cladogen.view.reports.best import changed_files
from cladogen.view.reports.credit import credit_lines, tuning_line
from cladogen.view.reports.run import program_words

if TYPE_CHECKING:
    from cladogen.evaluation import Score
    from cladogen.events import Ending, Progress
    from cladogen.problem import Metric
    from cladogen.record.credit import Tally

LONGEST_PROGRAM = 60  # lines of a program that ships that are printed whole
CAPS = ("usd", "tokens", "calls", "evaluations", "proposals", "seconds")


def closing_lines(ending: Ending, progress: Progress, tally: Tally) -> Iterator[tuple[str, str]]:
    """Yield the last lines of a run: name and text."""
    metric, run = progress.objective, progress.folder
    yield "ended", ending.stop.text
    if progress.best is not None:
        yield "best", best_words(progress, 9)
    yield from _final_lines(ending, metric)
    yield from (("credit", line) for line in credit_lines(tally, metric.unit))
    if tuning := tuning_line(tally, progress.spend.seconds):
        yield "tuning", tuning
    if ending.restored.circles:
        yield "circles", circles_sentence(ending.restored)
    if ending.proxy:
        yield "proxy", ending.proxy
    yield "spent", spent(progress.spend)
    git = f"; as git commits in {run / 'programs.git'}" if shutil.which("git") else ""
    yield "run", f"{run} ({plural(progress.programs, 'program')}{git})"
    yield "resume", f"evolve run --resume {run}{_more(ending.stop.kind)}"
    yield "next", " · ".join(f"evolve {command} {run}" for command in _next(progress))


def shipped_lines(ending: Ending, run: Path) -> list[str]:
    """Return the program that ships as a person reads it: its changed files whole when short, else
    their names.
    """
    shipped = ending.shipped
    if shipped is None or ending.seed is None:
        return []
    texts = {
        path: printable(shown(path, shipped.files[path].data)).splitlines()
        for path in changed_files(ending.seed, shipped)
        if path in shipped.files
    }
    if sum(map(len, texts.values())) <= LONGEST_PROGRAM:
        return [line for path, lines in texts.items() for line in (f"--- {path}", *lines)]
    where = f"evolve show {run} {'best' if ending.final is None else 'ships'} --files prints it"
    return [f"  {path}: {plural(len(lines), 'line')} ({where})" for path, lines in texts.items()]


def _final_lines(ending: Ending, metric: Metric) -> Iterator[tuple[str, str]]:
    final = ending.final
    if final is None:
        return
    yield "ships", program_words(final.number)
    if final.score is not None:
        yield "held-out", _heldout(final.score, final.seed_score, metric)
    yield "verdict", final.sentence


def _heldout(score: Score, seed: Score | None, metric: Metric) -> str:
    text = _value(score, metric)
    return text if seed is None else f"{text}, seed {_value(seed, metric)}"


def _value(score: Score, metric: Metric) -> str:
    if score.fitness is None:
        return f"{score.status.value}: {one_line(score.feedback, 80)}"
    return f"{metric.name} {amount(metric, score.fitness, 9)}"


def _more(kind: str) -> str:
    """Return the option that would let a run go on which ended at this cap."""
    return f" --max-{kind} MORE" if kind in CAPS else ""


def _next(progress: Progress) -> tuple[str, ...]:
    return ("best", "diff", "tree") if progress.best else ("list --proposals", "show")
