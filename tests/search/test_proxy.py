"""A proxy: a cheap score for many, the objective for few, and how well the one stands for the other."""

import asyncio
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from toy_world import Caps, ToyEvaluator, number, opened, problem, toy_run, tree_of

from cladogen.cli.main import main
from cladogen.errors import ProblemError
from cladogen.evaluation import Evaluation, Status
from cladogen.evaluators.stages import stages_of
from cladogen.problem import load
from cladogen.problem.values import Proxy, Stage
from cladogen.search.proxy import Agreement, Screen, agreement, is_watched, proxy_value

UNWATCHED = "f" * 40  # the hash of a program that no draw lets on


def goal(share=0.25):
    return replace(
        problem((number(0.0),)), proxy=Proxy(("a",), share), stages=(Stage("proxy", ("a",)),)
    )


def row(case, value, status=Status.OK):
    return Evaluation("p", case, 0, status, {"closeness": value} if status is Status.OK else {})


class Proxied(ToyEvaluator):
    """Case a is the proxy; case b, the objective, is 100 less. Whoever ``known`` stops has no b."""

    def __init__(self, disagree=False):
        super().__init__()
        self.disagree = disagree

    async def evaluate(self, program, cases=None, *, seed=0, fresh=False, known=None):
        rows = await super().evaluate(program, cases or ("a",), seed=seed, fresh=fresh)
        if cases is not None or (known is not None and known(rows)):
            return rows
        return rows + await super().evaluate(program, ("b",), seed=seed, fresh=fresh)

    def _evaluation(self, program, case, seed, fresh):
        made = super()._evaluation(program, case, seed, fresh)
        value = made.metrics["closeness"]
        if case == "b":
            value = -value - 100.0 if self.disagree else value - 100.0
        return replace(made, metrics={"closeness": value}, output=f"{made.output} {case}")


def searched(folder, proposals, share=0.25, disagree=False):
    store = opened(folder)
    caps = Caps(proposals=proposals, failing=5)
    run = toy_run(store, caps, problem=goal(share), evaluator=Proxied(disagree))
    ending = asyncio.run(run.search())
    record, made = run.record, tree_of(store)
    rows = [record.evaluations(at) for at in range(record.size())]
    scores = [record.score(at) for at in range(record.size())]
    best = record.best()[0]
    store.close()
    return rows, scores, best, ending, made


def test_programs_that_the_proxy_stops_cost_no_evaluation_of_the_objective_and_have_no_score(
    tmp_path,
):
    rows, scores, best, ending, _ = searched(tmp_path / "run", 60)
    stopped = [at for at, made in enumerate(rows) if {each.case for each in made} == {"a"}]
    assert 10 < len(stopped) < 55
    assert all(
        scores[at].status is Status.SCREENED and scores[at].fitness is None for at in stopped
    )
    assert best not in stopped and scores[best].fitness < -90, "the proxy counts for no score"
    assert ending.stop.kind == "proposals", (
        "programs that the proxy stopped are no failures in a row"
    )


class Known:
    """Programs with their evaluations, as a run's record has them."""

    def __init__(self, rows=()):
        self.rows = list(rows)

    def size(self):
        return len(self.rows)

    def evaluations(self, at):
        return self.rows[at]


def test_the_best_by_the_proxy_goes_on_whatever_the_share():
    screen = Screen(goal(0.01), Known([row("a", value)] for value in (-9.0, -4.0, -1.0)))
    assert screen.goes_on(UNWATCHED, [row("a", -0.5)])
    assert not screen.goes_on(UNWATCHED, [row("a", -2.0)])
    assert not screen.goes_on(UNWATCHED, [row("a", 0.0, Status.CRASH)])


def test_share_is_of_the_newest_programs():
    rng, known, on = np.random.default_rng(0), Known(), 0
    screen = Screen(goal(0.25), known)
    for _ in range(2000):
        mine = [row("a", float(rng.normal()))]
        on += screen.goes_on(UNWATCHED, mine)
        known.rows.append(mine)
    assert 0.2 < on / 2000 < 0.3


def test_program_that_is_not_measured_yet_counts_once_it_is():
    known = Known([[], [row("a", -1.0)]])
    screen = Screen(goal(0.01), known)
    assert screen.goes_on(UNWATCHED, [row("a", 0.0)])
    known.rows[0] = [row("a", 5.0)]
    assert not screen.goes_on(UNWATCHED, [row("a", 1.0)])


