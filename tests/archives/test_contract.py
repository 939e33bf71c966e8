"""Every archive that has a name keeps the contract."""

from __future__ import annotations

import pytest

from cladogen.archives import CASE_BY_CASE, NAMES, make_archive
from cladogen.archives.base import Archive, Space
from cladogen.archives.contract import ArchiveContract
from cladogen.errors import ConfigError


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
