"""Every archive that has a name keeps the contract."""

from __future__ import annotations

import json

import pytest

from cladogen.archives import CASE_BY_CASE, NAMES, make_archive
from cladogen.archives.base import Archive, Space
from cladogen.archives.baselines import Greedy
from cladogen.archives.contract import SPACES, ArchiveContract, World, played
from cladogen.errors import ConfigError
from cladogen.state import NotKept, modules_of, put_back, state_of


@pytest.mark.parametrize("name", NAMES, scope="class")
class TestNamedArchives(ArchiveContract):
    @pytest.fixture(autouse=True)
    def _named(self, name: str) -> None:
        self.name = name

    def make(self, space: Space) -> Archive:
        return make_archive(self.name, space)


def test_rules_that_measure_case_by_case_are_known_without_being_loaded() -> None:
    assert {
        name for name in NAMES if make_archive(name, Space()).opening is not None
    } == CASE_BY_CASE


def test_unknown_option_names_the_nearest() -> None:
    with pytest.raises(ConfigError, match="unknown option 'island'; did you mean 'islands'"):
        make_archive("map_elites", Space(), {"island": 3})


def test_unknown_archive_names_the_nearest() -> None:
    with pytest.raises(ConfigError, match="did you mean 'map_elites'"):
        make_archive("mapelites", Space())


def test_an_import_path_is_a_name() -> None:
    archive = make_archive("cladogen.archives.baselines:Greedy", Space(), {"inspirations": "2"})
    assert archive.inspirations == 2
    assert make_archive("cladogen.archives.baselines.Iid", Space()) is not None


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("islands", 0),
        ("islands", "three"),
        ("islands", 2.5),
        ("explore", 2.0),
        ("topology", "rign"),
        ("islands", True),
    ],
)
def test_wrong_option_values_are_named(option: str, value: object) -> None:
    with pytest.raises(ConfigError, match=option):
        make_archive("map_elites", Space(), {option: value})


def test_a_class_that_cannot_be_imported_says_so() -> None:
    with pytest.raises(ConfigError, match="cannot import"):
        make_archive("no_such_module:Thing", Space())


def test_make_archive_reads_text_as_the_declared_type() -> None:
    archive = make_archive(
        "map_elites", Space(), {"islands": "2", "explore": "0.25", "depth": None}
    )
    assert (len(archive.islands), archive.draws.explore) == (2, 0.25)
    assert archive.islands.depth == 64


@pytest.mark.parametrize("name", sorted({*NAMES} - {"written_rule"}))
@pytest.mark.parametrize("space", SPACES)
def test_a_rule_of_ours_is_kept_in_a_checkpoint_and_not_told_its_results_again(name, space) -> None:
    archive, world = make_archive(name, space), World(space)
    list(played(archive, world, 40))
    before = modules_of(state_of(make_archive(name, space)))
    assert before <= modules_of(state_of(archive))


def test_a_state_of_another_rule_is_refused_and_changes_nothing() -> None:
    def made(name: str = "map_elites", **options: object) -> Archive:
        archive = make_archive(name, SPACES[0], options)
        list(played(archive, World(SPACES[0]), 40))
        return archive

    for other in (made("greedy"), made("cvt_map_elites")):
        archive = make_archive("map_elites", SPACES[0])
        before = json.dumps(state_of(archive), default=repr)
        with pytest.raises(NotKept):
            put_back(archive, state_of(other))
        assert json.dumps(state_of(archive), default=repr) == before


def test_a_rule_of_a_users_own_is_told_its_results_again() -> None:
    class Mine(Greedy):
        pass

    with pytest.raises(NotKept, match="Mine is no plain value"):
        state_of(Mine(SPACES[0]))


@pytest.mark.parametrize("name", ["os:system", "cladogen.cli.main:main", "cladogen.state:np.array"])
def test_a_state_names_no_class_but_those_of_the_package(name: str) -> None:
    archive = make_archive("greedy", SPACES[0])
    with pytest.raises(NotKept):
        put_back(archive, ["object", name, [], [], []])
    with pytest.raises(NotKept):
        put_back(archive, ["enum", name, "true"])
