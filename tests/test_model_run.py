"""Whole runs in which a model proposes: money, faults, kills, rubbish. The loop and the record are the real ones."""

import asyncio
import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from model_world import NAME, SHOWN, model_run, searched, step_reply, stepping
from provider.acts import NO_MODEL, WRONG_KEY, Answer, Fault, by_rate, by_step
from provider.server import FakeProvider
from toy_world import ToyEvaluator, opened, tally, tree_of

from cladogen.errors import ConfigError, ModelError
from cladogen.evaluation import Status
from cladogen.models.calls import answered
from cladogen.prompts import reading
from cladogen.proposal import Outcome
from cladogen.record.model_calls import StoredCalls
from cladogen.result import Result
from cladogen.search.budget import Caps
from cladogen.task import Propose
from cladogen.view.paint import PLAIN
from cladogen.view.reports.credit import credit_lines
from cladogen.view.reports.detail import USUAL
from cladogen.view.reports.proposal_text import proposal_lines
from cladogen.view.result_row import read_results

WORLD = Path(__file__).parent / "support" / "model_world.py"


@pytest.fixture
def store(tmp_path):
    store = opened(tmp_path / "run")
    yield store
    store.close()


async def test_model_improves_on_the_seed_and_the_accounts_agree(store):
    with FakeProvider(stepping()) as provider:
        run = model_run(store, provider.url, Caps(proposals=30))
        ending = await searched(run)
        assert ending.stop.kind == "proposals" and run.overview.best_fitness() > -1.0
        assert run.budget.spend.usd == pytest.approx(provider.charged_usd)
        assert run.budget.spend.calls == provider.count() >= 30
    proposal = store.proposal(1)
    assert proposal.summary.startswith("go to") and proposal.expectation.metric == "closeness"
    assert proposal.model == NAME and proposal.cost.usd > 0 and "Get close to 3." in proposal.prompt
    total = tally(run).by_model()[NAME]
    assert total.proposals == total.replied == total.applied == total.expected == 30
    assert 0 < total.expected_held <= 30 and total.usd == pytest.approx(run.budget.spend.usd)
    assert credit_lines(tally(run))[0].startswith(f"{NAME}: 30 proposals, 30 of 30 replies applied")


async def test_200_proposals_with_a_fifth_of_faults_lose_no_paid_reply(store):
    with FakeProvider(by_rate(stepping(3), 0.2, seed=7)) as provider:
        run = model_run(store, provider.url, Caps(proposals=200), workers=8)
        ending = await searched(run)
        assert ending.stop.kind == "proposals"
        calls = StoredCalls(store).all()
        unknown = [call for call in calls if call.cost.usd is None]
        # A connection that is closed as it is used may have carried a request or not: it is held.
        unseen = len(calls) - len(provider.seen)
        assert 0 <= unseen <= len(unknown) - provider.untold and provider.count() > 220
        assert sum(call.cost.usd or 0.0 for call in calls) == pytest.approx(
            provider.told_usd, abs=1e-12
        )
        assert run.budget.spend.usd == pytest.approx(provider.told_usd, abs=1e-12)
        assert run.budget.spend.unpriced == len(unknown) >= provider.untold > 0
        assert provider.charged_usd <= run.budget.spend.usd + sum(call.most_usd for call in unknown)
    used = {(p.ticket, p.repairs) for p in store.proposals() if p.reply}
    replied = {(c.request.ticket, c.request.round) for c in calls if c.reply.status == "replied"}
    assert replied <= used  # every whole reply became a proposal that can be shown
    outcomes = [row.outcome for row in store.results() if row.ticket]
    assert outcomes.count(Outcome.NO_REPLY) <= 3  # a call's failure takes no proposal's number


async def test_no_cap_in_dollars_is_passed_with_eight_workers(store):
    with FakeProvider(stepping()) as provider:
        run = model_run(store, provider.url, Caps(usd=0.05), workers=8)
        ending = await searched(run)
        assert ending.stop.kind == "usd" and provider.charged_usd <= 0.05
        assert provider.charged_usd > 0.03 and provider.count() > 20


