"""Progress of the commands that judge programs by hand."""

from __future__ import annotations

from collections.abc import Sequence

from cladogen.display.progress_bar import ProgressBar
from cladogen.evaluators.base import Evaluator
from cladogen.evaluators.evaluator import ProblemEvaluator
from cladogen.events import Silent


class Notices(Silent):
    """Say on standard error, above the bar, what takes long (building an image)."""

    def __init__(self, bar: ProgressBar) -> None:
        self._bar = bar

    def notice(self, text: str) -> None:
        self._bar.say(text)


def follow(bar: ProgressBar, evaluator: Evaluator, cases: Sequence[str], *, times: int = 1) -> None:
    """Have a bar count the calls that it takes to judge ``times`` programs on ``cases``. Evaluators
    that make no calls of their own (tasks, one that is a problem's own) are not counted.
    """
    if not isinstance(evaluator, ProblemEvaluator):
        return
    known = [case for case in cases if case in evaluator.scorer.inputs]
    bar.begin(times * evaluator.calls(known))
    evaluator.hear(bar.step)
