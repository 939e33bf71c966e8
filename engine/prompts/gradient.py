"""Textual gradients: what is wrong on each of the worst cases, before anything is changed.

TextGrad (arXiv:2406.07496) treats feedback in words as a gradient: a critic says of each loss how
the variable has to change, the criticisms of a batch are added up, and one step follows them, with
the earlier steps as momentum. Here the losses are the worst training cases, of which the scorer's
own words stand above them in the prompt, and criticism and step are one answer of one model, so
that both are paid for once.
"""

from __future__ import annotations

from cladogen.evaluation import Evaluation, Status
from cladogen.prompts.attempts import Attempt, attempts
from cladogen.prompts.context import Context
from cladogen.prompts.figures import figure
from cladogen.prompts.sections import brief

NAME = "gradient"
BATCH = 4  # losses
STEPS = 3  # earlier ones that are told


def has_losses(context: Context, parent: int) -> bool:
    """Tell whether a program is worse somewhere than something that is known: whether there is a
    direction at all.
    """
    return bool(_losses(context, parent))


def gradient_words(context: Context, parent: int) -> dict[str, object]:
    """Return the words of the operator: the losses, and the steps that led here."""
    rows = _losses(context, parent)[:BATCH]
    losses = [f"Loss {at}: {_said(context, row)}" for at, (_, row) in enumerate(rows, 1)]
    return {"losses": "\n".join(losses), "momentum": _momentum(context, parent)}


def _losses(context: Context, parent: int) -> list[tuple[float, Evaluation]]:
    """Return the cases that failed or on which the best known value is better, the largest loss
    first.
    """
    reached, known = context.cases(parent), _best_known(context)
    found = []
    for case, row in context.by_case(parent).items():
        if row.status is not Status.OK:
            found.append((float("inf"), row))
        elif case in reached and known.get(case, reached[case]) - reached[case] > context.noise:
            found.append((known[case] - reached[case], row))
    return sorted(found, key=lambda each: -each[0])


def _best_known(context: Context) -> dict[str, float]:
    """Return the best value of each case over the best programs, and what the objective allows."""
    limit = context.problem.objective.ceiling
    known: dict[str, float] = {}
    for _, number in () if context.alone else context.top:
        for case, value in context.cases(number).items():
            known[case] = max(value, known.get(case, value))
    if limit is None:
        return known
    return dict.fromkeys((*known, *context.surroundings.train), limit)


def _said(context: Context, row: Evaluation) -> str:
    goal = context.problem.objective
    value = row.metrics.get(goal.name)
    came = row.status.value if value is None else f"{goal.name} {figure(value)}"
    return f"case {row.case}: {came}"


def _momentum(context: Context, parent: int) -> str:
    """Say which steps of this kind led to the program or were tried on it."""
    steps = _steps(context, parent)
    if not steps:
        return ""
    tried = "; ".join(f"{brief(each.idea, 120)} ({each.verdict})" for each in steps[-STEPS:])
    return f"Earlier steps of this kind: {tried}. Go on where they helped, turn where they did not."


def _steps(context: Context, parent: int) -> list[Attempt]:
    """Return the attempts of this kind that led to a program or were made on it."""
    line = context.ancestors(parent)
    return [
        each
        for each in attempts(context)
        if each.first.operator == NAME
        and each.idea
        and (each.program in line or each.parent == parent)
    ]
