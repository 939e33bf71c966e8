"""`evolve steer`: a wish for later prompts, from the command line."""

import pytest

from cladogen.cli.main import COMMANDS, TABLE, main
from cladogen.prompts.prompter import STEER


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
