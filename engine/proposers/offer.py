"""What a proposer without a model has to go by: the files it may change, the trials it may make."""

from __future__ import annotations

from cladogen.evaluators.base import Evaluator
from cladogen.ledger import Ledger
from cladogen.problem import Problem
from cladogen.program import Program


def editable_files(problem: Problem, program: Program) -> list[str]:
    """Return the text files of a program that the problem lets change, in order."""
    return [
        path
        for path, file in program.files.items()
        if problem.may_change(path) and file.data and b"\0" not in file.data
    ]


def has_text(problem: Problem) -> bool:
    """Tell whether a seed program has a text file that may change."""
    return any(editable_files(problem, seed) for seed in problem.seeds)


def trials_allowed(
    ticket: int, variants: int, budget: Ledger | None, trials: Evaluator | None
) -> int:
    """Return how many variants may be tried: those asked for, as far as the cap on evaluations
    leaves any.

    A variant is measured on every training case, and what the proposal comes to is evaluated on
    them too.
    """
    if budget is None or trials is None:
        return variants
    return budget.reserve_trials(ticket, variants, len(trials.train))
