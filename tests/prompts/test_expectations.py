"""What a reply says it expects, read and checked against what came."""

import pytest

from cladogen.evaluation import Evaluation, Status
from cladogen.expectation import compare, mean_metric
from cladogen.prompts.expectations import read_expectation, read_idea
from cladogen.proposal import Expectation

METRICS, CASES = ("excess", "size"), ("train-0", "train-1")


@pytest.mark.parametrize(
    ("line", "change", "cases"),
    [
        ("Expect: excess -0.4 on all", -0.4, ()),
        ("**Expect:** `excess` +1.5e-2 on train-1", 0.015, ("train-1",)),
        ("- Expectation: excess \u2212 3 % on train-0 and train-1", -3.0, CASES),
        ("expected: excess by -0.5", -0.5, ()),
        ("Expect: excess goes down", None, ()),
        ("<think>Expect: excess +9</think>\nExpect: excess -0.1", -0.1, ()),
        ("Expect: excess -1\n...\nExpect: excess -2 on all", -2.0, ()),
    ],
)
def test_expectation_is_read_as_models_write_it(line, change, cases):
    found = read_expectation(f"Idea: x\n{line}\n\n```diff\n+expect: size\n```", METRICS, CASES)
    assert (found.metric, found.change, found.cases) == ("excess", change, cases)


@pytest.mark.parametrize("line", ["", "Expect: beauty +1", "I expect nothing", "Expect:"])
def test_expectation_of_nothing_known_is_none(line):
    assert read_expectation(line, METRICS, CASES) is None


def test_idea_is_the_sentence_after_its_word():
    assert read_idea("Well.\n**Idea:** use a heap.\n") == "use a heap."
    assert read_idea("Idea: use a heap\nfor the items.\nExpect: size -1\n```\nx\n```") == (
        "use a heap for the items."
    )


def test_idea_without_its_word_is_the_first_sentences_of_the_prose():
    reply = "The inner loop is slow. I sort once, outside.\n\n```diff\n-idea: a b\n```\nDone. And so on."
    assert read_idea(reply) == "The inner loop is slow. I sort once, outside. Done."
    assert read_idea("```diff\n-a\n+b\n```") == ""


@pytest.mark.parametrize(
    "rubbish",
    ["<think>" * 20_000, "\n" * 200_000, "_" * 200_000, "idea" + ":" * 200_000, "expect:" * 30_000],
)
@pytest.mark.timeout(10)
def test_rubbish_is_read_in_no_time(rubbish):
    assert read_expectation(rubbish, METRICS, CASES) is None
    assert len(read_idea(rubbish)) <= 500


def test_expectation_is_held_when_direction_and_half_the_size_are_right():
    afters = [4.5, 4.7, 4.9, 5.2, None]
    seen = [compare(Expectation("excess", -0.5), 5.0, after) for after in afters]
    assert [each.right for each in seen] == [True, True, True, False, False]
    assert [each.held for each in seen] == [True, True, False, False, False]


def test_expectation_of_no_change_is_right_when_nothing_changed():
    seen = [compare(Expectation("excess", 0.0), 5.0, after) for after in (5.0, 5.0 + 1e-12, 5.1)]
    assert [(each.right, each.held) for each in seen] == [
        (True, True),
        (True, False),
        (False, False),
    ]


def test_mean_counts_each_case_once_and_a_failure_as_nothing():
    def row(case, value, status=Status.OK):
        return Evaluation("p", case, 0, status, {"excess": value} if value is not None else {})

    assert mean_metric([row("a", 1.0), row("a", 3.0), row("b", 4.0)], "excess") == 3.0
    assert mean_metric([row("a", 1.0), row("b", 4.0)], "excess", ("b",)) == 4.0
    assert mean_metric([row("a", 1.0), row("b", None, Status.CRASH)], "excess") is None
    assert mean_metric([row("a", 1.0), row("b", None, Status.INFRA)], "excess") == 1.0


def test_what_rounding_makes_is_no_right_direction():
    gain = 2.615632964539784 - 2.6156329645397833
    assert gain > 0
    expected = Expectation("radii", 0.01)
    assert not compare(expected, 2.6156329645397833, 2.615632964539784).right
    assert compare(Expectation("area", 1e-7), 1e-6, 1.1e-6).right
