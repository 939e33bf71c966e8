"""Where cases evolve, trials are compared with what a program has on the cases that trials run."""

import asyncio
from dataclasses import replace

import numpy as np
import pytest

from cladogen.evaluation import Evaluation, Status
from cladogen.problem.coevolution import REFERENCE, CoevolutionSettings, Gene
from cladogen.program import Node
from cladogen.proposers.contract import ProposerWorld, judge, problem
from cladogen.proposers.shorten import Shorten
from cladogen.proposers.tune import Tune
from cladogen.task import Propose, Purpose

CURVE = "def curve(x, steepness):\n    return x * x"
SEED = problem().seeds[0].text("curve.py")
IDLE = "    idle = height + 0\n    other = height * 2\n"


class Challenged(ProposerWorld):
    """A world whose program #1 has met a champion, on which it is ``gain`` better than the seed."""

    def __init__(self, text: str, gain: float) -> None:
        rules = CoevolutionSettings((Gene("x", 0.0, 1.0, False),))
        self.rules = replace(problem(), coevolution=rules)
        super().__init__(self.rules)
        self.programs.append(self.programs[0].replace({"curve.py": text.encode()}))
        self.nodes.append(Node(1, self.programs[1].id, (0,), 1))
        self.own = judge(self.programs[1]).fitness or 0.0
        met = {"closeness": gain, REFERENCE: 0.0}
        self.rows = (
            Evaluation("p", "all", 0, Status.OK, {"closeness": self.own}),
            Evaluation("p", "evolved-0-1", 0, Status.OK, met),
        )
        self.scores.append(self.rules.score(self.rows))

    def evaluations(self, number):
        return self.rows if number == 1 else ()


def proposed(proposer, world, purpose=Purpose.SEARCH):
    """Return a proposal on program #1, and the fitness of its child on the problem's own cases."""
    task = Propose(2, (1,), purpose=purpose)
    proposal = asyncio.run(proposer.propose(task, world, np.random.default_rng(0)))
    result = world.take(task, proposal)
    return proposal, None if result.score is None else result.score.fitness


def test_tuning_finds_better_numbers_for_a_program_that_beats_the_seed_on_a_champion():
    world = Challenged(f"{CURVE} * 1.7\n", gain=6.0)
    assert world.scores[1].fitness > world.own
    proposal, fitness = proposed(Tune(world.rules, world), world)
    assert fitness > world.own
    assert proposal.parent_fitness == world.scores[1].fitness, "children meet the champion, too"


def test_tuning_proposes_no_worse_numbers_for_a_program_that_a_champion_beats():
    world = Challenged(f"{CURVE} * 1.0\n", gain=-6.0)
    assert world.scores[1].fitness < world.own
    proposal, _ = proposed(Tune(world.rules, world), world)
    assert proposal.trials and not proposal.patch


@pytest.mark.parametrize("purpose", [Purpose.SEARCH, Purpose.FINAL])
@pytest.mark.parametrize("gain", [6.0, -24.0])
def test_shortening_keeps_the_score_on_the_cases_of_the_problem_whatever_champions_say(
    gain, purpose
):
    better = SEED.replace("0.25, height,", "0.25, height * 0.3,")
    world = Challenged(better.replace("    return", f"{IDLE}    return"), gain)
    _, fitness = proposed(Shorten(world.rules, world), world, purpose)
    assert fitness == world.own and world.programs[-1].text("curve.py") == better
