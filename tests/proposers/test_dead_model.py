"""A model whose every reply is useless costs a run little."""

import pytest
from model_world import model_run, searched, stepping
from provider.acts import Answer
from provider.server import FakeProvider
from toy_world import opened

from cladogen.proposers.model import ModelProposer
from cladogen.record.model_calls import StoredCalls
from cladogen.search.budget import Caps


@pytest.fixture
def store(tmp_path):
    store = opened(tmp_path / "run")
    yield store
    store.close()


async def test_model_whose_replies_never_apply_gets_under_a_quarter_of_the_dollars(store):
    step = stepping()

    def act(seen):
        return Answer("I would rather not.") if "Dead" in seen.body["model"] else step(seen)

    with FakeProvider(act) as provider:
        run = model_run(store, provider.url, Caps(calls=61))
        await run.proposer.close()
        names = ("Own/Toy-7b", "Own/Dead-7b")
        run.proposer = ModelProposer(
            run.problem, run.evaluator, models=[(name, 1.0) for name in names], api_base=provider.url,
            budget=run.budget, calls=StoredCalls(store), notes_every=0, output=400,
            price=";".join(f"{name}=1,4,0.1" for name in names),
        )  # fmt: skip
        await searched(run)
    calls = StoredCalls(store).all()
    dead = sum(call.cost.usd for call in calls if "Dead" in call.request.model)
    assert len(calls) == 61 and 0 < dead < 0.25 * sum(call.cost.usd for call in calls)
