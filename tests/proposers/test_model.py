"""The model proposer keeps the contract of its seam, and its bandit finds the better model."""

import hashlib
import re

import pytest
from model_world import QUICK, step_reply
from provider.acts import Answer
from provider.server import FakeProvider
from toy_world import opened, tally, toy_run

from cladogen.proposers.contract import ProposerContract
from cladogen.proposers.model import ModelProposer
from cladogen.proposers.polished import REPLIES, Polished
from cladogen.record.model_calls import StoredCalls
from cladogen.search.budget import Caps
from cladogen.view.reports.credit import tuning_line

PROVIDER: list[FakeProvider] = []


def change_a_number(seen) -> Answer:
    """Change the first number after "x - " by what the prompt's own digest says: equal prompts, equal replies."""
    digest = hashlib.sha256(seen.prompt.encode()).digest()
    shown = re.search(r"shifted = x - ([\d.]+)", seen.prompt)[0]
    line = f"    {shown}  # where the curve turns"
    return Answer(
        "Idea: turn elsewhere\nExpect: closeness +0.1 on all\n\n```diff\n--- a/curve.py\n+++ b/curve.py\n@@\n"
        f"-{line}\n+    shifted = x - {digest[0] / 256:.4f}  # where the curve turns\n```\n"
    )


@pytest.fixture(autouse=True)
def provider():
    with FakeProvider(change_a_number) as running:
        PROVIDER[:] = [running]
        yield running


class Closing:
    """A proposer that closes its connections after each call: the contract gives each an event loop of its own."""

    def __init__(self, inner) -> None:
        self.inner = inner
        self.tell, self.built_with = inner.tell, inner.built_with
        self.state, self.restore = inner.state, inner.restore

    async def propose(self, task, record, rng):
        try:
            return await self.inner.propose(task, record, rng)
        finally:
            await self.inner.close()


class TestModelProposer(ProposerContract):
    steps = 8

    def make(self, problem, trials):
        named = {
            "models": [("m", 1.0)],
            "api_base": PROVIDER[0].url,
            "price": "m=1,4",
            "output": 400,
        }
        return Closing(ModelProposer(problem, trials, patience=QUICK, notes_every=0, **named))


class TestPolished(ProposerContract):
    steps = 8

    def make(self, problem, trials):
        named = {
            "models": [("m", 1.0)],
            "api_base": PROVIDER[0].url,
            "price": "m=1,4",
            "output": 400,
        }
        return Closing(Polished(problem, trials, trials_each=12, notes_every=0, **named))


async def test_run_of_few_proposals_asks_the_model_for_all_of_them(tmp_path):
    """Who names a model wants it asked: a template with good numbers to tune took every turn."""
    run, asked = await polished_run(tmp_path / "few", proposals=REPLIES)
    assert [proposal.model for proposal in run.store.proposals()] == ["m"] * REPLIES
    run.store.close()
    run, asked = await polished_run(tmp_path / "many", proposals=24)
    tuned = [proposal for proposal in run.store.proposals() if not proposal.model]
    assert 1 <= len(tuned) <= 24 // REPLIES and asked == 24 - len(tuned)
    made = list(run.store.proposals())
    assert all(bool(proposal.in_vain) == (proposal.vain_s > 0.0) for proposal in made)
    assert re.match(r"\d+ trials in .* \(.*% of the time\), .*%", tuning_line(tally(run), 9.0))
    run.store.close()


async def test_program_is_polished_once_also_by_a_run_that_goes_on(tmp_path):
    run, _ = await polished_run(tmp_path / "run", proposals=24)
    before = {each.beside for each in run.store.proposals()} - {None}
    run.store.close()
    run, _ = await polished_run(tmp_path / "run", proposals=36)
    later = {each.beside for each in list(run.store.proposals())[24:]} - {None}
    assert before and not before & later
    run.store.close()


async def polished_run(folder, proposals):
    def act(seen):
        shown = re.search(r"^x\.txt\n```\n(.*)\n```", seen.prompt, re.MULTILINE)[1]
        return Answer(step_reply(shown, (3.0 - float(shown)) * 0.1))

    with FakeProvider(act) as provider:
        run = toy_run(opened(folder), Caps(proposals=proposals), proposer=None)
        run.proposer = Polished(
            run.problem, run.evaluator, models=[("m", 1.0)], api_base=provider.url, budget=run.budget,
            calls=StoredCalls(run.store), patience=QUICK, price="m=1,4", output=400, notes_every=0,
        )  # fmt: skip
        await run.search()
        await run.proposer.close()
        return run, len(provider.seen)


async def test_model_that_gains_more_per_dollar_is_asked_more(tmp_path):
    def act(seen):
        if seen.body["model"] == "poor":
            return Answer("I would rather talk about something else. " * 20)
        shown = re.search(r"^x\.txt\n```\n(.*)\n```", seen.prompt, re.MULTILINE)[1]
        return Answer(step_reply(shown, (3.0 - float(shown)) * 0.1))

    store = opened(tmp_path / "run")
    with FakeProvider(act) as provider:
        run = toy_run(store, Caps(proposals=120, failing=None), proposer=None)
        run.proposer = ModelProposer(
            run.problem, models=[("good", 1.0), ("poor", 1.0)], api_base=provider.url, budget=run.budget,
            calls=StoredCalls(store), patience=QUICK, price="good=1,4;poor=1,4", output=400, notes_every=0,
        )  # fmt: skip
        await run.search()
        await run.proposer.close()
        asked = [seen.body["model"] for seen in provider.seen]
    first = [p.model for p in store.proposals() if not p.repairs]
    poor = tally(run).by_model()["poor"]
    store.close()
    assert first[-60:].count("good") > first[-60:].count("poor") and asked.count("poor") > 0
    assert poor.applied == 0 < poor.replied
