"""Whether improvers get better at improving: gains by the generation of the improver."""

import pytest

from cladogen.cli.main import main
from cladogen.program import File, Program
from cladogen.view.reports.improvers import improvers_report
from cladogen.view.run_reader import RunReader


def run_of(recorder, gains):
    """Return a run in which each generation has three children that gain about ``gains``."""
    made = recorder()
    made.seed(Program.of({"a.py": File(b"x = 0\n")}), 50.0)
    parent, excess, count = 0, 50.0, 0
    for gain in gains:
        for off in (-0.1, 0.1, 0.0):
            count += 1
            text = {"a.py": f"x = {count}\n".encode()}
            child = made.child((parent,), text, excess - gain - off, operator="self_improve")
        parent, excess = child, excess - gain
    return made.folder


@pytest.mark.parametrize(
    ("gains", "answer"),
    [
        ((1.0, 2.0, 3.0, 4.0), "improvers get better at improving: +1 a generation"),
        ((4.0, 3.0, 2.0, 1.0), "improvers get worse at improving: -1 a generation"),
        ((2.0, 2.0, 2.0, 2.0), "improvers are not seen to get better at improving"),
        ((2.0, 2.0), "too few children to say"),
    ],
)
def test_answer_is_that_of_the_gains_by_generation(recorder, capsys, gains, answer):
    folder = run_of(recorder, gains)
    assert main(["stats", str(folder), "--improvers"]) == 0
    out = capsys.readouterr().out
    assert answer in out and "generation 0: gain" in out
    with RunReader(folder) as run:
        report = improvers_report(run)
    assert [each.expansions for each in report.generations] == [3] * len(gains)
    assert [each.gain for each in report.generations] == pytest.approx(list(gains))


def test_run_without_improvers_says_so(small_run, capsys):
    assert main(["stats", str(small_run), "--improvers"]) == 0
    assert "no program here was made by its parent's own improver" in capsys.readouterr().out
