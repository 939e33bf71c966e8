"""Words for people: numbers with their units, results in a line, endings, and text that is safe to
print.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from cladogen.archives.base import Result
from cladogen.evaluation import Status
from cladogen.proposal import Outcome

if TYPE_CHECKING:
    from cladogen.events import Ending, Progress, Told
    from cladogen.ledger import Spend
    from cladogen.problem import Metric
    from cladogen.program import Program

LONGEST_PROGRAM = 60  # lines of a winner that are printed whole

# Escape sequences go as a whole, or their tails would stay behind as text.
_SEQUENCE = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)?|[ -/]*[0-~])?"
)
# C0 and C1 but tab and newline; marks that turn the direction of text or are not seen; undecodable
# bytes.
_CONTROL = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]"
)


def printable(text: str) -> str:
    """Return text of a program or a model without anything that could steer a terminal."""
    return _CONTROL.sub("", _SEQUENCE.sub("", text.replace("\r\n", "\n").replace("\r", "\n")))


def one_line(text: str, width: int = 0) -> str:
    """Return printable text in one line, cut to ``width`` where given."""
    line = " ".join(printable(text[: 20 * width] if width else text).split())
    return line if not width or len(line) <= width else line[: max(0, width - 1)] + "…"


def in_columns(*columns: tuple[str, int], last: str = "", width: int = 0) -> str:
    """Return printable texts side by side, each padded to its width, and ``last``; all cut to
    ``width``.
    """
    cells = [one_line(text).ljust(size) for text, size in columns]
    line = " ".join([*cells, one_line(last)]).rstrip()
    return line if not width or len(line) <= width else line[: max(0, width - 1)] + "…"


def number(value: float | None, digits: int = 7) -> str:
    return "none" if value is None else f"{value:.{digits}g}"


def amount(metric: Metric, fitness: float | None, digits: int = 7) -> str:
    """Return a fitness as the metric's own value with its unit: higher-is-better signs are turned
    back.
    """
    if fitness is None:
        return "none"
    return number(metric.sign * fitness + 0.0, digits) + (f" {metric.unit}" if metric.unit else "")


def gain(metric: Metric, change: float | None, noise: float) -> str:
    """Return a change of fitness in words, against the noise of the seed."""
    if change is None:
        return "gain unknown"
    unit = f" {metric.unit}" if metric.unit else ""
    if change == 0.0:
        return "no gain"
    words = f"{'better' if change > 0 else 'worse'} by {number(abs(change), 4)}{unit}"
    if noise <= 0.0:
        return words
    times = abs(change) / noise
    return (
        f"{words}, {times:.1f} x noise"
        if times >= 2
        else f"{words}, within the noise of {number(noise, 2)}{unit}"
    )


def duration(seconds: float) -> str:
    """Return 0.4 s, 12 s, 3 min 20 s, 2 h 05 min."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


def plural(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}".replace(",", " ")


def spent(spend: Spend) -> str:
    """Return what was used, all of it."""
    parts = [plural(spend.proposals, "proposal"), plural(spend.evaluations, "evaluation")]
    if spend.trials:
        parts.append(plural(spend.trials, "trial"))
    if spend.calls:
        parts.append(f"{plural(spend.calls, 'model call')}, {plural(spend.tokens, 'token')}")
    return ", ".join([*parts, str(spend), duration(spend.seconds)])


def failure(result: Result) -> str:
    """Return the cause for which a result is no scored program ("crash", "refused", ...), "" when
    it is one.
    """
    if result.outcome is Outcome.MEASURED:
        return ""
    if result.outcome is not Outcome.ACCEPTED:
        return result.outcome.value
    if result.score is None:
        return "" if not result.evaluations else "no score"
    return "" if result.score.status is Status.OK else result.score.status.value


def told_line(event: Told, metric: Metric, width: int = 100) -> str:
    """Return one result in one line: which program, how it was made, what it scored or why it
    failed.
    """
    result, cause = event.result, failure(event.result)
    name = (
        f"#{result.program}"
        if result.program is not None and result.outcome is not Outcome.DUPLICATE
        else "-"
    )
    fitness = result.score.fitness if result.score is not None else None
    said = cause or amount(metric, fitness)
    operator = result.operator or ("measure" if result.outcome is Outcome.MEASURED else "seed")
    standing = "best" if event.best else ("" if cause else event.standing.value)
    summary = (
        result.reason if cause else (event.proposal.summary if event.proposal is not None else "")
    )
    return in_columns(
        (name, 7), (operator, 10), (said, 16), (standing, 9), last=summary, width=width
    )


def ending_lines(ending: Ending, progress: Progress) -> Iterator[tuple[str, str]]:
    """Yield the last lines of a run: name and text."""
    metric, run = progress.objective, progress.folder
    yield "ended", ending.stop.text
    if progress.best is not None:
        words = gain(metric, progress.gain, progress.noise)
        seed = amount(metric, progress.seed_fitness, 9)
        yield (
            "best",
            f"#{progress.best}: {metric.name} {amount(metric, progress.best_fitness, 9)}, seed "
            f"{seed}; {words}",
        )
    yield from _final_lines(ending, metric)
    yield "spent", spent(progress.spend)
    git = f"; as git commits in {run / 'programs.git'}" if shutil.which("git") else ""
    yield "run", f"{run} ({plural(progress.programs, 'program')}{git})"
    yield "resume", f"evolve run --resume {run}{_more(ending.stop.kind)}"
    yield "next", " · ".join(f"evolve {command} {run}" for command in _next(progress))


def _final_lines(ending: Ending, metric: Metric) -> Iterator[tuple[str, str]]:
    final = ending.final
    if final is None:
        return
    yield "ships", "the seed program" if final.number == 0 else f"program #{final.number}"
    for name, score in (("held-out", final.score), ("seed's", final.seed_score)):
        if score is not None:
            said = f"{metric.name} {amount(metric, score.fitness, 9)}"
            yield (
                name,
                said
                if score.fitness is not None
                else f"{score.status.value}: {one_line(score.feedback, 80)}",
            )
    yield "verdict", final.sentence


def _more(kind: str) -> str:
    """Return the option that would let a run go on which ended at this cap."""
    caps = ("usd", "tokens", "calls", "evaluations", "proposals", "seconds")
    return f" --max-{kind} MORE" if kind in caps else ""


def _next(progress: Progress) -> tuple[str, ...]:
    return ("best", "diff", "tree") if progress.best else ("list --proposals", "show")


def winner_lines(ending: Ending, run: Path) -> list[str]:
    """Return the program that ships as a person reads it: its changed files whole when short, else
    their names.
    """
    if ending.shipped is None or ending.seed is None:
        return []
    changed = changed_files(ending.seed, ending.shipped)
    texts = {
        path: printable(ending.shipped.text(path)).splitlines()
        for path in changed
        if path in ending.shipped.files
    }
    if sum(map(len, texts.values())) > LONGEST_PROGRAM:
        return [
            f"  {path}: {plural(len(lines), 'line')} (evolve best {run} prints it)"
            for path, lines in texts.items()
        ]
    return [line for path, lines in texts.items() for line in (f"--- {path}", *lines)]


def changed_files(before: Program, after: Program) -> list[str]:
    """Return the paths at which two programs differ."""
    paths = sorted({*before.files, *after.files})
    return [path for path in paths if before.files.get(path) != after.files.get(path)]
