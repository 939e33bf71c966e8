"""The loop's promises: what is recorded is never lost or done twice, and a run always ends and says why."""

import asyncio
import os
import random
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from toy_world import CASES, Stepper, ToyEvaluator, number, opened, problem, toy_run, tree_of

from cladogen.errors import ProblemError, RunError
from cladogen.evaluation import Status
from cladogen.events import Silent
from cladogen.patch import make_diff
from cladogen.proposal import Cost, Outcome, Proposal
from cladogen.record.fold import folded
from cladogen.record.memory import RunRecord
from cladogen.record.store import Store
from cladogen.search.budget import Caps

WORLD = Path(__file__).parent / "support" / "toy_world.py"


class Watcher(Silent):
    def __init__(self):
        self.results, self.notices = [], []

    def told(self, event, progress):
        self.results.append(event)

    def notice(self, text):
        self.notices.append(text)


@pytest.fixture
def store(tmp_path):
    store = opened(tmp_path / "run")
    yield store
    store.close()


async def test_search_improves_on_its_seed_and_says_why_it_ended(store):
    run = toy_run(store, Caps(proposals=60))
    ending = await run.search()
    assert ending.stop.kind == "proposals"
    assert run.overview.best_fitness() > -1.0 > -9.0
    assert store.events("end")[0][2]["kind"] == "proposals"


async def test_same_seed_with_one_worker_gives_the_same_tree(tmp_path):
    trees = []
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        store = opened(tmp_path / name)
        await toy_run(store, Caps(proposals=30), seed=seed).search()
        trees.append(tree_of(store))
        store.close()
    assert trees[0] == trees[1] != trees[2]


async def test_run_resumed_in_pieces_is_the_unbroken_run(tmp_path):
    whole, pieces = opened(tmp_path / "whole"), opened(tmp_path / "pieces")
    await toy_run(whole, Caps(proposals=40)).search()
    for proposals in (7, 8, 25, 40):
        await toy_run(pieces, Caps(proposals=proposals)).search()
    assert tree_of(whole) == tree_of(pieces)
    whole.close()
    pieces.close()


def start(folder: Path, proposals: int) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, str(WORLD), str(folder), str(proposals)], stdout=subprocess.PIPE
    )


@pytest.mark.slow
def test_kill_9_at_random_moments_loses_only_work_in_flight(tmp_path):
    proposals = 400
    start(tmp_path / "whole", proposals).communicate()
    moments, kills = random.Random(5), 0
    for _ in range(25):
        process = start(tmp_path / "killed", proposals)
        process.stdout.readline()
        try:
            process.wait(timeout=moments.uniform(0.0, 0.15))
            process.stdout.close()
            break
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            kills += 1
    assert kills >= 3
    start(tmp_path / "killed", proposals).communicate()
    whole, killed = Store.open(tmp_path / "whole"), Store.open(tmp_path / "killed")
    assert tree_of(whole) == tree_of(killed)
    whole.close()
    killed.close()


async def test_same_program_is_never_evaluated_twice(store):
    evaluator = ToyEvaluator()

    class Rounder(Stepper):
        async def propose(self, task, record, rng):
            parent = record.program(task.parents[0])
            from cladogen.patch import make_diff

            child = number(float(rng.integers(0, 5)))
            return Proposal(
                task.ticket,
                "step",
                task.parents,
                make_diff(parent, child) if child != parent else "",
            )

    run = toy_run(store, Caps(proposals=80), evaluator=evaluator, proposer=Rounder(), workers=4)
    await run.search()
    assert len(evaluator.made) == len(set(evaluator.made))
    assert run.record.size() == 5


async def test_archive_is_a_fold_over_rows(store):
    run = toy_run(store, Caps(proposals=50), workers=3)
    await run.search()
    again = toy_run(store, Caps(proposals=50))
    again.resume()
    assert again.archive.view() == run.archive.view()
    assert again.archive.shortlist(9) == run.archive.shortlist(9)
    assert again.record.best(50) == run.record.best(50)


async def test_every_result_is_in_the_record_before_the_archive_can_act_on_it(store):
    run = toy_run(store, Caps(proposals=20))
    archive_tell = run.archive.tell
    seen = []

    def tell(result):
        if result.program is not None and result.outcome is Outcome.ACCEPTED:
            rows = list(store.evaluations(result.program))
            seen.append(len(rows) >= len(CASES))
        return archive_tell(result)

    run.archive.tell = tell
    await run.search()
    assert seen and all(seen)


