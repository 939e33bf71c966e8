"""`evolve run PROBLEM --from RUN`: programs of other runs as seed programs."""

import json
import shutil

import pytest

from cladogen.cli.main import main
from cladogen.record.store import Store

LAST = ("--sandbox", "local", "--workers", "1", "--json")


@pytest.fixture
def evolve(tmp_path, steps_problem, monkeypatch, capsys):
    """Run `evolve run steps` in a folder with an earlier run; return code, last object, words."""
    monkeypatch.chdir(tmp_path)

    def run(*argv: str, proposals: int = 2):
        code = main(["run", "steps", *argv, *LAST, "--max-proposals", str(proposals)])
        printed = capsys.readouterr()
        objects = [json.loads(line) for line in printed.out.splitlines()]
        return code, objects[-1] if objects else {}, printed.out + printed.err

    assert run("--run", "earlier", proposals=6)[0] == 0
    return run


def texts(folder) -> list[str]:
    """Return a.py of the seed programs of a run, in their order."""
    store = Store.open(folder)
    try:
        seeds = [node.number for node in store.nodes() if not node.parents]
        return [store.program(number).text("a.py") for number in seeds]
    finally:
        store.close()


def best(folder) -> str:
    from cladogen.view.run_reader import RunReader

    with RunReader(folder) as reader:
        return reader.program(reader.find("best")).text("a.py")


def test_run_begins_with_the_best_programs_of_another_beside_the_seed(evolve, tmp_path):
    code, last, said = evolve("--from", "earlier")
    assert code == 0 and last["run"] == "runs/steps" and "seed programs in all" in said
    seeds = texts(tmp_path / "runs/steps")
    assert seeds[0] == texts(tmp_path / "earlier")[0]
    assert seeds[1] == best(tmp_path / "earlier") and len(seeds) == len(set(seeds)) > 1


def test_same_command_goes_on_with_it_also_when_the_other_run_is_gone(evolve, tmp_path):
    evolve("--from", "earlier@best")
    assert len(texts(tmp_path / "runs/steps")) == 2
    shutil.move(tmp_path / "earlier", tmp_path / "kept")
    code, last, _ = evolve("--from", "earlier@best", proposals=4)
    assert (code, last["run"], last["spend"]["proposals"]) == (0, "runs/steps", 4)


def test_run_from_another_is_begun_beside_those_that_are_not(evolve):
    assert evolve()[1]["run"] == "runs/steps"
    assert evolve("--from", "runs/steps")[1]["run"] == "runs/steps-2"
    assert evolve("--from", "earlier")[1]["run"] == "runs/steps-3"
    assert evolve("--from", "runs/steps", proposals=3)[1]["run"] == "runs/steps-2"


def test_folder_of_a_run_that_began_otherwise_is_refused(evolve):
    code, _, said = evolve("--run", "earlier", "--from", "earlier")
    assert code == 2 and "was not begun with --from" in said


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("nowhere", "no run here"),
        ("earlier@#99", "no program"),
        ("earlier@seed", "only what the seed is already"),
    ],
)
def test_mistake_is_one_line_and_leaves_no_folder(evolve, tmp_path, words, said):
    code, _, told = evolve("--from", words)
    assert code == 2 and said in told and told.count("\n") <= 1
    assert not (tmp_path / "runs").exists()


def test_what_may_not_be_edited_is_the_problems_own(evolve, tmp_path, steps_problem):
    (steps_problem / "seed" / "data.txt").write_text("new\n")
    code, *_ = evolve("--from", "earlier@best")
    store = Store.open(tmp_path / "runs/steps")
    assert code == 0 and store.program(1).text("data.txt") == "new\n"
    store.close()
