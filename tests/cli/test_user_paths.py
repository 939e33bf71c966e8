"""Errors name the file that a user edits, not a run's copy of it; but a copy that is lost is said to be lost."""

import pytest

from cladogen.cli.user_paths import UserPaths


@pytest.fixture
def paths(tmp_path):
    for folder in ("mine", "runs/mine/problem"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "scorer.py").touch()
    (tmp_path / "mine" / "problem.toml").touch()
    return UserPaths(tmp_path / "runs/mine", tmp_path / "mine")


def test_copy_is_named_as_the_users_file(paths, tmp_path):
    copy = tmp_path / "runs/mine/problem"
    said = paths(f"{copy}/scorer.py: line 3: bad; {copy} is odd")
    assert said == f"{tmp_path}/mine/scorer.py: line 3: bad; {tmp_path}/mine is odd"


def test_file_that_is_in_neither_is_named_as_the_users(paths, tmp_path):
    copy = tmp_path / "runs/mine/problem"
    assert paths(f"{copy}/notes.md: no such file") == f"{tmp_path}/mine/notes.md: no such file"


def test_copy_that_is_lost_is_not_said_to_be_the_users_file(paths, tmp_path):
    said = f"{tmp_path}/runs/mine/problem/problem.toml: no such file"
    assert paths(said) == said