async def test_would_be_best_is_measured_again_in_a_fresh_sandbox_and_a_difference_is_flagged(
    store,
):
    class Liar(ToyEvaluator):
        def _evaluation(self, program, case, seed, fresh):
            row = super()._evaluation(program, case, seed, fresh)
            if not fresh:
                return row
            return replace(row, metrics={"closeness": row.metrics["closeness"] - 1.0})

    watcher = Watcher()
    await toy_run(store, Caps(proposals=20), evaluator=Liar(), observer=watcher).search()
    assert any("in a fresh sandbox" in text for text in watcher.notices)
    assert store.events("flag")


async def test_patch_outside_what_may_change_is_refused(store):
    class Outsider(Stepper):
        async def propose(self, task, record, rng):
            patch = "diff --git a/y.txt b/y.txt\nnew file mode 100644\n--- /dev/null\n+++ b/y.txt\n@@ -0,0 +1 @@\n+1\n"
            return Proposal(task.ticket, "step", task.parents, patch)

    watcher = Watcher()
    ending = await toy_run(store, Caps(failing=5), proposer=Outsider(), observer=watcher).search()
    assert ending.stop.kind == "failing" and "y.txt" in ending.stop.text
    assert {event.result.outcome for event in watcher.results[1:]} == {Outcome.REFUSED}


async def test_run_in_which_every_child_crashes_stops_and_gives_the_cause(store):
    evaluator = ToyEvaluator(lambda x: Status.OK if x == 0.0 else Status.CRASH)
    ending = await toy_run(store, Caps(failing=10), evaluator=evaluator).search()
    assert ending.stop.kind == "failing" and "crash" in ending.stop.text


async def test_failures_of_the_world_count_for_and_against_no_program(store):
    evaluator = ToyEvaluator(lambda x: Status.OK if x == 0.0 else Status.INFRA)
    run = toy_run(store, Caps(failing=10), evaluator=evaluator)
    await run.search()
    assert all(run.record.score(n).fitness is None for n in range(1, run.record.size()))
    assert run.archive.shortlist(5) == (0,)


async def test_program_of_which_the_world_has_told_nothing_is_evaluated_when_it_is_proposed_again(
    store,
):
    """A machine too busy had judged nothing; the same program was then said to be known."""
    away = [True]

    def status_of(x: float) -> Status:
        return Status.INFRA if x == 2.0 and away else Status.OK

    class Again(Stepper):
        async def propose(self, task, record, rng):
            if record.size() > 1:
                away.clear()
            patch = make_diff(record.program(0), number(2.0))
            return Proposal(task.ticket, "step", (0,), patch, cost=self.cost)

    run = toy_run(store, Caps(proposals=2), evaluator=ToyEvaluator(status_of), proposer=Again())
    await run.search()
    assert run.record.size() == 2 and run.record.score(1).fitness == -1.0
    assert run.archive.shortlist(1) == (1,)


async def test_seed_that_does_not_run_is_one_line(store):
    evaluator = ToyEvaluator(lambda x: Status.CRASH)
    with pytest.raises(
        ProblemError, match=r"no seed program has a score; the first is crash: x is 0.0"
    ):
        await toy_run(store, Caps(proposals=5), evaluator=evaluator).search()


async def test_search_that_found_nothing_ships_the_seed_and_says_so(store):
    run = toy_run(store, Caps(proposals=20), problem=problem([number(3.0)]))
    final = (await run.search()).final
    assert final.number == 0 and final.sentence.startswith("no significant improvement")


async def test_target_and_patience_end_a_run(tmp_path):
    for caps, kind in (
        (Caps(target=-0.5), "target"),
        (Caps(patience=15, proposals=5000), "patience"),
    ):
        store = opened(tmp_path / kind)
        assert (await toy_run(store, caps).search()).stop.kind == kind
        store.close()


async def test_caps_on_evaluations_and_proposals_are_hard_with_many_workers(tmp_path):
    for caps in (Caps(proposals=23), Caps(evaluations=31)):
        store = opened(tmp_path / str(caps.proposals))
        run = toy_run(store, caps, workers=8)
        await run.search()
        assert run.budget.spend.proposals <= (caps.proposals or 99)
        assert len(run.evaluator.made) <= (caps.evaluations or 99) + 1
        store.close()


