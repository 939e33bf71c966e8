"""Classes that a user names are found in one way, whatever they are for."""

import pytest

from cladogen.archives.options import find_archive
from cladogen.errors import ConfigError
from cladogen.proposers import find_proposer

MINE = """
class Mine:
    pass
"""


@pytest.mark.parametrize("find", [find_archive, find_proposer])
def test_class_is_found_by_file_by_colon_and_by_dots(find, tmp_path, monkeypatch):
    (tmp_path / "my_rules.py").write_text(MINE)
    assert find("my_rules.py:Mine", tmp_path).__name__ == "Mine"
    monkeypatch.syspath_prepend(tmp_path)
    assert find("my_rules:Mine").__name__ == find("my_rules.Mine").__name__ == "Mine"


@pytest.mark.parametrize(
    ("find", "name", "near"),
    [(find_archive, "greedi", "greedy"), (find_proposer, "mutat", "mutate")],
)
def test_misspelt_name_is_told_the_nearest(find, name, near):
    with pytest.raises(ConfigError, match=f"unknown .* {name!r}; did you mean '{near}'"):
        find(name)


@pytest.mark.parametrize("find", [find_archive, find_proposer])
def test_class_that_cannot_be_imported_is_one_line(find):
    with pytest.raises(ConfigError, match="cannot import it: No module named 'nowhere_at_all'"):
        find("nowhere_at_all:Mine")


@pytest.mark.parametrize("find", [find_archive, find_proposer])
@pytest.mark.parametrize("text", ["class Mine\n", "1 / 0\n"])
def test_module_that_fails_while_it_is_imported_is_its_writers_mistake_and_one_line(
    find, text, tmp_path, monkeypatch
):
    """It was said to be a defect of ours, to be reported."""
    name = f"rules_that_fail_{len(text)}_{find.__name__}"
    (tmp_path / f"{name}.py").write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ConfigError, match=r"cannot be loaded: (SyntaxError|ZeroDivisionError): "):
        find(f"{name}:Mine")
