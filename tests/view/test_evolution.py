"""What a run's evolution was made of: Price's split, parents in effect, lines that come back."""

import json
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cladogen.cli.main import main
from cladogen.display.closing import closing_lines
from cladogen.display.contract import progress
from cladogen.events import Ending
from cladogen.ledger import Stop
from cladogen.program import File, Program
from cladogen.prompts.restored import Descents, Restored, lines_of
from cladogen.record.credit import Tally
from cladogen.view.evolution import Evolution, effective_parents
from cladogen.view.run_reader import RunReader

values = st.floats(-100.0, 100.0)


def world(lineage: list[tuple[int | None, float | None]], operator: str = "diff") -> Evolution:
    """A run as its reader shows it: (first parent, fitness) of each program."""
    parents = [-1 if first is None else first for first, _ in lineage]
    fitnesses = {number: value for number, (_, value) in enumerate(lineage) if value is not None}
    return Evolution(
        SimpleNamespace(
            first_parents=lambda: parents,
            operators=lambda: [operator] * len(parents),
            fitnesses=fitnesses,
        )
    )


@st.composite
def lineages(draw):
    """One seed program and up to twenty descendants, some without a score."""
    found = [(None, draw(values))]
    for number in range(1, draw(st.integers(2, 20))):
        parents = [n for n in range(number) if found[n][1] is not None]
        found.append((draw(st.sampled_from(parents)), draw(st.none() | values)))
    return found


@given(lineages())
def test_selection_and_transmission_add_up_to_the_change_of_the_mean(lineage):
    depth: list[int] = []
    for parent, _ in lineage:
        depth.append(0 if parent is None else depth[parent] + 1)

    def mean(level):
        pool = [z for d, (_, z) in zip(depth, lineage, strict=True) if d == level and z is not None]
        return sum(pool) / len(pool)

    for row in world(lineage).by_generation():
        level = int(row.name)
        assert row.change == pytest.approx(mean(level) - mean(level - 1), abs=1e-9)


def test_choosing_the_better_parent_is_selection_and_changing_it_is_transmission():
    rows = world([(None, 0.0), (0, 2.0), (0, 4.0), (2, 5.0), (2, 5.0)]).by_generation()
    assert [(row.selection, row.transmission) for row in rows] == [(0.0, 3.0), (1.0, 1.0)]
    assert [(row.parents, row.children) for row in rows] == [(1, 2), (2, 2)]


def test_children_without_a_score_count_nowhere():
    assert world([(None, 0.0), (0, None), (0, None)]).by_generation() == []


def test_parents_in_effect_are_few_where_one_has_most_children():
    assert effective_parents([1, 1, 1]) is None
    assert effective_parents([10]) == 1.0
    assert effective_parents([5, 5, 5, 5]) == pytest.approx(4.75)
    assert effective_parents([17, 1, 1, 1]) < 1.5


def descents(texts: list[str]) -> Descents:
    """Each program is the child of the one before it."""
    return Descents(
        lambda number: (number - 1,) if number else (), lambda n: lines_of({"a.py": texts[n]})
    )


def test_line_that_an_ancestor_had_and_the_parent_lost_is_restored():
    texts = ["one = first()\n", "two = second()\n", "one = first()\nthree = third()\n"]
    found = descents(texts)
    assert found.of(1) == Restored(added=1, back=0)
    assert found.of(2) == Restored(added=2, back=1)
    assert found.along(2) == Restored(3, 1)


def test_brackets_and_lines_that_moved_do_not_count():
    texts = ["if a_condition:\n    a_call()\n", "a_call()\nif a_condition:\n    pass\n", "else:\n"]
    assert descents(texts).along(2) == Restored(0, 0)


@pytest.fixture
def circling(recorder):
    """A run that turns a block of thirty lines off and on again."""
    made = recorder("steps")
    block = "".join(f"value_{at} = {at}\n" for at in range(30)).encode()
    made.seed(Program.of({"a.py": File(block)}), 5.0)
    for number in range(4):
        text = block if number % 2 else b""
        made.child((number,), {"a.py": text + b"step_number = %d\n" % number}, 4.0)
    made.store.close()
    return made.folder


def test_stats_say_that_a_search_goes_in_circles_and_what_to_do(circling, capsys):
    assert main(["stats", str(circling), "--evolution"]) == 0
    said = capsys.readouterr().out
    assert "in circles: 94% of the 64 lines" in said and "evolve steer" in said
    assert main(["stats", str(circling), "--evolution", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["circles"] is True and len(report["generations"]) == 4
    assert report["generations"][0]["selection"] == 0.0
    with RunReader(circling) as reader:
        assert Evolution(reader).restored == Restored(64, 60)


def test_stats_say_what_the_budget_bought(small_run, capsys):
    assert main(["stats", str(small_run), "--evolution", "--json"]) == 0
    bought = json.loads(capsys.readouterr().out)["bought"]
    assert (bought["proposals"], bought["usd"]) == (6, 0.0125)
    assert main(["stats", str(small_run), "--evolution"]) == 0
    assert "a dollar bought 480 proposals" in capsys.readouterr().out


def test_stats_of_a_run_without_children_say_so(recorder, capsys):
    made = recorder("steps")
    made.seed(Program.of({"a.py": File(b"x = 1\n")}), 5.0)
    made.store.close()
    assert main(["stats", str(made.folder), "--evolution"]) == 0
    assert "no child with a score yet" in capsys.readouterr().out


def test_last_lines_of_a_run_say_that_it_goes_in_circles():
    stop = Stop("proposals", "budget: 9 proposals made, of 9")
    said = {
        found: dict(closing_lines(Ending(stop, None, restored=found), progress(), Tally()))
        for found in (Restored(40, 30), Restored(40, 3), Restored(4, 4))
    }
    assert "75% of the 40 lines" in said[Restored(40, 30)]["circles"]
    assert "circles" not in said[Restored(40, 3)] and "circles" not in said[Restored(4, 4)]
