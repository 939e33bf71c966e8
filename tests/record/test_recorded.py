"""A run that goes on takes its results in many at once: it knows afterwards what it knew, and what one result after the
other would have told it."""

import contextlib

import numpy as np
import pytest
from toy_world import CASES, ToyEvaluator, opened, problem, toy_run
from varied_run import Various, crashing, same_knowledge

from cladogen.program import Node
from cladogen.proposers.offline import Offline
from cladogen.record.chains import Chains
from cladogen.record.fold import Folded, folded, recorded
from cladogen.record.lineage import Lineage
from cladogen.record.memory import RunRecord
from cladogen.search.budget import Caps
from cladogen.search.streams import stream
from cladogen.task import Measure


@pytest.fixture
async def store(tmp_path):
    made = opened(tmp_path / "run")
    await toy_run(
        made, Caps(proposals=150), proposer=Various(), evaluator=ToyEvaluator(crashing), workers=3
    ).search()
    yield made
    made.close()


def one_by_one(store, archive="map_elites"):
    """Return a run resumed result by result."""
    run = toy_run(store, Caps(proposals=150), archive=archive, proposer=Offline(problem()))
    for each in folded(store, run.record):
        run.archive.tell(run.learn(*each))
    run.budget.begin_anew()
    return run


def resumed(store, archive="map_elites"):
    run = toy_run(store, Caps(proposals=150), archive=archive, proposer=Offline(problem()))
    run.resume()
    return run


async def test_results_of_programs_that_have_several_are_taken_apart_from_the_others(store):
    assert all(
        isinstance(each, list) for each in recorded(store, RunRecord(store, problem().score))
    )
    run = resumed(store)
    again = Measure(store.next_ticket(), run.record.best()[0], CASES[:1], seed=7)
    store.add_task(again)
    await run.finish(again)
    some = list(recorded(store, RunRecord(store, problem().score)))
    apart = [each.result.program for each in some if isinstance(each, Folded)]
    assert apart == [again.program, again.program]
    assert len(some) > 3
    same_knowledge(one_by_one(store).record, resumed(store).record)


async def test_a_run_that_measures_case_by_case_is_resumed_as_it_was(tmp_path):
    with contextlib.closing(opened(tmp_path / "run")) as store:
        run = toy_run(store, Caps(proposals=60), archive="clade", evaluator=ToyEvaluator(crashing))
        await run.search()
        one, many = one_by_one(store, "clade"), resumed(store, "clade")
        same_knowledge(one.record, many.record)
        same_decisions(one, many)


async def test_a_resumed_record_is_the_record_told_result_by_result(store):
    same_knowledge(one_by_one(store).record, resumed(store).record)


@pytest.mark.parametrize(
    "archive", ["map_elites", "adaevolve", "cvt_map_elites", "funsearch", "uct"]
)
async def test_a_resumed_run_decides_as_one_told_result_by_result(store, archive):
    one, many = one_by_one(store, archive), resumed(store, archive)
    before, now = one.budget.spend, many.budget.spend
    assert (now.evaluations, now.trials, now.proposals) == (
        before.evaluations, before.trials, before.proposals,
    )  # fmt: skip
    same_decisions(one, many)


def same_decisions(one, many):
    assert many.budget.stop_reason() == one.budget.stop_reason()
    assert many.proposer.bandit.chances() == one.proposer.bandit.chances()
    assert many.proposer._mutate.bandit.chances() == one.proposer._mutate.bandit.chances()
    for ticket in range(1000, 1040):
        asked = [run.archive.ask(ticket, stream(0, "archive", ticket)) for run in (one, many)]
        assert asked[0] == asked[1]


async def test_a_program_measured_again_after_a_resume_has_both_measurements(store):
    run = resumed(store)
    best = run.record.best()[0]
    before, tried = run.record.evaluations(best), run.record.node(best).parents[0]
    results = [result for _, result in run.record.proposals(tried) if result.program == best]
    rows = tuple(
        ToyEvaluator()._evaluation(run.record.program(best), case, 9, False) for case in CASES
    )
    told = run.record.absorb(
        results[0].__class__(results[0].task, results[0].outcome, best, evaluations=rows), 0
    )
    assert run.record.evaluations(best) == (*before, *rows)
    assert told.score == run.record.score(best)
    fresh = resumed(store).record
    assert fresh.evaluations(best) == before


def test_chains_and_lineage_keep_what_they_are_given():
    rng, chains, lists = np.random.default_rng(1), Chains(), {}
    lineage, nodes = Lineage(), []
    for at in range(300):
        key = int(rng.integers(40))
        chains.add(key, at)
        lists.setdefault(key, []).append(at)
        parents = tuple(rng.permutation(at)[: int(rng.integers(4))].tolist())
        tree = f"{at:040x}" if at % 3 else f"tree {at}"
        nodes.append(Node(at, tree, parents, 2 * at))
        lineage.add(at, tree, parents, 2 * at)
    assert {key: chains.of(key) for key in lists} == lists
    assert chains.of(1000) == []
    assert [lineage.node(at) for at in range(300)] == nodes
    for at in range(300):
        assert lineage.children(at) == [node.number for node in nodes if at in node.parents]
