"""Sealed cases are in no search and no choice, and are opened once for what a run ships."""

import json

import pytest

from cladogen.cli.main import main
from cladogen.record.store import Store

SCORER = """
import pathlib
from cladogen.scoring import Case
SEEN = pathlib.Path(SEEN_FILE)
def cases(parameters):
    return [Case("a", 1), Case("h", 2, "heldout"), *(Case(f"s{n}", n, "sealed") for n in (3, 4, 5))]
def score(case, output):
    with SEEN.open("a") as stream:
        stream.write(case.name + chr(10))
    if SEEN.with_name("away").exists():
        raise OSError("the disk is away")
    return -abs(float(output) - 10.0 * float(case.input))
"""
TOML = """
[program]
editable = ["solve.py"]
entry = "solve.py:run"
[objective]
metric = "value"
[limits]
time_s = 5.0
"""


@pytest.fixture
def seen(tmp_path):
    return tmp_path / "seen"


def write_problem(problem, seen, split="sealed"):
    (problem / "seed").mkdir(parents=True)
    (problem / "seed" / "solve.py").write_text("def run(case):\n    return 3.0 * case\n")
    scorer = SCORER.replace("SEEN_FILE", repr(str(seen))).replace('"sealed"', f'"{split}"')
    (problem / "scorer.py").write_text(scorer)
    (problem / "problem.toml").write_text(TOML)


def run_of(problem, folder, capsys):
    words = ["--run", folder, "--sandbox", "local", "--workers", "1", "--max-proposals", "6"]
    assert main(["run", *map(str, [problem, *words])]) == 0
    capsys.readouterr()
    return folder


@pytest.fixture
def ended(tmp_path, seen, capsys):
    """A run that ended, of a problem with sealed cases."""
    write_problem(tmp_path / "problem", seen)
    return run_of(tmp_path / "problem", tmp_path / "run", capsys)


def measured(seen) -> list[str]:
    return seen.read_text().split()


def unseal(run, *words):
    return main(["verify", str(run), "--sealed", *words])


def test_no_search_and_no_choice_sees_a_sealed_case(ended, seen):
    assert {"a", "h"} == set(measured(seen))
    store = Store.open(ended)
    assert not [
        name for _, row in store.brief_evaluations("train") for name in [row.case] if "s" in name
    ]
    assert store.meta()["cases"] == [["a"], ["h"]]
    store.close()


def test_sealed_cases_are_opened_once_and_read_ever_after(ended, seen, capsys):
    assert unseal(ended) == 0
    first = capsys.readouterr().out
    count = len(measured(seen))
    assert "on 3 cases" in first and "by which it was chosen" in first
    assert {"s3", "s4", "s5"} <= set(measured(seen))
    assert unseal(ended) == 0
    assert capsys.readouterr().out == first
    assert len(measured(seen)) == count
    assert unseal(ended, "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["cases"] == 3 and found["program"] == found["ships"]


def test_opening_does_not_lengthen_the_run(ended):
    store = Store.open(ended)
    before = store.seconds()
    store.close()
    assert unseal(ended) == 0
    store = Store.open(ended)
    assert store.seconds() == before and len(store.events("unsealed")) == 1
    store.close()


def test_program_that_ships_later_gets_no_second_look(ended, capsys):
    assert unseal(ended) == 0
    store = Store.open(ended, write=True)
    body = store.events("final")[-1].body
    store.add_event("final", {**body, "number": body["number"] + 1})
    store.close()
    capsys.readouterr()
    assert unseal(ended) == 0
    assert "a new figure needs new cases" in " ".join(capsys.readouterr().out.split())


def test_world_that_fails_leaves_the_cases_sealed(ended, tmp_path, capsys):
    (tmp_path / "away").touch()
    assert unseal(ended) != 0
    assert "the disk is away; nothing was recorded, verify again" in capsys.readouterr().err
    store = Store.open(ended)
    assert store.events("unsealed") == []
    store.close()
    (tmp_path / "away").unlink()
    assert unseal(ended) == 0


@pytest.mark.parametrize(
    "words, said",
    [
        (["verify", "RUN", "--sealed", "seed"], "--sealed takes a run and nothing else"),
        (["verify", "RUN/problem.toml", "--sealed"], "no run folder"),
        (["verify", "RUN"], "evolve verify FILE [PROGRAM], or RUN --sealed"),
    ],
)
def test_misuse_is_one_line(ended, capsys, words, said):
    assert main([word.replace("RUN", str(ended)) for word in words]) == 2
    error = capsys.readouterr().err
    assert said in error and error.count("\n") == 1


def test_problem_without_sealed_cases_says_how_to_have_some(tmp_path, seen, capsys):
    write_problem(tmp_path / "problem", seen, "heldout")
    run = run_of(tmp_path / "problem", tmp_path / "run", capsys)
    assert unseal(run) == 2
    assert "give some of the scorer's cases split='sealed'" in capsys.readouterr().err


def test_split_that_is_misspelt_is_named(tmp_path, seen, capsys):
    write_problem(tmp_path / "problem", seen, "held-out")
    assert main(["check", str(tmp_path / "problem"), "--sandbox", "local", "--repeats", "2"]) == 2
    assert "split='held-out'; there are train, heldout, sealed" in capsys.readouterr().err
