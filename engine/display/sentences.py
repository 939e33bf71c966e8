"""What is said of a run while it goes on: a result in a line, what was spent, how it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cladogen.formatting import amount, duration, gain, in_columns, plural
from cladogen.proposal import Outcome
from cladogen.record.credit import Tally, cause_of

if TYPE_CHECKING:
    from cladogen.archives.base import Result
    from cladogen.events import Progress, Told
    from cladogen.ledger import Spend
    from cladogen.problem import Metric

SLOW_START_S = 5.0  # a start that took so long is said beside the seconds of the search


def result_line(event: Told, metric: Metric, width: int = 100) -> str:
    """Return one result in one line: which program, how it was made, what it scored or why it
    failed.
    """
    cause = cause_of(event.result)
    return in_columns(
        (_name(event.result), 7),
        (_operator(event.result), 10),
        (cause or amount(metric, event.result.fitness), 16),
        (_standing(event, cause), 9),
        last=_summary(event, cause),
        width=width,
    )


def is_seed(event: Told) -> bool:
    """Tell whether a result is that of a seed program."""
    return event.proposal is None and event.result.outcome is Outcome.ACCEPTED


def _name(result: Result) -> str:
    known = result.outcome is Outcome.DUPLICATE
    return "-" if result.program is None or known else f"#{result.program}"


def _operator(result: Result) -> str:
    if result.operator:
        return result.operator
    return "measure" if result.outcome is Outcome.MEASURED else "seed"


def _standing(event: Told, cause: str) -> str:
    if event.best:
        return "best"
    return "" if cause else event.standing.value


def _summary(event: Told, cause: str) -> str:
    if cause:
        return event.result.reason
    return event.proposal.summary if event.proposal is not None else ""


def spent(spend: Spend) -> str:
    """Return what was used, all of it."""
    parts = [plural(spend.proposals, "proposal"), plural(spend.evaluations, "evaluation")]
    if spend.trials:
        parts.append(f"{plural(spend.trials, 'evaluation')} of trials")
    if spend.calls:
        share = spend.cached_tokens / max(1, spend.prompt_tokens)
        cached = f" ({share:.0%} of the prompts cached)" if spend.cached_tokens else ""
        parts.append(
            f"{plural(spend.calls, 'model call')}, {plural(spend.tokens, 'token')}{cached}"
        )
    slow = spend.starting_s >= SLOW_START_S
    starting = f" after {duration(spend.starting_s)} of starting" if slow else ""
    return ", ".join([*parts, str(spend), duration(spend.seconds) + starting])


def best_words(progress: Progress, digits: int = 7) -> str:
    """Return the best program on the training cases so far, against the seed program, or that there
    is no score yet. What ships has words of its own.
    """
    metric = progress.objective
    if progress.best is None or progress.best_fitness is None:
        return "no score yet"
    value = amount(metric, progress.best_fitness, digits)
    seed = amount(metric, progress.seed_fitness, digits)
    change = gain(metric, progress.gain, progress.noise)
    which = f"#{progress.best}, on the training cases"
    return f"{which}: {metric.name} {value}, seed {seed}; {change}"


def at_a_glance(progress: Progress, tally: Tally) -> str:
    """Return how a run stands in a line."""
    left = progress.seconds_left
    parts = [f"best {best_words(progress)}", spent(progress.spend)]
    if left is not None:
        parts.append(f"{duration(left)} left")
    return "; ".join([*parts, tally_words(tally)])


def tally_words(tally: Tally) -> str:
    """Return how many programs were kept and not, and how often what failed."""
    total = tally.total()
    parts = [f"{total.kept} kept", f"{total.scored - total.kept} not kept"]
    if tally.measured:
        parts.append(f"{tally.measured} measured")
    return ", ".join([*parts, *(f"{count} {cause}" for cause, count in tally.causes.most_common())])