@pytest.mark.slow
def test_kill_9_between_reply_and_evaluation_pays_for_no_reply_twice(tmp_path):
    folder, random_ = tmp_path / "run", random.Random(3)
    environment = {**os.environ, "PYTHONPATH": str(WORLD.parent.parent)}
    with FakeProvider(stepping()) as provider:
        for _ in range(4):
            command = [sys.executable, WORLD, folder, "40", provider.url, "4"]
            start = subprocess.Popen(command, stdout=subprocess.PIPE, env=environment)
            start.stdout.readline()
            until, before = time.monotonic() + 60, provider.count()
            while provider.count() < before + random_.randint(3, 9) and start.poll() is None:
                assert time.monotonic() < until
                time.sleep(0.01)
            os.kill(start.pid, signal.SIGKILL)
            start.communicate()
        done = subprocess.run(command, capture_output=True, check=False, env=environment)
        assert done.returncode == 0, done.stderr
        store = opened(folder)
        calls = StoredCalls(store).all()
        store.close()
        replied = [(call.request.ticket, call.request.round) for call in calls if answered(call)]
        assert len(replied) == len(set(replied))  # nobody was asked twice once there was an answer
        assert provider.count() <= len(calls) and all(call.reply or call.most_usd for call in calls)


async def test_resumed_run_is_the_unbroken_run_and_counts_what_was_spent(tmp_path):
    whole, pieces = opened(tmp_path / "whole"), opened(tmp_path / "pieces")

    def fixed(seen):
        shown = SHOWN.search(seen.prompt)
        return Answer(
            step_reply(shown[1], 0.01 * (len(seen.prompt) % 97))
        )  # depends on the prompt alone

    with FakeProvider(fixed) as provider:
        await searched(model_run(whole, provider.url, Caps(proposals=24)))
        charged = provider.charged_usd
        for proposals in (5, 11, 24):
            run = model_run(pieces, provider.url, Caps(proposals=proposals))
            await searched(run)
        assert tree_of(whole) == tree_of(pieces)
        assert (
            run.budget.spend.usd
            == pytest.approx(charged)
            == pytest.approx(provider.charged_usd - charged)
        )
    whole.close()
    pieces.close()


RUBBISH = {
    "prose": "I am sorry, but as you can see the number is fine as it is.",
    "hundred kilobytes": "\u4e71 rubbish \x00\x1b[2J " * 6_000,
    "control characters": "\x00\x01\x02\x1b]0;title\x07```diff\n\x00\x00\n```",
    "empty": "",
    "outside": "```diff\n--- a/../../etc/passwd\n+++ b/../../etc/passwd\n@@ -1 +1 @@\n-root\n+toor\n```",
    "scorer": "```diff\n--- /dev/null\n+++ b/scorer.py\n@@ -0,0 +1 @@\n+print('hacked')\n```",
    "command": "Run this first:\n```sh\ntouch /tmp/cladogen-was-here; rm -rf ~\n```\n",
    "the same for ever": step_reply("0.0", 1.0),
}


@pytest.mark.parametrize("kind", RUBBISH)
async def test_rubbish_is_counted_explained_and_ends_the_run(store, kind):
    with FakeProvider(by_step(RUBBISH[kind])) as provider:
        run = model_run(store, provider.url, Caps(failing=9, proposals=100))
        ending = await searched(run)
        assert ending.stop.kind == "failing"
        if kind != "hundred kilobytes":
            assert run.budget.spend.usd == pytest.approx(provider.charged_usd)
    rows = [row for row in store.results() if row.ticket]
    assert all(row.reason for row in rows if row.outcome != "accepted")
    assert not Path("/tmp/cladogen-was-here").exists()
    assert run.record.size() <= 2


async def test_wrong_key_ends_the_run_at_once_with_the_cause(store):
    with FakeProvider(by_step(WRONG_KEY)) as provider:
        run = model_run(store, provider.url, Caps(proposals=100))
        ending = await searched(run)
        assert ending.stop.kind == "failing" and "Incorrect API key" in ending.stop.text
        assert len(provider.seen) == 1 and run.budget.spend.proposals == 0


async def test_a_cap_in_dollars_without_a_price_is_refused_before_anything_is_spent(store):
    with FakeProvider(stepping()) as provider:
        with pytest.raises(ConfigError, match="Own/Toy-7b: --max-usd needs a price"):
            model_run(store, provider.url, Caps(usd=1.0), price="")
        assert provider.count() == 0
    assert not list(store.evaluations())


async def test_refused_patch_is_repaired_with_its_reason(store):
    seen = []

    def act(request):
        seen.append(request)
        if len(seen) == 1:
            return Answer(step_reply("99.5", 1.0))  # no such line
        return Answer(step_reply("0.0", 1.0))

    with FakeProvider(act) as provider:
        run = model_run(store, provider.url, Caps(proposals=2))
        await searched(run)
    first, second = store.proposals_of(1)
    assert first.code == "removed-lines-not-found" and second.operator == "repair" and second.patch
    assert [message["role"] for message in seen[1].body["messages"]] == [
        "system",
        "user",
        "assistant",
        "user",
    ]
    assert "99.5" in seen[1].body["messages"][-1]["content"]
    failure = Result(Propose(1, (0,)), Outcome.REFUSED, None, (0,))
    again = await run.proposer.repair(replace(first, trials=5), failure, run.record, None)
    assert again.trials == 0  # those of the first round were made once


