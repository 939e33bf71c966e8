"""Calls of models against a real server on loopback: replies, faults, money, limits, keys."""

import asyncio
import importlib.util
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from asked import PRICE, QUICK, Asked, request
from provider import acts
from provider.acts import Answer, Fault, by_rate, by_step
from provider.server import FakeProvider

from cladogen.errors import ModelError
from cladogen.models import clients
from cladogen.models.asking import Models
from cladogen.models.calls import CallStatus, MemoryLog
from cladogen.models.limiter import Patience
from cladogen.models.model import Model, Price
from cladogen.models.prices import TABLE, price_of
from cladogen.search.budget import Budget, Caps, OverBudget


def litellm_folder() -> str:
    return importlib.util.find_spec("litellm").submodule_search_locations[0]


async def test_reply_reasoning_usage_and_cost_come_through():
    answer = Answer("the reply", reasoning="let me think", cached=2)
    with FakeProvider(by_step(answer)) as provider:
        async with Asked(provider) as asked:
            call = await asked.models.ask(request())
        assert (call.reply.status, call.reply.text, call.reply.reasoning) == (
            "replied",
            "the reply",
            "let me think",
        )
        assert (
            call.cost.usd
            == pytest.approx(provider.charged_usd)
            == pytest.approx(asked.budget.spend.usd)
        )
        assert call.cost.cached_tokens == 2 and provider.ledger[0].cached_tokens == 2
        assert provider.seen[0].body["model"] == "Own/Name-7b"


@pytest.mark.parametrize(
    "name", ["openai/gpt-oss-20b", "gpt-5", "anthropic/some-claude", "x", "a b=c"]
)
async def test_any_name_reaches_an_own_server_as_it_is(name):
    with FakeProvider() as provider:
        async with Asked(provider, name=name) as asked:
            call = await asked.models.ask(request(model=name))
        assert call.reply.text == "hello" and provider.seen[0].body["model"] == name


@pytest.mark.parametrize(
    "fault", [*acts.FAULTS, acts.OVERLOADED], ids=lambda fault: f"{fault.kind}-{fault.status}"
)
async def test_fault_is_tried_again_and_counted(fault):
    with FakeProvider(by_step(fault, fault, "fine")) as provider:
        async with Asked(provider) as asked:
            call = await asked.models.ask(request())
        assert call.reply.text == "fine" and call.attempt == 2
        assert len(asked.log.calls) == len(provider.seen) == asked.budget.spend.calls == 3
        assert asked.budget.spend.usd == pytest.approx(provider.told_usd)
        assert asked.budget.spend.unpriced >= provider.untold


async def test_cut_stream_is_seen_and_its_price_is_not_invented():
    with FakeProvider(by_step(acts.CUT)) as provider:
        async with Asked(provider) as asked:
            call = await asked.models.ask(request())
    assert (
        call.reply.status is CallStatus.CUT
        and call.reply.text == "half a rep"
        and call.reply.finish == ""
    )
    assert call.cost.usd is None and asked.budget.spend.held_usd > 0
    assert "3 unpriced calls" in str(asked.budget.spend)


async def test_reply_at_its_token_limit_is_cut_and_not_asked_again():
    with FakeProvider(by_step(Answer("so far so", finish="length"))) as provider:
        async with Asked(provider) as asked:
            call = await asked.models.ask(request())
        assert call.reply.status is CallStatus.CUT and len(provider.seen) == 1
        assert call.cost.usd == pytest.approx(provider.charged_usd)


async def test_reply_without_usage_is_unpriced_never_zero():
    with FakeProvider(by_step(Answer("fine", usage=False))) as provider:
        async with Asked(provider) as asked:
            call = await asked.models.ask(request())
    assert (
        call.reply.status is CallStatus.REPLIED
        and call.cost.usd is None
        and asked.budget.spend.unpriced == 1
    )


async def test_model_without_a_price_is_unpriced_and_no_cap_in_dollars_lets_it_pass():
    with FakeProvider() as provider:
        async with Asked(provider, price=None) as asked:
            call = await asked.models.ask(request())
        assert call.cost.usd is None and call.cost.completion_tokens == 2
        async with Asked(provider, Caps(usd=1.0), price=None) as asked:
            with pytest.raises(OverBudget, match="--price"):
                await asked.models.ask(request())


async def test_cap_in_dollars_is_hard_with_many_coroutines():
    with FakeProvider(by_step("a reply of some words")) as provider:
        async with Asked(provider, Caps(usd=0.008)) as asked:

            async def one(ticket: int) -> bool:
                try:
                    await asked.models.ask(request(ticket, "x" * 400))
                except OverBudget:
                    return False
                return True

            made = await asyncio.gather(*(one(ticket) for ticket in range(100)))
        assert 10 < sum(made) < 100
        assert provider.charged_usd <= 0.008
        assert asked.budget.spend.usd == pytest.approx(provider.charged_usd)


