"""One wording for a word that is not known."""

import pytest

from cladogen.problem.spelling import closest, meant, nearest


@pytest.mark.parametrize(
    ("word", "said"),
    [("map_elite", "; did you mean 'map_elites'?"), ("zzz", "; known: map_elites, iid")],
)
def test_word_that_is_not_known_names_the_nearest_or_all(word, said):
    assert nearest(word, ["map_elites", "iid", "iid"]) == said


def test_nothing_is_said_where_nothing_is_like_the_word():
    assert (meant("zzz", ["iid"]), closest("zzz", ["iid"]), nearest("zzz", [])) == ("", "", "")
