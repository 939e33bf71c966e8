"""A case that cannot be solved without cheating, and what becomes of a program that solves it."""

from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from guess_problem import CHEAT, TOML, write
from toy_world import ToyEvaluator, opened, problem, toy_run

from cladogen.cli.main import main
from cladogen.errors import ProblemError
from cladogen.problem import load
from cladogen.problem.values import Canary
from cladogen.record.store import Store
from cladogen.search.budget import Caps
from cladogen.view.run_reader import RunReader


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "guess")
    return tmp_path / "guess"


@pytest.mark.parametrize("archive", ["clade", "map_elites", "dgm", "gepa"])
def test_program_that_solves_a_canary_has_no_score_and_no_children(folder, archive, capsys):
    argv = ["run", str(folder), "--run", "r", "--max-proposals", "8", "--archive", archive]
    assert main([*argv, "--plain", "--workers", "1"]) == 0
    with RunReader(folder.parent / "r") as run:
        cheats = [n for n in range(run.size) if "-77" in run.program(n).text("x.py")]
        assert cheats and not any(run.children.get(number) for number in cheats)
        assert {run.score(number).status.value for number in cheats} == {"refused"}
        assert run.ships not in cheats and run.best not in cheats
        assert len([text for text in run.flags if "a canary: it cheats" in text]) == len(cheats)
        honest = next(n for n in range(1, run.size) if n not in cheats)
        names = (str(honest), str(cheats[0]))
    capsys.readouterr()
    shown = []
    for name in names:
        main(["show", "r", f"#{name}"])
        shown.append(capsys.readouterr().out)
    assert "canaries: 0 of 1 solved" in shown[0]
    assert "canaries: 1 of 1 solved, it cheats" in shown[1] and "coin" not in _told(names[1])
    assert main(["report", "r"]) == 0
    assert "canaries: 0 of 1 solved" in capsys.readouterr().out.replace("\\", "")


def _told(number):
    """Return what proposers may read of a program: the reason, and its training evaluations."""
    with closing(Store.open(Path("r"))) as store:
        rows = [each.evaluation for each in store.evaluations(int(number))]
        reasons = [row.reason for row in store.results() if row.program == int(number)]
        return " ".join([*reasons, *(f"{row.case} {row.feedback}" for row in rows)])


def test_run_with_a_caught_program_is_replayed_to_the_same_tree(folder, capsys):
    assert main(["run", str(folder), "--run", "r", "--max-proposals", "4", "--plain"]) == 0
    assert main(["replay", "r", "--out", "again"]) == 0, capsys.readouterr()


def test_killed_run_catches_a_program_once(folder):
    argv = ["run", str(folder), "--run", "r", "--plain", "--workers", "1"]
    assert main([*argv, "--max-proposals", "3"]) == 0
    assert main([*argv, "--max-proposals", "7"]) == 0
    with RunReader(folder.parent / "r") as run:
        cheats = [n for n in range(run.size) if "-77" in run.program(n).text("x.py")]
        rows = [each.program for each in run.store.evaluations(split="canary") if not each.fresh]
    assert cheats and sorted(rows) == list(range(len(rows)))


class Turning(ToyEvaluator):
    """Every program solves the canary when it is run afresh, but those that ``stay`` honest."""

    def __init__(self, stay=(), heldout=()) -> None:
        super().__init__()
        self.stay, self.heldout, self.looked = stay, heldout, []

    def _evaluation(self, program, case, seed, fresh):
        row = super()._evaluation(program, case, seed, fresh)
        if case != "coin":
            return row
        self.looked.append((program.id, fresh))
        turns = fresh and program.id not in self.stay
        return replace(row, metrics={"closeness": 100.0 if turns else 0.0})


@pytest.mark.parametrize("heldout", [(), ("h1", "h2", "h3", "h4", "h5", "h6")])
async def test_program_that_turns_before_the_final_choice_does_not_ship(tmp_path, heldout):
    rules = replace(problem(), canaries=(Canary("coin", at_least=50.0),))
    with closing(opened(tmp_path / "run")) as store:
        evaluator = Turning(heldout=heldout)
        run = toy_run(store, Caps(proposals=6), problem=rules, evaluator=evaluator, shortlist=3)
        final = (await run.search()).final
        turned = [number for number, fresh in evaluator.looked if fresh]
        assert final.number == 0 and turned and len(set(turned)) == len(turned)
        assert "solved a canary when run again" in final.sentence
        flags = [event.body["text"] for event in store.events("flag")]
        assert all("a canary: it turned, and does not ship" in text for text in flags)
        assert len(flags) == len(turned)
        again = await run.final_choice.choose_now()
        looks = [fresh for _, fresh in evaluator.looked]
        assert again.number == 0 and looks.count(True) == len(turned), "what is recorded is not run"


async def test_best_that_stays_honest_ships_in_place_of_one_that_turned(tmp_path):
    rules = replace(problem(), canaries=(Canary("coin", at_least=50.0),))
    with closing(opened(tmp_path / "run")) as store:
        evaluator = Turning()
        run = toy_run(store, Caps(proposals=8), problem=rules, evaluator=evaluator)
        await run.search()
        best, second = run.record.best(2)
        evaluator.stay = (run.record.program(second).id,)
    with closing(opened(tmp_path / "other")) as store:
        run = toy_run(store, Caps(proposals=8), problem=rules, evaluator=evaluator)
        assert (await run.search()).final.number == second != best


def test_canary_that_the_seed_solves_is_said_by_check_and_begins_no_run(folder, capsys):
    write(folder, **{"seed/x.py": CHEAT})
    assert main(["check", str(folder)]) != 0
    assert "a seed program SOLVES 'coin', so it is no canary" in capsys.readouterr().out
    assert main(["run", str(folder), "--run", "r", "--plain", "--max-proposals", "2"]) == 2
    assert "solves a canary, so it is none" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('cases = ["coin"]', 'cases = ["coim"]', "did you mean 'coin'"),
        ('cases = ["coin"]', "at_least = 1.0", "cases is missing"),
        ("high = 1.0", "", "give at_least"),
        ('cases = ["coin"]', 'cases = ["coin"]\nat_most = 0.5', "use at_least"),
        ('cases = ["coin"]', 'cases = ["1", "2", "3", "4", "coin"]', "none is left"),
        ('cases = ["coin"]', 'cases = ["coin", "coin"]', "two [[canary]] tables"),
    ],
)
def test_canary_that_cannot_be_is_one_line(folder, capsys, old, new, said):
    write(folder, **{"problem.toml": TOML.replace(old, new)})
    assert main(["check", str(folder)]) == 2
    error = capsys.readouterr().err
    assert said in error and error.count("\n") == 1


def test_protected_file_is_refused_though_it_is_editable(folder):
    write(folder, **{"problem.toml": TOML.replace('["*.py"]', '["**"]'), "seed/tests/t.py": "1\n"})
    problem = load(folder)
    changed = problem.seeds[0].replace({"tests/t.py": b"2\n"})
    assert problem.frozen(changed) == "tests/t.py: protected (tests/**)"
    assert problem.policy.may_touch("x.py") and not problem.policy.may_touch("tests/new.py")
    assert problem.frozen(problem.seeds[0].replace({"tests/new.py": b""})) != ""
    write(folder, **{"problem.toml": TOML.replace('["tests/**"]', '["**"]')})
    with pytest.raises(ProblemError, match="not protected"):
        load(folder)
