"""Checksums of rows: whatever cell of a run's record the disk turns, somebody says so."""

import contextlib
import json
import sqlite3
import zipfile
from pathlib import Path

import pytest

from cladogen.cli.main import main
from cladogen.errors import RunError
from cladogen.evaluation import Evaluation, Status, Usage
from cladogen.models.calls import CallStatus, Message, Reply, Request
from cladogen.proposal import Cost
from cladogen.record import steering
from cladogen.record.bests import Maker, NamedBest
from cladogen.record.checksums import TABLES, checksum, key_of
from cladogen.record.database import connect
from cladogen.record.model_calls import StoredCalls
from cladogen.record.store import Store
from cladogen.record.verify import verify

OLD_RUNS = Path(__file__).parents[1] / "data" / "runs"


@pytest.fixture
def full_run(small_run) -> Path:
    """Return a run that has a row in every table, the last of each written in another way."""
    with contextlib.closing(Store.open(small_run, write=True)) as store:
        calls = StoredCalls(store)
        for end in (Reply(CallStatus.REPLIED, "hi"), None):
            call = calls.begin(Request(1, 0, "diff", "m", (Message("user", "hello"),)), 0, 0.5)
            if end is not None:
                calls.finish(call, end, Cost(0.25, 1, 2, 0, 1))
        usage = Usage(1, 2, 3, 4)  # whole numbers where the columns are of fractions
        row = Evaluation("", "one", 0, Status.OK, {"size": 1}, "", "", "o", usage, 0, returned="[]")
        store.add_evaluations(1, 1, (row,), split="heldout", fresh=True)
        store.add_proposal(store.proposal(1), 0)  # recorded again in its row
        for result in (1, 2):
            store.add_named_best(result, NamedBest(result, result - 1, Maker("diff", "m")))
        store.set_meta("seed", 4)
        store.set_meta("seed", 5)
    steering.give(small_run, steering.Steer("pause"))
    return small_run


def damages(run: Path) -> str:
    """Return what `evolve check` says is wrong."""
    try:
        with contextlib.closing(Store.open(run)) as store:
            return "\n".join(verify(store).damages)
    except RunError as error:
        return str(error)


def other(value):
    """Return values that the disk might turn this one into."""
    if value is None:
        return [7]
    if isinstance(value, (int, float)):
        return [value + 1, -value - 3.5, None]
    if isinstance(value, bytes):
        return [bytes([*value[:-1], value[-1] ^ 1])] if value else [b"x"]
    return [value[:-1] + chr(ord(value[-1]) ^ 1), value + " "] if value else ["x"]


def cells(run: Path) -> list[tuple[str, int, str, object]]:
    """Return every cell of the first and the last two rows: table, row, column, value."""
    with contextlib.closing(sqlite3.connect(run / "run.db")) as database:
        database.row_factory = sqlite3.Row
        found = []
        for table in TABLES:
            rows = database.execute(f"SELECT rowid AS row_number, * FROM {table}").fetchall()
            for row in {row["row_number"]: row for row in (rows[0], *rows[-2:])}.values():
                found += [(table, row["row_number"], name, row[name]) for name in row.keys()[1:]]
        return found


def turned(database: sqlite3.Connection, cell, value) -> bool:
    """Write ``value`` in a cell; tell whether the schema lets it be there, as another value."""
    table, row, column, before = cell
    try:
        database.execute(f"UPDATE {table} SET {column} = ? WHERE rowid = ?", (value, row))
    except sqlite3.IntegrityError:  # NOT NULL, UNIQUE: what SQLite refuses, its own check finds
        return False
    where = value if is_rowid(table, column) else row
    (now,) = database.execute(f"SELECT {column} FROM {table} WHERE rowid = ?", (where,)).fetchone()
    return (type(now), now) != (type(before), before)


def turned_back(database: sqlite3.Connection, cell, value) -> None:
    table, row, column, before = cell
    where = value if is_rowid(table, column) else row
    database.execute(f"UPDATE {table} SET {column} = ? WHERE rowid = ?", (before, where))


def is_rowid(table: str, column: str) -> bool:
    return column == key_of(table) and table not in ("meta", "outputs")


def test_every_table_and_column_has_a_checksum(full_run):
    with contextlib.closing(sqlite3.connect(full_run / "run.db")) as database:
        names = {
            name
            for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        }
        assert names == set(TABLES)
        for table, (number, summed) in TABLES.items():
            columns = [row[1] for row in database.execute(f"PRAGMA table_info({table})")]
            assert set(columns) == {*summed, "checksum", *([number] if number else ())}
            assert database.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0] > 0, table


