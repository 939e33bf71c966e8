"""Shipped problems are named without a folder, from anywhere, and are never written to."""

from pathlib import Path

import pytest

import cladogen
from cladogen.cli.init import NAMES, SHIPPED_AS
from cladogen.cli.main import main
from cladogen.cli.templates import TEMPLATES

ROOT = Path(__file__).parents[2]
ALL = sorted(path.parent.name for path in (ROOT / "problems").glob("*/problem.toml"))


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_problems_lists_every_shipped_problem_in_a_line(capsys):
    assert main(["problems"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ALL
    assert "Cap set: maximize cap (best known 512.0); variants n6" in "\n".join(lines)


def test_shipped_problem_is_evaluated_by_name_away_from_the_clone(capsys):
    assert main(["evaluate", "cap_set", "seed", "--sandbox", "local"]) == 0
    assert "cap 256 vectors" in capsys.readouterr().out


def test_python_call_takes_the_name_of_a_shipped_problem(elsewhere):
    found = cladogen.evolve("cap_set", run="r", sandbox="local", variant="n6", max_proposals=1)
    assert found.seed_score == 64
    assert (elsewhere / "r" / "problem" / "problem.toml").is_file()


def test_folder_here_goes_before_the_shipped_problem_of_its_name(elsewhere, capsys):
    (elsewhere / "cap_set").mkdir()
    assert main(["evaluate", "cap_set", "seed"]) == 2
    assert "cap_set/problem.toml: no such file" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["capset", "problems/cap_set"])
def test_problem_that_is_not_there_names_the_shipped_one_that_is_like_it(name, capsys):
    assert main(["run", name]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and "the shipped problem 'cap_set'" in said


def test_init_copies_a_shipped_problem_to_change(elsewhere, capsys):
    assert main(["init", "mine", "--template", "repair_agent"]) == 0
    source = ROOT / "problems" / "repair_agent"
    kept = [
        path for path in source.rglob("*") if path.is_file() and "__pycache__" not in path.parts
    ]
    for path in kept:
        assert (elsewhere / "mine" / path.relative_to(source)).read_bytes() == path.read_bytes()
    assert len([path for path in (elsewhere / "mine").rglob("*") if path.is_file()]) == len(kept)


def test_init_with_an_unknown_template_names_the_nearest(capsys):
    assert main(["init", "mine", "--template", "comand"]) == 2
    assert "did you mean 'command'?" in capsys.readouterr().err


def test_init_with_a_word_that_is_like_no_template_names_them_all(capsys):
    assert main(["init", "mine", "--template", "wrong"]) == 2
    told = capsys.readouterr().err
    assert "did you mean" not in told
    assert all(name in told for name in [*TEMPLATES, *SHIPPED_AS])


def test_help_of_init_names_every_template():
    assert NAMES.split(", ") == [*TEMPLATES, *SHIPPED_AS]
