"""How a run that is followed stands against its caps, and what it will still take."""

from __future__ import annotations

import time
from typing import Any

from cladogen.record.steering import of_session
from cladogen.settings import CAP_NAMES
from cladogen.view.followed import FollowedRun
from cladogen.view.to_come import ToCome, to_come

RECENT = 300  # results that a rate is taken of


def still_to_come(run: FollowedRun, usd: float) -> ToCome | None:
    """Return what a run that goes on will still take."""
    if not run.reader.running or not run.whole:
        return None
    caps = {each["name"]: (each["used"], each["cap"]) for each in budget(run, usd)}
    return to_come(caps, len(run.came), rate(run), usd)


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
        "usd": usd, "tokens": run.tokens, "evaluations": run.evaluations + run.trial_evaluations,
        "proposals": run.proposals, "seconds": run.seconds,
        "calls": run.tally.total().calls, "patience": since_better(run),
    }  # fmt: skip
    found = []
    for option, name in CAP_NAMES.items():
        cap = getattr(caps, name)
        if cap is not None and name in used:
            found.append({"option": option, "name": name, "used": used[name], "cap": cap})
    return found
