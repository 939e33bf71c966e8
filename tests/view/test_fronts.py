"""What several metrics or cases leave undecided: Pareto fronts, cells around centroids, and their tables."""

import json
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from large_run import Writer, large_run

from cladogen.cli.main import main
from cladogen.kernels.pareto import numpy_nondominated_fronts
from cladogen.settings import Settings
from cladogen.view.cells import cells_of, outlines
from cladogen.view.fronts import front, nondominated
from cladogen.view.groups import groups
from cladogen.view.run_reader import RunReader


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return large_run(tmp_path_factory.mktemp("fronts") / "runs" / "tour", 200)


@given(st.integers(0, 100_000))
def test_rows_that_none_dominates_are_the_first_front_of_the_sorting(seed):
    rng = np.random.default_rng(seed)
    values = np.array([-np.inf, 0.0, 1.0, 2.5, 3.0])
    points = values[rng.integers(0, 5, (int(rng.integers(0, 30)), int(rng.integers(1, 5))))]
    assert nondominated(points).tolist() == (numpy_nondominated_fronts(points) == 0).tolist()


def test_front_over_objectives_holds_every_program_that_no_other_dominates(folder):
    with RunReader(folder) as run:
        found = front(run, "objectives")
        assert found.names == ("length", "turns") and found.signs == (-1, -1)
        points = {row.number: row.score.objectives for row in run.entries if not row.failed}
        wanted = {
            number
            for number, mine in points.items()
            if not any(other != mine and all(a >= b for a, b in zip(other, mine, strict=True)) for other in points.values())
        }  # fmt: skip
        assert set(found.numbers[found.held > 0].tolist()) == wanted
        assert run.best in wanted


def test_survivors_over_cases_reach_the_best_of_every_case_and_none_is_spare(folder):
    with RunReader(folder) as run:
        found = front(run, "cases")
        assert found.names == ("north", "south")
        cases = {row.number: row.score.cases for row in run.entries if not row.failed}
        best = {name: max(each[name] for each in cases.values()) for name in found.names}
        survivors = set(found.numbers[found.held > 0].tolist())
        for at, name in enumerate(found.names):
            value, reach_it = found.best_on(at)
            assert value == run.problem.objective.sign * best[name]
            assert set(reach_it.tolist()) == {n for n in cases if cases[n][name] == best[name]}
            assert survivors.intersection(reach_it.tolist())
        for left_out in survivors:
            others = survivors - {left_out}
            assert any(
                all(cases[number][name] != best[name] for number in others) for name in found.names
            )


def test_commands_show_fronts_as_tables_and_as_json(folder, capsys):
    assert main(["tree", str(folder), "--by", "front"]) == 0
    out = capsys.readouterr().out
    assert out.split("\n", 1)[0].startswith("program  length")
    assert "better is: less length, less turns" in out
    assert main(["tree", str(folder), "--by", "front", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    with RunReader(folder) as run:
        for each in shown["programs"]:
            assert f"#{each['program']} " in out
            assert each["values"] == [-value for value in run.score(each["program"]).objectives]
    assert main(["tree", str(folder), "--by", "case"]) == 0
    out = capsys.readouterr().out
    assert "reached by" in out and "best on" in out and "north" in out


def test_problem_with_one_metric_has_no_front_and_says_what_names_more(recorder, capsys):
    from cladogen.program import File, Program

    made = recorder("steps")
    about = made.folder / "problem" / "problem.toml"
    about.write_text(re.sub(r"\[metrics.size\][^[]*", "", about.read_text()))
    made.seed(Program.of({"a.py": File(b"x = 0\n")}), 5.0)
    made.store.close()
    assert main(["tree", str(made.folder), "--by", "front"]) == 2
    assert "[metrics.NAME]" in capsys.readouterr().err


@pytest.fixture(scope="module")
def centroids(tmp_path_factory):
    settings = Settings(archive="cvt_map_elites", archive_options={"centroids": "9"})
    writer = Writer(tmp_path_factory.mktemp("cvt") / "runs" / "tour", settings=settings)
    writer.write(120)
    writer.store.close()
    return writer.store.folder


def test_cells_of_an_archive_of_centroids_are_its_centroids(centroids):
    with RunReader(centroids) as run:
        cells = cells_of(run)
        assert cells.count == 9
        found = groups(run, "cell")
        assert 1 < len([each for each in found if each.scored]) <= 9
        assert all("around centroid" in each.name for each in found if each.scored)


def test_outlines_of_cells_fill_the_square_once(centroids):
    with RunReader(centroids) as run:
        shapes = outlines(cells_of(run).centroids)
    areas = []
    for corners in shapes:
        x, y = np.array(corners).T
        assert x.min() > -1e-3 and x.max() < 1.001 and y.min() > -1e-3 and y.max() < 1.001
        areas.append(0.5 * abs(np.dot(x, np.roll(y, 1)) - np.dot(y, np.roll(x, 1))))
    assert sum(areas) == pytest.approx(1.0, abs=1e-3)
    assert outlines(np.zeros((3, 3))) is None