async def test_defect_of_the_reader_ends_no_run(store, monkeypatch):
    whole, real = step_reply("0.0", 1.0), reading.apply_reply
    replies = iter([Answer(f"{whole}odd"), Answer(whole)])

    def fails_on_what_is_odd(parent, text, *rest, **options):
        if text.endswith("odd"):
            raise IndexError("list index out of range")
        return real(parent, text, *rest, **options)

    monkeypatch.setattr(reading, "apply_reply", fails_on_what_is_odd)
    with FakeProvider(lambda seen: next(replies)) as provider:
        await searched(model_run(store, provider.url, Caps(proposals=2)))
    first, second = store.proposals_of(1)
    assert first.code == "reader-fault" and first.reply == f"{whole}odd" and first.cost.usd > 0
    assert "IndexError at test_model_run.py:" in first.reason
    assert second.operator == "repair" and second.patch


@pytest.mark.parametrize("finish", ["length", "content_filter"])
async def test_reply_that_reached_its_limit_is_never_half_applied(store, finish):
    whole = step_reply(
        "0.0", 1.0
    )  # it would apply as it is: only the provider knows that it is cut
    replies = iter([Answer(whole, finish=finish), Answer(whole)])
    with FakeProvider(lambda seen: next(replies)) as provider:
        run = model_run(store, provider.url, Caps(proposals=2))
        await searched(run)
        assert "broke off before its end" in provider.seen[1].prompt
    first, second = store.proposals_of(1)
    assert (
        first.code == "cut-reply"
        and not first.patch
        and first.reply == whole
        and first.cost.usd > 0
    )
    assert ("limit of 400 tokens" if finish == "length" else finish) in first.reason
    assert second.operator == "repair" and second.patch and run.record.size() == 2
    assert "cut-reply the reply " in "\n".join(proposal_lines(first, USUAL, PLAIN))
    assert [row.outcome for row in read_results(store, 1)] == ["refused", "accepted"]


async def test_reply_that_filled_the_window_is_not_said_to_have_reached_its_own_limit(store):
    cut = Answer(step_reply("0.0", 1.0), finish="model_length")
    with FakeProvider(by_step(cut)) as provider:
        run = model_run(store, provider.url, Caps(proposals=1))
        await searched(run)
    first = store.proposals_of(1)[0]
    assert "filled the model's window (model_length)" in first.reason and not first.patch


async def test_model_whose_whole_files_are_cut_is_asked_for_diffs(store):
    def act(seen):
        shown = SHOWN.search(seen.prompt)[1]
        if 'in the form "whole"' in seen.body["messages"][-1]["content"]:
            return Answer(
                f"Idea: whole\n\nx.txt\n```\n{float(shown) + 0.25!r}\n```\n", finish="length"
            )
        return Answer(step_reply(shown, 0.125))

    with FakeProvider(act) as provider:
        run = model_run(store, provider.url, Caps(proposals=4), form="whole")
        await searched(run)
    first, second = store.proposals_of(1)
    assert first.code == "cut-reply" and second.form == "diff" and second.patch


async def test_reply_that_is_all_thought_says_that_no_answer_came(store):
    with FakeProvider(by_step(Answer("", reasoning="hm " * 40, finish="length"))) as provider:
        run = model_run(store, provider.url, Caps(proposals=1))
        await searched(run)
    (only,) = store.proposals_of(1)
    assert (
        "before any answer came" in only.reason
        and "limit of 400 tokens" in only.reason
        and not only.patch
    )


async def test_failed_child_is_shown_and_repaired(store):
    replies = iter([step_reply("0.0", 7.0), step_reply("7.0", -5.0)])
    broken = ToyEvaluator(lambda x: Status.CRASH if x == 7.0 else Status.OK)
    with FakeProvider(lambda seen: Answer(next(replies))) as provider:
        run = model_run(store, provider.url, Caps(proposals=2), evaluator=broken)
        await searched(run)
        assert (
            "It fails:" in provider.seen[1].prompt
            and SHOWN.search(provider.seen[1].prompt)[1] == "7.0"
        )
    assert store.proposals_of(1)[1].parents == (1,)
    assert run.record.node(2).parents == (1,) and run.overview.best_fitness() == -1.0


