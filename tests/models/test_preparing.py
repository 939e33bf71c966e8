"""Before anything is spent: keys, names, servers that are not there, windows."""

import pytest
from asked import PRICE
from provider.acts import NO_MODEL, Answer, Fault
from provider.server import FakeProvider

from cladogen.errors import ModelError
from cladogen.models.asking import Models
from cladogen.models.calls import MemoryLog
from cladogen.models.model import Model
from cladogen.search.budget import Budget, Caps


async def prepared(*models, fallbacks=()):
    notices, budget = [], Budget()
    made = Models(models, MemoryLog(), budget, fallbacks=fallbacks, notify=notices.append)
    try:
        await made.prepare()
    finally:
        await made.close()
    return made, notices, budget


async def test_wrong_key_is_one_line_before_any_call():
    with FakeProvider(key="right-key-0123456789") as provider:
        with pytest.raises(ModelError, match="Incorrect API key") as told:
            await prepared(Model("m", api_base=provider.url))
        assert not provider.seen and "\n" not in str(told.value)


@pytest.mark.parametrize("listed", [(), None], ids=["by its list", "by a question"])
async def test_refused_key_is_named_by_its_variable_and_the_server_it_went_to(listed, monkeypatch):
    monkeypatch.setenv("MY_SERVERS_KEY", "wrong-key-0123456789")
    with FakeProvider(key="right-key-0123456789", listed=listed) as provider:
        host = provider.url.removeprefix("http://").partition("/")[0]
        with pytest.raises(ModelError) as told:
            await prepared(Model("m", api_base=provider.url, key="MY_SERVERS_KEY"))
    said = f"the key in MY_SERVERS_KEY was sent to {host}, the server of your own --api-base"
    assert said in str(told.value) and "wrong-key" not in str(told.value)


async def test_server_that_asks_for_a_key_names_the_variable_that_would_hold_it(monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with (
        FakeProvider(key="right-key-0123456789") as provider,
        pytest.raises(ModelError, match=r"no key was sent, for OPENAI_API_KEY is not set; 127"),
    ):
        await prepared(Model("m", api_base=provider.url))


async def test_refused_key_of_a_known_provider_names_its_variable_and_address(monkeypatch):
    monkeypatch.setenv("OR_API_KEY", "wrong-key-0123456789")
    monkeypatch.delenv("OPENROUTER_API_KEY", raising=False)
    with FakeProvider(key="right-key-0123456789") as provider:
        monkeypatch.setenv("OPENROUTER_API_BASE", provider.url)
        with pytest.raises(ModelError, match=r"the key in OR_API_KEY was sent to 127[^,]*\)$"):
            await prepared(Model("openrouter/m"))


async def test_server_that_is_not_there_is_one_line_before_any_call():
    with FakeProvider() as provider:
        gone = provider.url
    with pytest.raises(ModelError, match=r"127\.0\.0\.1:\d+: Connection refused"):
        await prepared(Model("m", api_base=gone))


async def test_server_whose_name_has_no_address_is_said_in_words():
    with pytest.raises(ModelError) as said:
        await prepared(Model("m", api_base="http://no-such-host.invalid/v1"))
    assert "no-such-host.invalid: " in str(said.value) and "Unknown error" not in str(said.value)


async def test_missing_key_names_its_variable(monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(ModelError, match="set OPENAI_API_KEY in the environment"):
        await prepared(Model("gpt-4o-mini"))


@pytest.mark.slow
async def test_missing_key_of_a_provider_behind_litellm_names_its_variable(monkeypatch):
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    with pytest.raises(ModelError, match="ANTHROPIC_API_KEY"):
        await prepared(Model("claude-sonnet-4-5"))


@pytest.mark.slow
async def test_name_that_nobody_knows_is_one_line():
    with pytest.raises(
        ModelError, match=r"no-such-model: no provider has a model .* PROVIDER/NAME"
    ):
        await prepared(Model("no-such-model"))


async def test_model_that_its_server_does_not_list_is_asked_in_a_few_words():
    listed = ({"id": "other"},)
    with FakeProvider(lambda seen: NO_MODEL, listed=listed) as provider:
        with pytest.raises(ModelError, match="does not exist"):
            await prepared(Model("m", api_base=provider.url))
        assert provider.count() == 1 and provider.seen[0].body["max_tokens"] <= 16
    with FakeProvider(lambda seen: Answer("ready"), listed=listed) as provider:
        _, _, budget = await prepared(Model("m", api_base=provider.url, price=PRICE))
        assert budget.spend.usd == pytest.approx(provider.charged_usd)


@pytest.mark.parametrize("name", ["m", "org/m", "m:latest"])
async def test_model_that_is_listed_under_a_like_name_costs_nothing(name):
    with FakeProvider(listed=({"id": name},)) as provider:
        await prepared(Model("m", api_base=provider.url))
        assert provider.looked_at == ["/v1/models"] and not provider.seen


async def test_server_with_an_empty_list_of_models_is_asked_all_the_same():
    with FakeProvider() as provider:
        await prepared(Model("m", api_base=provider.url))
        assert not provider.seen


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (Fault(status=401, message="invalid x-api-key"), "invalid x-api-key"),
        (Fault(status=402, message="insufficient credit"), "insufficient credit"),
        (NO_MODEL, "does not exist"),
    ],
)
async def test_server_without_a_list_of_models_is_asked_in_a_few_words(answer, said):
    with FakeProvider(lambda seen: answer, listed=None) as provider:
        with pytest.raises(ModelError, match=said):
            await prepared(Model("m", api_base=provider.url))
        assert provider.count() == 1 and provider.seen[0].body["max_tokens"] <= 16


