"""The drift of a run's program from the seed program it descends from."""

from __future__ import annotations

from cladogen.safety.canary import SPLIT, solved
from cladogen.safety.drift import Drift, drift
from cladogen.view.run_reader import RunReader


def drift_report(run: RunReader, number: int) -> Drift:
    """Return what of a program is drift, with what it did on canaries."""
    rows = [each.evaluation for each in run.store.evaluations(number, split=SPLIT)]
    seed = run.program(run.descent(number)[0])
    caught = len(solved(run.problem, rows))
    return drift(seed, run.program(number), len({row.case for row in rows}), caught)
