"""Draws that evolve inside a run, under a floor."""

from dataclasses import replace

import numpy as np
import pytest

from cladogen.archives.contract import SPACES, ArchiveContract, World
from cladogen.archives.draws import Draws
from cladogen.archives.evolving_draws import EVERY, FLOOR, MARK, VARIANTS, EvolvingDraws
from cladogen.archives.map_elites import MapElites
from cladogen.proposal import Outcome
from cladogen.result import Result
from cladogen.task import Propose


class TestMapElitesWithEvolvingDraws(ArchiveContract):
    def make(self, space):
        return MapElites(space, evolve=True)


def tell(draws, note, gained):
    result = Result(Propose(1, (0,), note=note), Outcome.ACCEPTED, 1, (0,))
    draws.tell(replace(result, last=True), best=gained, better=gained)


def chosen(draws, times=400):
    rng = np.random.default_rng(0)
    return [draws.choose(rng)[1] for _ in range(times)]


def test_variant_that_gains_is_drawn_more_and_the_given_one_keeps_its_floor():
    draws = EvolvingDraws(Draws())
    for _ in range(EVERY // 2):  # no change is due yet
        tell(draws, f"{MARK}2", gained=True)
        tell(draws, f"{MARK}1", gained=False)
    notes = chosen(draws)
    assert notes.count(f"{MARK}2") > 2 * notes.count(f"{MARK}1")
    assert abs(notes.count(f"{MARK}0") / len(notes) - FLOOR) < 0.08


def test_worst_variant_gives_way_to_a_changed_copy_of_the_best():
    draws = EvolvingDraws(Draws())
    before = list(draws.variants)
    for at in range(EVERY):
        tell(draws, f"{MARK}{1 + at % VARIANTS}", gained=at % VARIANTS == 1)
    changed = [at for at in range(VARIANTS) if draws.variants[at] != before[at]]
    assert len(changed) == 1 and changed != [1]
    near, was = draws.variants[changed[0]], before[1]
    assert abs(near.explore - was.explore) < 0.6 and near.inspirations == was.inspirations


def test_numbers_stay_in_their_ranges_however_often_they_change():
    draws = EvolvingDraws(Draws(explore=1.0, elite=0.0, crossover=1.0, tournament=1))
    for at in range(EVERY * 40):
        tell(draws, f"{MARK}{1 + at % VARIANTS}", gained=at % 7 == 0)
    for each in draws.variants:
        each.check()


def played(archive, world, steps):
    for result in world.seeds():
        archive.tell(result)
    for ticket in range(1, steps):
        task = archive.ask(ticket, np.random.default_rng(ticket))
        archive.tell(world.play(task))


@pytest.mark.parametrize("space", SPACES)
def test_archive_that_is_told_a_runs_results_has_the_draws_that_the_run_had(space):
    live = MapElites(space, evolve=True)
    told = []

    class Telling(World):
        def play(self, task):
            told.append(super().play(task))
            return told[-1]

    world = Telling(space)
    played(live, world, 120)
    again = MapElites(space, evolve=True)
    for result in [*World(space).seeds(), *told]:
        again.tell(result)
    assert again.evolving.variants == live.evolving.variants
    assert live.evolving.variants != EvolvingDraws(live.draws).variants
    assert "draws after" in "\n".join(live.view().lines)


@pytest.mark.parametrize("evolve", [True, False])
def test_island_is_chosen_once_for_each_task(evolve):
    """Else a rule that draws one belongs to another island than the draws that it is given."""
    asked = []

    class Wandering(MapElites):
        def next_island(self, rng):
            asked.append(int(rng.integers(len(self.islands))))
            return asked[-1]

    archive = Wandering(SPACES[0], islands=4, evolve=evolve)
    world = World(archive.space)
    for result in world.seeds():
        archive.tell(result)
    went = []
    for ticket in range(1, 30):
        task = archive.ask(ticket, np.random.default_rng(ticket))
        went.append(task.island)
        archive.tell(world.play(task))
    assert asked == went and len(set(went)) == 4
