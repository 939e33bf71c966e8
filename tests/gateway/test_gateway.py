"""Programs ask models through a socket of their own: counted, limited, recorded, and answered once for each payment."""

import asyncio
import contextlib
import io
import json
import socket
import tempfile

import aiohttp
import pytest
from provider.acts import BROKEN, NO_MODEL, Answer, by_step, whole
from provider.server import FakeProvider

from cladogen.gateway.access import Access
from cladogen.gateway.caller import Caller
from cladogen.gateway.gateway import Gateway
from cladogen.ledger import NO_LIMITS, CallLimits, Caps, Unlimited
from cladogen.models.calls import GATEWAY, MemoryLog
from cladogen.models.model import Model, Price
from cladogen.record.group_commit import GroupCommit, LogSync
from cladogen.record.model_calls import StoredCalls
from cladogen.record.store import Store
from cladogen.search.budget import Budget

PRICE = Price(1.0, 4.0)
ASK = {"model": "small", "messages": [{"role": "user", "content": "What is next?"}]}


def model(provider: FakeProvider, name: str = "small", **options) -> Model:
    return Model(name, api_base=provider.url, price=PRICE, output=100, **options)


def gateway_to(provider, log=None, budget=None, **options) -> Gateway:
    async def no_sleep(seconds: float) -> None:
        await asyncio.sleep(0)

    log = MemoryLog() if log is None else log
    return Gateway(
        [model(provider)], log, budget or Unlimited(), sleep=no_sleep, **options
    )  # fmt: skip


def access_to(gateway, program="p1", limits=NO_LIMITS, kind="propose", ticket=7) -> Access:
    return Access(gateway, Caller(kind, ticket, program), limits, "this task")


@contextlib.asynccontextmanager
async def asking(access: Access):
    """Give a function that posts to the access over its Unix socket and returns status and JSON."""
    with tempfile.TemporaryDirectory() as folder:
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(f"{folder}/s")
        listener.listen()
        async with (
            access.served([listener]),
            aiohttp.ClientSession(connector=aiohttp.UnixConnector(f"{folder}/s")) as session,
        ):

            async def post(body, path="chat/completions", **how):
                data = {"data": body} if isinstance(body, (bytes, io.BytesIO)) else {"json": body}
                url = f"http://models/v1/{path}"
                async with session.post(url, **data, **how) as answer:
                    text = await answer.text()
                    if answer.content_type == "application/json":
                        return answer.status, json.loads(text)
                    return answer.status, text

            yield post


@pytest.fixture
def provider():
    with FakeProvider(by_step("one", "two", "three")) as served:
        yield served


async def test_call_is_answered_counted_and_recorded_with_who_asked(provider):
    log, budget = MemoryLog(), Budget(Caps(usd=1.0))
    gateway = gateway_to(provider, log, budget)
    async with asking(access_to(gateway)) as post:
        status, told = await post(ASK)
    await gateway.close()
    assert status == 200 and told["choices"][0]["message"]["content"] == "one"
    (call,) = log.all()
    assert (call.request.purpose, call.request.ticket) == (GATEWAY, 7)
    assert json.loads(call.request.parameters)["caller"]["program"] == "p1"
    assert call.request.messages[0].text == "What is next?"
    assert budget.spend.usd == pytest.approx(provider.charged_usd) and budget.spend.calls == 1


async def test_tools_and_their_calls_go_through_as_they_are():
    called = {"id": "c1", "type": "function", "function": {"name": "run", "arguments": "{}"}}
    message = {"role": "assistant", "content": None, "tool_calls": [called]}
    reply = whole({"choices": [{"index": 0, "message": message, "finish_reason": "tool_calls"}],
                   "usage": {"prompt_tokens": 5, "completion_tokens": 3}})  # fmt: skip
    tool = {"type": "function", "function": {"name": "run", "parameters": {"type": "object"}}}
    with FakeProvider(lambda seen: reply) as provider:
        gateway = gateway_to(provider)
        async with asking(access_to(gateway)) as post:
            _, told = await post({**ASK, "tools": [tool]})
        await gateway.close()
    assert provider.seen[0].body["tools"] == [tool]
    assert told["choices"][0]["message"]["tool_calls"] == [called]


