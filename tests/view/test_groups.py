"""Programs in groups: clades, islands, cells; each program in one, and who was asked how often."""

import json
import math

import pytest
from large_run import large_run

from cladogen.archives.base import Axis
from cladogen.archives.bins import Bins
from cladogen.cli.main import main
from cladogen.view.cells import cells_of, names_of
from cladogen.view.groups import groups
from cladogen.view.run_reader import RunReader


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return large_run(tmp_path_factory.mktemp("groups") / "runs" / "tour", 200)


@pytest.mark.parametrize("by", ["clade", "island", "cell"])
def test_every_program_is_in_one_group_and_the_best_group_holds_the_best(folder, by):
    with RunReader(folder) as run:
        found = groups(run, by)
        assert sum(each.programs for each in found) == 200
        assert sum(each.scored for each in found) == len(run.ranking)
        assert found[0].best == run.best and found[0].fitness == run.fitness(run.best)
        assert len({each.name for each in found}) == len(found)


def test_clade_is_what_descends_from_one_child_of_the_seed_program(folder):
    with RunReader(folder) as run:
        found = {each.name: each for each in groups(run, "clade")}
        heads = {run.descent(row.number)[1] for row in run.entries if row.node.parents}
        assert set(found) == {"#0, a seed program", *(f"#{n} and what came of it" for n in heads)}
        line = run.descent(run.best)
        assert found[f"#{line[1]} and what came of it"].best == run.best


def test_tasks_that_came_to_nothing_count_where_it_is_said_how_often_a_program_was_asked_from(
    folder,
):
    with RunReader(folder) as run:
        tasks = [each.task.parents[0] for each in run.store.tasks() if each.task.parents]
        asked = run.store.asked_from()
        assert sum(asked.values()) == len(tasks) > len(run.entries) - 1
        assert all(tasks.count(number) == many for number, many in asked.items())
        assert run.store.asked_times(0) == asked[0]


def test_cell_is_named_by_the_values_that_belong_to_it(folder):
    with RunReader(folder) as run:
        cells, rows = cells_of(run), [row for row in run.entries if row.score.features]
        name_of = names_of(cells)
        for row in rows:
            for said, axis, value in zip(
                name_of(row.score.features).split(", "), cells.axes, row.score.features, strict=True
            ):
                words = said.removeprefix(axis.metric).split()
                low = float(words[0]) if words[0] != "below" else -math.inf
                high = float(words[-1]) if words[-1] != "above" else math.inf
                assert low - 1e-3 * abs(low) <= value <= high + 1e-3 * abs(high)


def test_edges_that_are_close_are_told_apart():
    cells = Bins([Axis("size", low=0, high=1, bins=4), Axis("alone", low=0, high=1, bins=1)])
    cells.edges[0] = [1.0, math.nextafter(1.0, 2), 2.0]
    named = [names_of(cells)([value, 0.5]) for value in (0.5, 1.0, 1.5, 2.5)]
    assert len(set(named)) == 4
    assert named[0].startswith("size below 1") and named[0].endswith(", alone all")


def test_command_shows_groups_as_a_table_and_failed_programs_alone(folder, capsys):
    assert main(["tree", str(folder), "--by", "clade", "--max", "2"]) == 0
    out = capsys.readouterr().out
    assert "asked from" in out.splitlines()[0] and "more: --max 0 shows them all" in out
    assert main(["tree", str(folder), "--failed", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    with RunReader(folder) as run:
        failed = {row.number for row in run.entries if row.failed}
        assert {each["number"] for each in shown} == run.ancestors(sorted(failed)) >= failed


def test_problem_without_features_has_no_cells_and_says_what_names_some(recorder, capsys):
    from cladogen.program import File, Program

    made = recorder("steps")
    made.seed(Program.of({"a.py": File(b"x = 0\n")}), 5.0)
    made.store.close()
    assert main(["tree", str(made.folder), "--by", "cell"]) == 2
    assert "[[features]]" in capsys.readouterr().err


def test_plot_writes_a_png_or_says_what_is_missing(folder, tmp_path, capsys):
    path = tmp_path / "curve.png"
    code = main(["plot", str(folder), "--to", str(path)])
    try:
        import matplotlib  # noqa: F401
    except ImportError:
        assert code == 2 and "pip install 'cladogen[plot]'" in capsys.readouterr().err
    else:
        assert code == 0 and path.read_bytes().startswith(b"\x89PNG") and path.stat().st_size > 5000
