"""Operators: the ways of asking for a child. Each turns a task and the record into an
instruction, whose statements hold in the record.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from cladogen.archives.pace import FEW
from cladogen.evaluation import Status
from cladogen.prompts import checklist, code, gradient
from cladogen.prompts.attempts import Attempt, fruitless, latest_attempts, tested
from cladogen.prompts.context import Context
from cladogen.prompts.figures import figure
from cladogen.prompts.in_full import cannot_be_better
from cladogen.prompts.others import (
    Other,
    does_better,
    has_partners,
    one_line,
    others,
    partners,
)
from cladogen.prompts.sections import PromptTexts, brief, clip, fenced
from cladogen.task import Propose

# Prior odds; 0: only where asked for. `repair` is no choice: it answers a failure.
ODDS = {
    "diff": 4.0,
    "rewrite": 1.0,
    "cross": 1.0,
    "revise": 1.0,
    "refine": 0.25,
    "transfer": 1.0,
    "paradigm": 1.0,
    "gradient": 0.0,
    "checklist": 0.0,
}
FIRST = "first"  # no choice either: what is asked for where a problem has no seed program
# What a repair is asked for by: the texts repair_*.md.
REPAIR_KINDS = (
    "block", "crash", "cut", "invalid", "memory", "near", "nothing", "part", "patch", "path",
    "timeout",
)  # fmt: skip
MANY_FAILURES = 3
AT_LAST = 0.1  # of the proposals that a budget allows: what is begun anew then is not taken further
DONORS = 20  # of the best programs, whose changes may be carried over


@dataclass(frozen=True, slots=True)
class PromptPlan:
    """What is asked for: the operator, the program to change, programs shown beside it, the
    instruction. ``alone``: nothing is shown of the rest of the search. ``rejected``: answers to the
    same task that failed before. ``memory``: how much is shown of what the run remembers.
    ``focus``: what the island is after for which a child is asked. ``worded``: the instruction is
    the operator's text.
    """

    operator: str
    parents: tuple[int, ...]
    others: tuple[Other, ...]
    instruction: str
    alone: bool = False
    rejected: str = ""
    memory: str = ""
    focus: str = ""
    worded: bool = True


@dataclass(frozen=True, slots=True)
class Donor:
    """A program whose change helped, and what the same change may mean for the best: ``worth`` is
    what it gained, the less the further its program lies behind.
    """

    number: int
    parent: int
    worth: float


def possible(
    task: Propose, context: Context, stagnant: bool, odds: Mapping[str, float] = ODDS
) -> tuple[str, ...]:
    """Return the operators that this task has what they need for. One whose prior odds are 0 is
    looked at only where ``odds`` has more.
    """
    parent, context = task.parents[0], context.seen(alone=task.alone)
    done = _is_done(context, parent, odds)
    crossing = not done and _can_cross(task, context)
    if crossing and len(task.parents) > 1:
        return ("cross",)
    fits = {"diff": True, "cross": crossing, **_fit_in_any_case(context, parent, odds)}
    if not done:
        fits |= _fit_for_more(task, context, stagnant, odds)
    return tuple(name for name in ODDS if fits.get(name))


def _is_done(context: Context, parent: int, odds: Mapping[str, float]) -> bool:
    """Tell whether nothing can be better than a parent, so that a diff is asked for alone."""
    return bool(odds.get("diff")) and cannot_be_better(context, parent)


def _fit_in_any_case(context: Context, parent: int, odds: Mapping[str, float]) -> dict[str, bool]:
    """Return which operators fit a parent, also one that nothing can be better than."""
    return {
        "refine": not _is_spared(context, parent, odds) and _refinable(context, parent),
        "gradient": bool(odds.get("gradient")) and gradient.has_losses(context, parent),
        "checklist": bool(odds.get("checklist")) and checklist.has_unmet(context, parent),
    }


def _fit_for_more(
    task: Propose, context: Context, stagnant: bool, odds: Mapping[str, float]
) -> dict[str, bool]:
    """Return which operators fit a parent that something can be better than."""
    parent = task.parents[0]
    anew = not (odds.get("diff") and near_end(context))
    return {
        "rewrite": anew and not _goes_further(context, parent, odds),
        "revise": len(fruitless(context, parent)) >= MANY_FAILURES,
        "transfer": _can_transfer(task, context),
        "paradigm": stagnant and anew,
    }


def _is_often_tried_in_vain(context: Context, parent: int) -> bool:
    return len(fruitless(context, parent)) >= MANY_FAILURES


def _goes_further(context: Context, parent: int, odds: Mapping[str, float]) -> bool:
    """Whether the parent is to be taken further, by an operator that does so."""
    return bool(odds.get("diff")) and _to_be_taken_further(context, parent)


def _can_transfer(task: Propose, context: Context) -> bool:
    """Whether there is a change to carry over to the parent, and it may be looked at."""
    return not task.alone and next(_donors(context, task.parents[0]), None) is not None


def _can_cross(task: Propose, context: Context) -> bool:
    """Whether there is a program to cross the parent with, and it may be looked at."""
    return not task.alone and has_partners(context, task.parents[0], _wanted(task))


def _is_spared(context: Context, parent: int, odds: Mapping[str, float]) -> bool:
    """Tell whether a search has no proposals to spare for what makes nothing better, unless odds of
    its own ask for that or nothing can be better.
    """
    if odds.get("refine", 0.0) > ODDS["refine"] or _is_done(context, parent, odds):
        return False
    return context.expected is not None and context.expected < FEW


def near_end(context: Context) -> bool:
    """Tell whether a search is at the last of the proposals that its budget allows."""
    made, expected = context.made, context.expected
    return made is not None and expected is not None and made >= (1 - AT_LAST) * expected


def plan(
    operator: str, task: Propose, context: Context, texts: PromptTexts, rng: np.random.Generator
) -> PromptPlan:
    """Return what to ask for under ``operator``. One that lacks what it needs becomes `diff`."""
    parent, context = task.parents[0], context.seen(alone=task.alone)
    if operator == FIRST:
        return _first_plan(task, context, texts)
    wanted = _wanted(task)
    mates = _mates(operator, context, parent, wanted)
    words = _words_of(operator, context, parent, mates, rng)
    if words is None:
        operator, words = "diff", {}
    shown = () if task.alone else tuple(others(context, parent, (*mates, *wanted)))
    worded = operator != "diff" or not cannot_be_better(context, parent)
    name = f"operator_{operator}" if worded else "best_there_can_be"
    text = texts.fill(name, **common_words(context, parent), **words)
    focus = context.problem.focus(task.island)
    parents = (parent, *mates)
    return PromptPlan(operator, parents, shown, text, task.alone, focus=focus, worded=worded)


def _first_plan(task: Propose, context: Context, texts: PromptTexts) -> PromptPlan:
    """Return what to ask for where there is no program yet."""
    text = texts.fill(f"operator_{FIRST}", **common_words(context, task.parents[0]))
    return PromptPlan(FIRST, task.parents, (), text)


def _mates(operator: str, context: Context, parent: int, wanted: Sequence[int]) -> tuple[int, ...]:
    """Return the program to cross the parent with, () where none is asked for, or there is none."""
    found = partners(context, parent, wanted) if operator == "cross" else []
    return tuple(found[:1])


def _words_of(
    operator: str,
    context: Context,
    parent: int,
    mates: Sequence[int],
    rng: np.random.Generator,
) -> dict[str, object] | None:
    """Return the words of an operator; None where there is not what it needs."""
    if operator == "cross":
        return cross_words(context, parent, mates[0]) if mates else None
    if operator == "transfer":
        return _transfer_words_of_any(context, parent, rng)
    if operator == "revise" and not fruitless(context, parent):
        return None  # an archive may ask for it where nothing was tried yet
    return WORDS[operator](context, parent) if operator in WORDS else {}


def _transfer_words_of_any(
    context: Context, parent: int, rng: np.random.Generator
) -> dict[str, object] | None:
    """Return the words of a transfer from a donor that is drawn; None where there is none."""
    found = donors(context, parent)
    return transfer_words(context, _drawn(found, rng)) if found else None


def common_words(context: Context, parent: int) -> dict[str, object]:
    """Return the words that every operator's text may use."""
    objective = context.problem.objective
    return {
        "parent": parent,
        "objective": objective.name,
        "direction": objective.direction,
        "beat": _to_beat(context, parent),
        "left": _what_is_left(context),
    }


