"""Proposers without a model, under the contract and by what they are for."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from typing import Any

import numpy as np
import pytest

from cladogen.errors import ConfigError
from cladogen.evaluation import Evaluation, Status, Usage
from cladogen.ledger import Unlimited
from cladogen.program import File, Node, Program
from cladogen.proposal import Proposal
from cladogen.proposers.base import Proposer
from cladogen.proposers.contract import SEED, ProposerContract, ProposerWorld, judge, problem
from cladogen.proposers.mutate import Mutate
from cladogen.proposers.offline import Offline
from cladogen.proposers.scripted import Scripted
from cladogen.proposers.shorten import Shorten
from cladogen.proposers.time_share import TimeShare
from cladogen.proposers.tune import Tune
from cladogen.task import Propose, Purpose


class TestMutate(ProposerContract):
    def make(self, problem, trials) -> Proposer:
        return Mutate(problem, trials)


class TestTune(ProposerContract):
    steps = 3

    def make(self, problem, trials) -> Proposer:
        return Tune(problem, trials, variants=40)


class TestShorten(ProposerContract):
    steps = 3

    def make(self, problem, trials) -> Proposer:
        return Shorten(problem, trials, variants=60)


class TestOffline(ProposerContract):
    def make(self, problem, trials) -> Proposer:
        return Offline(problem, trials, tune={"variants": 20}, weights={"mutate": 1.0, "tune": 0.2})


class TestScripted(ProposerContract):
    def make(self, problem, trials) -> Proposer:
        old, new = problem.seeds[0], problem.seeds[0].text("curve.py").replace("1.5", "1.25")
        from cladogen.patch import make_diff

        return Scripted(
            problem, patches=[make_diff(old, old.replace({"curve.py": new.encode()})), ""]
        )


@pytest.mark.parametrize("wrong", ["much", "-1", "inf"])
def test_odds_of_splicing_that_are_no_number_from_0_are_refused(wrong):
    with pytest.raises(ConfigError, match="proposer option splice = "):
        Offline(problem(), splice=wrong)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"mutate": {"probez": 1}}, "mutate: unknown option 'probez'; did you mean 'probes'"),
        ({"mutate": {"probes": "x"}}, "mutate: probes = 'x': wanted int"),
        ({"tune": {"variants": [1]}}, r"tune: variants = \[1\]: wanted int"),
        ({"tune": {"now": 1}}, "tune: now = 1: wanted Callable"),
        ({"shorten": {"batch": 2.5}}, "shorten: batch = 2.5: wanted int"),
        ({"weights": {"mutat": 1.0}}, "weights: no arm 'mutat'; did you mean 'mutate'"),
        ({"weights": {"mutate": "much"}}, "mutate: a weight is a number, at least 0, not 'much'"),
    ],
)
def test_wrong_option_of_an_arm_is_one_line(options, said):
    with pytest.raises(ConfigError, match=said):
        Offline(problem(), ProposerWorld(problem()), **options)


def test_without_the_option_nothing_is_spliced_and_with_it_it_is():
    drawn = {splice: Offline(problem(), splice=splice)._mutate.bandit for splice in (0.0, "3")}
    assert drawn[0.0].chances()["splice"] == 0.0 < drawn["3"].chances()["splice"]


def played(proposer: Proposer, world: ProposerWorld, steps: int) -> None:
    for ticket in range(1, steps + 1):
        best = world.best(3)
        task = Propose(ticket, (best[ticket % len(best)],), tuple(best))
        proposal = asyncio.run(proposer.propose(task, world, np.random.default_rng(ticket)))
        proposer.tell(proposal, world.take(task, proposal))


def test_mutation_alone_comes_nearer() -> None:
    world = ProposerWorld(problem())
    played(Mutate(problem(), world), world, 150)
    best = world.scores[world.best()[0]].fitness
    assert best is not None
    assert best > 0.5 * (
        world.scores[0].fitness or 0.0
    )  # half the loss of the seed, fitness is minus the loss


def test_mutation_never_proposes_a_program_that_is_known() -> None:
    world = ProposerWorld(problem())
    played(Mutate(problem(), world), world, 60)
    assert len({program.id for program in world.programs}) == len(world.programs)


def test_mutation_after_a_resume_does_not_read_every_old_program() -> None:
    read: set[int] = set()

    class Large(ProposerWorld):
        def program(self, number: int) -> Program:
            read.add(number)
            return super().program(number)

    world = Large(problem())
    for count in range(300):
        old = Program.of({"curve.py": File(f"# {count}\n{SEED}".encode())})
        world.programs.append(old)
        world.nodes.append(Node(count + 1, old.id, (0,)))
        world.scores.append(world.scores[0])
    task = Propose(1, (0,))
    made = asyncio.run(Mutate(problem(), world).propose(task, world, np.random.default_rng(0)))
    assert made.patch
    assert len(read) < 100


def test_most_children_of_mutation_run() -> None:
    world = ProposerWorld(problem())
    played(Mutate(problem(), world), world, 150)
    assert sum(score.fitness is not None for score in world.scores) >= 0.85 * len(world.scores)


def test_tuning_finds_better_numbers_and_changes_nothing_else() -> None:
    world = ProposerWorld(problem())
    proposal = asyncio.run(
        Tune(problem(), world, variants=120).propose(
            Propose(1, (0,)), world, np.random.default_rng(0)
        )
    )
    result = world.take(Propose(1, (0,)), proposal)
    assert result.score is not None
    assert (result.score.fitness or -9.0) > (world.scores[0].fitness or 0.0)
    assert 0 < proposal.trials <= 120
    assert "np.where(shifted < " in world.programs[-1].text("curve.py")


def test_tuning_a_program_without_numbers_says_so() -> None:
    world = ProposerWorld(problem())
    world.programs[0] = Program.of(
        {"curve.py": File(b"def curve(x, steepness):\n    return x * x\n")}
    )
    proposal = asyncio.run(
        Tune(problem(), world).propose(Propose(1, (0,)), world, np.random.default_rng(0))
    )
    assert not proposal.patch
    assert "numbers" in proposal.reason


def test_tuning_one_single_number_works() -> None:
    world = ProposerWorld(problem())
    world.programs[0] = Program.of(
        {"curve.py": File(b"def curve(x, steepness):\n    return x * x * 1.7\n")}
    )
    world.scores[0] = judge(world.programs[0])
    proposal = asyncio.run(
        Tune(problem(), world).propose(Propose(1, (0,)), world, np.random.default_rng(0))
    )
    assert proposal.patch


def tuned(text: str, **options: int) -> tuple[ProposerWorld, Proposal]:
    """Return what one tuning of a program makes of it."""
    world = ProposerWorld(problem())
    world.programs[0] = Program.of({"curve.py": File(text.encode())})
    world.scores[0] = judge(world.programs[0])
    task = Propose(1, (0,))
    proposal = asyncio.run(
        Tune(problem(), world, **options).propose(task, world, np.random.default_rng(0))
    )
    world.take(task, proposal)
    return world, proposal


def test_tuning_leaves_indices_powers_and_lengths_alone() -> None:
    text = (
        "def curve(x, steepness):\n    one, two, three = [x] * 3\n    half = (one, two)[1] / 2.0\n"
        "    return half**2 * 3.5\n"
    )
    world, _ = tuned(text)
    assert world.scores[1].fitness is not None
    assert world.scores[1].fitness > -1e-3
    for held in ("[x] * 3", "(one, two)[1]", "half**2"):
        assert held in world.programs[1].text("curve.py")


def test_a_number_that_makes_no_difference_is_not_moved() -> None:
    text = "def curve(x, steepness):\n    idle = 7.5 * x\n    return x * x * 1.7 + 0.0 * idle\n"
    world, _ = tuned(text, variants=40)
    assert "7.5" in world.programs[1].text("curve.py")


def test_a_program_is_not_tuned_again_and_again_in_vain() -> None:
    world = ProposerWorld(problem())
    world.programs[0] = Program.of(
        {"curve.py": File(b"def curve(x, steepness):\n    return x * x * 1.0\n")}
    )
    world.scores[0] = judge(world.programs[0])
    proposer, tried = Tune(problem(), world), []
    for ticket in (1, 2):
        task = Propose(ticket, (0,))
        proposal = asyncio.run(proposer.propose(task, world, np.random.default_rng(ticket)))
        proposer.tell(proposal, world.take(task, proposal))
        tried.append(proposal.trials)
    assert tried[0] > tried[1] == 0


def test_tuning_of_slow_variants_ends_at_its_share_of_the_wall_clock() -> None:
    clock = [0.0]

    class Slow(ProposerWorld):
        async def trials(self, *given: Any, **named: Any) -> Any:
            clock[0] += 15.0
            return await super().trials(*given, **named)

    world = Slow(problem())
    world.programs[0] = Program.of(
        {"curve.py": File(b"def curve(x, steepness):\n    return x * x * 1.7 + 0.3\n")}
    )
    world.scores[0] = judge(world.programs[0])
    tune = Tune(problem(), world, variants=500, patience=100, share=0.2, now=lambda: clock[0])
    asyncio.run(tune.propose(Propose(1, (0,)), world, np.random.default_rng(1)))
    assert clock[0] == 30.0 and not tune.has_time()
    clock[0] = 151.0
    assert tune.has_time()


def test_tuning_by_several_workers_at_once_goes_on_as_long_as_the_search_does() -> None:
    clock = [0.0]
    share = TimeShare(1.0, now=lambda: clock[0])
    with share.running(), share.running(), share.running():
        clock[0] = 60.0
        assert share.is_left()
    with share.running():
        clock[0] = 90.0
        assert share.is_left()


def test_time_of_tuning_counts_once_where_several_workers_tune() -> None:
    clock = [0.0]
    share = TimeShare(0.2, now=lambda: clock[0])
    with share.running():
        clock[0] = 15.0
        with share.running():
            clock[0] = 30.0
            assert not share.is_left()
    clock[0] = 149.0
    assert not share.is_left()
    clock[0] = 151.0
    assert share.is_left()


def test_every_part_of_many_numbers_is_tuned_in_turn() -> None:
    lines = "".join(f"    x = x + {0.001 * k:.3f}\n" for k in range(1, 31))
    world = ProposerWorld(problem())
    world.programs[0] = Program.of(
        {"curve.py": File(f"def curve(x, steepness):\n{lines}    return x * x\n".encode())}
    )
    world.scores[0] = judge(world.programs[0])
    proposer, changed = Tune(problem(), world, dimensions=10, variants=30), set()
    for ticket in range(1, 4):
        task = Propose(ticket, (0,))
        proposal = asyncio.run(proposer.propose(task, world, np.random.default_rng(ticket)))
        proposer.tell(proposal, world.take(task, proposal))
        changed |= {line for line in proposal.patch.splitlines() if line.startswith("-    x")}
    assert len(changed) == 30


def test_tuning_does_not_load_scipy_stats_and_leaves_it_to_be_had() -> None:
    code = (
        "import sys; from cladogen.proposers.cma import load_cmaes; solver = load_cmaes().CMAwM; "
        "assert 'scipy.stats' not in sys.modules, 'loaded'; import scipy.stats; print(scipy.stats.norm.cdf(0.0))"
    )
    assert subprocess.check_output([sys.executable, "-c", code], text=True) == "0.5\n"


def test_files_in_other_languages_are_tuned_by_their_numbers() -> None:
    from cladogen.proposers.syntax.lift import lift

    lifted = lift("a.cpp", "int n = 12;  // 7\ndouble x = .5 + a1;\n")
    assert lifted.values == ((12.0, True), (0.5, False))
    assert lifted.fill({0: 13, 1: 0.75}) == "int n = 13;  // 7\ndouble x = 0.75 + a1;\n"


def test_an_operator_that_does_not_exist_is_named() -> None:
    with pytest.raises(ConfigError, match="wrapp"):
        Mutate(problem(), weights={"wrapp": 1.0})


def test_with_one_operator_only_that_is_used() -> None:
    world = ProposerWorld(problem())
    from cladogen.proposers.syntax.table import NAMES

    proposer = Mutate(
        problem(), weights={**dict.fromkeys(NAMES, 0.0), "constant": 1.0}, learn=False
    )
    played(proposer, world, 10)
    assert {name for proposal, _ in world.told for name in proposal.operator.split("+")} == {
        "constant"
    }


def test_a_proposal_goes_by_one_operator_and_says_in_detail_what_else_was_applied() -> None:
    from cladogen.proposers.syntax.table import NAMES

    world = ProposerWorld(problem())
    played(Mutate(problem(), world, chain=0.7), world, 40)
    made = [proposal for proposal, _ in world.told if proposal.patch]
    assert {proposal.operator for proposal in made} <= set(NAMES)
    assert any(", " in proposal.summary for proposal in made)


def test_every_operator_that_was_applied_learns_from_the_gain() -> None:
    proposer = Mutate(problem())
    for _ in range(20):
        together = Proposal(1, "wrap", (0,), "a patch", operators=("wrap", "name"))
        proposer.credit(together, 1.0)
        proposer.credit(Proposal(2, "hoist", (0,), "a patch", operators=("hoist",)), 0.0)
    chances = proposer.bandit.chances()
    assert chances["wrap"] == pytest.approx(chances["name"], rel=0.01)
    assert chances["wrap"] > 1.2 * chances["hoist"]


def test_shortening_takes_out_what_does_nothing_and_keeps_the_score() -> None:
    world = ProposerWorld(problem())
    text = world.programs[0].text("curve.py")
    idle = (
        "    if steepness > 90.0:\n        height = height * 7.5\n    idle = np.abs(shifted) + 0\n"
    )
    long = text.replace("    return", f"{idle}    return")
    world = improved(long)
    proposal = asyncio.run(
        Shorten(problem(), world).propose(Propose(1, (1,)), world, np.random.default_rng(0))
    )
    result = world.take(Propose(1, (1,)), proposal)
    short = world.programs[-1].text("curve.py")
    assert result.score is not None
    assert (result.score.fitness or -9.0) >= (world.scores[1].fitness or 0.0)
    assert "idle" not in short
    assert "90" not in short
    assert proposal.trials == world.tried


def improved(text: str, world: ProposerWorld | None = None) -> ProposerWorld:
    """Return a world where a child of the seed has ``text``."""
    world = world or ProposerWorld(problem())
    world.programs.append(world.programs[0].replace({"curve.py": text.encode()}))
    world.nodes.append(Node(1, world.programs[1].id, (0,), 1))
    world.scores.append(judge(world.programs[1]))
    return world


def shortened(world: ProposerWorld) -> str:
    task = Propose(2, (1,))
    proposal = asyncio.run(Shorten(problem(), world).propose(task, world, np.random.default_rng(0)))
    result = world.take(task, proposal)
    assert result.score is not None
    assert (result.score.fitness or -9.0) >= (world.scores[1].fitness or 0.0)
    return world.programs[-1].text("curve.py")


def test_shortening_touches_no_line_that_the_improvement_did_not() -> None:
    seed = problem().seeds[0].text("curve.py")
    text = seed.replace("return", "height = height * 0.5\n    idle = height\n    return")
    assert shortened(improved(text)) == seed.replace("return", "height = height * 0.5\n    return")


def test_shortening_puts_back_what_an_idle_change_replaced() -> None:
    seed = problem().seeds[0].text("curve.py")
    better = seed.replace("0.25, height,", "0.25, height * 0.3,")
    idle = better.replace("steepness > 3", "steepness > 3.25").replace("+ 1.5", "- shifted")
    assert shortened(improved(idle)) == better


def test_shortening_puts_back_single_words_of_a_line_that_must_stay_changed() -> None:
    seed = problem().seeds[0].text("curve.py")
    better = seed.replace("0.25, height,", "0.25, height * 0.3,")
    idle = better.replace("shifted < 0.25", "shifted <= 0.25")
    assert shortened(improved(idle)) == better


IDLE = "    idle = height + 0\n    other = height * 2\n    if steepness > 90.0:\n        idle = 3\n"


class Hurried(Unlimited):
    """A budget with so many seconds, for the search and after it."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def seconds_left(self) -> float | None:
        return self.seconds

    def closing_s(self) -> float | None:
        return self.seconds / 0.4


