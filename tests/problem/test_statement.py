"""Statements with parts for some variants."""

import pytest

from cladogen.errors import ProblemError
from cladogen.problem import load
from cladogen.problem.statement import for_variant

TEXT = """Place circles.

<!-- only default -->
There are 26.
<!-- end -->
<!-- only large, huge -->
There are many.
<!-- end -->

Go.
"""


@pytest.mark.parametrize(
    ("variant", "said"), [("", "There are 26."), ("large", "There are many."), ("other", "")]
)
def test_only_the_variant_that_runs_is_told(variant, said):
    text = for_variant(TEXT, variant, ["large", "huge", "other"], "statement.md")
    paragraphs = [part.strip() for part in text.split("\n\n")]
    assert paragraphs == ["Place circles.", *([said] if said else []), "Go."]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "a\n<!-- only lagre -->\nb\n<!-- end -->",
            "line 2: no variant 'lagre'; did you mean 'large'",
        ),
        ("<!-- only large -->\nb", "the part for large has no <!-- end -->"),
        ("a\n<!-- end -->", "line 2: an end without"),
        (
            "<!-- only large -->\n<!-- only large -->\n<!-- end -->",
            "line 2: one part begins within",
        ),
        ("<!-- only -->\nb\n<!-- end -->", "line 1: name the variants"),
    ],
)
def test_marks_that_are_wrong_are_named_with_their_line(text, words):
    with pytest.raises(ProblemError, match="statement") as caught:
        for_variant(text, "", ["large"], "statement.md")
    assert words.replace("'", "") in str(caught.value).replace("'", "").replace('"', "")


def test_other_comments_are_prose():
    text = "<!-- onlyness -->\n<!-- endless -->\nThe end --> <!-- end --> is near"
    assert for_variant(text, "", [], "x") == text


def test_shipped_problem_tells_a_variant_nothing_of_the_others():
    plain, variant = (load("problems/circle_packing", name).statement for name in ("", "rect21"))
    assert "n = 26" in plain and "rectangle of" not in plain
    assert "n = 26" not in variant and "perimeter 4" in variant
