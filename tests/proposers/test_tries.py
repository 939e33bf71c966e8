"""Tries: a model may have its change run before it answers; each is counted, recorded, and gone on from."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

from model_world import NAME, model_run, opened, searched, step_reply
from provider.server import Answer, FakeProvider

from cladogen.ledger import Caps
from cladogen.models.calls import CallStatus, Message, Reply, Request
from cladogen.proposal import Cost
from cladogen.record.model_calls import StoredCalls


def last(seen) -> str:
    return seen.body["messages"][-1]["content"]


def trying(answer_after: str = "Case "):
    """Return a model that tries a step of 2 first, and answers with one of 3 when it was told."""

    def act(seen):
        if answer_after and last(seen).startswith(answer_after):
            return Answer(step_reply("0.0", 3.0))
        return Answer("Try:\n\n" + step_reply("0.0", 2.0))

    return act


async def made(folder, act, **options):
    store = opened(folder)
    with FakeProvider(act) as provider:
        run = model_run(store, provider.url, Caps(proposals=1), **options)
        await searched(run)
    return store, provider.seen


async def test_model_is_told_what_its_change_gave_before_it_answers(tmp_path):
    store, seen = await made(tmp_path / "run", trying(), tries=2)
    assert len(seen) == 2 and 'begin the reply with the line "Try:"' in last(seen[0])
    assert [message["role"] for message in seen[1].body["messages"]][-2:] == ["assistant", "user"]
    said = last(seen[1])
    assert "closeness" in said and "(the parent has" in said and "of CPU time of" in said
    (proposal,) = store.proposals()
    assert proposal.trials == 1 and proposal.cost.calls == 2 and "+3.0" in proposal.patch
    store.close()


async def test_last_try_is_said_to_be_the_last_and_what_comes_then_is_the_answer(tmp_path):
    store, seen = await made(tmp_path / "run", trying(answer_after=""), tries=2)
    assert len(seen) == 3 and "That was the last try" in last(seen[2])
    assert "That was the last try" not in last(seen[1])
    (proposal,) = store.proposals()
    assert proposal.trials == 2 and "+2.0" in proposal.patch
    store.close()


async def test_change_that_does_not_apply_is_told_so_and_costs_no_evaluation(tmp_path):
    def act(seen):
        if last(seen).startswith("It could not be applied"):
            return Answer(step_reply("0.0", 3.0))
        return Answer("**Try:**\n\n" + step_reply("9.0", 1.0))

    store, seen = await made(tmp_path / "run", act, tries=1)
    (proposal,) = store.proposals()
    assert len(seen) == 2 and "+3.0" in proposal.patch and proposal.trials == 0
    store.close()


async def test_without_the_option_no_try_is_offered_and_none_is_made(tmp_path):
    store, seen = await made(tmp_path / "run", trying(answer_after=""))
    assert len(seen) == 1 and "Try:" not in last(seen[0])
    (proposal,) = store.proposals()
    assert proposal.trials == 0 and "+2.0" in proposal.patch
    store.close()


async def test_session_that_was_killed_between_a_try_and_the_answer_goes_on_from_the_try(tmp_path):
    store = opened(tmp_path / "run")
    log = StoredCalls(store)
    asked = Request(
        1, 0, "diff", NAME, (Message("user", "x.txt\n```\n0.0\n```"),), '{"format": "diff"}'
    )
    tried = Reply(CallStatus.REPLIED, "Try:\n\n" + step_reply("0.0", 2.0), finish="stop")
    log.finish(log.begin(asked, 0, 0.0), tried, Cost(usd=0.0, calls=1))
    with FakeProvider(trying()) as provider:
        await searched(model_run(store, provider.url, Caps(proposals=1), tries=2))
    assert len(provider.seen) == 1 and last(provider.seen[0]).startswith("Case ")
    (proposal,) = store.proposals()
    assert proposal.trials == 1 and "+3.0" in proposal.patch
    store.close()
