"""An operator on a Python program that searches: let an evolution strategy carry on what each of
its rounds tries.

It needs no slope and no package but NumPy, so it suits a worth with edges, on which a local search
stops early, and programs that run where SciPy is not. Its step and its generations stand in the
program as numbers, which other operators move.
"""

from __future__ import annotations

import numpy as np

from cladogen.proposers.syntax.edit import apply
from cladogen.proposers.syntax.pick import NothingToDo, pick
from cladogen.proposers.syntax.search_loop import carried_on, search_loops
from cladogen.proposers.syntax.searching import paced
from cladogen.proposers.syntax.source import Source

NAME = "evolved"
GIVEN = "value_of"
ROUNDS = 3  # at least
FEWER = (40, 100, 200)  # times fewer rounds
GENERATIONS = (100, 250)
STEPS = (0.01, 0.03)
TEXT = '''

def evolved(start, value_of):
    """Return an array near ``start`` with a {better} value: separable CMA-ES (Ros, Hansen 2008)."""
    chance = {np}.random.default_rng(abs(int(1e9 * start.sum())))
    size, step = start.size, {step}
    count = 4 + int(3 * {np}.log(size))
    weights = {np}.log(count / 2 + 0.5) - {np}.log({np}.arange(1, count // 2 + 1))
    weights = weights / weights.sum()
    mass = 1 / (weights**2).sum()
    pace, slow = (mass + 2) / (size + mass + 5), 4 / (size + 4)
    learn_one = 2 / ((size + 1.3) ** 2 + mass) * (size + 2) / 3
    learn_all = 2 * (mass - 2 + 1 / mass) / ((size + 2) ** 2 + mass) * (size + 2) / 3
    learn_all = min(1 - learn_one, learn_all)
    mean = start.ravel()
    spread, path, trend = {np}.ones(size), {np}.zeros(size), {np}.zeros(size)
    best, best_value = start, value_of(start)
    for generation in range({generations}):
        root = {np}.sqrt(spread)
        moves = chance.normal(size=(count, size)) * root
        tried = (mean + step * moves).reshape((count, *start.shape))
        values = {np}.array([value_of(each) for each in tried])
        order = {np}.argsort({sign}values)
        if values[order[0]] {than} best_value:
            best, best_value = tried[order[0]], values[order[0]]
        chosen = moves[order[: count // 2]]
        move = weights @ chosen
        mean = mean + step * move
        path = (1 - pace) * path + {np}.sqrt(pace * (2 - pace) * mass) * move / root
        trend = (1 - slow) * trend + {np}.sqrt(slow * (2 - slow) * mass) * move
        new = learn_one * trend**2 + learn_all * (weights @ chosen**2)
        spread = (1 - learn_one - learn_all) * spread + new
        step = step * {np}.exp(pace / (1 + pace) * ({np}.linalg.norm(path) / size**0.5 - 1))
    return best
'''


def strategy(source: Source, donor: Source | None, rng: np.random.Generator) -> str:
    """Let an evolution strategy carry on what each round of a search tries, in fewer rounds."""
    known = (name in source.text for name in (NAME, GIVEN))
    if any(known) or not source.kinds.numpy or "EVOLVE-BLOCK" in source.text:
        raise NothingToDo
    search = pick(search_loops(source), rng)
    rounds = min(search.rounds, max(ROUNDS, search.rounds // pick(FEWER, rng)))
    sign, than, better = ("", "<", "smaller") if search.less else ("-", ">", "greater")
    text = TEXT.format(
        np=source.kinds.numpy,
        step=pick(STEPS, rng),
        generations=pick(GENERATIONS, rng),
        sign=sign,
        than=than,
        better=better,
    )
    edits = carried_on(source, search, NAME, GIVEN, search.worth)
    pace = paced(source, search.loop, search.rounds, rounds, powers=False)
    return apply(source, *edits, *pace).rstrip("\n") + "\n" + text
