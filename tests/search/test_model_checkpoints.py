"""A run with a model goes on from its checkpoint as if it had not stopped: the same prompts, the same tree."""

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from model_world import SHOWN, model_run, opened, searched, step_reply
from provider.acts import Answer, Fault
from provider.server import FakeProvider
from toy_world import ToyEvaluator, problem, toy_run, tree_of

from cladogen.events import Silent
from cladogen.models.calls import answered
from cladogen.proposal import Cost
from cladogen.proposers.model import ModelProposer
from cladogen.proposers.polished import REPLIES, Polished
from cladogen.proposers.specialists import Member, Specialists
from cladogen.record import call_sums, checkpoint
from cladogen.record.call_sums import CallSums, SummedCalls
from cladogen.record.model_calls import StoredCalls
from cladogen.search.budget import Budget, Caps
from cladogen.search.streams import stream
from cladogen.state import NotKept

SUPPORT = Path(__file__).parents[1] / "support"
KEEPS, WORDS_ANEW = "You keep the notes", "You improve the instruction"
REMEMBERS = "You keep what this search has learnt"
WORDING = (
    "Look for what is missing in program #$parent and make $objective better ($direction it). $beat"
)
LEARNS = {
    "notes": {"notes_every": "6", "evolve": "true"},
    "memory": {"notes_every": "6", "memory": "true", "memory_learn": "true"},
}
ALL, EVERY = 60, 10


def model(seen):
    """Answer by the prompt alone; some answers cannot be read, and some call for a repair."""
    size = len(seen.prompt)
    if KEEPS in seen.prompt:
        return Answer(f"- notes on {size}")
    if WORDS_ANEW in seen.prompt:
        return Answer(WORDING)
    shown = SHOWN.search(seen.prompt)
    if "## Form of the answer" not in seen.prompt or shown is None:
        return Answer(f"P: steps of {size % 7} help (#{size % 3})\nG: no step of {size} (#0)")
    if size % 11 == 3:
        return Answer("I would leave it as it is.")
    reply = step_reply(shown[1], 0.01 * (size % 97) - 0.3)
    return Answer(reply.replace("Idea: go", f"Idea: (P{1 + size % 3}) go"))


class Killing:
    """The same, but that it ends a process at its request of that number."""

    def __init__(self, at):
        self.at, self.kill = at, 0

    def __call__(self, seen):
        if self.kill and seen.step >= self.at:
            os.kill(self.kill, signal.SIGKILL)
            return Fault("closed")
        return model(seen)


def run_on(store, url, proposals, *, every=EVERY, **options):
    return model_run(
        store, url, Caps(proposals=proposals), expected=ALL, checkpoint_every=every, **options
    )


def asked(store):
    """What models were asked and answered, in order."""
    calls = StoredCalls(store).all()
    return [(call.request.purpose, call.request.ticket, call.request.round, call.request.messages)
            for call in calls if answered(call)]  # fmt: skip


def learnt(run):
    words, rng = run.proposer.wordings, np.random.default_rng(0)
    words._bandits.clear()  # which are made when they are first asked
    for operator in words._texts:
        words.choose(operator, rng)
    return checkpoint.packed({"state": run.proposer.state()})


@contextlib.contextmanager
def two(folder):
    """Two stores, of a run that is not stopped and of one that is."""
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(contextlib.closing(opened(folder / name))) for name in "ab"]


@pytest.mark.parametrize("learns", LEARNS)
async def test_a_run_with_a_model_goes_on_from_its_checkpoint_as_if_it_had_not_stopped(
    tmp_path, learns
):
    options = LEARNS[learns]
    with two(tmp_path) as (whole, pieces), FakeProvider(model) as provider:
        unbroken = run_on(whole, provider.url, ALL, **options)
        await searched(unbroken)
        for proposals in (25, 41, ALL):
            run = run_on(pieces, provider.url, proposals, **options)
            await searched(run)
            assert run.checkpoints.taken_up > 0 or proposals == 25
        again = [run_on(whole, provider.url, ALL, every=every, **options) for every in (0, EVERY)]
        for each in again:
            each.resume()
            await each.proposer.close()
        assert again[0].checkpoints.taken_up == 0 < again[1].checkpoints.taken_up
        assert learnt(again[0]) == learnt(again[1]) == learnt(unbroken)
        assert asked(pieces) == asked(whole)
        assert tree_of(pieces) == tree_of(whole)
        purposes = {purpose for purpose, *_ in asked(whole)}
        assert {"repair", "notes", *(["wording"] if "evolve" in options else [])} <= purposes
        assert again[1].budget.spend.calls == again[0].budget.spend.calls == len(asked(whole))


def start(folder, url, options):
    given = [f"{name}={value}" for name, value in options.items()]
    command = [sys.executable, SUPPORT / "model_world.py", folder, str(ALL), url, "1", *given,
               f"expected={ALL}", f"checkpoint_every={EVERY}"]  # fmt: skip
    environment = {**os.environ, "PYTHONPATH": str(SUPPORT.parent)}
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, env=environment)


@pytest.mark.parametrize("learns", LEARNS)
async def test_a_run_with_a_model_that_is_killed_goes_on_as_if_it_had_not_been(tmp_path, learns):
    options = LEARNS[learns]
    whole = opened(tmp_path / "whole")
    with contextlib.closing(whole), FakeProvider(model) as provider:
        await searched(run_on(whole, provider.url, ALL, **options))
        unbroken = asked(whole), tree_of(whole)
    for at in (33, 29):
        killing = Killing(at)
        with FakeProvider(killing) as provider:
            with start(tmp_path / "killed", provider.url, options) as process:
                killing.kill = process.pid
                assert process.wait(timeout=120) == -signal.SIGKILL
            killing.kill = 0
    with contextlib.closing(opened(tmp_path / "killed")) as killed, FakeProvider(model) as provider:
        run = run_on(killed, provider.url, ALL, **options)
        await searched(run)
        assert run.checkpoints.taken_up > EVERY
        assert (asked(killed), tree_of(killed)) == unbroken