def donors(context: Context, parent: int) -> list[Donor]:
    """Return programs whose change made them better and that are no relatives of ``parent``.

    What a change is worth is its gain over how far its program is from the best: a weak program is
    easily improved, by what the best may have had for long. One that was written anew is no change
    that another could take over.
    """
    return list(_donors(context, parent))


def _donors(context: Context, parent: int) -> Iterator[Donor]:
    record, best = context.record, context.best
    top = (context.fitness(best) or 0.0) if best is not None else 0.0
    for number in record.best(DONORS):
        before = record.node(number).parents
        if not before or context.related(parent, number):
            continue
        if one_line(context, before[0], number):
            yield from _donor(context, number, before[0], top)


def _donor(context: Context, number: int, parent: int, top: float) -> Iterator[Donor]:
    """Yield a program as a donor where its change gained something. ``top``: the best fitness."""
    old, new = context.fitness(parent), context.fitness(number)
    if old is None or new is None or new < old or not context.apart(old, new):
        return
    behind = top - new
    yield Donor(number, parent, (new - old) ** 2 / (new - old + behind))


def cross_words(context: Context, parent: int, other: int) -> dict[str, object]:
    """Return the words of a crossover: the other program, and what it has that the parent has
    not.
    """
    better = does_better(context, parent, other)
    does = "does something better than" if better else "comes to the same score in another way than"
    anew = context.related(parent, other)
    apart = f"#{max(parent, other)} came of #{min(parent, other)}, but is written anew"
    return {
        "other": other,
        "does": does,
        "apart": apart if anew else "neither descends from the other",
    }


