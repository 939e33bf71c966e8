"""What a page and `evolve status` show of a run at a glance, as plain values. Costs no more in a
large run.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from cladogen.record.approvals import waiting
from cladogen.record.steering import given, of_session, paused
from cladogen.view.budget_used import budget, rate, since_better, still_to_come
from cladogen.view.followed import FollowedRun, Step
from cladogen.view.next_steps import next_steps
from cladogen.view.reports.plain import plain
from cladogen.view.reports.run import own_value


def summary(run: FollowedRun, key: str) -> dict[str, Any]:
    """Return a run at a glance; values are in the objective's own sign."""
    reader, metric = run.reader, run.reader.problem.objective
    number = best_of(run)
    best, seed = reader.fitness(number), reader.fitness(0)
    usd, unpriced = run.recorded_costs
    steers = of_session(reader.store)
    gain = None if best is None or seed is None else best - seed
    verdict = str(reader.final["sentence"]) if reader.final is not None else ""
    in_flight = len(reader.store.open_tasks()) if reader.running else 0
    return {
        "key": key,
        "folder": str(run.folder),
        "version": run.version,
        "read": run.share_read,
        "problem": reader.problem.name,
        "variant": reader.settings.variant,
        "status": reader.ending,
        "running": reader.running,
        "paused": reader.running and paused(steers),
        "steers": [{"at": each.at, "said": str(each.steer)} for each in given(reader.store)[-30:]],
        "waiting": [{**asdict(each), "said": str(each)} for each in waiting(reader.store)],
        "archive": reader.settings.archive,
        "models": [name for name, _ in reader.settings.models],
        "proposer": reader.settings.proposer_name,
        "workers": reader.settings.workers,
        "objective": {"name": metric.name, "direction": metric.direction, "unit": metric.unit},
        "best": number,
        "best_value": own_value(metric, best),
        "seed_value": own_value(metric, seed),
        "gain": gain,
        "noise": reader.noise,
        "ships": reader.ships,
        "verdict": verdict,
        "heldout": heldout(run),
        "heldout_marks": heldout_marks(run),
        "programs": len(reader.entries),
        "proposals": run.proposals,
        "answered": run.answered,
        "evaluations": run.evaluations,
        "trial_evaluations": run.trial_evaluations,
        "tokens": run.tokens,
        "usd": usd,
        "unpriced": unpriced,
        "seconds": run.seconds,
        "started": reader.meta.get("started"),
        "rate": rate(run),
        "since": since_better(run),
        "in_flight": in_flight,
        "budget": budget(run, usd),
        "to_come": plain(still_to_come(run, usd)),
        "setting": setting(run),
        "causes": dict(run.tally.causes.most_common()),
        "steps": best_so_far(run),
        "flags": reader.flags[-20:],
        "next": next_steps(run),
    }


def best_of(run: FollowedRun) -> int | None:
    """Return the best program, of those that are read while the first reading goes on."""
    if run.whole:
        return run.reader.best
    return run.steps[-1].program if run.steps else None


def thinned(steps: list[Step], most: int = 400) -> list[Step]:
    """Return at most ``most`` steps, first and last among them."""
    if len(steps) <= most:
        return steps
    stride = (len(steps) - 1) / (most - 1)
    return [steps[round(at * stride)] for at in range(most)]


def best_so_far(run: FollowedRun) -> list[list[float | int | None]]:
    """Return each program that was the best so far: its number, its value, and how many proposals
    and evaluations there had been, when it was, tokens and dollars.
    """
    return [_step(run, step) for step in thinned(run.steps)]


def _step(run: FollowedRun, step: Step) -> list[float | int | None]:
    value = own_value(run.reader.problem.objective, step.fitness)
    counts = [step.proposals, step.evaluations, step.at, step.tokens, step.usd]
    return [step.program, value, *counts]


def heldout(run: FollowedRun) -> dict[str, Any] | None:
    """Return what held-out cases say of what ships and of the seed, None before the choice."""
    reader, metric = run.reader, run.reader.problem.objective
    scores = [reader.heldout(number) for number in (reader.ships, 0) if number is not None]
    if reader.ships is None or None in scores:
        return None
    ships, seed = [own_value(metric, score.fitness) for score in scores if score is not None]
    return {"ships": ships, "seed": seed}


def heldout_marks(run: FollowedRun) -> list[tuple[int, float | None]]:
    """Return each program that was measured on held-out cases, with its value there."""
    reader, metric = run.reader, run.reader.problem.objective
    if reader.final is None or not run.whole:  # it reads all evaluations
        return []
    return [(number, own_value(metric, value)) for number, value in reader.heldout_fitness.items()]


def setting(run: FollowedRun) -> str:
    """Return what a run was made with, but for its random seed: runs of one setting are repeats."""
    chosen = run.reader.settings
    models = ", ".join(name for name, _ in chosen.models)
    words = (chosen.variant, chosen.archive, chosen.proposer_name, models)
    return " · ".join(filter(None, words))