def specialised(store, url, proposals, *, every=EVERY):
    budget, evaluator, observer = Budget(Caps(proposals=proposals)), ToyEvaluator(), Silent()
    budget.proposals_expected = ALL

    def asking(kind, **options):
        return kind(problem(), evaluator, models=[("Own/Toy-7b", 1.0)], api_base=url, budget=budget,
                    calls=StoredCalls(store), price="Own/Toy-7b=1,4,0.1", output=400, **options)  # fmt: skip

    members = [
        Member("brief", asking(ModelProposer, notes_every=0, context=3000)),
        Member("polished", asking(Polished, notes_every=0, polish=0)),
    ]
    shared = Specialists(problem(), members, lambda ticket: stream(0, "specialists", ticket))
    return toy_run(store, Caps(proposals=proposals), proposer=shared, evaluator=evaluator,
                   budget=budget, observer=observer, expected=ALL, checkpoint_every=every)  # fmt: skip


async def test_specialists_that_ask_models_go_on_from_a_checkpoint_as_if_they_had_not_stopped(
    tmp_path,
):
    with two(tmp_path) as (whole, pieces), FakeProvider(model) as provider:
        await searched(specialised(whole, provider.url, 40))
        for proposals in (23, 40):
            run = specialised(pieces, provider.url, proposals)
            await searched(run)
        assert run.checkpoints.taken_up > 0
        assert asked(pieces) == asked(whole)
        assert tree_of(pieces) == tree_of(whole)


async def test_a_checkpoint_of_other_options_of_a_model_is_none(tmp_path):
    with contextlib.closing(opened(tmp_path / "run")) as store, FakeProvider(model) as provider:
        await searched(run_on(store, provider.url, 25))
        for options, taken in (({}, True), ({"contrast": "true"}, False), ({"learn": "no"}, False)):
            run = run_on(store, provider.url, 25, **options)
            run.resume()
            await run.proposer.close()
            assert (run.checkpoints.taken_up > 0) is taken


class LearnsMore(ModelProposer):
    """A user's own, which remembers what its base class says nothing of."""

    def tell(self, proposal, result):
        super().tell(proposal, result)
        self.told = result


def test_a_proposer_that_learns_otherwise_than_the_one_it_derives_from_has_no_state_of_that_one():
    from cladogen.proposers.base import built_with, state_of_proposer

    own = LearnsMore(problem(), models=[("m", 1.0)])
    for ask in (built_with, state_of_proposer):
        with pytest.raises(NotKept, match="LearnsMore learns more than its state says"):
            ask(own)


class InHand:
    """A tuning that goes on, and one whose outcome is not handed in."""

    def __init__(self, number, ready):
        self.number, self.ready = number, ready


def test_what_is_being_polished_when_a_run_stops_is_polished_again():
    one = Polished(problem(), ToyEvaluator(), models=[("m", 1.0)])
    one._begun, one._replies = {3, 5}, 2 - REPLIES
    one._beside.number = 5
    other = Polished(problem(), ToyEvaluator(), models=[("m", 1.0)])
    other.restore(one.state())
    assert (other._begun, other._replies) == ({3}, 2)


# -- what calls come to


async def with_calls(store, provider):
    await searched(run_on(store, provider.url, 25))
    return StoredCalls(store)


def totals(log):
    budget = Budget()
    for cost, most in log.charges():
        if cost is not None or most != 0.0:
            budget.charge(Cost(None, calls=1) if cost is None else cost, most or 0.0)
    spend = budget.spend
    return (spend.calls, spend.prompt_tokens, spend.completion_tokens, spend.unpriced,
            round(spend.usd, 12), round(spend.held_usd, 12))  # fmt: skip


async def test_the_sums_of_calls_are_those_of_each_call_also_of_calls_in_flight(tmp_path):
    with contextlib.closing(opened(tmp_path / "run")) as store, FakeProvider(model) as provider:
        log = await with_calls(store, provider)
        request = log.all()[0].request
        flying = [log.begin(request, 0, most) for most in (0.25, None, 0.0)]
        assert totals(SummedCalls(store)) == totals(log)
        log.finish(flying[0], log.all()[0].reply, Cost(None, 7, 5, 0, 1))
        assert totals(SummedCalls(store)) == totals(log)
        log.begin(request, 0, 0.125)
        assert totals(SummedCalls(store)) == totals(log)
        assert CallSums.of(store).unpriced == 1


async def test_the_end_of_each_call_is_read_once(tmp_path):
    with contextlib.closing(opened(tmp_path / "run")) as store, FakeProvider(model) as provider:
        await with_calls(store, provider)
        before = totals(SummedCalls(store))
        store.database.execute("UPDATE calls SET reply = 999999 WHERE id < 10")  # no such text
        assert totals(SummedCalls(store)) == before


async def test_sums_of_calls_that_are_not_there_or_of_bits_that_turned_are_none(tmp_path):
    with contextlib.closing(opened(tmp_path / "run")) as store, FakeProvider(model) as provider:
        log = await with_calls(store, provider)
        path = store.folder / call_sums.NAME
        good = path.read_bytes()
        for data in (b"", good[:-1], good[:40] + bytes([good[40] ^ 4]) + good[41:]):
            path.write_bytes(data)
            assert totals(SummedCalls(store)) == totals(log)
        path.write_bytes(good)
        store.database.execute("DELETE FROM calls WHERE id > 9")
        assert totals(SummedCalls(store)) == totals(log)
