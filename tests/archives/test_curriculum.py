"""Curricula: cases chosen by what they tell, and programs gone back to for what their line lost."""

import numpy as np
import pytest

from cladogen.archives.clade import Clade
from cladogen.archives.contract import SPACES, ArchiveContract
from cladogen.archives.curriculum import Curriculum
from cladogen.archives.gepa import Gepa
from cladogen.archives.map_elites import MapElites
from cladogen.archives.restarts import DESCENDANTS, Restarts
from cladogen.errors import ConfigError
from cladogen.problem.space import Space

CASES = ("solved by all", "by half", "by none")


class TestCladeWithACurriculum(ArchiveContract):
    def make(self, space):
        return Clade(space, curriculum=True, restarts=0.5)


class TestGepaWithACurriculum(ArchiveContract):
    def make(self, space):
        return Gepa(space, curriculum=True, restarts=0.5)


class TestMapElitesThatRestarts(ArchiveContract):
    def make(self, space):
        return MapElites(space, restarts=0.5, islands=2)


def taught(bounded=True, programs=40):
    curriculum = Curriculum(CASES, bounded)
    for at in range(programs):
        values = (1.0, float(at % 2), 0.0) if bounded else (7.0, float(at % 2) * 90, -3.0)
        curriculum.learn(dict(zip(CASES, values, strict=True)))
    return curriculum


@pytest.mark.parametrize("bounded", [True, False])
def test_case_that_half_of_the_programs_solve_is_drawn_most(bounded):
    curriculum, rng = taught(bounded), np.random.default_rng(0)
    assert curriculum.worth()[1] > 0.9
    drawn = [int(curriculum.draw(np.arange(3), 1, rng)[0]) for _ in range(300)]
    assert drawn.count(1) > 2 * max(drawn.count(0), drawn.count(2))
    assert min(drawn.count(0), drawn.count(2)) > 10  # what may begin to tell is still seen


def test_case_that_tells_no_more_loses_its_share_and_one_that_begins_to_gains_it():
    curriculum = taught()
    for at in range(60):
        curriculum.learn(dict(zip(CASES, (1.0, 1.0, float(at % 2)), strict=True)))
    everything, half, none = curriculum.worth()
    assert none > 0.9 > 0.3 > half and everything < 0.3


def lineage(share=0.5, lost=True):
    """#0 solves a and b; its descendants solve a and c, but b no more."""
    restarts = Restarts(Space(cases=("a", "b", "c"), bounded=True), share)
    restarts.learn(0, -1, {"a": 1.0, "b": 1.0, "c": 0.0}, improved=True)
    for number in range(1, DESCENDANTS + 2):
        values = {"a": 1.0, "b": float(not lost), "c": 1.0}
        restarts.learn(number, number - 1, values, improved=False)
    return restarts


def test_program_that_solves_a_case_which_its_descendants_lost_is_gone_back_to():
    restarts = lineage()
    assert list(restarts.informative()) == [0]
    drawn = [restarts.draw(np.random.default_rng(at)) for at in range(40)]
    assert set(drawn) == {0, None}


def test_line_that_lost_nothing_is_not_gone_back_to():
    assert lineage(lost=False).draw(np.random.default_rng(0)) is None


def test_search_that_gains_at_each_step_restarts_nothing():
    restarts = lineage(share=1.0)
    assert restarts.chance > 0.5
    for number in range(10, 20):
        restarts.learn(number, number - 1, {"a": 1.0}, improved=True)
    assert restarts.chance == 0.0


def test_without_the_options_a_rule_draws_what_it_drew():
    plain, same = Clade(SPACES[1]), Clade(SPACES[1], curriculum=False, restarts=0.0)
    assert plain.restarts is same.restarts is None and same.curriculum is None


@pytest.mark.parametrize("rule", [Clade, Gepa, MapElites])
def test_share_of_restarts_beyond_one_is_refused(rule):
    with pytest.raises(ConfigError, match=r"restarts = 1\.5: must be from 0 to 1"):
        rule(SPACES[1], restarts=1.5)
