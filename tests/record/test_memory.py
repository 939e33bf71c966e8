"""What a run knows in memory: behaviours, and a fold over many rows that keeps only what somebody asks for."""

import gc
from dataclasses import replace

from toy_world import ToyEvaluator, opened, toy_run, tree_of

from cladogen.evaluation import Evaluation, Status
from cladogen.record.fold import uncollected
from cladogen.record.memory import behaviour
from cladogen.search.budget import Caps


def row(case: str, output: str, status: Status = Status.OK) -> Evaluation:
    return Evaluation("p", case, 0, status, output=output)


def test_a_failure_or_a_missing_output_has_no_behaviour():
    assert behaviour([row("a", "1")]) != behaviour([row("a", "2")])
    assert (
        behaviour([row("a", "1"), row("b", "", Status.CRASH)]) == b"" == behaviour([row("a", "")])
    )


async def test_a_program_is_found_by_its_first_outputs_before_and_after_a_resume(tmp_path):
    store = opened(tmp_path / "run")
    try:
        run = toy_run(store, Caps(proposals=12))
        await run.search()
        again = toy_run(store, Caps(proposals=12))
        again.resume()
        for number in range(run.record.size()):
            for length in (1, 2):
                first = run.record.evaluations(number)[:length]
                assert run.record.behaves_like(first) == again.record.behaves_like(first) == number
        assert run.record.behaves_like([row("a", "never seen")]) is None
    finally:
        store.close()


async def test_programs_that_come_later_are_found_too(tmp_path):
    store = opened(tmp_path / "run")
    try:
        run = toy_run(store, Caps(proposals=12))
        run.record.behaves_like([row("a", "asked before anything was made")])
        await run.search()
        last = run.record.size() - 1
        assert run.record.behaves_like(run.record.evaluations(last)[:1]) == last
    finally:
        store.close()


class Staged(ToyEvaluator):
    """Two stages; programs behave alike that round to the same number."""

    async def evaluate(self, program, cases=None, *, known=None, **more):
        rows = await super().evaluate(program, cases, **more)
        rows = tuple(replace(row, output=repr(round(float(program.text("x.txt"))))) for row in rows)
        return rows[:1] if known is not None and known(rows[:1]) else rows


async def test_evaluations_of_programs_that_behave_alike_are_counted_again_when_a_run_is_resumed(
    tmp_path,
):
    whole, pieces = opened(tmp_path / "whole"), opened(tmp_path / "pieces")
    try:
        run = toy_run(whole, Caps(proposals=60), evaluator=Staged())
        await run.search()
        for cap in (20, 40, 60, 60):
            again = toy_run(pieces, Caps(proposals=cap), evaluator=Staged())
            await again.search()
        alike = [row for row in whole.results() if row.reason.startswith("behaves as")]
        assert len(alike) > 3
        assert run.budget.spend.evaluations == again.budget.spend.evaluations
        assert tree_of(whole) == tree_of(pieces)
    finally:
        whole.close()
        pieces.close()


def test_collector_is_back_after_a_fold_that_failed():
    try:
        with uncollected():
            assert not gc.isenabled()
            raise ValueError
    except ValueError:
        assert gc.isenabled()
