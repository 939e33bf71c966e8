"""A surrogate learnt from the record: what it guesses, and that mutation's inner population follows it."""

from dataclasses import replace

import numpy as np
import pytest
from toy_world import problem

from cladogen.errors import ConfigError
from cladogen.evaluation import Score, Status
from cladogen.program import File, Node, Program
from cladogen.proposers.mutate import MOST_INNER, Mutate
from cladogen.proposers.offline import Offline
from cladogen.proposers.smoke import Smoke
from cladogen.proposers.surrogate import EVERY, LEAST, Surrogate
from cladogen.task import Propose

WANTED = np.array([3.0, -2.0, 0.5])


def program(*values: float) -> Program:
    text = "".join(f"x{at} = {value}\n" for at, value in enumerate(values))
    return Program.of({"x.py": File(text.encode())})


class Learnt:
    """A record of programs of three numbers, and how near each comes to the wanted ones; one in eight has no score."""

    def __init__(self, size: int) -> None:
        rng = np.random.default_rng(0)
        self.values = [tuple(np.round(rng.normal(0, 3, 3), 2).tolist()) for _ in range(size)]

    def program(self, number):
        return program(*self.values[number])

    def score(self, number):
        if number % 8 == 7:
            return Score(Status.CRASH)
        return Score(Status.OK, -float(((np.array(self.values[number]) - WANTED) ** 2).sum()))

    def node(self, number):
        return Node(number, "", ())

    def best(self, count=1):
        return [0]

    def evaluations(self, number):
        return []

    def original(self, program, canonical=b""):
        same = (number for number in range(self.size()) if self.program(number).id == program.id)
        return next(same, None)

    def size(self):
        return len(self.values)


GOAL = replace(problem((program(1.0, 1.0, 1.0),)), editable=("x.py",))


def test_surrogate_ranks_unseen_programs_as_the_scorer_would():
    record, surrogate = Learnt(120), Surrogate(GOAL)
    rng = np.random.default_rng(1)
    unseen = [np.round(rng.normal(0, 3, 3), 2) for _ in range(60)]
    true = [-float(((values - WANTED) ** 2).sum()) for values in unseen]
    guessed = surrogate.ranks([program(*values.tolist()) for values in unseen], record)
    ranks = [np.argsort(np.argsort(values)) for values in (true, guessed)]
    assert np.corrcoef(ranks)[0, 1] > 0.7


def test_surrogate_says_nothing_while_too_little_is_known():
    assert Surrogate(GOAL).ranks([program(1.0, 2.0, 3.0)], Learnt(LEAST - 1)) is None


def test_surrogate_of_a_resumed_run_guesses_what_that_of_the_unbroken_one_does():
    record, unbroken = Learnt(EVERY * 9), Surrogate(GOAL)
    whole = record.values
    for size in range(1, len(whole) + 1):
        record.values = whole[:size]
        unbroken.ranks([program(0.0, 0.0, 0.0)], record)
    asked = [program(1.0, 2.0, 3.0), program(3.0, -2.0, 0.5)]
    assert unbroken.ranks(asked, record) == Surrogate(GOAL).ranks(asked, record)


async def test_of_an_inner_population_the_child_goes_on_that_the_surrogate_ranks_first():
    record, gains = Learnt(200), {}
    for inner in (1, 16):
        better = 0
        for seed in range(20):
            proposer = Mutate(GOAL, inner=inner, probes=1, weights={"line": 0.0})
            task = Propose(200 + seed, (seed * 8,))
            made = await proposer.propose(task, record, np.random.default_rng(seed))
            from cladogen.errors import PatchRefused
            from cladogen.patch import apply_diff

            try:
                child = apply_diff(record.program(seed * 8), made.patch)
                values = [float(row.split("=")[1]) for row in child.text("x.py").splitlines()]
            except (ValueError, PatchRefused):
                continue
            if len(values) == 3:
                child_score = -float(((np.array(values) - WANTED) ** 2).sum())
                better += child_score > record.score(seed * 8).fitness
        gains[inner] = better
    assert gains[16] > gains[1]


@pytest.mark.parametrize("wrong", ["0", "many", MOST_INNER + 1])
def test_inner_population_of_no_size_is_refused(wrong):
    with pytest.raises(ConfigError, match="proposer option inner = "):
        Offline(GOAL, inner=wrong)


class Smoking:
    """Children with an odd number fail on the first case; which were asked about is kept."""

    train = ("a", "b", "c")

    def __init__(self):
        self.asked = []

    async def smoke(self, base, variants, case):
        self.asked.append((len(variants), case))
        odd = [int(variant.text("x.py").split()[-1].strip(".0") or 0) % 2 for variant in variants]
        return tuple(Status.CRASH if each else Status.OK for each in odd)


class Left:
    """A budget that leaves so many trials."""

    def __init__(self, left):
        self.left = left

    def reserve_trials(self, ticket, variants, cases):
        return min(variants, self.left)


def children(*numbers):
    made = [Program.of({"x.py": File(f"x = {each}.0\n".encode())}) for each in numbers]
    return made[0], made


async def test_child_that_fails_on_the_first_case_is_out_before_anything_is_ranked():
    trials = Smoking()
    parent, made = children(2, 3, 4, 5)
    runs, cost = await Smoke(GOAL, trials, None).runs(parent, made, 7)
    assert runs == [True, False, True, False]
    assert trials.asked == [(4, "a")] and cost == 2, "four cases are two thirds more than a trial"


async def test_smoke_run_that_no_evaluation_is_left_for_lets_all_on():
    trials = Smoking()
    parent, made = children(3, 5)
    assert await Smoke(GOAL, trials, Left(0)).runs(parent, made, 7) == ([True, True], 0)
    assert trials.asked == []


def test_smoke_that_is_neither_true_nor_false_is_refused():
    with pytest.raises(ConfigError, match="proposer option smoke = 'maybe'"):
        Offline(GOAL, inner=4, smoke="maybe")


@pytest.mark.parametrize("inner", [{}, {"inner": "1"}])
def test_smoke_without_an_inner_population_is_refused_and_not_ignored(inner):
    with pytest.raises(ConfigError, match="smoke = true: it must be beside inner=2 or more"):
        Offline(GOAL, smoke="true", **inner)
    assert Offline(GOAL, smoke="true", inner=2)
