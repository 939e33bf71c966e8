"""The block under the results on a terminal: how the run stands, in six short rows."""

from __future__ import annotations

from cladogen.display.sentences import best_words, spent
from cladogen.events import Progress
from cladogen.formatting import duration, plural
from cladogen.record.credit import Tally

COMMONEST = 6  # causes of failure


def block_rows(progress: Progress, tally: Tally, trend: str) -> dict[str, str]:
    """Return the rows by name; "" is one with nothing to say."""
    failed = tally.causes.most_common(COMMONEST)
    return {
        "best": best_words(progress),
        "trend": trend,
        "spent": spent(progress.spend),
        "archive": archive_words(progress),
        "failed": ", ".join(f"{count} {cause}" for cause, count in failed),
        "work": work_words(progress),
    }


def archive_words(progress: Progress) -> str:
    """Return what the archive holds."""
    view = progress.archive
    parts = [f"{view.kept} kept"]
    if view.cells and view.filled is not None:
        parts.append(f"{view.filled} of {view.cells} cells filled")
    if view.islands:
        parts.append(f"islands {' '.join(map(str, view.islands))}")
    if view.migrations:
        parts.append(plural(view.migrations, "migration"))
    if view.lines and not view.islands:
        parts.append(view.lines[0])
    return ", ".join(parts)


def work_words(progress: Progress) -> str:
    """Return what is going on, how long it took so far, and about how long it will."""
    if progress.seconds_left == 0.0 and not progress.busy:
        return "choosing what ships: the short list is measured on the held-out cases"
    parts = [f"{progress.busy} of {progress.slots} workers busy", duration(progress.spend.seconds)]
    if (left := time_left(progress)) is not None:
        parts.append(f"about {duration(left)} left")
    return ", ".join([*parts, "Ctrl-C ends it, the same command goes on"])


def time_left(progress: Progress) -> float | None:
    """Return the seconds until a cap on time or evaluations is reached, None without one."""
    spend, estimates = progress.spend, []
    if progress.seconds_left is not None:
        estimates.append(progress.seconds_left)
    if progress.evaluations_left is not None and spend.evaluations:
        estimates.append(progress.evaluations_left * spend.seconds / spend.evaluations)
    return min(estimates, default=None)