async def test_limiter_bounds_what_is_at_the_provider_at_once():
    with FakeProvider() as provider:
        patience = Patience(at_once=3, first_s=0.001)
        async with Asked(provider, patience=patience) as asked:
            await asyncio.gather(*(asked.models.ask(request(ticket)) for ticket in range(20)))
        assert 1 <= provider.most_at_once <= 3 and provider.count() == 20


async def test_retry_after_holds_everybody_back():
    waits, waited = [], asyncio.Event()

    async def sleep(seconds: float) -> None:
        waits.append(seconds)
        waited.set()
        await asyncio.sleep(0)

    limited = Fault(status=429, retry_after="7")
    with FakeProvider(by_step(limited, "fine")) as provider:
        log, budget = MemoryLog(), Budget()
        models = Models(
            [Model("m", api_base=provider.url)],
            log,
            budget,
            patience=Patience(at_once=1),
            sleep=sleep,
        )
        asking = asyncio.create_task(models.ask(request(model="m")))
        await waited.wait()
        assert waits[0] == 7.0
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        await models.close()


@pytest.mark.parametrize("refused", ["max_tokens", "temperature", "stream_options", "stream"])
async def test_parameter_a_model_does_not_take_is_dropped_once_with_a_notice(refused):
    with FakeProvider(refuses=(refused,)) as provider:
        async with Asked(provider, parameters={"temperature": 0.5}) as asked:
            for ticket in range(3):
                assert (await asked.models.ask(request(ticket))).reply.text == "hello"
        assert provider.count() == 4
        assert len(asked.notices) == 1 and repr(refused) in asked.notices[0]
        assert ("max_completion_tokens" in provider.seen[-1].body) == (refused == "max_tokens")


async def test_server_that_knows_a_model_without_its_first_part_is_asked_for_that():
    with FakeProvider(
        lambda seen: Answer("fine") if seen.body["model"] == "toy" else acts.NO_MODEL
    ) as provider:
        async with Asked(provider, name="openai/toy") as asked:
            for ticket in range(2):
                assert (
                    await asked.models.ask(request(ticket, model="openai/toy"))
                ).reply.text == "fine"
        assert provider.count() == 3 and len(asked.notices) == 1


async def test_whole_reply_in_place_of_a_stream_is_taken_and_not_paid_for_twice():
    with FakeProvider(by_step("fine"), streams=False) as provider:
        async with Asked(provider) as asked:
            for ticket in range(2):
                assert (await asked.models.ask(request(ticket))).reply.text == "fine"
        assert provider.count() == 2 and not asked.notices


async def test_window_that_a_server_tells_is_kept_to():
    with FakeProvider(window=300) as provider:
        async with Asked(provider) as asked:
            assert (await asked.models.ask(request(1))).reply.text == "hello"
            assert (await asked.models.ask(request(2))).reply.text == "hello"
        limits = [seen.body["max_tokens"] for seen in provider.seen]
        assert limits == [400, 150, 150] and len(asked.notices) == 1
        assert "window=300" in asked.notices[0]


async def test_pause_longer_than_the_deadline_is_not_waited_for():
    with FakeProvider(by_step(Fault(status=429, retry_after="86400"), "fine")) as provider:
        async with Asked(provider) as asked:
            assert (await asked.models.ask(request(1))).reply.status is CallStatus.FAILED
            assert (await asked.models.ask(request(2))).reply.text == "fine"


@pytest.mark.parametrize("fault", [acts.WRONG_KEY, acts.NO_MODEL], ids=["key", "model"])
async def test_wrong_key_or_model_ends_at_once_with_the_cause(fault):
    with FakeProvider(by_step(fault)) as provider:
        async with Asked(provider) as asked:
            call = await asked.models.ask(request())
            assert call.reply.status is CallStatus.FAILED and call.cost.usd == 0.0
            with pytest.raises(ModelError, match=r"Incorrect API key|does not exist"):
                asked.models.usable()
        assert len(provider.seen) <= 2  # the second without the first part of the name


