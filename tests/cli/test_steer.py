"""`evolve steer`: a wish for later prompts, from the command line."""

from contextlib import closing

import pytest

from cladogen.cli.main import COMMANDS, TABLE, main
from cladogen.prompts.prompter import STEER
from cladogen.record.steering import given
from cladogen.record.store import Store
from cladogen.view.run_reader import RunReader


def test_wish_is_written_where_later_prompts_read_it(small_run, capsys, monkeypatch):
    monkeypatch.chdir(small_run.parent.parent)
    assert main(["steer", str(small_run), "use integers"]) == 0
    assert main(["steer", "and no recursion"]) == 0
    assert (small_run / STEER).read_text() == "use integers\nand no recursion\n"
    assert "use integers" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["use", "fewer", "bins"], "in quotes"),
        (["nowhere", "use integers"], "no run here"),
        (["/no/such/place"], "no run here"),
        (["  "], "the wish is empty"),
    ],
)
def test_wish_that_cannot_be_taken_is_one_line_and_writes_nothing(
    small_run, capsys, monkeypatch, words, said
):
    monkeypatch.chdir(small_run.parent.parent)
    assert main(["steer", *words]) == 2
    error = capsys.readouterr().err
    assert said in error and error.count("\n") == 1
    assert not (small_run / STEER).exists()


def test_group_that_is_called_like_a_command_has_that_command():
    words = [word for heading in COMMANDS for word in heading.split()]
    assert "steer" in TABLE and "steer" not in words


def test_lineages_and_caps_are_recorded_as_said(small_run, capsys, monkeypatch):
    monkeypatch.chdir(small_run.parent.parent)
    assert main(["steer", str(small_run), "--ban", "1", "--cap", "usd=5"]) == 0
    assert main(["steer", str(small_run), "--pin", "best", "use integers"]) == 0
    with RunReader(small_run) as reader:
        said = [str(each.steer) for each in given(reader.store)]
        best = reader.best
    assert said == [
        "ban #1",
        "cap usd is 5 now",
        "every later prompt says: use integers",
        f"pin #{best}",
    ]
    assert capsys.readouterr().out.count("\n") == 4


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--ban", "#999"], "no program"),
        (["--cap", "usd"], "NAME=N"),
        (["--cap", "speed=3"], "there is none"),
        (["--cap", "usd=0"], "more than 0"),
    ],
)
def test_request_that_the_run_cannot_heed_is_one_line_and_records_nothing(
    small_run, capsys, monkeypatch, words, said
):
    monkeypatch.chdir(small_run.parent.parent)
    assert main(["steer", str(small_run), *words]) == 2
    error = capsys.readouterr().err
    assert said in error and error.count("\n") == 1
    with RunReader(small_run) as reader:
        assert given(reader.store) == []


@pytest.mark.parametrize("command", ["pause", "resume", "stop"])
def test_run_that_nobody_searches_is_not_paused_but_told_how_it_goes_on(small_run, capsys, command):
    assert main([command, str(small_run)]) == 2
    assert f"evolve run --resume {small_run}" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["pause", "resume", "stop"])
def test_run_that_somebody_searches_hears_it(small_run, capsys, command):
    with closing(Store.open(small_run, write=True)) as store:
        assert main([command, str(small_run)]) == 0
        assert [each.steer.do for each in given(store)] == [command]
