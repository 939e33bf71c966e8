"""What an archive was told tells another one, of another pace, the same; caps that change no part change nothing."""

from dataclasses import replace

import numpy as np
import pytest

from cladogen.archives.contract import SPACES, World, played
from cladogen.archives.names import NAMES
from cladogen.archives.options import make_archive
from cladogen.proposal import Outcome
from cladogen.record.checkpoint import packed
from cladogen.search import retelling
from cladogen.search.retelling import Retelling
from cladogen.state import NotKept, state_of

SPACE = replace(SPACES[1], proposals=60)
RAISED = replace(SPACE, proposals=900, max_evaluations=9000)
IN_SHORT = ("map_elites", "cvt_map_elites", "adaevolve")


def results_of(name, space=SPACE, steps=150):
    archive = make_archive(name, space)
    told = World(space, 0).seeds()
    return archive, [*told, *(result for _, result in played(archive, World(space, 0), steps))]


def kept(archive):
    try:
        return packed({"archive": state_of(archive)})
    except NotKept:
        return pytest.skip("it has no state")


@pytest.mark.parametrize("name", IN_SHORT)
def test_an_archive_of_another_pace_told_again_is_as_one_told_each_result(name):
    archive, results = results_of(name)
    noted = Retelling(archive)
    noted.add(results)
    restored = Retelling(make_archive(name, RAISED))
    restored.restore(noted.state())
    whole, again = make_archive(name, RAISED), make_archive(name, RAISED)
    for result in results:
        whole.tell(result)
    assert restored.tell(again)
    assert kept(again) == kept(whole) != kept(archive)
    same_asked(again, whole)


def same_asked(one, other):
    """Compare what two archives ask for; one whose draws cool with what is left of a cap, as if it had the same."""
    one.space = other.space
    rngs = [np.random.default_rng(5), np.random.default_rng(5)]
    for ticket in range(1000, 1040):
        assert one.ask(ticket, rngs[0]) == other.ask(ticket, rngs[1])


@pytest.mark.parametrize("name", NAMES)
def test_an_archive_that_is_built_the_same_under_other_caps_makes_the_same_of_its_results(name):
    archive, other = make_archive(name, SPACE), make_archive(name, RAISED)
    if kept(archive) != kept(other):
        pytest.skip("it is built otherwise")
    archive, results = results_of(name)
    fresh = make_archive(name, SPACE)
    for result in results:
        fresh.tell(result)
        other.tell(result)
    same_asked(other, fresh)


def test_of_too_many_results_that_are_kept_whole_nothing_is_kept(monkeypatch):
    monkeypatch.setattr(retelling, "MOST_WHOLE", 3)
    archive, results = results_of("map_elites")
    noted = Retelling(archive)
    noted.add([replace(result, outcome=Outcome.MEASURED) for result in results[:5]])
    assert noted.state() is None and not noted.tell(make_archive("map_elites", RAISED))
