"""Hunks of a change, what each of them is credited with, and children that are spliced of them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cladogen.patching.hunk_credit import ChildHunks, credit_by_hunk
from cladogen.patching.hunks import hunks, hunks_of, spliced
from cladogen.program import File, Program
from cladogen.proposers.syntax.pick import NothingToDo
from cladogen.proposers.syntax.splice import splice

BASE = "".join(f"line {at}\n" for at in range(12))


def changed(**lines: str) -> str:
    """The base with some lines written anew: ``a=...`` is line 2, ``b=...`` line 8."""
    places = {"a": 2, "b": 8}
    rows = BASE.splitlines(keepends=True)
    for name, text in lines.items():
        rows[places[name]] = text + "\n"
    return "".join(rows)


def change(gain, **lines):
    split = [text.splitlines(keepends=True) for text in (BASE, changed(**lines))]
    return ChildHunks(list(hunks_of("f.py", *split)), gain)


texts = st.lists(st.sampled_from("abcde"), max_size=12).map(lambda rows: [f"{r}\n" for r in rows])


@settings(deadline=None)  # a busy machine is no failure
@given(texts, texts)
def test_all_hunks_of_a_difference_carried_out_make_the_other_text(old, new):
    found = list(hunks_of("f", old, new))
    assert spliced(old, found) == "".join(new)
    assert spliced(old, []) == "".join(old)
    assert all(tuple(new[h.there : h.there + len(h.new)]) == h.new for h in found)


def test_hunks_name_only_files_that_differ_and_take_a_missing_one_as_empty():
    one = Program.of({"a": File(b"x\n"), "b": File(b"y\n")})
    other = Program.of({"a": File(b"x\n"), "c": File(b"z\n")})
    found = [(each.path, each.old, each.new) for each in hunks(one, other, ("a", "b", "c"))]
    assert found == [("b", ("y\n",), ()), ("c", (), ("z\n",))]


def test_gain_is_credited_to_the_hunk_that_a_sibling_shows_to_be_worth_it():
    both = change(1.0, a="good", b="idle")
    shares = list(credit_by_hunk(both).values())
    assert shares == pytest.approx([0.5, 0.5])  # nothing tells them apart
    good, idle = credit_by_hunk(both, [change(0.9, a="good"), change(0.0, b="idle")]).values()
    assert good == pytest.approx(0.95, abs=0.01) and idle == pytest.approx(0.05, abs=0.01)
    assert good + idle == pytest.approx(1.0)


def test_sibling_with_other_hunks_or_without_a_score_tells_nothing():
    both = change(1.0, a="good", b="idle")
    others = [change(5.0, a="something else"), change(None, a="good")]
    assert list(credit_by_hunk(both, others).values()) == pytest.approx([0.5, 0.5])
    assert list(credit_by_hunk(change(None, a="good")).values()) == [None]


def test_spliced_child_has_each_change_from_one_of_its_parents_and_some_of_both():
    one, other = changed(a="left", b="left"), changed(a="right", b="right")
    made = {splice(one, other, np.random.default_rng(at)) for at in range(40)}
    assert made == {changed(a="right", b="left"), changed(a="left", b="right")}


def test_splice_has_nothing_to_do_where_a_child_would_be_a_parent_or_a_mark_forbids_it():
    rng = np.random.default_rng(0)
    for other in (None, BASE, changed(a="one hunk")):
        with pytest.raises(NothingToDo):
            splice(BASE, other, rng)
    marks = "# EVOLVE-BLOCK-START\n{}\nmiddle\n{}\n# EVOLVE-BLOCK-END\nbelow {}\n"
    one, other = marks.format(1, 2, 3), marks.format("x", "y", "z")
    made = {splice(one, other, np.random.default_rng(at)) for at in range(20)}
    assert made == {marks.format("x", 2, 3), marks.format(1, "y", 3)}
