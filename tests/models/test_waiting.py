"""Waiting and stopping: providers that are away, quotas, interrupts, filters."""

import asyncio

import pytest
from asked import PRICE, QUICK, Asked, request
from provider import acts
from provider.acts import Answer, Fault, by_step
from provider.server import FakeProvider

from cladogen.errors import ModelError
from cladogen.models.after_failure import Turn
from cladogen.models.asking import Models
from cladogen.models.calls import CallStatus, MemoryLog
from cladogen.models.failures import CallFailed, Complaint
from cladogen.models.limiter import Patience
from cladogen.models.model import Model
from cladogen.search.budget import Budget, Caps

LONG = Patience(attempts=2, first_s=0.001, longest_s=0.002, idle_s=5.0, outage_s=60.0)


async def test_provider_that_is_away_for_longer_than_all_attempts_costs_no_proposal():
    down = Fault(status=503, message="overloaded")
    with FakeProvider(by_step(*[down] * 30, "fine")) as provider:
        async with Asked(provider, patience=LONG) as asked:
            calls = await asyncio.gather(*(asked.models.ask(request(t)) for t in range(5)))
        assert {call.reply.text for call in calls} == {"fine"}
        assert provider.count() <= 40  # one at a time looks whether it is back


async def test_while_a_provider_is_away_one_call_at_a_time_is_made():
    released = asyncio.Event()
    at_work, most = 0, 0

    async def sleep(seconds: float) -> None:
        await asyncio.sleep(0.001)

    async def chat(call, stream):
        nonlocal at_work, most
        at_work += 1
        most = max(most, at_work)
        await asyncio.sleep(0.001)
        at_work -= 1
        if not released.is_set():
            raise CallFailed(Complaint("503: gone", 503))
        stream.say("fine")
        stream.end("stop")

    models = Models(
        [Model("m", api_base="http://127.0.0.1:1/v1")],
        MemoryLog(),
        Budget(),
        patience=LONG,
        sleep=sleep,
    )
    client = models._clients.of(models._states["m"].route.protocol)
    client.chat = chat
    await models._attempt(models._states["m"], Turn(request(0, model="m"), 100))
    limiter = models._limiter("m")
    limiter.failed()
    most = 0
    asking = [asyncio.create_task(models.ask(request(t, model="m"))) for t in range(8)]
    await asyncio.sleep(0.05)
    assert most == 1 and limiter.away
    released.set()
    assert {(await task).reply.text for task in asking} == {"fine"} and not limiter.away
    await models.close()


async def test_provider_that_stays_away_is_said_once_and_given_up_with_its_words():
    with FakeProvider(by_step(Fault(status=503, message="down for maintenance"))) as provider:
        async with Asked(provider, patience=QUICK) as asked:
            call = await asked.models.ask(request(1))
            with pytest.raises(ModelError, match="down for maintenance"):
                asked.models.usable()
            with pytest.raises(ModelError, match="down for maintenance"):
                await asked.models.ask(request(2))
    assert call.reply.status is CallStatus.FAILED and asked.budget.spend.usd == 0.0
    assert sum("asked no more" in line for line in asked.notices) == 1


async def test_wait_that_is_told_in_the_body_is_heeded():
    waits, waited = [], asyncio.Event()

    async def sleep(seconds: float) -> None:
        waits.append(seconds)
        waited.set()

    busy = Fault(status=429, message="Please retry in 41.5s.")
    with FakeProvider(by_step(busy, "fine")) as provider:
        async with Asked(provider, patience=LONG, more={"sleep": sleep}) as asked:
            asking = asyncio.create_task(asked.models.ask(request()))
            await waited.wait()
            assert waits[0] == pytest.approx(41.5) and "asks to wait 41.5 s" in asked.notices[0]
            asking.cancel()
            await asyncio.gather(asking, return_exceptions=True)


async def test_quota_that_is_reset_later_than_the_run_ends_says_when():
    used_up = Fault(
        status=429, message="tokens per day (TPD): used up. Please try again in 3h0m0s."
    )
    with FakeProvider(by_step(used_up)) as provider:
        async with Asked(provider, Caps(seconds=600.0)) as asked:
            call = await asked.models.ask(request())
            with pytest.raises(
                ModelError, match=r"answers no more for 3\.0 hours.*try again in 3h"
            ):
                asked.models.usable()
        assert provider.count() == 1 and call.reply.status is CallStatus.FAILED


