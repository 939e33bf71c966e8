"""`evolve run --config FILE`: settings from a file, over the problem's own and under the command line's."""

from __future__ import annotations

from pathlib import Path

import pytest

from cladogen.cli.main import main
from cladogen.record.store import Store

PROBLEM = str(Path(__file__).parents[2] / "problems" / "latent_tree")


def ran(folder: Path, *words: str) -> dict[str, object]:
    run = folder / "run"
    assert main(["run", PROBLEM, "--run", str(run), "--plain", *words]) == 0
    store = Store.open(run)
    settings = store.meta()["settings"]
    store.close()
    assert isinstance(settings, dict)
    return settings


def test_settings_of_a_file_go_over_the_problems_and_options_over_both(tmp_path: Path) -> None:
    file = tmp_path / "found.toml"
    file.write_text('archive = "dgm"\narchive_options = {midpoint = 0.3}\nmax_evaluations = 61\n')
    first = ran(tmp_path / "a", "--config", str(file))
    assert (first["archive"], first["archive_options"]) == ("dgm", {"midpoint": 0.3})
    assert first["caps"]["evaluations"] == 61  # type: ignore[index]
    second = ran(tmp_path / "b", "--config", str(file), "--archive", "greedy")
    assert (second["archive"], second["archive_options"]) == ("greedy", {})
    again = ran(tmp_path / "a", "--config", str(file))  # the same command goes on
    assert again == first


def test_a_table_of_defaults_is_taken_as_it_stands_in_a_problem(tmp_path: Path) -> None:
    file = tmp_path / "found.toml"
    file.write_text('[defaults]\narchive = "greedy"\nmax_evaluations = 61\n')
    assert ran(tmp_path, "--config", str(file))["archive"] == "greedy"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('archiv = "dgm"', "unknown key 'archiv'; did you mean 'archive'"),
        ("archive = ", "not readable as TOML"),
        (None, "cannot be read"),
        ("workers = 0", "workers"),
        ("defaults = 3", "defaults"),
    ],
)
def test_a_file_that_cannot_be_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str | None, said: str
) -> None:
    file = tmp_path / "found.toml"
    if text is not None:
        file.write_text(text)
    run = tmp_path / "run"
    assert main(["run", PROBLEM, "--run", str(run), "--config", str(file)]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1 and said in lines[0] and "found.toml" in lines[0]
    assert not run.exists()
