"""One trial: one arm on one problem with one seed, which is one run in a folder of its own.

A trial that is over leaves ``trial.json`` beside ``run.db``; called again under the same settings,
it is read and not run. A trial that was killed is a run like any other, and is resumed.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cladogen.events import Ending, Silent
from cladogen.settings import Settings

if TYPE_CHECKING:
    from cladogen.evaluation import Score
    from cladogen.final import Final
    from cladogen.record.store import Store
    from cladogen.run import Run

FILE = "trial.json"
BUDGETS = ("usd", "tokens", "calls", "evaluations", "proposals", "seconds")


@dataclass(frozen=True, slots=True)
class BenchRun:
    """What is to be run, as plain values: it is sent to another process. ``points`` of the curve
    are measured.
    """

    problem: str
    problem_hash: str
    arm: str
    seed: int
    folder: str
    settings: Mapping[str, Any]
    points: int = 0


@dataclass(frozen=True, slots=True)
class Measured:
    """What came of a trial. ``value`` is the objective of what ships, on held-out cases where there
    are any.

    ``curve`` holds (evaluations used, that value of what would have shipped then). ``usd`` is what
    is known of the cost, ``unpriced`` counts calls whose price is not. ``failed`` says why there is
    no value.
    """

    value: float | None = None
    seed_value: float | None = None
    heldout: bool = False
    stop: str = ""
    programs: int = 0
    evaluations: int = 0
    proposals: int = 0
    tokens: int = 0
    usd: float = 0.0
    unpriced: int = 0
    seconds: float = 0.0
    curve: tuple[tuple[int, float], ...] = ()
    failed: str = ""

    @staticmethod
    def read(values: Mapping[str, Any]) -> Measured:
        known = {field.name for field in fields(Measured)}
        given = {name: value for name, value in values.items() if name in known}
        given["curve"] = tuple((int(at), float(value)) for at, value in given.get("curve", ()))
        return Measured(**given)


def finished(trial: BenchRun) -> Measured | None:
    """Return what a trial came to when it was run before: the same problem, under the same
    settings.
    """
    values = _written(trial)
    if values is None:
        return None
    asked = json.loads(json.dumps(trial.settings))
    # Read as settings, so that one that is new since then has its default.
    same = Settings.from_json(values["settings"]) == Settings.from_json(asked)
    enough = values["points"] >= trial.points
    whole = same and enough and values["problem_hash"] == trial.problem_hash
    return Measured.read(values["measured"]) if whole else None


def outgrown(trial: BenchRun) -> bool:
    """Return whether a trial was run with more than it has now: what it came to does not tell of
    this budget.
    """
    values = _written(trial)
    if values is None:
        return False
    before, now = values["settings"]["caps"], trial.settings["caps"]
    return any(_more(before.get(name), now[name]) for name in BUDGETS)


def _more(before: float | None, now: float | None) -> bool:
    """Tell whether a cap was wider than it is now; None is no cap."""
    return now is not None and (before is None or before > now)


def _written(trial: BenchRun) -> dict[str, Any] | None:
    """Return what a trial left when it was over."""
    path = Path(trial.folder) / FILE
    if not path.is_file():
        return None
    return json.loads(path.read_text(encoding="utf-8"))  # type: ignore[no-any-return]


async def run_trial(trial: BenchRun) -> Measured | None:
    """Run a trial, or what is left of it, and write down what it came to; None when it was
    interrupted.
    """
    from cladogen.session import open_session

    settings = Settings.from_json(trial.settings)
    async with open_session(_open(trial, settings), settings, Silent()) as run:
        ending = await run.search()
        if ending.stop.kind == "interrupted":
            return None
        measured = await _measured(run, settings, ending, trial.points)
    _write(trial, measured)
    return measured


def _open(trial: BenchRun, settings: Settings) -> Store:
    from cladogen.run_folder import create_run, reopen_run

    folder, problem = Path(trial.folder), Path(trial.problem)
    if (folder / "run.db").exists():
        return reopen_run(folder, settings, problem, exact=True)[0]
    return create_run(folder, problem, settings)


async def _measured(run: Run, settings: Settings, ending: Ending, points: int) -> Measured:
    from cladogen.bench.curve import curve

    spend = run.budget.spend
    shipped, seed, heldout = _scores(run, ending.final)
    value = _objective(run, shipped)
    return Measured(
        value=value,
        seed_value=_objective(run, seed),
        heldout=heldout,
        stop=ending.stop.text,
        programs=run.record.size(),
        evaluations=spend.evaluations + spend.trials,
        proposals=spend.proposals,
        tokens=spend.tokens,
        usd=spend.usd + spend.evaluation_usd,
        unpriced=spend.unpriced,
        seconds=round(spend.seconds, 3),
        curve=await curve(run, settings, points),
        failed="" if value is not None else f"nothing to ship: {ending.stop.text}",
    )


def _scores(run: Run, final: Final | None) -> tuple[Score | None, Score | None, bool]:
    """Return the scores of what ships and of the seed program, and whether they are held-out
    ones.
    """
    if final is None:
        return None, run.record.score(0), False
    if final.score is not None:
        return final.score, final.seed_score, True
    return run.record.score(final.number), run.record.score(0), False


def _objective(run: Run, score: Score | None) -> float | None:
    return None if score is None else score.metrics.get(run.problem.objective.name)


def _write(trial: BenchRun, measured: Measured) -> None:
    path = Path(trial.folder) / FILE
    values = {
        "arm": trial.arm,
        "seed": trial.seed,
        "settings": trial.settings,
        "points": trial.points,
    }
    values["problem_hash"] = trial.problem_hash
    whole = path.with_suffix(".part")
    whole.write_text(json.dumps({**values, "measured": asdict(measured)}), encoding="utf-8")
    os.replace(whole, path)  # noqa: PTH105  (atomic: the file is there whole, or not at all)
