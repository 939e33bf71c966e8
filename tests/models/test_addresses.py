"""Addresses of servers as users give them: where requests go, and what is refused in one line."""

import pytest
from asked import Asked, request
from provider.server import FakeProvider

from cladogen.cli.main import main
from cladogen.errors import ConfigError, ModelError
from cladogen.models.addresses import check_address
from cladogen.models.calls import CallStatus
from cladogen.models.local_servers import with_version
from cladogen.models.model import Model
from cladogen.models.routes import route_of


@pytest.mark.parametrize(
    ("base", "address"),
    [
        ("http://h/v1", "http://h/v1/chat/completions"),
        ("http://h/v1/", "http://h/v1/chat/completions"),
        (" http://h/v1 ", "http://h/v1/chat/completions"),
        ("http://h/v1/chat/completions", "http://h/v1/chat/completions"),
        ("http://h/v1/chat/completions/", "http://h/v1/chat/completions"),
        ("https://h/openai/v1?api-version=1&x=2", "https://h/openai/v1/chat/completions?api-version=1&x=2"),
        ("https://h/v1/chat/completions?api-version=1", "https://h/v1/chat/completions?api-version=1"),
        ("http://h/v1/models", "http://h/v1/chat/completions"),
        ("http://h/v1/responses/", "http://h/v1/chat/completions"),
        ("http://h/models", "http://h/models/chat/completions"),
        ("http://h/v1#part", "http://h/v1/chat/completions"),
    ],
)  # fmt: skip
def test_requests_go_to_the_path_of_the_address_and_keep_its_query(base, address):
    assert route_of(Model("m", api_base=base)).at("/chat/completions") == address


def test_server_without_a_path_is_looked_for_at_its_version():
    for base, there in (
        ("http://api.h", "http://api.h/v1"),
        ("http://api.h/api", "http://api.h/v1"),
        ("http://api.h?x=1", "http://api.h/v1?x=1"),
    ):
        route = with_version(route_of(Model("m", api_base=base)))
        assert route is not None and route.url == there


@pytest.mark.parametrize(
    ("base", "why"),
    [
        ("127.0.0.1:8000/v1", "http://HOST"),
        ("localhost/v1", "http://HOST"),
        ("file:///tmp/x", "http://HOST"),
        ("http://[::1/v1", "http://HOST"),
        ("http://h:port/v1", "http://HOST"),
        ("http://h:99999/v1", "http://HOST"),
        ("http:///v1", "http://HOST"),
        ("http://h/v 1", "http://HOST"),
        ("http://bob:hunter2@h/v1", "holds a password"),
        ("http://h/v1?api_key=abc", "holds a key"),
        ("http://h/v1?key=abc", "holds a key"),
    ],
)
def test_address_that_is_none_is_refused_in_one_line(base, why):
    with pytest.raises(ConfigError, match=why) as caught:
        check_address(base)
    assert "hunter2" not in str(caught.value) and "\n" not in str(caught.value)


async def test_server_that_asks_for_a_query_is_asked_with_it():
    with FakeProvider() as provider:
        async with Asked(provider, api_base=f"{provider.url}?api-version=1") as asked:
            call = await asked.models.ask(request())
    assert call.reply.status is CallStatus.REPLIED


def test_check_exits_with_3_where_a_call_fails_and_with_0_where_it_does_not(
    tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OPENAI_API_KEY", "k")
    assert main(["init", "mine"]) == 0
    words = ["check", "mine", "--faults", "0", "--repeats", "2", "--model", "m"]
    words += ["--price", "m=1,4", "--call", "--api-base"]
    with FakeProvider() as provider:
        assert main([*words, provider.url]) == 0
    with FakeProvider(key="another") as provider:
        assert main([*words, provider.url]) == 3
    assert "OPENAI_API_KEY" in capsys.readouterr().out


def test_check_says_at_once_that_nobody_is_there(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["init", "mine"]) == 0
    words = ["check", "mine", "--faults", "0", "--repeats", "2", "--model", "m", "--call"]
    main([*words, "--api-base", "http://127.0.0.1:9/v1", "--price", "m=1,4"])
    assert "127.0.0.1:9" in capsys.readouterr().out


def test_check_refuses_an_address_before_anything_is_measured(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["init", "mine"]) == 0
    capsys.readouterr()
    assert main(["check", "mine", "--model", "m", "--api-base", "localhost:8000/v1"]) == 2
    assert capsys.readouterr().err.startswith(
        "evolve: --api-base localhost:8000/v1: not the address"
    )


@pytest.mark.parametrize(
    "held", ["sk-12345678\n", " sk-12345678", '"sk-12345678"', "Bearer sk-12345678\r\n"]
)
async def test_key_is_sent_without_what_files_and_shells_leave_around_it(held, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", held)
    with FakeProvider(key="sk-12345678") as provider:
        async with Asked(provider) as asked:
            call = await asked.models.ask(request())
    assert call.reply.status is CallStatus.REPLIED


async def test_key_that_no_header_can_hold_is_said_by_its_variable(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-1234\n5678")
    with FakeProvider() as provider:
        async with Asked(provider) as asked:
            with pytest.raises(ModelError, match="the key in OPENAI_API_KEY has a line feed"):
                await asked.models.prepare()
        assert provider.count() == 0