class Repairer(Stepper):
    """Propose patches that are refused, and repair them as often as they are."""

    async def propose(self, task, record, rng):
        await asyncio.sleep(0)
        return Proposal(task.ticket, "step", task.parents, code="no-edit", reason="nothing to read")

    async def repair(self, proposal, failure, record, rng):
        await asyncio.sleep(0)
        return replace(proposal, repairs=proposal.repairs + 1)


@pytest.mark.parametrize("workers", [1, 8])
async def test_cap_of_14_proposals_makes_14_and_not_15_with_their_repairs(store, workers):
    caps = Caps(proposals=14, failing=None)
    run = toy_run(store, caps, workers=workers, proposer=Repairer())
    ending = await run.search()
    assert ending.stop.kind == "proposals"
    assert len(list(store.proposals())) == run.budget.spend.proposals == 14
    again = toy_run(store, caps, workers=workers, proposer=Repairer())
    await again.search()
    assert len(list(store.proposals())) == 14


async def test_program_that_scored_is_not_shown_to_a_proposer_as_one_without_a_score(store):
    class Reader(Stepper):
        async def propose(self, task, record, rng):
            for _, result in [*record.latest(9), *record.proposals(task.parents[0])]:
                assert result.score is not None and result.score.fitness is not None
            return await super().propose(task, record, rng)

    run = toy_run(store, Caps(proposals=12), proposer=Reader())
    await run.search()
    assert len(run.record.latest(99)) == 12


async def test_interrupt_lets_work_in_flight_end_and_the_run_resumes(store):
    class Interrupter(Watcher):
        def told(self, event, progress):
            super().told(event, progress)
            if len(self.results) == 20:
                os.kill(os.getpid(), signal.SIGINT)

    run = toy_run(store, Caps(proposals=100), workers=4, observer=Interrupter())
    ending = await run.search()
    assert ending.stop.kind == "interrupted"
    assert store.open_tasks() == []
    again = toy_run(store, Caps(proposals=100))
    assert (await again.search()).stop.kind == "proposals"


async def test_second_interrupt_ends_at_once_and_leaves_open_tasks(store):
    class Sleeper(Stepper):
        async def propose(self, task, record, rng):
            run.workers.interrupt()
            run.workers.interrupt()
            await asyncio.Event().wait()

    run = toy_run(store, Caps(proposals=100), proposer=Sleeper())
    ending = await asyncio.wait_for(run.search(), timeout=120)
    assert ending.stop.kind == "interrupted" and ending.final is None
    assert [task.ticket for task, _, _ in store.open_tasks()] == [1]


async def test_spend_includes_failed_and_unpriced_calls(store):
    run = toy_run(store, Caps(proposals=10), proposer=Stepper(Cost(None, 10, 5, 0, 1)))
    await run.search()
    recorded = list(store.proposals())
    assert len(recorded) == 10 and all(each.cost.usd is None for each in recorded)


async def test_full_disk_stops_the_run_with_one_line_and_it_resumes(store):
    pages = store.database.execute("PRAGMA page_count").fetchone()[0]
    store.database.execute(f"PRAGMA max_page_count = {pages + 6}")
    with pytest.raises(RunError, match="free space, then resume"):
        await toy_run(store, Caps(proposals=300)).search()
    store.database.execute("PRAGMA max_page_count = 1000000")
    assert (await toy_run(store, Caps(proposals=300)).search()).stop.kind == "proposals"


async def test_proposer_learns_the_same_from_a_resumed_run(store):
    first, second = Stepper(), Stepper()
    await toy_run(store, Caps(proposals=25), proposer=first).search()
    toy_run(store, Caps(proposals=25), proposer=second).resume()
    assert [(p, r.outcome, r.program) for p, r in first.told] == [
        (p, r.outcome, r.program) for p, r in second.told
    ]


async def test_record_shows_what_was_tried_on_a_parent(store):
    run = toy_run(store, Caps(proposals=25))
    await run.search()
    record = RunRecord(store, problem().score)
    for _ in ((record.absorb(result, round_)) for result, round_, _ in folded(store, record)):
        pass
    parent = max(range(record.size()), key=lambda n: len(record.children(n)))
    tried = record.proposals(parent)
    assert {r.program for _, r in tried if r.outcome is Outcome.ACCEPTED} == set(
        record.children(parent)
    )
