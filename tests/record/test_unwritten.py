"""What this session alone can have written is not looked for; what an earlier one wrote is found."""

from toy_world import number, opened, toy_run

from cladogen.evaluation import Evaluation, Status
from cladogen.models.calls import CallStatus, Message, Reply, Request, answer
from cladogen.program import Node
from cladogen.proposal import Cost, Outcome, Proposal
from cladogen.record.entries import recorded
from cladogen.record.model_calls import StoredCalls
from cladogen.record.store import Store
from cladogen.result import Result, Standing
from cladogen.search.budget import Caps
from cladogen.task import Propose

ASKED = Request(1, 0, "diff", "m", (Message("user", "q"),))


def known(store: Store) -> tuple:
    """Return what the loop asks of a task before each of its steps."""
    return (
        store.proposal(1, 0),
        store.program_of(1, 0),
        store.pending_evaluations(1),
        store.rounds_done(1),
        recorded(store, 0, 1, fresh=False),
        recorded(store, 0, 1, fresh=True),
        answer(StoredCalls(store), 1, 0),
    )


def test_every_row_of_a_new_task_is_found_as_soon_as_it_is_written(tmp_path):
    store = opened(tmp_path / "run")
    calls, made, task = StoredCalls(store), number(1.0), Propose(1, (0,))
    row = Evaluation(made.id, "a", 0, Status.OK, {"closeness": 1.0})
    store.add_task(Propose(0))
    store.add_task(task)
    steps = (
        lambda: calls.finish(
            calls.begin(ASKED, 0, None), Reply(CallStatus.REPLIED, "r"), Cost(1.0)
        ),
        lambda: store.add_proposal(Proposal(1, "diff", (0,)), 0),
        lambda: store.add_program(made, Node(0, made.id, (), 1)),
        lambda: store.add_evaluations(0, 1, [row]),
        lambda: store.add_evaluations(0, 1, [row], fresh=True),
        lambda: store.add_result(Result(task, Outcome.ACCEPTED, 0), 0, Standing.NEW),
    )
    for step in (lambda: None, *steps):
        step()
        looking = Store.open(store.folder)
        assert known(store) == known(looking)
        looking.close()
    assert calls.spent(1, 0) == Cost(1.0)
    store.close()


def test_reply_that_a_replay_has_before_its_task_is_found(tmp_path):
    store = opened(tmp_path / "run")
    calls = StoredCalls(store)
    calls.finish(calls.begin(ASKED, 0, None), Reply(CallStatus.REPLIED, "the reply"), Cost(1.0))
    for again in (store, Store.open(store.folder)):
        store.add_task(Propose(1, (0,)))
        found = answer(StoredCalls(again), 1, 0)
        assert found is not None and found.reply.text == "the reply"
    again.close()
    store.close()
    resumed = Store.open(store.folder, write=True)
    resumed.add_task(Propose(2, (0,)))
    assert answer(StoredCalls(resumed), 1, 0) == found
    resumed.close()


async def test_a_step_looks_for_nothing_that_only_it_can_have_written(tmp_path):
    store, statements = opened(tmp_path / "run"), []
    run = toy_run(store, Caps(proposals=30))
    step = run.step

    async def heard_step():
        store.database.set_trace_callback(statements.append)
        await step()
        store.database.set_trace_callback(None)

    run.step = heard_step
    await run.search()
    store.close()
    looked = (
        "FROM proposals WHERE ticket",
        "FROM programs WHERE ticket",
        "FROM results WHERE ticket",
    )
    assert len(statements) > 200
    assert [each for each in statements if any(table in each for table in looked)] == []


async def test_what_was_tried_is_the_same_from_memory_and_from_the_record(tmp_path):
    store = opened(tmp_path / "run")
    run = toy_run(store, Caps(proposals=25))
    await run.search()
    again = toy_run(store, Caps(proposals=25))
    again.resume()
    tried = [proposal for proposal, _ in run.record.latest(100)]
    assert len(tried) == 25
    assert tried == [proposal for proposal, _ in again.record.latest(100)]
    assert [run.record.program(n) for n in range(9)] == [again.record.program(n) for n in range(9)]
    store.close()
