"""Stages: cheap cases first, and no best program that ran on those alone."""

import asyncio
from dataclasses import replace

from toy_world import Caps, ToyEvaluator, number, opened, problem, toy_run, tree_of

from cladogen.evaluators.stages import passed
from cladogen.problem.values import Stage

QUICK, REST = Stage("quick", ("a",), at_least=-1.0), Stage("rest", ("b",))


class Staged(ToyEvaluator):
    """Case b is harder: everybody has 100 less there. Who is below -1 on case a is not run on it."""

    async def evaluate(self, program, cases=None, *, seed=0, fresh=False, known=None):
        if cases is not None:
            return await super().evaluate(program, cases, seed=seed, fresh=fresh)
        rows = await super().evaluate(program, ("a",), seed=seed, fresh=fresh)
        if not passed(problem(), QUICK, rows) or (known is not None and known(rows)):
            return rows
        return rows + await super().evaluate(program, ("b",), seed=seed, fresh=fresh)

    def _evaluation(self, program, case, seed, fresh):
        row = super()._evaluation(program, case, seed, fresh)
        less = 100.0 if case == "b" else 0.0
        return replace(row, metrics={"closeness": row.metrics["closeness"] - less})


def searched(folder, proposals: int):
    store = opened(folder)
    goal = replace(problem((number(2.5),)), stages=(QUICK, REST))
    caps = Caps(proposals=proposals, failing=None)
    run = toy_run(store, caps, problem=goal, evaluator=Staged())
    asyncio.run(run.search())
    cases = [{row.case for row in run.record.evaluations(at)} for at in range(run.record.size())]
    best, made = run.record.best(5), tree_of(store)
    values = [float(run.record.program(at).text("x.txt")) for at in best]
    spent = run.budget.spend.evaluations
    store.close()
    return cases, best, values, made, spent


def test_program_that_stopped_at_a_stage_is_never_the_best_by_its_cheap_cases_alone(tmp_path):
    cases, best, values, _, _ = searched(tmp_path / "run", 30)
    assert cases[best[0]] == {"a", "b"} and abs(values[0] - 3.0) < 0.5
    assert all(ran == {"a", "b"} for ran in cases), "case a alone looks better than any whole one"


def test_program_that_is_behind_on_the_cheap_cases_still_stops_there(tmp_path, monkeypatch):
    monkeypatch.setattr(Staged, "_evaluation", ToyEvaluator._evaluation)  # b is as hard as a
    cases, best, _, _, spent = searched(tmp_path / "run", 30)
    assert {"a"} in cases and cases[best[0]] == {"a", "b"} and spent < 2 * 30 + 20


def test_search_with_stages_goes_on_where_it_was(tmp_path):
    whole = searched(tmp_path / "whole", 24)[3]
    searched(tmp_path / "parts", 9)
    assert searched(tmp_path / "parts", 24)[3] == whole
