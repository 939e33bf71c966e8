"""Operators: the ways of asking for a child. Each turns a task and the record into an
instruction.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cladogen.archives.base import Result
from cladogen.evaluation import Status
from cladogen.patch import make_diff
from cladogen.prompts.context import Context, describe
from cladogen.prompts.sections import PromptTexts, clip, fenced, plain
from cladogen.proposal import Outcome
from cladogen.record.base import Record
from cladogen.task import Propose

# Prior odds. `repair` is no choice: it answers a failure.
ODDS = {
    "diff": 4.0,
    "rewrite": 1.0,
    "cross": 1.0,
    "revise": 1.0,
    "refine": 0.5,
    "transfer": 1.0,
    "paradigm": 1.0,
}
MANY_FAILURES = 3


@dataclass(frozen=True, slots=True)
class Plan:
    """What is asked for: the operator, the program to change, programs shown beside it, the
    instruction.
    """

    operator: str
    parents: tuple[int, ...]
    others: tuple[int, ...]
    instruction: str


def possible(task: Propose, record: Record, stagnant: bool) -> tuple[str, ...]:
    """Return the operators that this task has what they need for."""
    if len(task.parents) > 1:
        return ("cross",)
    parent, names = task.parents[0], ["diff", "rewrite"]
    tried = record.proposals(parent)
    if any(other != parent for other in task.inspirations):
        names.append("cross")
    if sum(_disappointed(record, parent, result) for _, result in tried) >= MANY_FAILURES:
        names.append("revise")
    score = record.score(parent)
    if score is not None and score.status is Status.OK and record.node(parent).parents:
        names.append("refine")
    if donors(record, parent):
        names.append("transfer")
    if stagnant:
        names.append("paradigm")
    return tuple(names)


def plan(
    operator: str, task: Propose, context: Context, texts: PromptTexts, rng: np.random.Generator
) -> Plan:
    """Return what to ask for under ``operator``."""
    parent, record = task.parents[0], context.record
    parents, others = task.parents[:1], tuple(task.inspirations)
    objective = context.problem.objective
    words: dict[str, object] = {
        "parent": parent,
        "objective": objective.name,
        "direction": objective.direction,
    }
    if operator == "cross":
        second = next(iter([*task.parents[1:], *(other for other in others if other != parent)]))
        parents, others, words["other"] = (parent, second), (second, *others), second
    if operator == "transfer":
        found = donors(record, parent)
        weights = np.array([gain for _, gain in found])
        donor, _ = found[int(rng.choice(len(found), p=weights / weights.sum()))]
        words |= transfer_words(context, donor)
    return Plan(operator, parents, others, texts.fill(f"operator_{operator}", **words))


def donors(record: Record, parent: int) -> list[tuple[int, float]]:
    """Return programs whose change helped and that are no relatives of ``parent`` in line, with
    their gains.
    """
    line = set(_line(record, parent))
    found = []
    for number in record.best(20):
        before = record.node(number).parents
        if not before or number in line or parent in _line(record, number):
            continue
        old, new = record.score(before[0]), record.score(number)
        if (
            old is not None
            and new is not None
            and old.fitness is not None
            and new.fitness is not None
        ):
            gain = new.fitness - old.fitness
            if gain > 0:
                found.append((number, gain))
    return found


def transfer_words(context: Context, donor: int) -> dict[str, object]:
    """Return the words of a transfer: the donor's change and what it gained."""
    record, name = context.record, context.problem.objective.name
    before = record.node(donor).parents[0]
    old, new = record.score(before), record.score(donor)
    assert old is not None and new is not None
    made = next((p for p, r in record.proposals(before) if r.program == donor), None)
    change = clip(plain(make_diff(record.program(before), record.program(donor))), 2000)
    idea = f"{describe(made)}\n\n" if made is not None else ""
    gain = f"{name} {old.metrics[name]:.6g} -> {new.metrics[name]:.6g} from #{before} to #{donor}"
    return {"gain": gain, "transfer": idea + fenced(change, "diff")}


def repair_text(code: str, status: Status | None) -> str:
    """Return the name of the text that a failure calls for."""
    if status is not None:
        kinds = {
            Status.TIMEOUT: "timeout",
            Status.OUT_OF_MEMORY: "memory",
            Status.INVALID: "invalid",
        }
        return f"repair_{kinds.get(status, 'crash')}"
    kinds_of_code = {
        "cut-reply": "cut",
        "truncated-reply": "cut",
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


def _disappointed(record: Record, parent: int, result: Result) -> bool:
    before, after = record.score(parent), result.score
    if result.outcome in (Outcome.NO_REPLY, Outcome.INFRA, Outcome.ABANDONED):
        return False
    if after is None or after.fitness is None or before is None or before.fitness is None:
        return True
    return after.fitness <= before.fitness


def _line(record: Record, number: int) -> list[int]:
    """Return a program with its first parents, up to the seed."""
    line = [number]
    while parents := record.node(line[-1]).parents:
        line.append(parents[0])
    return line