async def test_model_whose_diffs_rarely_apply_is_asked_for_whole_files(store):
    def act(seen):
        shown = SHOWN.search(seen.prompt)[1]
        if 'in the form "whole"' in seen.body["messages"][-1]["content"]:
            return Answer(f"Idea: whole\n\nx.txt\n```\n{float(shown) + 0.25!r}\n```\n")
        return Answer(step_reply("123.75", 1.0))

    with FakeProvider(act) as provider:
        run = model_run(store, provider.url, Caps(proposals=20), form="diff")
        await searched(run)
    forms = [p.form for p in store.proposals()]
    assert forms[0] == "diff" and forms[-1] == "whole" and run.record.size() > 2


async def test_notes_are_distilled_every_so_often_and_shown(store):
    with FakeProvider(stepping()) as provider:
        run = model_run(store, provider.url, Caps(proposals=14), notes_every=5)
        await searched(run)
        notes = [seen for seen in provider.seen if "You keep the notes" in seen.prompt]
        assert 1 <= len(notes) <= 3
        assert "- small steps work" in provider.seen[-1].prompt
        assert run.budget.spend.usd == pytest.approx(provider.charged_usd)


async def test_near_duplicates_are_refused_before_evaluation_by_embedding(store):
    with FakeProvider(stepping()) as provider:
        run = model_run(
            store, provider.url, Caps(proposals=6, failing=None), embed="emb", embed_novelty=-1.0
        )
        await searched(run)
        assert provider.count("/embeddings") > 0
    assert any(p.code == "near-duplicate" for p in store.proposals())
    assert any("near duplicates" in line for line in credit_lines(tally(run)))


async def test_key_is_in_no_file_of_the_run(tmp_path, monkeypatch):
    key = "sk-very-secret-0123456789"
    monkeypatch.setenv("OWN_SERVER_KEY", key)
    store = opened(tmp_path / "run")
    with FakeProvider(by_step(f"your key is {key}", step_reply("0.0", 1.0)), key=key) as provider:
        await searched(model_run(store, provider.url, Caps(proposals=4), key="OWN_SERVER_KEY"))
    told = "".join(f"{call}" for call in StoredCalls(store).all()) + "".join(
        f"{p}" for p in store.proposals()
    )
    store.close()
    assert "[OWN_SERVER_KEY]" in told and key not in told
    for path in (tmp_path / "run").rglob("*"):
        assert not path.is_file() or key.encode() not in path.read_bytes()


async def test_idea_and_expectation_are_read_from_the_same_text_as_the_patch(store):
    thought = "Idea: the draft\nExpect: closeness +9 on all\nNo, too strong.\n</think>\n\n"
    with FakeProvider(by_step(thought + step_reply("0.0", 1.0))) as provider:
        await searched(model_run(store, provider.url, Caps(proposals=1)))
    proposal = store.proposal(1)
    assert proposal.summary == "go to 1.0" and proposal.expectation.change == 0.1 and proposal.patch


async def test_interrupt_leaves_the_task_open_and_the_same_command_takes_it_up(store):
    down = Fault(status=503, message="overloaded")
    with FakeProvider(by_step(down)) as provider:
        run = model_run(store, provider.url, Caps(proposals=3))
        run.proposer.models._stopping = run.workers.stopping

        async def sleep(seconds: float) -> None:
            run.workers.interrupt()
            await asyncio.sleep(0)

        run.proposer.models._sleep = sleep
        ending = await searched(run)
        assert ending.stop.kind == "interrupted" and provider.count() == 1
    assert [task.ticket for task, *_ in store.open_tasks()] == [1]
    with FakeProvider(stepping()) as provider:
        ending = await searched(model_run(store, provider.url, Caps(proposals=3)))
        assert ending.stop.kind == "proposals" and store.proposal(1).patch


async def test_wrong_key_is_found_before_a_seed_is_measured(store):
    with FakeProvider(key="right-key-0123456789") as provider:
        run = model_run(store, provider.url, Caps(proposals=3))
        with pytest.raises(ModelError, match="Incorrect API key"):
            await searched(run)
        assert not provider.seen and not list(store.evaluations())


async def test_fallback_makes_the_proposals_of_a_model_that_is_gone(store):
    with FakeProvider(by_step(NO_MODEL)) as gone, FakeProvider(stepping()) as other:
        fallback = f"second@{other.url};third@{gone.url}"
        price = f"{NAME}=1,4;second=1,4;third=1,4"
        run = model_run(store, gone.url, Caps(proposals=3), fallback=fallback, price=price)
        ending = await searched(run)
        assert (ending.stop.kind, ending.stop.text) == (
            "proposals", "budget: 3 proposals made, of 3",
        )  # fmt: skip
        assert {proposal.model for proposal in store.proposals()} == {"second"}
        assert other.count() >= 3 and gone.count() <= 2  # the third is never asked
