"""A record whose bits the disk turned: an error everywhere, another program nowhere."""

import contextlib
import json
import sqlite3
import subprocess
from pathlib import Path

import pytest

from cladogen.cli.main import main
from cladogen.errors import RunError
from cladogen.git.projection import Projection
from cladogen.program import Program
from cladogen.record.store import Store
from cladogen.record.verify import verify


@contextlib.contextmanager
def opened(folder: Path):
    store = Store.open(folder)
    try:
        yield store
    finally:
        store.close()


def change(folder: Path, query: str, values: tuple = ()) -> None:
    """Write into the database behind the record's back."""
    database = sqlite3.connect(folder / "run.db")
    with database:
        assert database.execute(query, values).rowcount == 1
    database.close()


def stored(folder: Path) -> dict[int, bytes]:
    """Return the packed bytes of every text."""
    database = sqlite3.connect(folder / "run.db")
    rows = dict(database.execute("SELECT id, data FROM texts"))
    database.close()
    return rows


def text_of(folder: Path, number: int, path: str = "a.py") -> int:
    with opened(folder) as store:
        return store._files(number)[path][0]


def turn_a_bit(folder: Path, text: int, at: int = -1) -> None:
    data = bytearray(stored(folder)[text])
    data[at] ^= 4
    change(folder, "UPDATE texts SET data = ? WHERE id = ?", (bytes(data), text))


def test_turned_bit_is_an_error_and_never_another_text(small_run):
    packed, told = stored(small_run), 0
    with opened(small_run) as store:
        before = {text: store.texts.get(text) for text in packed}
    for text, data in packed.items():
        for at in range(len(data)):
            turn_a_bit(small_run, text, at)
            with opened(small_run) as store:
                try:
                    assert store.texts.get(text) == before[text]
                except RunError as error:
                    assert "damaged record" in str(error)
                    told += 1
            turn_a_bit(small_run, text, at)
    assert told > sum(map(len, packed.values())) * 0.9


@pytest.mark.parametrize(
    "query",
    [
        "UPDATE texts SET hash = zeroblob(32) WHERE id = ?",
        "UPDATE texts SET base = 999 WHERE id = ?",
        "UPDATE texts SET size = 1, data = x'00' WHERE id = ?",
        "DELETE FROM texts WHERE id = ?",
    ],
)
def test_damaged_row_of_a_text_is_an_error(small_run, query):
    change(small_run, query, (text_of(small_run, 1),))
    with opened(small_run) as store, pytest.raises(RunError, match="damaged record"):
        store.program(1)


@pytest.mark.parametrize("files", ['{"a.py": [1, 1]}', '{"a.p', '{"b.py": [1, 0]}'])
def test_program_whose_files_are_others_is_an_error(small_run, files):
    change(small_run, "UPDATE programs SET files = ? WHERE number = 1", (files,))
    with opened(small_run) as store, pytest.raises(RunError, match="program #1 is not what"):
        store.program(1)


@pytest.mark.parametrize(
    "words",
    [
        ("show", "runs/steps", "#1"),
        ("diff", "runs/steps", "#1"),
        ("checkout", "runs/steps", "#1", "there"),
        ("export", "runs/steps", "#1", "own", "--branch", "x"),
        ("git", "runs/steps"),
        ("evaluate", "steps", "runs/steps@#1", "--sandbox", "local"),
        ("run", "steps", "--from", "runs/steps@#1", "--sandbox", "local"),
    ],
    ids=lambda words: words[0],
)
def test_every_command_that_reads_a_damaged_program_says_so(
    small_run, tmp_path, monkeypatch, capsys, words
):
    monkeypatch.chdir(tmp_path)
    subprocess.run(["git", "init", "-q", "own"], check=True)
    turn_a_bit(small_run, text_of(small_run, 1))
    assert main(list(words)) == 2
    said = capsys.readouterr().err.strip().splitlines()[-1]
    assert "damaged record; see: evolve check " in said and said.endswith("runs/steps")
    assert not (tmp_path / "there").exists()


