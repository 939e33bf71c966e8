"""Rubbish is made from any output, and none of it is what the program returned."""

import numpy as np
import pytest

from cladogen.evaluators.rubbish import rubbish
from cladogen.sandboxes import wire


@pytest.mark.parametrize(
    "output",
    [
        3,
        [1, 2, 3],
        {"a": [1.5], "b": "x"},
        np.ones((3, 2)),
        {"a": np.zeros(4)},
        [np.ones((3, 2)), np.ones((1, 2))],
        "text",
        None,
    ],
)
def test_rubbish_is_made_from_any_output(output):
    encoded = wire.encode(output)
    made = list(rubbish(encoded))
    assert len({one.label for one in made}) == len(made) > 20
    assert all(one.data != encoded for one in made if not one.label.startswith("null"))


def test_numbers_that_are_none_do_not_get_past_the_decoder():
    made = {one.label: one.data for one in rubbish(wire.encode(np.ones((3, 2))))}
    for label in (
        "NaN",
        "infinity",
        "NaN for every number",
        "an array of NaN",
        "deep nesting",
        "a 5000-digit integer",
    ):
        with pytest.raises(wire.WireError):
            wire.decode(made[label])


@pytest.mark.parametrize(("answer", "label"), [("yes", "text"), (False, "true"), (None, "null")])
def test_wrong_answer_of_the_right_kind_is_no_certain_rubbish(answer, label):
    made = {one.label: one.certain for one in rubbish(wire.encode(answer))}
    assert not made[label]
    assert all(made[other] for other in {"text", "true", "null"} - {label})
