"""Scores in the record: derived from evaluations, complete after any end, healed where an earlier version wrote."""

import contextlib
import json
import sqlite3
from dataclasses import replace

import pytest
from toy_world import opened, toy_run

from cladogen.cli.main import main
from cladogen.evaluation import Score, Status
from cladogen.problem import load
from cladogen.record.store import Store
from cladogen.search.budget import Caps
from cladogen.view.run_reader import RunReader


def by_hand(store: Store, score_of) -> dict[int, Score]:
    """Return every program's score, worked out from its evaluations."""
    rows: dict[int, list] = {}
    for stored in store.evaluations():
        rows.setdefault(stored.program, []).append(stored.evaluation)
    return {number: score_of(made) for number, made in sorted(rows.items())}


def unsigned(score: Score) -> Score:
    """Return a score without its signature, which is not read where many are."""
    return replace(score, signature="")


def fill(made, programs: int) -> None:
    made.seed(load(made.folder / "problem").seeds[0], 5.0)
    for number in range(1, programs):
        excess = None if number % 4 == 3 else 5.0 - (number * 7 % 5)
        made.child((number // 2,), {"a.py": f"x = {number}\n".encode()}, excess)
        if number % 5 == 0:
            made.measured(number, 3.5)


@pytest.fixture
def made(recorder):
    made = recorder()
    fill(made, 30)
    return made


async def test_scores_of_a_search_are_what_its_evaluations_add_up_to(tmp_path):
    store = opened(tmp_path / "run")
    run = toy_run(store, Caps(proposals=30), workers=2)
    await run.search()
    assert dict(store.scores()) == by_hand(store, run.problem.score) != {}
    assert store.unscored() == []
    store.close()


def test_a_score_is_read_as_it_was_recorded(made):
    scores = by_hand(made.store, made.problem.score)
    assert dict(made.store.scores()) == scores
    assert dict(made.store.scores([3, 7])) == {3: scores[3], 7: scores[7]}
    partial = Score(
        Status.INVALID, None, {"a": 1.0}, utilities={"one": 0.25, "two": 1.0}, feedback="no"
    )
    made.store.add_score(7, 99, partial)
    assert dict(made.store.scores([7])) == {7: partial}


def test_what_is_best_is_known_without_a_look_at_evaluations(made):
    with RunReader(made.folder) as run:
        best, ranking = run.best, run.ranking
    made.store.database.execute("DELETE FROM evaluations")
    with RunReader(made.folder) as run:
        assert (run.best, run.elites) == (best, ranking[1:5])
        assert (run.ranking, run.best) == (ranking, best)


@pytest.mark.parametrize(
    "lost", ["DROP TABLE scores", "DELETE FROM scores", "DELETE FROM scores WHERE program > 20"]
)
def test_scores_that_are_missing_are_worked_out_from_evaluations(made, lost):
    with RunReader(made.folder) as run:
        known = (run.best, run.elites, run.ranking, [unsigned(row.score) for row in run.entries])
    made.store.database.execute(lost)
    with RunReader(made.folder) as run:
        assert (run.best, run.elites) == known[:2]
        assert [unsigned(row.score) for row in run.rows([25, 4])] == [known[3][4], known[3][25]]
        assert (run.ranking, [unsigned(row.score) for row in run.entries]) == known[2:]


def test_results_of_an_earlier_version_are_not_overlooked(made):
    before = made.store.value("SELECT MAX(seq) FROM results")
    made.measured(3, 0.5)
    made.measured(8, 0.5)
    made.store.database.execute(
        "DELETE FROM scores WHERE result > ?", (before,)
    )  # as if never written
    made.store.database.execute("INSERT INTO scores SELECT 3, 1, status, fitness, cases, body, NULL FROM scores "
                                "WHERE program = 4")  # fmt: skip
    assert made.store.unscored() == [3, 8]
    with RunReader(made.folder) as run:
        scores = by_hand(made.store, made.problem.score).values()
        assert [unsigned(row.score) for row in run.entries] == [*map(unsigned, scores)]


async def test_a_run_of_an_earlier_version_is_healed_when_it_goes_on(tmp_path):
    store = opened(tmp_path / "run")
    await toy_run(store, Caps(proposals=20)).search()
    store.close()
    with contextlib.closing(sqlite3.connect(tmp_path / "run" / "run.db")) as database, database:
        database.execute("DROP TABLE scores")
    again = Store.open(tmp_path / "run", write=True)
    run = toy_run(again, Caps(proposals=25))
    await run.search()
    assert dict(again.scores()) == by_hand(again, run.problem.score)
    assert len(dict(again.scores())) == again.program_count()
    again.close()


def test_lines_of_descent_are_those_of_the_programs(made):
    nodes = {node.number: node for node in made.store.nodes()}

    def up(number: int) -> list[int]:
        return [*up(nodes[number].parents[0]), number] if nodes[number].parents else [number]

    made.child((5, 9, 11, 2), {"a.py": b"y = 1\n"}, 1.0)
    made.child((6, 30), {"a.py": b"y = 2\n"}, 1.0)
    assert made.store.descent(29) == up(29)
    assert (
        made.store.ancestors([31])
        == {31, *made.store.ancestors([6, 30])}
        == {31, 30, 6, 3, 1, 0, 5, 2, 9, 4, 11}
    )
    assert made.store.children(2) == [4, 5, 30] and made.store.children(9) == [18, 19, 30]
    assert made.store.children(30) == [31] and made.store.children(6) == [12, 13, 31]
    assert made.store.parents([31, 30]) == {31: (6, 30), 30: (5, 9, 11, 2)}


def test_damaged_lineage_does_not_hang(made):
    made.store.database.execute("UPDATE programs SET parents = '[4]' WHERE number = 2")
    made.store.database.execute("UPDATE programs SET parents = '[[' WHERE number = 1")
    assert 4 in made.store.descent(4) and 2 in made.store.ancestors([4])
    assert made.store.children(1) == [3] or made.store.children(1) == []
    assert made.store.children(29) == []


def test_a_long_list_of_proposals_shows_the_latest_and_says_so(made, capsys):
    for number in range(31, 80):
        made.child((0,), {"a.py": f"x = {number}\n".encode()}, None if number % 2 else 4.0)
    folder = str(made.folder)
    assert main(["list", folder, "--proposals"]) == 0
    said = capsys.readouterr().out.splitlines()
    assert len(said) == 1 + 60 + 1 and "--max 0" in said[-1] and "#78" in said[-2]
    assert main(["list", folder, "--proposals", "--max", "0"]) == 0
    every = capsys.readouterr().out.splitlines()
    assert len(every) == 1 + len(list(made.store.results())) and every[-60:] == said[1:-1]
    assert main(["list", folder, "--outcome", "crash", "--max", "2"]) == 0
    crashed = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert crashed[1:] == [line.split() for line in every if "crash" in line][-2:]
    assert main(["list", folder, "--proposals", "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)) == len(every) - 1


async def test_a_run_that_goes_on_reads_no_evaluations_and_knows_what_it_knew(tmp_path):
    store = opened(tmp_path / "run")
    run = toy_run(store, Caps(proposals=25), workers=2)
    await run.search()
    known, size = run.record, run.record.size()
    again = toy_run(store, Caps(proposals=25))
    statements: list[str] = []
    store.database.set_trace_callback(statements.append)
    again.resume()
    store.database.set_trace_callback(None)
    assert not [said for said in statements if "e.metrics" in said and "e.program" not in said]
    assert [again.record.score(n) for n in range(size)] == [known.score(n) for n in range(size)]
    for number in range(size):
        rows = known.evaluations(number)
        assert [replace(row, returned="") for row in again.record.evaluations(number)] == [*rows]
        assert again.record.behaves_like(rows) == known.behaves_like(rows)
    spent = [replace(each.budget.spend, seconds=0.0) for each in (again, run)]
    assert spent[0] == spent[1]
    store.close()
