"""The prompt and the reply of a model's proposal are stored once: with its call."""

import asyncio
from dataclasses import replace

from model_world import model_run, searched, stepping
from provider.server import FakeProvider
from toy_world import opened

from cladogen.models.calls import CallStatus, Message, Reply, Request, prompt_text
from cladogen.proposal import Cost, Proposal
from cladogen.record.model_calls import StoredCalls
from cladogen.record.store import Store
from cladogen.search.budget import Caps

NUMBERS = "SELECT prompt, reply FROM proposals ORDER BY id"


def test_what_a_model_was_asked_and_said_is_stored_once_and_read_as_before(tmp_path):
    store = opened(tmp_path / "run")
    with FakeProvider(stepping()) as provider:
        run = model_run(store, provider.url, Caps(proposals=12), form="diff")
        asyncio.run(searched(run))
    calls = {(call.request.ticket, call.request.round): call for call in StoredCalls(store).all()}
    numbers = store.database.execute("SELECT request, reply FROM calls ORDER BY id").fetchall()
    store.close()

    again = Store.open(tmp_path / "run")
    made = list(again.proposals())
    assert made and again.database.execute(NUMBERS).fetchall() == numbers
    for each in made:
        call = calls[each.ticket, each.repairs]
        assert each.prompt == prompt_text(call.request.messages)
        assert each.reply == call.reply.text
    by_result = [row.proposal for row in again.history() if row.proposal is not None]
    assert sorted(by_result, key=lambda each: (each.ticket, each.repairs)) == made
    summary = again.proposal_summary(made[0].ticket)
    assert summary == replace(made[0], prompt="", reply="", patch="")
    again.close()


def test_a_prompt_or_a_reply_that_is_not_its_calls_is_stored_by_itself(tmp_path):
    store = opened(tmp_path / "run")
    asked = Request(1, 0, "diff", "m", (Message("system", "Be brief."), Message("user", "Go on.")))
    log = StoredCalls(store)
    log.finish(log.begin(asked, 0, None), Reply(CallStatus.REPLIED, "x = 1"), Cost())
    prompt = prompt_text(asked.messages)
    store.add_proposal(Proposal(1, "diff", (0,), prompt=prompt, reply="in other words"), 0)
    store.add_proposal(Proposal(1, "diff", (0,), prompt=prompt, reply="x = 1"), 1)
    stored = [(each.prompt, each.reply) for each in store.proposals()]
    assert stored == [(prompt, "in other words"), (prompt, "x = 1")]
    ((request, ending),) = store.database.execute("SELECT request, reply FROM calls").fetchall()
    (first, other), (second, same) = store.database.execute(NUMBERS).fetchall()
    assert first == request and ending not in (other, same) and second != request
    store.close()
