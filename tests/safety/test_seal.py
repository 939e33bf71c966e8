"""What decides scores is sealed when a run begins."""

import sys
import threading
import types
from pathlib import Path

import pytest
from guess_problem import PROPOSING, TOML, write

import cladogen
from cladogen.cli.main import main
from cladogen.safety.seal import Seal
from cladogen.view.run_reader import RunReader


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "guess", **{"problem.toml": TOML.replace("proposing.py:Cheater", "mutate")})
    return tmp_path / "guess"


@pytest.fixture
def argv(folder):
    return ["run", str(folder), "--run", "r", "--plain", "--max-proposals"]


def test_run_whose_copy_of_the_scorer_was_edited_does_not_go_on(argv, capsys):
    assert main([*argv, "2"]) == 0
    scorer = Path("r/problem/scorer.py")
    text = scorer.read_text()
    scorer.write_text(text + "# generous\n")
    capsys.readouterr()
    assert main([*argv, "4"]) == 2
    said = capsys.readouterr().err
    assert "scorer.py: not what it was when this run began" in said and said.count("\n") == 1
    scorer.write_text(text)
    assert main([*argv, "4"]) == 0


def test_edit_of_the_statement_is_taken_over_and_sealed_anew(argv, folder):
    assert main([*argv, "2"]) == 0
    (folder / "statement.md").write_text("Add them up.\n")
    assert main([*argv, "3"]) == 0
    assert main([*argv, "4"]) == 0


def test_folder_of_the_problem_that_changes_while_the_run_goes_on_is_flagged(argv, folder):
    writes = "        pathlib.Path('r/problem/notes.txt').write_text('mine')\n        parent ="
    text = "import pathlib\n" + PROPOSING.replace("        parent =", writes)
    (folder / "proposing.py").write_text(text)
    assert main([*argv, "2", "--proposer", "proposing.py:Cheater"]) == 0
    with RunReader(Path("r")) as run:
        said = "notes.txt changed while the run went on"
        assert any(text.startswith("the run's copy of ") and said in text for text in run.flags)


def test_run_begins_while_another_thread_imports(tmp_path):
    """A run with a model ended at its start: litellm was being imported beside the event loop."""
    stop = threading.Event()

    def imports():
        while not stop.is_set():
            for number in range(200):
                sys.modules[f"imported_meanwhile_{number}"] = types.ModuleType("x")
            for number in range(200):
                del sys.modules[f"imported_meanwhile_{number}"]

    importing = threading.Thread(target=imports)
    importing.start()
    try:
        for _ in range(100):
            Seal(tmp_path, dict, lambda name, value: None, lambda text: None).begin()
    finally:
        stop.set()
        importing.join()


def test_module_of_the_engine_that_is_not_loaded_yet_is_sealed_too(tmp_path, monkeypatch):
    more = tmp_path / "more"
    more.mkdir()
    late = more / "loaded_when_needed.py"
    late.write_text("A = 1\n")
    monkeypatch.setattr(cladogen, "__path__", [*cladogen.__path__, str(more)])
    flags = []
    seal = Seal(tmp_path, dict, lambda name, value: None, flags.append)
    seal.begin()
    seal.check()
    assert flags == []
    late.write_text("A = 2\n")
    seal.check()
    assert len(flags) == 1 and flags[0].startswith(f"{late} changed while the run went on")
