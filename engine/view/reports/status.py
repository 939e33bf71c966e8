"""How a run stands, as lines of text: what the head of the page says."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any

from cladogen.formatting import amount, duration, named, number, one_line, plural
from cladogen.record.approvals import waiting
from cladogen.record.steering import given
from cladogen.view.budget_used import budget, rate, since_better, still_to_come
from cladogen.view.followed import FollowedRun, Step
from cladogen.view.next_steps import next_steps
from cladogen.view.reports.run import money_words, run_report, standing_lines

STEERS = 5  # latest requests that are shown
FLAGS = 3
COMMONEST = 4  # causes of failure
BETTER = ("program", "better by", "operator", "after proposals", "spent")


def status_lines(run: FollowedRun) -> Iterator[str]:
    """Yield how a run stands, what it has spent, what fails, and what a person may do next."""
    reader, metric = run.reader, run.reader.problem.objective
    yield from standing_lines(run_report(reader), metric)
    for number_, value in list(reader.heldout_fitness.items()) if reader.final is not None else ():
        if number_ in (0, reader.ships):
            yield named("held-out", f"#{number_} {amount(metric, value, 9)}")
    yield named("last gain", _last_better(run))
    yield from _spent(run)
    yield named("failed", _failed(run))
    for child in waiting(reader.store):
        yield named("waits", one_line(str(child)))
        yield from (named("", f"look at {one_line(line)}") for line in child.look_at)
    for each in given(reader.store)[-STEERS:]:
        yield named("steered", f"{_ago(each.at)}: {one_line(str(each.steer))}")
    for text in reader.flags[-FLAGS:]:
        yield named("flagged", one_line(text))
    for step in next_steps(run):
        yield named("next", step["text"])
        if step["command"]:
            yield named("", step["command"])


def better_rows(run: FollowedRun) -> list[tuple[str, ...]]:
    """Return a row for each program that was the best so far, with its heading."""
    metric = run.reader.problem.objective
    rows: list[tuple[str, ...]] = [(BETTER[0], metric.name, *BETTER[1:])]
    before: Step | None = None
    for step in run.steps:
        rows.append(
            (
                f"#{step.program}",
                amount(metric, step.fitness, 9),
                "" if before is None else number(step.fitness - before.fitness, 4),
                one_line(run.reader.entries[step.program].operator, 24),
                str(step.proposals),
                f"${step.usd:.2f}",
            )
        )
        before = step
    return rows


def _last_better(run: FollowedRun) -> str:
    since = f"{plural(since_better(run), 'proposal')} since"
    return f"{_ago(run.steps[-1].at)}, {since}" if len(run.steps) > 1 else f"not yet, {since}"


def _spent(run: FollowedRun) -> Iterator[str]:
    """Yield what was spent of each cap, and what is still to come."""
    usd, unpriced = run.recorded_costs
    caps = {each["name"]: each for each in budget(run, usd)}
    spent = {
        "proposals": f"{run.proposals}{_of(caps, 'proposals')}, {len(run.reader.entries)} programs",
        "evaluations": f"{_evaluations(run)}{_of(caps, 'evaluations')}{_in_flight(run)}",
        "money": f"{money_words(usd, unpriced)}{_of(caps, 'usd', '$')}",
        "tokens": f"{run.tokens}{_of(caps, 'tokens')}",
        "time": f"{duration(run.seconds)}{_of(caps, 'seconds', unit=' s')}{_rate(run)}",
    }
    yield from (named(name, text) for name, text in spent.items())
    others = [each for name, each in caps.items() if name in ("calls", "patience")]
    yield from (named(each["name"], f"{each['used']:g} of {each['cap']:g}") for each in others)
    left = still_to_come(run, usd)
    if left is not None:
        cost = "" if left.usd is None else f", about ${left.usd:.2f}"
        text = f"about {duration(left.seconds)}{cost}, until the cap of {left.cap}"
        yield named("to come", text)


def _evaluations(run: FollowedRun) -> str:
    trials = run.trial_evaluations
    return f"{run.evaluations} and {trials} of trials" if trials else f"{run.evaluations}"


def _of(caps: Mapping[str, Mapping[str, Any]], name: str, sign: str = "", unit: str = "") -> str:
    return f" of {sign}{caps[name]['cap']:g}{unit}" if name in caps else ""


def _in_flight(run: FollowedRun) -> str:
    if not run.reader.running:
        return ""
    return f", {plural(len(run.reader.store.open_tasks()), 'task')} in flight"


def _rate(run: FollowedRun) -> str:
    known = rate(run)
    return "" if known is None else f", {number(known, 3)} results a minute"


def _failed(run: FollowedRun) -> str:
    causes = [(name, many) for name, many in run.tally.causes.most_common() if name != "duplicate"]
    if not causes:
        return "none"
    share = f"{sum(many for _, many in causes) / run.answered:.0%}: " if run.answered else ""
    return share + ", ".join(f"{many} {name}" for name, many in causes[:COMMONEST])


def _ago(at: float) -> str:
    return f"{duration(max(0.0, time.time() - at))} ago"
