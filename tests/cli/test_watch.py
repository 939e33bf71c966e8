"""`evolve watch`: a run as another terminal follows it."""

import subprocess
import sys

import pytest
from large_run import Writer, judged_run

from cladogen.cli.main import main
from cladogen.record.steering import Steer, give


@pytest.fixture
def watching(tmp_path):
    """A run that goes on, and a terminal that watches it."""
    writer = Writer(tmp_path / "runs" / "tour")
    writer.write(15)
    command = [sys.executable, "-m", "cladogen.cli.main", "watch", str(tmp_path / "runs" / "tour")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as watch:
        try:
            yield writer, watch
        finally:
            watch.kill()
            writer.store.close()


def test_watching_says_how_the_run_stands_at_once_and_whenever_it_gets_better(watching):
    writer, watch = watching
    said = watch.stdout
    assert "Ctrl-C ends watching only" in next(said)
    assert next(said).startswith("best")
    before = writer.shortest
    while writer.shortest == before:
        writer.step()
    better = next(line for line in said if " best " in line and line.startswith("task"))
    assert f"#{len(writer.lengths) - 1} " in better
    assert next(said).startswith(f"best      #{len(writer.lengths) - 1}")


def test_watching_says_what_a_person_asked_and_that_the_search_is_over(watching):
    writer, watch = watching
    assert next(watch.stdout)
    give(writer.store.folder, Steer("pause"))
    assert next(line for line in watch.stdout if line.startswith("notice")).endswith("pause\n")
    writer.store.close()
    rest = watch.communicate(timeout=60)[0]
    assert watch.returncode == 0 and "ended     stopped" in rest


def test_run_that_is_over_is_watched_to_its_end_at_once(tmp_path, capsys):
    assert main(["watch", str(judged_run(tmp_path / "runs" / "tour", 20))]) == 0
    said = capsys.readouterr().out
    assert "watching" not in said and said.count("task ") == 10
    assert "ended     budget" in said and "\nships " in said
