"""The operators that carry on what each round of a search tries: a local search, an evolution
strategy.
"""

import asyncio
import re
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from cladogen.evaluation import Score, Status
from cladogen.problem import load
from cladogen.proposers.contract import ProposerWorld
from cladogen.proposers.mutate import Mutate
from cladogen.proposers.syntax.table import change
from cladogen.task import Propose

ROOT = Path(__file__).parents[2]
SPREAD = """import numpy as np


def spread(n):
    rng = np.random.default_rng(0)
    points = rng.random(n)
    best = gap(points)
    for step in range(500):
        moved = np.clip(points + 0.1 * 0.99**step * rng.normal(size=n), 0.0, 1.0)
        value = gap(moved)
        if value > best:
            points, best = moved, value
    return points


def gap(points):
    \"\"\"Return the least gap.\"\"\"
    ordered = np.sort(points)
    return np.diff(ordered).min()
"""
BOWL = """import numpy as np


def find(n):
    rng = np.random.default_rng(0)
    x = np.zeros(n)
    for step in range(2000):
        moved = x + 0.01 * rng.normal(size=n)
        if ((moved - 3.0) ** 2).sum() < ((x - 3.0) ** 2).sum():
            x = moved
    return x
"""


def polished(text, seed=0):
    return change("a.py", "polish", text, None, np.random.default_rng(seed))


def run(text, name, *given):
    space = {}
    exec(text, space)
    return space[name](*given), space


def test_search_for_the_greatest_least_part_comes_to_where_all_are_equal():
    text = polished(SPREAD)
    before, _ = run(SPREAD, "spread", 6)
    after, space = run(text, "spread", 6)
    assert space["gap"](before) < 0.2 - 1e-4
    assert space["gap"](after) == pytest.approx(0.2, abs=1e-7)  # six points, evenly
    assert "def gap_parts(points):" in text and "return np.diff(ordered)\n" in text
    assert "moved = np.clip(polished(moved, parts), 0.0, 1.0)" in text
    assert max(map(len, text.splitlines())) <= 110 and " \n" not in text


def test_rounds_become_fewer_and_moves_still_leave_what_is_polished():
    for seed in range(10):
        text = polished(SPREAD, seed)
        assert any(f"range({count})" in text for count in (100, 25, 10))
        assert " 0.99**step " in text  # not so much smaller a move as there are fewer rounds
    assert any("range(20)" in polished(BOWL, seed) for seed in range(10))


@pytest.mark.parametrize("seed", range(6))
def test_any_other_worth_is_raised_or_lowered_too(seed):
    text = polished(BOWL, seed)
    found, _ = run(text, "find", 4)
    assert found == pytest.approx([3.0] * 4, abs=0.2)
    assert polished(text) is None  # once is enough


@pytest.mark.parametrize(
    "text",
    [
        SPREAD.replace("value = gap(moved)", "value = gap(moved) - step"),
        SPREAD.replace("points, best = moved, value", "best = value"),
        SPREAD.replace("points + 0.1", "0.1"),
        SPREAD.replace("import numpy as np\n", ""),
    ],
)
def test_what_is_no_search_by_moves_of_an_array_is_left_alone(text):
    assert all(polished(text, seed) is None for seed in range(5))
    assert all(carried(text, seed) is None for seed in range(5))


def test_least_greatest_part_is_lowered_where_less_is_better():
    seed = (ROOT / "problems/autocorrelation/seed/steps.py").read_text()
    text = re.sub(r"in range\(\d+\)", "in range(2)", polished(seed))
    after, space = run(text, "steps", "C1")
    assert space["peak"](after) < 1.6 < space["peak"](run(seed, "steps", "C1")[0])


def test_shipped_searches_can_be_polished_and_become_better():
    seed = (ROOT / "problems/heilbronn/seed/points.py").read_text()
    text = next(text for k in range(20) if "range(50)" in (text := polished(seed, k)))
    triples = np.array(list(combinations(range(11), 3))).T
    before, space = run(seed, "place", 11, "triangle")
    after, _ = run(text, "place", 11, "triangle")
    assert space["smallest"](after, triples) > 1.3 * space["smallest"](before, triples)
    arms = Mutate(load(ROOT / "problems/circle_packing")).bandit.arms
    assert "polish" in arms
    assert "polish" not in Mutate(load(ROOT / "problems/online_bin_packing")).bandit.arms


def carried(text, seed=0):
    return change("a.py", "strategy", text, None, np.random.default_rng(seed))


@pytest.mark.parametrize("seed", range(4))
def test_evolution_strategy_comes_nearer_than_the_search_it_carries_on(seed):
    text = carried(SPREAD, seed)
    before, space = run(SPREAD, "spread", 8)
    after, _ = run(text, "spread", 8)
    assert space["gap"](after) > 1.05 * space["gap"](before)
    assert "scipy" not in text and "moved = np.clip(evolved(moved, value_of), 0.0, 1.0)" in text
    assert carried(text) is None  # once is enough


def test_evolution_strategy_lowers_where_less_is_better_and_its_numbers_can_be_tuned():
    text = carried(BOWL)
    found, _ = run(text, "find", 4)
    assert found == pytest.approx([3.0] * 4, abs=0.01)
    assert change("a.py", "stretch", text, None, np.random.default_rng(0)) is not None
    assert max(map(len, text.splitlines())) <= 110


def test_evolution_strategy_packs_circles_better_without_scipy():
    seed = (ROOT / "problems/circle_packing/seed/packing.py").read_text()
    text = next(text for k in range(20) if ", 0.03" in (text := carried(seed, k)))
    text = re.sub(r"for step in range\(\d+\)", "for step in range(2)", text)
    before, _ = run(seed, "pack", 26)
    after, _ = run(text, "pack", 26)
    assert after[:, 2].sum() > before[:, 2].sum() + 0.03


class Sandbox(ProposerWorld):
    """A world whose programs find SciPy, or do not."""

    def __init__(self, problem, scipy):
        super().__init__(problem)
        self.scipy = scipy
        self.scores = [Score(Status.OK, 1.0)]

    async def trials(self, base, variants, *, seed=0):
        self.tried += len(variants)
        return tuple(self.score_of(each.text("points.py")) for each in variants)

    def score_of(self, text):
        if "scipy" in text and not self.scipy:
            return Score(Status.CRASH, feedback="ModuleNotFoundError: No module named 'scipy'")
        return Score(Status.OK, 1.0)


@pytest.mark.parametrize("scipy", [True, False])
def test_no_child_needs_scipy_where_programs_do_not_find_it(scipy):
    problem = load(ROOT / "problems/heilbronn")
    world = Sandbox(problem, scipy)
    mutate = Mutate(problem, world, weights={"polish": 20.0}, probes=0)
    rng = np.random.default_rng(0)
    proposals = [
        asyncio.run(mutate.propose(Propose(ticket, (0,)), world, rng)) for ticket in range(20)
    ]
    found = [proposal for proposal in proposals if "scipy" in str(proposal.patch)]
    assert bool(found) is scipy
    assert world.tried == sum(proposal.trials for proposal in proposals) == 1
