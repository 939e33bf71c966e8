"""What the edits of a lineage said that they would do, and which of them made it worse."""

from cladogen.cli.main import main
from cladogen.program import File, Program
from cladogen.proposal import Expectation
from cladogen.view.reports.edits import edits
from cladogen.view.run_reader import RunReader


def lineage(recorder):
    """Return a run of a line of four programs, at excess 5, 3, 4 and 1 (less is better)."""
    made = recorder()
    made.seed(Program.of({"a.py": File(b"x = 0\n")}), 5.0)
    for number, (excess, change) in enumerate([(3.0, -2.0), (4.0, -1.0), (1.0, None)]):
        before = (5.0, 3.0, 4.0)[number]
        expected = None if change is None else Expectation("excess", change, before=before)
        text = f"x = {number + 1}\n".encode()
        made.child((number,), {"a.py": text}, excess, expectation=expected)
    return made


def test_expectations_are_counted_along_the_lineage_and_regressions_are_named(recorder, capsys):
    made = lineage(recorder)
    with RunReader(made.folder) as run:
        first, second, third = edits(run, 3)
    assert (first.change, first.held, first.regressed) == (2.0, True, False)
    assert (second.change, second.right, second.held, second.regressed) == (
        -1.0,
        False,
        False,
        True,
    )
    assert (third.change, third.held, third.expected) == (3.0, None, "")
    assert main(["show", str(made.folder), "#3"]) == 0
    out = capsys.readouterr().out
    assert "1 of 2 expectations of its lineage held, 1 in their sign" in out
    assert "#2 by 1: worse than the parent, beyond noise" in out


def test_change_within_the_seeds_noise_is_no_regression(recorder):
    made = lineage(recorder)
    made.measured(0, 7.0)
    made.measured(0, 4.0)
    with RunReader(made.folder) as run:
        assert 3 * run.noise > 1.0 and not any(each.regressed for each in edits(run, 3))