def test_resumed_run_breeds_from_no_damaged_program(steps_problem, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    words = ["run", "steps", "--sandbox", "local", "--workers", "1", "--plain", "--max-proposals"]
    assert main([*words, "4"]) == 0
    run = tmp_path / "runs" / "steps"
    with opened(run) as store:
        texts = {store._files(node.number)["a.py"][0] for node in store.nodes()}
    for text in texts:
        turn_a_bit(run, text)
    assert main([*words, "9"]) == 2
    assert "damaged record; see: evolve check" in capsys.readouterr().err


def test_sound_run_is_said_to_be_sound(small_run, capsys):
    assert main(["check", str(small_run), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["sound"] and found["record"]["counts"]["programs"] == 5
    assert main(["check", str(small_run)]) == 0
    assert "sound: texts, rows and programs" in capsys.readouterr().out


def test_damaged_program_is_named_and_brought_back_from_the_projection(small_run, capsys, tmp_path):
    with opened(small_run) as store:
        Projection(small_run).catch_up(store, {"seed": 0})
        before = store.program(1).id
    turn_a_bit(small_run, text_of(small_run, 1))
    assert main(["check", str(small_run)]) == 3
    told = capsys.readouterr().out
    assert "program #1 cannot be read" in told and "programs are whole" in told
    command = next(line for line in told.splitlines() if "#1 from programs.git" in line)
    (tmp_path / "saved").mkdir()
    subprocess.run(command.partition(": ")[2], shell=True, cwd=tmp_path / "saved", check=True)
    assert Program.read(tmp_path / "saved").id == before


def test_damage_of_every_kind_is_found(small_run):
    change(small_run, "UPDATE tasks SET body = '{' WHERE ticket = 1")
    change(small_run, "DELETE FROM tasks WHERE ticket = 2")
    with opened(small_run) as store:
        damages = "\n".join(verify(store).damages)
    assert "tasks, row 1: body cannot be read" in damages
    assert "ticket 2 is not there" in damages


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("UPDATE evaluations SET status = 'oj' WHERE id = 1", "status is 'oj', which is none"),
        ("UPDATE results SET outcome = 'acc' WHERE rowid = 1", "outcome is 'acc', which is none"),
        ("UPDATE programs SET parents = '[99]' WHERE number = 2", "#99 is no earlier program"),
        ("UPDATE programs SET parents = '[2' WHERE number = 2", "parents cannot be read"),
    ],
)
def test_row_that_says_what_cannot_be_is_found(small_run, query, told):
    change(small_run, query)
    with opened(small_run) as store:
        assert told in "\n".join(verify(store).damages)


def test_damaged_projection_is_found_and_costs_nothing(small_run, capsys):
    with opened(small_run) as store:
        Projection(small_run).catch_up(store, {"seed": 0})
    for pack in (small_run / "programs.git" / "objects" / "pack").glob("*.pack"):
        pack.chmod(0o644)
        pack.write_bytes(pack.read_bytes()[:-40] + bytes(40))
    assert main(["check", str(small_run)]) == 3
    assert "the record is sound; delete" in capsys.readouterr().out


@pytest.mark.parametrize("size", [0, 100, 5000], ids=["empty", "head only", "cut off"])
def test_record_that_is_cut_off_is_one_line_that_names_the_commits(small_run, capsys, size):
    with opened(small_run) as store:
        Projection(small_run).catch_up(store, {"seed": 0})
    for beside in small_run.glob("run.db-*"):
        beside.unlink()
    with (small_run / "run.db").open("r+b") as file:
        file.truncate(size)
    for command in ("check", "status", "best"):
        assert main([command, str(small_run)]) == 2
        said = capsys.readouterr().err
        assert said.count("\n") == 1 and "restore a copy" in said
        assert f"git --git-dir={small_run / 'programs.git'} log --all" in said
        assert ("is empty" in said) is (size == 0)
