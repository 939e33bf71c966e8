"""A run for programs: one JSON object a line."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from typing import Any, TextIO

from cladogen.display.whole_tally import WholeTally
from cladogen.evaluation import Score, Status
from cladogen.events import Ending, Progress, Told
from cladogen.final import Final
from cladogen.view.reports.credit import credit_rows
from cladogen.view.reports.plain import plain

UNMEASURED = Score(Status.INFRA)


class JsonLines:
    """One JSON object a line: opening, begin, told, notice, end."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._tally = WholeTally()

    def opening(self, header: list[tuple[str, str]]) -> None:
        self._write("opening", header=dict(header))

    def begin(self, header: list[tuple[str, str]]) -> None:
        self._write("begin", header=dict(header))

    def told(self, event: Told, progress: Callable[[], Progress]) -> None:
        self._tally.add(event, progress)
        result, score = event.result, event.result.score or UNMEASURED
        self._write(
            "told",
            ticket=result.task.ticket,
            outcome=result.outcome.value,
            program=result.program,
            parents=list(result.parents),
            operator=result.operator,
            standing=event.standing.value,
            best=event.best,
            status=score.status.value if score is not UNMEASURED else None,
            metrics=dict(score.metrics),
            reason=result.reason,
            cost_usd=result.cost_usd,
        )

    def notice(self, text: str) -> None:
        self._write("notice", text=text)

    def end(self, ending: Ending, progress: Callable[[], Progress]) -> None:
        now = progress()
        credit = list(map(plain, credit_rows(self._tally.tally(now))))
        self._write(
            "end",
            stop=asdict(ending.stop),
            **snapshot(now),
            final=_final(ending.final),
            credit=credit,
        )

    def close(self) -> None: ...

    def _write(self, event: str, **values: Any) -> None:
        self._stream.write(json.dumps({"event": event, **values}) + "\n")
        self._stream.flush()


def snapshot(progress: Progress) -> dict[str, Any]:
    """Return a progress as plain data; values are in the objective's own unit and sign."""
    sign = progress.objective.sign

    def own(fitness: float | None) -> float | None:
        return None if fitness is None else sign * fitness + 0.0

    return {
        "run": str(progress.folder),
        "objective": progress.objective.name,
        "programs": progress.programs,
        "best": progress.best,
        "best_value": own(progress.best_fitness),
        "seed_value": own(progress.seed_fitness),
        "gain": progress.gain,
        "noise": progress.noise,
        "spend": asdict(progress.spend),
        "archive": asdict(progress.archive),
        "seconds_left": progress.seconds_left,
        "evaluations_left": progress.evaluations_left,
    }


def _final(final: Final | None) -> dict[str, Any] | None:
    if final is None:
        return None
    scores = {"heldout": final.score, "seed_heldout": final.seed_score}
    measured = {
        name: None if score is None else dict(score.metrics) for name, score in scores.items()
    }
    return {"number": final.number, "sentence": final.sentence, **measured}