async def test_nothing_of_the_key_or_of_headers_reaches_the_record(provider, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-very-secret-0123456789")
    log = MemoryLog()
    gateway = gateway_to(provider, log)
    async with asking(access_to(gateway)) as post:
        _, told = await post(ASK, headers={"authorization": "Bearer of-the-program"})
    await gateway.close()
    assert provider.seen[0].headers["authorization"] == "Bearer sk-very-secret-0123456789"
    assert "sk-very" not in repr(log.all()) + json.dumps(told)
    assert "of-the-program" not in repr(log.all())


async def test_unlisted_model_is_not_reached(provider):
    gateway = gateway_to(provider)
    async with asking(access_to(gateway)) as post:
        status, told = await post({**ASK, "model": "large"})
    await gateway.close()
    assert status == 404 and told["error"]["code"] == "model_not_found"
    assert "ask small" in told["error"]["message"] and provider.count() == 0


@pytest.mark.parametrize("limits, word", [
    (CallLimits(calls=2), "2 calls"), (CallLimits(tokens=160), "160 tokens"),
    (CallLimits(usd=0.0005), "$0.0005"),
])  # fmt: skip
async def test_program_that_asks_ten_thousand_calls_is_stopped_at_its_limit(provider, limits, word):
    gateway = gateway_to(provider)
    async with asking(access_to(gateway, limits=limits)) as post:
        answers = [await post(ASK) for _ in range(60)]
    await gateway.close()
    assert 1 <= provider.count() < 60
    assert answers[-1][0] == 402 and word in answers[-1][1]["error"]["message"]


async def test_side_by_side_calls_do_not_pass_the_limit_together(provider):
    gateway = gateway_to(provider)
    async with asking(access_to(gateway, limits=CallLimits(calls=3))) as post:
        answers = await asyncio.gather(*(post(ASK) for _ in range(20)))
    await gateway.close()
    assert provider.count() == 3
    assert sorted(status for status, _ in answers) == [200] * 3 + [402] * 17


async def test_one_program_cannot_spend_the_limit_of_another(provider):
    gateway = gateway_to(provider, of_program=CallLimits(calls=1))
    forged = {**ASK, "caller": {"program": "p2"}, "user": "p2"}
    headers = {"x-program": "p2", "openai-organization": "p2"}
    async with asking(access_to(gateway, "p1")) as post:
        assert (await post(forged, headers=headers))[0] == 200
        assert (await post(forged, headers=headers))[0] == 402
    async with asking(access_to(gateway, "p2")) as post:
        assert (await post(ASK))[0] == 200
    await gateway.close()


async def test_limit_of_a_program_counts_its_calls_of_earlier_sessions(provider):
    log = MemoryLog()
    first = gateway_to(provider, log, of_program=CallLimits(calls=1))
    async with asking(access_to(first, ticket=1)) as post:
        assert (await post(ASK))[0] == 200
    await first.close()
    second = gateway_to(provider, log, of_program=CallLimits(calls=1))
    async with asking(access_to(second, ticket=2)) as post:
        assert (await post(ASK))[0] == 402
    await second.close()


async def test_runs_own_cap_holds_and_is_said(provider):
    budget = Budget(Caps(calls=1))
    gateway = gateway_to(provider, budget=budget)
    access = access_to(gateway)
    async with asking(access) as post:
        assert (await post(ASK))[0] == 200
        status, told = await post(ASK)
    await gateway.close()
    assert status == 402 and "--max-calls" in told["error"]["message"] and access.over_budget


async def test_paid_call_is_answered_from_the_record_and_paid_once(provider):
    log = MemoryLog()
    for expected in ("one", "one", "two"):
        gateway = gateway_to(provider, log)
        async with asking(access_to(gateway)) as post:
            answers = [(await post(ASK))[1]["choices"][0]["message"]["content"]]
            if expected == "two":
                answers.append((await post(ASK))[1]["choices"][0]["message"]["content"])
        await gateway.close()
        assert answers[-1] == expected
    assert provider.count() == 2


async def test_recorded_reply_of_one_program_is_not_given_to_another(provider):
    log = MemoryLog()
    gateway = gateway_to(provider, log)
    async with asking(access_to(gateway, "p1")) as post:
        await post(ASK)
    await gateway.close()
    offline = gateway_to(provider, log)
    offline.offline = True
    async with asking(access_to(offline, "p2")) as post:
        status, told = await post(ASK)
    async with asking(access_to(offline, "p1")) as post:
        assert (await post(ASK))[1]["choices"][0]["message"]["content"] == "one"
    await offline.close()
    assert status == 503 and told["error"]["code"] == "offline" and provider.count() == 1


async def test_call_is_on_disk_before_it_is_sent_and_before_it_is_answered(provider):
    waits, done = asyncio.Queue(), asyncio.Queue()

    class Slow(MemoryLog):
        """Is on disk when somebody says so: once a call has begun, and once it has ended."""

        async def on_disk(self) -> None:
            waits.put_nowait(self.calls[0].reply)
            await done.get()

    gateway = gateway_to(provider, Slow())
    async with asking(access_to(gateway)) as post:
        asked = asyncio.create_task(post(ASK))
        assert await waits.get() is None
        assert provider.count() == 0, "nothing is sent that the disk does not know of"
        done.put_nowait(True)
        assert "one" in (await waits.get()).text
        assert (await asyncio.wait({asked}, timeout=0.05))[0] == set()
        done.put_nowait(True)
        status, told = await asked
    await gateway.close()
    assert status == 200 and told["choices"][0]["message"]["content"] == "one"


async def test_calls_side_by_side_share_a_wait_for_the_disk(provider, tmp_path):
    store = Store.create(tmp_path / "run", {})
    log = StoredCalls(store)
    syncs, sync = [], LogSync(tmp_path / "run" / "run.db")

    def counted() -> None:
        syncs.append(1)
        sync()

    log.on_disk = GroupCommit(counted).on_disk
    gateway = gateway_to(provider, log)
    async with asking(access_to(gateway)) as post:
        answers = await asyncio.gather(*(post(ASK) for _ in range(8)))
    await gateway.close()
    assert [status for status, _ in answers] == [200] * 8 and len(log.all()) == 8
    assert len(syncs) < 16, "two for each call are no group commit"
    store.close()


async def test_call_that_nobody_waits_for_is_recorded_with_its_cost():
    log, budget, arrived = MemoryLog(), Budget(Caps(usd=1.0)), asyncio.Event()
    loop, leave = asyncio.get_running_loop(), asyncio.Event()

    def script(seen):
        loop.call_soon_threadsafe(arrived.set)
        asyncio.run_coroutine_threadsafe(leave.wait(), loop).result(30)
        return Answer("late")

    with FakeProvider(script) as provider:
        gateway = gateway_to(provider, log, budget)
        async with asking(access_to(gateway)) as post:
            asked = asyncio.create_task(post(ASK))
            await arrived.wait()
        leave.set()
        await gateway.close()
        asked.cancel()
        await asyncio.gather(asked, return_exceptions=True)
    (call,) = log.all()
    assert "late" in call.reply.text and budget.spend.usd == pytest.approx(provider.charged_usd)


async def test_busy_provider_is_waited_for_and_each_attempt_is_recorded():
    log = MemoryLog()
    with FakeProvider(by_step(BROKEN, BROKEN, "at last")) as provider:
        gateway = gateway_to(provider, log)
        access = access_to(gateway)
        async with asking(access) as post:
            status, told = await post(ASK)
        await gateway.close()
    assert status == 200 and told["choices"][0]["message"]["content"] == "at last"
    attempts = [call.attempt for call in log.all()]  # a connection that was closed costs one more
    assert attempts == list(range(len(attempts))) and len(attempts) >= 3 and not access.spoilt


async def test_model_that_does_not_exist_is_trouble_and_no_fault_of_the_program():
    with FakeProvider(by_step(NO_MODEL)) as provider:
        gateway = gateway_to(provider)
        access = access_to(gateway)
        async with asking(access) as post:
            status, told = await post(ASK)
        await gateway.close()
    assert status == 502 and "does not exist" in told["error"]["message"]
    assert "does not exist" in access.spoilt


async def test_model_that_takes_no_max_tokens_is_asked_by_its_newer_name():
    with FakeProvider(by_step("fine"), refuses=("max_tokens",)) as provider:
        gateway = gateway_to(provider)
        async with asking(access_to(gateway)) as post:
            assert (await post(ASK))[0] == 200
        await gateway.close()
    assert provider.seen[-1].body["max_completion_tokens"] == 100


async def test_no_call_begins_after_an_interrupt(provider):
    stopping = asyncio.Event()
    stopping.set()
    gateway = gateway_to(provider, stopping=stopping)
    access = access_to(gateway)
    async with asking(access) as post:
        assert (await post(ASK))[0] == 503
    await gateway.close()
    assert access.interrupted and provider.count() == 0


@pytest.mark.parametrize("body, said", [
    (b"not json", "not JSON"), (b"[" * 100_000, "not JSON"), (b"[]", "a JSON object"),
    (b'{"model": "small", "n": NaN}', "not JSON"),
    ({**ASK, "messages": []}, "messages"), ({**ASK, "messages": ["hello"]}, "role"),
    ({**ASK, "n": 10_000}, "n = 10000"), ({**ASK, "max_tokens": -1}, "max_tokens"),
    ({**ASK, "model": 7}, "model must be"),
])  # fmt: skip
async def test_request_that_makes_no_sense_is_one_line_and_reaches_nobody(provider, body, said):
    gateway = gateway_to(provider)
    async with asking(access_to(gateway)) as post:
        status, told = await post(body)
        assert (await post(ASK))[0] == 200
    await gateway.close()
    assert status == 400 and said in told["error"]["message"] and provider.count() == 1
    assert "\n" not in told["error"]["message"]


async def test_request_of_a_hundred_megabytes_is_refused(provider):
    gateway = gateway_to(provider)
    async with asking(access_to(gateway)) as post:
        with contextlib.suppress(aiohttp.ClientError):  # it may be cut off while it still sends
            assert (await post(io.BytesIO(b" " * 100_000_000)))[0] == 413
    await gateway.close()
    assert provider.count() == 0


async def test_unknown_path_is_a_line(provider):
    gateway = gateway_to(provider)
    async with asking(access_to(gateway)) as post:
        status, told = await post({}, path="responses/resp_1/cancel")
    await gateway.close()
    assert status == 404 and "not served here" in told["error"]["message"]


def test_prices_are_needed_where_a_limit_is_in_dollars():
    from cladogen.errors import ModelError

    with FakeProvider(by_step("x")) as provider:
        gateway = Gateway([Model("nobody-knows", api_base=provider.url)], MemoryLog(), Unlimited())
        with pytest.raises(ModelError, match="needs its price: give --price nobody-knows="):
            asyncio.run(gateway.prepare(CallLimits(usd=1.0)))


async def test_what_is_measured_is_answered_also_after_the_search_has_ended(provider):
    stopping = asyncio.Event()
    stopping.set()
    gateway = gateway_to(provider, stopping=stopping)
    access = access_to(gateway, kind="evaluate")
    async with asking(access) as post:
        assert (await post(ASK))[0] == 200
    await gateway.close()
    assert not access.interrupted