def test_a_few_that_the_proxy_would_stop_are_measured_all_the_same():
    share = np.mean([is_watched(number(float(at)).id) for at in range(4000)])
    assert 0.03 < share < 0.07


@pytest.mark.parametrize("disagree", [False, True])
def test_run_says_how_well_the_proxy_ranks(tmp_path, disagree):
    ending = searched(tmp_path / "run", 150, 0.5, disagree)[3]
    assert "let" in ending.proxy and "rank correlation" in ending.proxy
    assert ("choose other cases" in ending.proxy) is disagree


def test_correlation_needs_ten_programs():
    pairs = [[row("a", float(k)), row("b", float(k * k))] for k in range(10)]
    assert agreement(goal(), pairs[:9]).correlation is None
    found = agreement(goal(), [*pairs, [row("a", 1.0)], [row("a", 0.0, Status.CRASH)]])
    assert found == Agreement(1, 10, pytest.approx(1.0))
    assert proxy_value(goal(), [row("b", 1.0)]) is None


def test_search_with_a_proxy_goes_on_where_it_was(tmp_path):
    whole = searched(tmp_path / "whole", 40)[4]
    searched(tmp_path / "parts", 17)
    assert searched(tmp_path / "parts", 40)[4] == whole


def test_proxy_must_leave_cases_for_the_objective():
    with pytest.raises(ProblemError, match="none is left for the objective"):
        stages_of(replace(goal(), proxy=Proxy(("a", "b"))), ("a", "b"))


# -- problem.toml and the commands


def made(folder: Path, table: str) -> Path:
    """Return a problem with two cheap cases and two that count, whose program returns one number."""
    (folder / "seed").mkdir(parents=True)
    (folder / "problem.toml").write_text(
        '[program]\neditable = ["x.py"]\nentry = "x.py:run"\n[objective]\nmetric = "value"\n'
        f"[metrics.value]\n{table}\n"
    )
    (folder / "statement.md").write_text("Return a large number.\n")
    (folder / "seed" / "x.py").write_text("def run(case):\n    return 1.0 + 0.1 * 0.5\n")
    (folder / "scorer.py").write_text(
        "from cladogen.scoring import Case, number\n\n\ndef cases(parameters):\n"
        "    return [Case(n, {}) for n in ('a', 'b', 'c', 'd')]\n\n\n"
        "def score(case, output):\n    return {'value': number(output, 'x')}\n"
    )
    return folder


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("[proxy]\nshare = 0.5", "[proxy]: cases is missing"),
        ('[proxy]\ncases = ["a"]\nshare = 0', "must be above 0"),
        ('[proxy]\ncases = ["a"]\n[race]', "means nothing beside [race]"),
        ('[proxy]\ncases = ["a"]\nshares = 0.5', "unknown key"),
    ],
)
def test_proxy_that_means_nothing_is_one_line(tmp_path, table, said):
    with pytest.raises(ProblemError) as error:
        load(made(tmp_path / "p", table))
    assert said in str(error.value).replace("'", "") and "\n" not in str(error.value)


def test_proxy_beside_an_archive_that_measures_case_by_case_is_one_line(tmp_path, capsys):
    folder = made(tmp_path / "p", '[proxy]\ncases = ["a"]')
    run = [
        "run",
        str(folder),
        "--sandbox",
        "local",
        "--archive",
        "clade",
        "--run",
        str(tmp_path / "r"),
    ]
    assert main(run) == 2
    assert "[proxy] decides which cases a program runs on" in capsys.readouterr().err
    assert not (tmp_path / "r").exists()


def test_run_with_a_proxy_from_the_command_line(tmp_path, capsys):
    folder = made(tmp_path / "p", '[proxy]\ncases = ["a", "b"]\nshare = 0.3')
    run = tmp_path / "r"
    asked = ["run", str(folder), "--sandbox", "local", "--max-proposals", "40", "--run", str(run)]
    assert main(asked) == 0
    out = capsys.readouterr().out
    assert "proxy     stopped" in out
    assert main(["stats", str(run), "--proxy", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["stopped"] > 0 and found["both"] > 0
    assert main(["replay", str(run)]) == 0
    capsys.readouterr()
    assert main(["tree", str(run), "--all"]) == 0
    assert "screened" in capsys.readouterr().out
