"""An audit of a run's prompts: whose code they hold, which of their statements are false, how much of one is shared
with the one before it of the same parent."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import takewhile
from pathlib import Path

from scripted_model.claims import check
from scripted_model.reading import read
from scripted_model.truth import Truth, prompts


@dataclass
class Audit:
    """Counts over the prompts written after something had beaten the seed; statements over all prompts."""

    prompts: int = 0
    best_parent: int = 0
    three_best: int = 0
    seed_parent: int = 0
    best_shown: int = 0
    other_line: int = 0  # prompts when there was a program of another line worth showing
    other_shown: int = 0
    made: int = 0
    false: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    shared: list[float] = field(default_factory=list)

    def __iadd__(self, other: Audit) -> Audit:
        for name in self.__dataclass_fields__:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        return self


def audit(folder: Path) -> Audit:
    """Audit a run that had one worker."""
    found, before = Audit(), {}
    for call, truth in prompts(folder):
        text = "\n\n".join(message.text for message in call.request.messages)
        reading = read(text, truth.problem.objective.name)
        checked = check(text, truth, reading.parent)
        found.made += checked.made
        found.false += [f"{call.request.purpose}: {line}" for line in checked.false]
        found.unread += [f"{call.request.purpose}: {line}" for line in checked.unread]
        if reading.parent in before:
            found.shared.append(shared(before[reading.parent], text))
        before[reading.parent] = text
        best, seed = truth.best, truth.fitness(0)
        if best is None or seed is None or (truth.fitness(best) or 0.0) - seed <= truth.noise:
            continue
        ranked = [
            number for number in range(truth.record.size()) if truth.fitness(number) is not None
        ]
        ranked.sort(key=lambda number: (-(truth.fitness(number) or 0.0), number))
        found.prompts += 1
        found.best_parent += reading.parent == best
        found.three_best += reading.parent in ranked[:3]
        found.seed_parent += reading.parent == 0
        found.best_shown += holds(reading.shown, truth, [best])
        others = other_lines(truth, ranked)
        found.other_line += bool(others)
        found.other_shown += bool(others) and holds(reading.shown, truth, others)
    return found


def holds(shown: object, truth: Truth, numbers: Iterable[int]) -> bool:
    """Tell whether the whole code of one of some programs can be read in a prompt, whatever it is called there."""
    assert isinstance(shown, dict)
    seed = truth.texts(0)
    held = [
        {**seed, **{path: text for path, text in files.items() if path in seed}}
        for files in shown.values()
    ]
    return any(truth.texts(number) in held for number in numbers)


def other_lines(truth: Truth, ranked: list[int]) -> list[int]:
    """Return the programs among the 24 best that neither descend from the best nor lead to it and behave otherwise,
    without small changes in vain."""
    best = ranked[0]
    named = truth.record.score(best).signature
    beaten = (truth.fitness(best) or 0.0) - (truth.fitness(0) or 0.0) > truth.noise
    return [
        number
        for number in ranked[1:24]
        if not (number == 0 and beaten) and truth.record.score(number).signature != named
        and not (beaten and is_no_gain(truth, best, number))
        and not truth.related(best, number)
        and not (truth.fell_back(number) and alike(truth.lines(best), truth.lines(number)))
    ]  # fmt: skip


def is_no_gain(truth: Truth, best: int, number: int) -> bool:
    """Tell whether a program is no better than the seed, and better than the best on no case."""
    if (truth.fitness(number) or 0.0) - (truth.fitness(0) or 0.0) > truth.noise:
        return False
    mine, its = truth.record.score(number).cases, truth.record.score(best).cases
    return not any(case in its and value - its[case] > truth.noise for case, value in mine.items())


def alike(one: set[str], other: set[str]) -> bool:
    """Tell whether two programs share most of their lines."""
    return len(one & other) >= 0.85 * len(one | other)


def shared(before: str, after: str) -> float:
    """Return the share of a prompt's characters that it begins with as the one before it did."""
    same = sum(
        1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(before, after, strict=False))
    )
    return same / len(after)