class SlowForms(ProposerWorld):
    """A world in which trials hang after the first so many batches."""

    batches = 3

    async def trials(self, base, variants, *, seed=0):
        self.batches -= 1
        if self.batches < 0:
            await asyncio.Event().wait()
        return await super().trials(base, variants, seed=seed)


@pytest.mark.parametrize("purpose", [Purpose.SEARCH, Purpose.FINAL])
def test_shortening_whose_forms_hang_ends_in_time_with_the_best_so_far(purpose: Purpose) -> None:
    seed = problem().seeds[0].text("curve.py")
    better = seed.replace("0.25, height,", "0.25, height * 0.3,")
    long = better.replace("    height =", "    unused = 123.0 + 456.0 + 789.0\n    height =", 1)
    world = improved(long.replace("    return", f"{IDLE}    return"), SlowForms(problem()))
    shorten = Shorten(problem(), world, Hurried(2.0), batch=1)
    work = shorten.propose(Propose(2, (1,), purpose=purpose), world, np.random.default_rng(0))
    proposal = asyncio.run(asyncio.wait_for(work, 60.0))
    assert proposal.patch and "left out, for the seconds are used up" in proposal.summary


def test_shortening_without_time_for_a_single_form_says_so() -> None:
    class Measured(ProposerWorld):
        def evaluations(self, number):
            return (Evaluation("p", "all", 0, Status.OK, usage=Usage(3600.0)),)

    seed = problem().seeds[0].text("curve.py")
    world = improved(seed.replace("    return", f"{IDLE}    return"), Measured(problem()))
    shorten = Shorten(problem(), world, Hurried(30.0))
    proposal = asyncio.run(shorten.propose(Propose(2, (1,)), world, np.random.default_rng(0)))
    assert not world.tried and "left out, for the seconds are used up" in proposal.reason


def test_offline_shortens_a_best_program_that_has_settled() -> None:
    world = ProposerWorld(problem())
    played(Offline(problem(), world, weights={"mutate": 1.0, "tune": 0.0}), world, 120)
    shortened = [proposal for proposal, _ in world.told if proposal.operator == "shorten"]
    assert shortened
    assert len({proposal.parents for proposal in shortened}) == len(shortened), "none twice"