def test_any_one_value_that_turned_into_another_is_named(full_run):
    assert damages(full_run) == ""
    missed, tried = [], 0
    with contextlib.closing(sqlite3.connect(full_run / "run.db", isolation_level=None)) as database:
        for cell in cells(full_run):
            for value in other(cell[-1]):
                if turned(database, cell, value):
                    tried, said = tried + 1, damages(full_run)
                    missed += [] if names(said, cell[0]) else [(cell, value, said)]
                    turned_back(database, cell, value)
    assert damages(full_run) == ""
    assert not missed and tried > 300


def names(said: str, table: str) -> bool:
    return table in said or (table == "meta" and "does not say its format" in said)


def test_score_that_turned_into_another_is_named_by_check(full_run, capsys):
    with contextlib.closing(sqlite3.connect(full_run / "run.db")) as database, database:
        (text,) = database.execute("SELECT metrics FROM evaluations WHERE id = 3").fetchone()
        number = json.loads(text)["excess"]
        changed = text.replace(f"{number}", f"{number + 0.04}")
        database.execute("UPDATE evaluations SET metrics = ? WHERE id = 3", (changed,))
    assert main(["check", str(full_run)]) == 3
    assert "evaluations, row 3 is not what its checksum says" in capsys.readouterr().out


@pytest.mark.parametrize(
    "words", [("list",), ("best",), ("stats",), ("show", "#1"), ("tree",), ("report",)]
)
def test_every_command_that_reads_a_damaged_row_says_so_in_one_line(full_run, capsys, words):
    with contextlib.closing(sqlite3.connect(full_run / "run.db")) as database, database:
        database.execute("""UPDATE evaluations SET metrics = '{"excess": 0.5, "size": 1}'""")
        database.execute("UPDATE scores SET fitness = -0.5")
        database.execute("UPDATE tallies SET best = -0.5")
    assert main([words[0], str(full_run), *words[1:]]) == 0
    said = [line for line in capsys.readouterr().err.splitlines() if "damaged" in line]
    assert len(said) == 1 and "is not what its checksum says" in said[0]
    assert f"see: evolve check {full_run}" in said[0]


@pytest.mark.parametrize("body", ["{", "[]", '{"note": 1}'])
def test_row_that_nothing_can_be_made_of_is_one_line(full_run, capsys, body):
    with contextlib.closing(sqlite3.connect(full_run / "run.db")) as database, database:
        database.execute("UPDATE proposals SET body = ?", (body,))
    assert main(["list", str(full_run), "--proposals"]) == 2
    assert "damaged record; see: evolve check" in capsys.readouterr().err.splitlines()[-1]


def test_run_is_not_continued_on_a_damaged_row(steps_problem, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    words = ["run", "steps", "--sandbox", "local", "--workers", "1", "--plain", "--max-proposals"]
    assert main([*words, "2"]) == 0
    with contextlib.closing(sqlite3.connect("runs/steps/run.db")) as database, database:
        database.execute("UPDATE results SET reason = 'x' || reason WHERE seq = 2")
    assert main([*words, "4"]) == 2
    assert "results, row 2 is not what its checksum says" in capsys.readouterr().err


def test_lost_row_is_named(full_run):
    with contextlib.closing(sqlite3.connect(full_run / "run.db")) as database, database:
        database.execute("DELETE FROM evaluations WHERE id = 3")
    assert "evaluations: row 3 is not there" in damages(full_run)


def test_run_of_an_earlier_version_is_said_to_have_no_checksums(tmp_path, capsys):
    with zipfile.ZipFile(OLD_RUNS / "offline.zip") as archive:
        archive.extractall(tmp_path / "old")
    assert main(["check", str(tmp_path / "old")]) == 0
    assert "rows have no checksum, for an earlier version wrote them" in capsys.readouterr().out


def test_rows_added_to_a_run_of_an_earlier_version_have_checksums(tmp_path):
    with zipfile.ZipFile(OLD_RUNS / "offline.zip") as archive:
        archive.extractall(tmp_path / "old")
    with contextlib.closing(Store.open(tmp_path / "old", write=True)) as store:
        before = verify(store).unsummed
        store.add_event("note", {"x": 1})
        assert verify(store).sound and verify(store).unsummed == before > 0
        store.database.execute("UPDATE events SET body = '{}' WHERE kind = 'note'")
        assert "is not what its checksum says" in verify(store).damages[0]


def test_checksum_of_a_row_is_the_same_in_every_version_of_python():
    # What is on disk was summed by another Python: these numbers must never change.
    assert checksum(1, -5, 1 << 40, 0.1, -2.5, None, "aé€😀", b"\0\xff", "") == 570596432


def test_connection_of_another_tool_reads_the_rows(full_run):
    with contextlib.closing(connect(full_run / "run.db", write=False)) as database:
        assert database.execute("SELECT COUNT(*) FROM evaluations WHERE checksum > 0").fetchone()[0]
