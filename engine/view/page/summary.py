"""What the page shows of a run at a glance, as plain values. Costs no more in a large run."""

from __future__ import annotations

import time
from typing import Any

from cladogen.formatting import duration, plural
from cladogen.record.steering import given, of_session, paused
from cladogen.settings import CAP_NAMES
from cladogen.view.followed import FollowedRun, Step
from cladogen.view.reports.run import own_value

RECENT = 300  # results that a rate is taken of
SPARK = 60  # points of a small curve
DRY = 100  # proposals without a better program that are worth a word


def summary(run: FollowedRun, key: str) -> dict[str, Any]:
    """Return a run at a glance; values are in the objective's own sign."""
    reader, metric = run.reader, run.reader.problem.objective
    best, seed = reader.fitness(reader.best), reader.fitness(0)
    usd, unpriced = run.recorded_costs
    steers = of_session(reader.store)
    return {
        "key": key,
        "folder": str(run.folder),
        "version": run.version,
        "problem": reader.problem.name,
        "variant": reader.settings.variant,
        "status": reader.ending,
        "running": reader.running,
        "paused": reader.running and paused(steers),
        "steers": [{"at": each.at, "said": str(each.steer)} for each in given(reader.store)[-30:]],
        "archive": reader.settings.archive,
        "models": [name for name, _ in reader.settings.models],
        "proposer": reader.settings.proposer_name,
        "workers": reader.settings.workers,
        "objective": {"name": metric.name, "direction": metric.direction, "unit": metric.unit},
        "best": reader.best,
        "best_value": own_value(metric, best),
        "seed_value": own_value(metric, seed),
        "gain": None if best is None or seed is None else best - seed,
        "noise": reader.noise,
        "ships": reader.ships,
        "verdict": str(reader.final["sentence"]) if reader.final is not None else "",
        "heldout": heldout(run),
        "programs": len(reader.entries),
        "proposals": run.proposals,
        "evaluations": run.evaluations,
        "tokens": run.tokens,
        "usd": usd,
        "unpriced": unpriced,
        "seconds": run.seconds,
        "started": reader.meta.get("started"),
        "rate": rate(run),
        "since": since_better(run),
        "in_flight": len(reader.store.open_tasks()) if reader.running else 0,
        "budget": budget(run, usd),
        "causes": dict(run.tally.causes.most_common()),
        "steps": [_step(run, step) for step in thinned(run.steps)],
        "flags": reader.flags[-20:],
        "next": next_steps(run),
    }


def thinned(steps: list[Step], most: int = 400) -> list[Step]:
    """Return at most ``most`` steps, first and last among them."""
    if len(steps) <= most:
        return steps
    stride = (len(steps) - 1) / (most - 1)
    return [steps[round(at * stride)] for at in range(most)]


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


def rate(run: FollowedRun) -> float | None:
    """Return results per minute, lately; None before there are two."""
    last = run.came[-RECENT:]
    if len(last) < 2:
        return None
    end = time.time() if run.reader.running else last[-1].at
    seconds = max(end - last[0].at, 1e-3)
    return 60.0 * (len(last) - 1) / seconds


def since_better(run: FollowedRun) -> int:
    """Return how many proposals were made since the best became better."""
    return run.proposals - (run.steps[-1].proposals if run.steps else 0)


def budget(run: FollowedRun, usd: float) -> list[dict[str, Any]]:
    """Return the caps of a run with what is used of each."""
    caps = run.reader.settings.caps
    for each in of_session(run.reader.store):
        if each.steer.do == "cap":
            caps = caps.having(each.steer.cap, each.steer.value)
    used = {
        "usd": usd, "tokens": run.tokens, "evaluations": run.evaluations,
        "proposals": run.proposals, "seconds": run.seconds,
        "calls": run.tally.total().calls, "patience": since_better(run),
    }  # fmt: skip
    found = []
    for option, name in CAP_NAMES.items():
        cap = getattr(caps, name)
        if cap is not None and name in used:
            found.append({"option": option, "name": name, "used": used[name], "cap": cap})
    return found


def next_steps(run: FollowedRun) -> list[dict[str, str]]:
    """Return what a person may do now, most urgent first, each with its command if it has one."""
    found = [*_of_pause(run), *_of_failures(run), *_of_progress(run), *_of_the_end(run)]
    return [{"text": text, "command": command} for text, command in found]


def _of_pause(run: FollowedRun) -> list[tuple[str, str]]:
    if not run.reader.running or not paused(of_session(run.reader.store)):
        return []
    return [("It is paused: nothing new is started.", f"evolve resume {run.folder}")]


def _of_failures(run: FollowedRun) -> list[tuple[str, str]]:
    last = [each for each in run.came[-RECENT:] if each.operator not in ("seed", "measure")]
    bad = [each for each in last if each.word not in ("ok", "duplicate")]
    if len(last) < 10 or len(bad) < len(last) / 2:
        return []
    words = [each.word for each in bad]
    most = max(set(words), key=words.count)
    text = f"{len(bad)} of the last {len(last)} proposals failed, most of them by: {most}."
    return [(text, f"evolve list --proposals --outcome {most} {run.folder}")]


def _of_progress(run: FollowedRun) -> list[tuple[str, str]]:
    dry = since_better(run)
    if not run.reader.running or dry < DRY:
        return []
    wish = f'evolve steer {run.folder} "YOUR WISH"'
    return [(f"No better program for {plural(dry, 'proposal')}: steer it, or stop it.", wish)]


def _of_the_end(run: FollowedRun) -> list[tuple[str, str]]:
    reader = run.reader
    if reader.running:
        return []
    if reader.ships is None:
        text = f"Nothing is chosen to ship: it {_ended(reader.ending, run.seconds)}."
        return [(text, f"evolve run --resume {run.folder}")]
    what = "what ships" if reader.ships else "the seed program, which nothing beat,"
    found = [(f"Take {what} as files.", f"evolve checkout {run.folder} ships --to DIR")]
    if reader.ending in CAP_NAMES.values():
        option = next(option for option, name in CAP_NAMES.items() if name == reader.ending)
        more = f"evolve run --resume {run.folder} --{option.replace('_', '-')} MORE"
        found.append(("Give the run more, and it goes on where it ended.", more))
    return found


def _ended(ending: str, seconds: float) -> str:
    was = "was stopped" if ending == "stopped" else f"ended ({ending})"
    return f"{was} after {duration(seconds)}"