@pytest.mark.parametrize("answer", [Answer("rea", finish="length"), Fault(status=503)])
async def test_model_that_answers_the_first_few_words_badly_is_asked_all_the_same(answer):
    with FakeProvider(lambda seen: answer, listed=None) as provider:
        models, notices, _ = await prepared(Model("m", api_base=provider.url))
    assert models.usable() == ("m",) and not notices


async def test_question_that_no_cap_allows_is_left_out():
    with FakeProvider(listed=None) as provider:
        models = Models((Model("m", api_base=provider.url),), MemoryLog(), Budget(Caps(calls=0)))
        await models.prepare()
        await models.close()
        assert not provider.seen


async def test_models_that_are_listed_by_their_bare_names_cost_nothing():
    with FakeProvider(listed=("m", "other")) as provider:
        await prepared(Model("m", api_base=provider.url))
        assert not provider.seen


@pytest.mark.parametrize(
    "told",
    [
        "text",
        ["", 5, None, ["other"], {"name": "other"}, {"id": ["other"]}],
        {"data": "text"},
        {"data": {"other": {"id": "other"}}},
        {"data": 5},
        {"data": [5, None, ["other"]]},
        {"error": "no list here"},
    ],
)
async def test_answer_that_is_no_list_of_models_names_none(told):
    """Else the letters of a word are models, and the one that was asked for is not among them."""
    with FakeProvider(listed=told) as provider:
        models, notices, _ = await prepared(Model("m", api_base=provider.url))
        assert not provider.seen
    assert models.usable() == ("m",) and not notices


async def test_what_a_server_tells_of_a_model_is_no_list_of_models():
    with FakeProvider(listed=({"id": "m", "names": ["other"]},)) as provider:
        await prepared(Model("m", api_base=provider.url))
        assert not provider.seen


@pytest.mark.parametrize(
    "told",
    [
        {"max_model_len": 8192},
        {"context_length": 8192},
        {"meta": {"n_ctx_train": 8192}},
        {"context_window": 8192},
    ],
)
async def test_window_that_a_server_tells_is_used(told):
    with FakeProvider(listed=({"id": "m", **told},)) as provider:
        models, _, _ = await prepared(Model("m", api_base=provider.url))
    made = models.models["m"]
    assert made.window == 8192 and made.output == 4096 and made.prompt_tokens == 4096


async def test_window_of_the_users_own_is_kept_and_a_smaller_one_said():
    with FakeProvider(listed=({"id": "m", "max_model_len": 8192},)) as provider:
        model = Model("m", api_base=provider.url, window=4000, output=1000, window_given=True)
        models, notices, _ = await prepared(model)
        assert models.models["m"].window == 4000 and not notices
        model = Model("m", api_base=provider.url, window=20_000, window_given=True)
        models, notices, _ = await prepared(model)
    assert models.models["m"].window == 8192 and "8,192" in notices[0]


async def test_one_of_two_models_that_cannot_be_asked_does_not_stop_the_other():
    with FakeProvider() as gone:
        pass
    with FakeProvider() as provider:
        models, notices, _ = await prepared(
            Model("bad", api_base=gone.url), Model("good", api_base=provider.url)
        )
    assert models.usable() == ("good",) and "bad is asked no more" in notices[0]


async def test_command_that_is_not_there_is_one_line():
    with pytest.raises(ModelError, match="no-such-command: not found on PATH"):
        await prepared(Model("cli:no-such-command -p"))