def transfer_words(context: Context, donor: Donor) -> dict[str, object]:
    """Return the words of a transfer: the donor's change and what it gained."""
    record, name = context.record, context.problem.objective.name
    made = _maker(context, donor.number)
    change = clip(code.difference(record.program(donor.parent), record.program(donor.number)), 2000)
    idea = f"{made.idea}\n\n" if made is not None and made.idea else ""
    old, new = context.shown(donor.parent, donor.number)
    gain = f"{name} {old} -> {new} from #{donor.parent} to #{donor.number}"
    return {"gain": gain, "transfer": idea + fenced(change, "diff")}


def revise_words(context: Context, parent: int) -> dict[str, object]:
    """Return the words of a revision: how many changes of the parent made nothing better, and what
    they were.
    """
    every, vain = tested(context, parent), fruitless(context, parent)
    ideas = [f"- {brief(each.idea, 160)} ({each.verdict})" for each in vain[-6:] if each.idea]
    return {"vain": len(vain), "all": len(every), "ideas": "\n".join(ideas)}


# The words of operators that need no other program.
WORDS: Mapping[str, Callable[[Context, int], dict[str, object]]] = {
    "revise": revise_words,
    "gradient": gradient.gradient_words,
    "checklist": checklist.checklist_words,
}


def repair_text(code: str, status: Status | None, *, reported: bool = False) -> str:
    """Return the name of the text that a failure calls for. Of a program whose own evaluator says
    that it is invalid nobody knows whether it ran.
    """
    if reported and status is Status.INVALID:
        return "repair_crash"
    if status is not None:
        kinds = {
            Status.TIMEOUT: "timeout",
            Status.OUT_OF_MEMORY: "memory",
            Status.INVALID: "invalid",
        }
        return f"repair_{kinds.get(status, 'crash')}"
    kinds_of_code = {
        "cut-reply": "cut",
        "truncated-reply": "part",
        "no-op": "nothing",
        "near-duplicate": "near",
        "protected-file": "path",
        "path-outside-tree": "path",
        "outside-evolve-block": "block",
        "evolve-marker-changed": "block",
        "symlink": "path",
        "binary-patch": "path",
    }
    return f"repair_{kinds_of_code.get(code, 'patch')}"


def _wanted(task: Propose) -> tuple[int, ...]:
    return (*task.parents[1:], *task.inspirations)


def _refinable(context: Context, parent: int) -> bool:
    """Tell whether a program is worth simplifying: it is within noise of the best, and no seed."""
    best, mine = context.best, context.fitness(parent)
    if best is None or mine is None or not context.record.node(parent).parents:
        return False
    top = context.fitness(best)
    return top is not None and top - mine <= context.noise


def _to_be_taken_further(context: Context, number: int) -> bool:
    """Tell whether a program just got better and no change of it was in vain yet: what brought it
    there comes first, another method later.
    """
    made = _maker(context, number)
    return made is not None and made.verdict == "better" and not fruitless(context, number)


def _to_beat(context: Context, parent: int) -> str:
    """Say what a result has to beat to be the best, and what is known to be possible."""
    best = context.best
    if best is None:
        return ""
    (value,) = context.shown(best)
    whose = "this program" if best == parent else f"#{best}"
    said = f"The best so far is {whose}, with {context.problem.objective.name} {value}."
    if cannot_be_better(context, best):
        return f"{said} {_what_is_left(context)}"
    elsewhere = _reached_elsewhere(context, best)
    return f"{said} {elsewhere}" if elsewhere else said


def _reached_elsewhere(context: Context, best: int) -> str:
    """Say what is known to be possible, where that is more than the best reached."""
    goal, known = context.problem.objective, context.problem.best_known
    if known is None or goal.sign * known <= (context.fitness(best) or 0.0):
        return ""
    return f"Elsewhere {figure(known, 12)} was reached."


def _what_is_left(context: Context) -> str:
    """Say what to do about a program that no result on the training cases can be better than."""
    others = context.surroundings.heldout
    if not others:
        return "No score can be better: lose none of it, and make the program simpler and faster."
    return (
        f"No score on the training cases can be better. What ships is judged on {others} other "
        f"case{'s' * (others > 1)}: look for what works on the training cases by chance or for "
        "them alone, and make it hold in general, without losing any of them."
    )


def _maker(context: Context, number: int) -> Attempt | None:
    return latest_attempts(context).of_program.get(number)


def _drawn(found: Sequence[Donor], rng: np.random.Generator) -> Donor:
    weights = np.array([donor.worth for donor in found])
    return found[int(rng.choice(len(found), p=weights / weights.sum()))]
