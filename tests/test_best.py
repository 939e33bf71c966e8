"""The best program: one thing wherever it is named, and no worse after a run is gone on with."""

import io
import json
import re

import pytest
from toy_world import opened, toy_run

from cladogen.cli.main import main
from cladogen.display.lines import Plain
from cladogen.events import Silent
from cladogen.ledger import Caps
from cladogen.view.followed import FollowedRun
from cladogen.view.reports.run import run_report
from cladogen.view.run_reader import RunReader
from cladogen.view.summary import summary


class Heard(Silent):
    """Keeps what was announced as the best, and the best that was known before."""

    def __init__(self) -> None:
        self.better: list[float] = []

    def told(self, event, progress) -> None:
        if event.best:
            self.better.append(event.result.score.fitness)


@pytest.mark.parametrize("seed", range(4))
async def test_first_that_is_announced_as_better_after_a_resume_is_better_than_the_best_before(
    tmp_path, seed
):
    store, first, second = opened(tmp_path / "run"), Heard(), Heard()
    await toy_run(store, Caps(proposals=8), observer=first, seed=seed).search()
    run = toy_run(store, Caps(proposals=120), observer=second, seed=seed)
    await run.search()
    before = max(first.better)
    assert second.better and all(value > before for value in second.better)
    assert second.better == sorted(set(second.better))
    assert second.better[-1] == run.overview.best_fitness()
    store.close()


async def test_resumed_run_prints_no_better_line_for_what_was_known(tmp_path):
    said = []
    store = opened(tmp_path / "run")
    for proposals in (8, 120):
        stream = io.StringIO()
        shown = Plain(stream)
        await toy_run(store, Caps(proposals=proposals), observer=shown).search()
        shown.close()
        lines = [line for line in stream.getvalue().splitlines() if line.startswith("better")]
        said.append([-float(re.search(r"(-?\d[\d.e-]*) +best", line)[1]) for line in lines])
    store.close()
    assert said[0] and said[1] and max(said[1]) < min(said[0])  # the distance to 3, squared


def test_best_is_one_program_in_the_record_the_reports_the_page_and_the_commands(small_run, capsys):
    folder = small_run
    with RunReader(folder) as reader:
        ranked = sorted(
            (row for row in reader.entries if row.score.fitness is not None),
            key=lambda row: (-row.score.fitness, row.number),
        )
        named = {ranked[0].number, reader.best, run_report(reader).best}
    run = FollowedRun(folder)
    run.refresh()
    named.add(summary(run, "run")["best"])
    run.close()
    assert main(["list", str(folder), "--json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)
    named.add(row["best"])
    assert len(named) == 1


def test_best_says_that_it_is_so_on_the_training_cases_and_what_ships_has_a_line_of_its_own(
    small_run, capsys
):
    assert main(["best", str(small_run)]) == 0
    lines = capsys.readouterr().out.splitlines()
    (best,) = (line for line in lines if line.startswith("best "))
    assert "on the training cases: " in best
    with RunReader(small_run) as reader:
        ships = run_report(reader).ships
    assert any(line.startswith("ships ") for line in lines) == (ships is not None)