async def test_filter_that_refuses_many_prompts_does_not_retire_a_model():
    refused = Fault(
        status=400,
        message="flagged by our content management policy",
        error={"code": "content_filter"},
    )
    with FakeProvider(by_step(*[refused] * 6, "fine")) as provider:
        async with Asked(provider) as asked:
            for ticket in range(6):
                call = await asked.models.ask(request(ticket))
                assert call.reply.status is CallStatus.FAILED and call.cost.usd == 0.0
            assert (await asked.models.ask(request(7))).reply.text == "fine"
            assert asked.models.usable() and provider.count() == 7


async def test_no_call_is_begun_after_an_interrupt():
    stopping, waiting = asyncio.Event(), asyncio.Event()

    async def sleep(seconds: float) -> None:
        waiting.set()
        await asyncio.Event().wait()

    with FakeProvider(by_step(Fault(status=503))) as provider:
        async with Asked(
            provider, patience=LONG, more={"stopping": stopping, "sleep": sleep}
        ) as asked:
            asking = [asyncio.create_task(asked.models.ask(request(t))) for t in range(3)]
            await waiting.wait()
            before = provider.count()
            stopping.set()
            done = await asyncio.gather(*asking, return_exceptions=True)
            assert all(isinstance(one, asyncio.CancelledError) for one in done)
            with pytest.raises(asyncio.CancelledError):
                await asked.models.ask(request(9))
        assert asked.budget.spend.calls == provider.count() <= before + 2  # those on their way then


async def test_no_call_is_begun_when_the_time_is_over():
    clock = [0.0]
    budget = Budget(Caps(seconds=10.0), now=lambda: clock[0])
    with FakeProvider(by_step(Fault(status=503), "fine")) as provider:

        async def sleep(seconds: float) -> None:
            clock[0] += max(seconds, 20.0)

        models = Models(
            [Model("m", api_base=provider.url, price=PRICE)], MemoryLog(), budget, sleep=sleep
        )
        with pytest.raises(asyncio.CancelledError):
            await models.ask(request(model="m"))
        await models.close()
        assert provider.count() == 1


async def test_refused_request_in_unknown_words_is_made_bare_then_said_in_full_once():
    words = "the flux capacitor is misaligned " * 20
    with FakeProvider(by_step(Fault(status=400, message=words))) as provider:
        async with Asked(provider, parameters={"temperature": 0.5}) as asked:
            for ticket in range(2):
                await asked.models.ask(request(ticket))
        bodies = [seen.body for seen in provider.seen]
        assert provider.count() == 3 and set(bodies[1]) == {
            "model",
            "messages",
            "stream",
            "max_tokens",
        }
    assert sum(words.strip() in line and "refused a request" in line for line in asked.notices) == 1


async def test_server_that_takes_nothing_but_the_prompt_is_asked_so():
    def act(seen):
        return (
            Answer("fine")
            if "temperature" not in seen.body
            else Fault(status=400, message="Bad Request")
        )

    with FakeProvider(act) as provider:
        async with Asked(provider, parameters={"temperature": 0.5}) as asked:
            assert (await asked.models.ask(request())).reply.text == "fine"
    assert len(asked.notices) == 1 and "temperature" in asked.notices[0]


async def test_fallback_answers_while_a_model_is_away_and_then_the_first_is_asked_again():
    clock = Patience(first_s=30.0, longest_s=30.0)
    with (
        FakeProvider(by_step(acts.OVERLOADED, "from the first")) as one,
        FakeProvider(by_step("from the second")) as two,
    ):
        first, second = (
            Model("first", api_base=one.url, price=PRICE),
            Model("second", api_base=two.url, price=PRICE),
        )
        models = Models(
            [first], MemoryLog(), Budget(), fallbacks=[second], patience=clock, rng=LongPauses()
        )
        call = await models.ask(request(1, model="first"))
        assert call.reply.text == "from the second" and call.request.model == "second"
        models._limiter("first")._until = 0.0  # the pause is over
        assert (await models.ask(request(2, model="first"))).reply.text == "from the first"
        await models.close()


class LongPauses:
    """Draw the longest pause."""

    def uniform(self, low: float, high: float) -> float:
        return high


async def test_fallbacks_are_asked_in_their_order_when_a_model_is_gone():
    with FakeProvider(by_step(acts.WRONG_KEY)) as bad, FakeProvider(by_step("fine")) as good:
        first, second = Model("first", api_base=bad.url), Model("second", api_base=bad.url)
        third = Model("third", api_base=good.url)
        models = Models([first], MemoryLog(), Budget(), fallbacks=[second, third], patience=QUICK)
        assert (await models.ask(request(1, model="first"))).request.model == "third"
        assert models.usable() == ("first",)
        assert (await models.ask(request(2, model="first"))).request.model == "third"
        await models.close()
        assert bad.count() == 2 and good.count() == 2