async def test_missing_key_ends_at_once_and_costs_nothing(monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    log, budget = MemoryLog(), Budget()
    models = Models([Model("gpt-4o-mini")], log, budget, patience=QUICK)
    assert (await models.ask(request(model="gpt-4o-mini"))).reply.status is CallStatus.FAILED
    with pytest.raises(ModelError, match="OPENAI_API_KEY"):
        models.usable()
    await models.close()
    assert len(log.calls) == 1 and budget.spend.unpriced == 0


async def test_server_that_is_not_there_is_given_up_with_the_cause_and_no_call_is_counted():
    with FakeProvider() as provider:
        gone = provider.url
    log, budget, notices = MemoryLog(), Budget(), []
    patience = replace(QUICK, outage_s=0.1)
    models = Models(
        [Model("m", api_base=gone, price=PRICE)],
        log,
        budget,
        patience=patience,
        notify=notices.append,
    )
    assert (await models.ask(request(1, model="m"))).reply.status is CallStatus.FAILED
    with pytest.raises(ModelError, match=r"no answer for .*refused"):
        models.usable()
    await models.close()
    assert budget.spend.usd == 0.0 and budget.spend.unpriced == 0 and budget.spend.calls == 0


async def test_silent_provider_meets_a_deadline():
    patience = Patience(attempts=1, idle_s=0.05)
    with FakeProvider(by_step(acts.SILENT)) as provider:
        async with Asked(provider, patience=patience) as asked:
            call = await asked.models.ask(request())
            provider.ended.set()
    assert call.reply.status is CallStatus.FAILED and call.cost.usd is None


async def test_endless_reply_is_left():
    with FakeProvider(by_step(Answer("spam " * 60_000, pieces=200))) as provider:
        async with Asked(provider) as asked:
            call = await asked.models.ask(request())
    assert call.reply.status is CallStatus.CUT and len(call.reply.text) < 80_000


async def test_key_comes_from_the_environment_and_is_in_nothing_recorded(monkeypatch):
    key = "sk-very-secret-0123456789"
    monkeypatch.setenv("OWN_SERVER_KEY", key)
    echo = Answer(f"your key is {key}", reasoning=key)
    with FakeProvider(by_step(echo), key=key) as provider:
        async with Asked(provider, key="OWN_SERVER_KEY") as asked:
            await asked.models.ask(request())
        monkeypatch.setenv("OWN_SERVER_KEY", "sk-wrong-secret-9876543210")
        async with Asked(provider, key="OWN_SERVER_KEY") as wrong:
            await wrong.models.ask(request())
    told = repr(asked.log.calls) + repr(wrong.log.calls) + repr(wrong.notices)
    assert "[OWN_SERVER_KEY]" in told and key not in told and "sk-wrong" not in told


async def test_embeddings_are_unit_vectors_priced_and_recorded():
    with FakeProvider() as provider:
        async with Asked(provider) as asked:
            model = Model("emb", api_base=provider.url, price=PRICE)
            first = await asked.models.embed(["def a(): pass", "def b(): pass"], model, ticket=3)
            again = await asked.models.embed(["def a(): pass", "def b(): pass"], model, ticket=3)
        assert provider.count("/embeddings") == 1 and again == first
        assert np.allclose(np.linalg.norm(first, axis=1), 1.0, atol=1e-6)
        assert asked.budget.spend.usd == pytest.approx(provider.charged_usd)


async def test_sum_of_costs_equals_the_servers_count_under_every_kind_of_fault():
    with FakeProvider(by_rate(by_step("x" * 50), 0.2, seed=5)) as provider:
        async with Asked(provider) as asked:
            calls = await asyncio.gather(
                *(asked.models.ask(request(ticket)) for ticket in range(60))
            )
        assert sum(call.reply.status is CallStatus.REPLIED for call in calls) >= 58
        # A connection that breaks under a request may have lost it on the way: nobody can know, so it
        # is recorded as a call of unknown cost.
        lost = [call for call in asked.log.calls if "disconnected" in call.reply.error]
        assert 0 <= len(asked.log.calls) - len(provider.seen) <= len(lost)
        assert all(call.cost.usd is None for call in lost)
        assert asked.budget.spend.usd == pytest.approx(provider.told_usd, abs=1e-12)
        unknown = [call for call in asked.log.calls if call.cost.usd is None]
        assert len(unknown) == asked.budget.spend.unpriced >= provider.untold
        assert provider.charged_usd <= asked.budget.spend.usd + sum(
            call.most_usd for call in unknown
        )


def test_price_of_zero_in_the_shipped_table_is_unknown_and_the_users_wins():
    table = json.loads(next(Path(litellm_folder()).glob(TABLE)).read_bytes())
    free = next(
        name for name, row in table.items()
        if row.get("mode") == "chat" and row.get("input_cost_per_token") == 0 and not row.get("output_cost_per_token")
    )  # fmt: skip
    assert price_of(Model(free)) is None
    assert price_of(Model(free, price=Price(0.0, 0.0))) == Price(0.0, 0.0)
    known = next(name for name, row in table.items() if row.get("input_cost_per_token"))
    assert price_of(Model(known)).prompt > 0


def test_request_key_is_about_what_is_asked_not_by_whom():
    assert request(1).key == request(2).key != request(1, "other").key
    assert json.dumps(request().parameters)


async def test_deadline_of_a_call_begins_when_its_client_is_imported(monkeypatch):
    order = []
    imported, timeout = clients._import, asyncio.timeout
    monkeypatch.setattr(clients, "_import", lambda each: (imported(each), order.append("import")))
    monkeypatch.setattr(asyncio, "timeout", lambda s: (order.append("deadline"), timeout(s))[1])
    with FakeProvider(by_step("fine")) as provider:
        async with Asked(provider) as asked:
            assert (await asked.models.ask(request())).reply.text == "fine"
            assert (await asked.models.ask(request(2))).reply.text == "fine"
    assert order[:2] == ["import", "deadline"] and order.count("import") == 1
