"""Runs read from their folders: what is best, while they run and after."""

import os
import time

import pytest

from cladogen.errors import RunError
from cladogen.git.heads import heads
from cladogen.program import File, Program
from cladogen.record.store import Store
from cladogen.view.archive_choice import shortlist
from cladogen.view.run_folders import find_runs
from cladogen.view.run_reader import RunReader


def seeded(made, excess: float = 5.0):
    made.seed(Program.of({"a.py": File(b"x = 0\n")}), excess)
    return made


def child(made, number: int, excess: float | None) -> int:
    return made.child((0,), {"a.py": f"x = {number}\n".encode()}, excess)


def test_best_is_the_fittest_and_ships_what_the_final_choice_names_until_the_run_goes_on(recorder):
    made = seeded(recorder())
    child(made, 1, 3.0)
    child(made, 2, 4.0)
    child(made, 3, None)
    with RunReader(made.folder) as past:
        assert (past.best, past.elites, past.ranking) == (1, [2, 0], [1, 2, 0])
    made.store.add_event(
        "final", {"number": 2, "sentence": "held-out cases say so", "shortlist": [1, 2]}
    )
    with RunReader(made.folder) as past:
        assert (past.best, past.ships, past.chosen, past.elites) == (1, 2, 2, [2])
    child(made, 4, 3.5)
    with RunReader(made.folder) as past:
        assert (past.best, past.ships, past.chosen, past.final) == (1, None, 1, None)


def test_best_of_an_archive_that_measures_case_by_case_is_its_own_choice(recorder):
    made = seeded(recorder(archive="clade"))
    child(made, 1, 3.0)
    for _ in range(5):
        made.measured(0, 1.0)
    with RunReader(made.folder) as past:
        assert past.best in (0, 1) and past.best == shortlist(past, 5)[0]


def test_archive_that_is_gone_leaves_the_fittest(recorder):
    made = seeded(recorder(archive="mine.py:Gone"))
    with RunReader(made.folder) as past:
        assert past.best == 0


def test_program_in_flight_has_no_standing(recorder):
    made = seeded(recorder())
    program = made.programs[0].replace({"a.py": b"x = 9\n"})
    made.store.add_program(program, type(next(made.store.nodes()))(1, program.id, (0,), 77))
    with RunReader(made.folder) as past:
        assert (past.entries[1].standing, past.entries[1].score.fitness) == ("", None)


def test_ending_is_running_stopped_or_the_reason(recorder):
    made = seeded(recorder())
    with RunReader(made.folder) as past:
        assert past.ending == "running"
    made.store.close()
    with RunReader(made.folder) as past:
        assert past.ending == "stopped"
    store = Store.open(made.folder, write=True)
    store.add_event("end", {"kind": "target", "text": "the target is reached"})
    store.close()
    with RunReader(made.folder) as past:
        assert past.ending == "target"


def test_run_of_a_newer_version_is_one_clear_error(recorder):
    made = seeded(recorder())
    made.store.set_meta("format", 99)
    with pytest.raises(RunError, match="upgrade cladogen"):
        RunReader(made.folder)


def test_runs_are_found_latest_first(recorder, tmp_path):
    for name in ("one", "two"):
        seeded(recorder(name)).store.close()
    os.utime(tmp_path / "runs" / "one" / "run.db", (time.time() + 9, time.time() + 9))
    assert [run.name for run in find_runs(tmp_path / "runs")] == ["one", "two"]
    assert find_runs(tmp_path / "runs" / "two") == [tmp_path / "runs" / "two"]
    assert find_runs(tmp_path / "nowhere") == []


def test_heads_are_few():
    assert heads(None, []) == {"seed": 0}
    named = {"seed": 0, "best": 7, "elite/2": 3, "elite/3": 4}
    assert heads(7, [3, 4]) == named
    assert heads(7, [3, 4], 3) == named | {"ships": 3}
