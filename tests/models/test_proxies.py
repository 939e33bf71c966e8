"""The environment's proxies, as people set them."""

import pytest
from asked import Asked, request
from provider.acts import whole
from provider.server import FakeProvider

from cladogen.errors import ModelError
from cladogen.models.failures import CallFailed
from cladogen.models.proxies import NAMES, proxy_of

FAR = "https://api.example.com/v1/chat/completions"


@pytest.fixture(autouse=True)
def nothing_is_set(monkeypatch):
    for name in (*NAMES, "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.mark.parametrize("name", ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"])
@pytest.mark.parametrize("value", ["http://proxy:3128", "proxy:3128"])
def test_proxy_is_read_in_either_case_with_or_without_its_scheme(name, value, monkeypatch):
    monkeypatch.setenv(name, value)
    assert proxy_of(FAR) == "http://proxy:3128"


def test_lower_case_counts_over_upper_case_and_empty_means_none(monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://upper:1")
    monkeypatch.setenv("https_proxy", "http://lower:1")
    assert proxy_of(FAR) == "http://lower:1"
    monkeypatch.setenv("https_proxy", "")
    assert proxy_of(FAR) is None


@pytest.mark.parametrize("variable", ["no_proxy", "NO_PROXY"])
@pytest.mark.parametrize(
    ("names", "url", "bypassed"),
    [
        ("example.com", FAR, True),
        (".example.com", FAR, True),
        ("*.example.com", FAR, True),
        ("localhost, EXAMPLE.com", FAR, True),
        ("ample.com", FAR, False),
        ("*", FAR, True),
        ("10.0.0.0/8", "https://10.1.2.3:8000/v1", True),
        ("10.0.0.0/8", "https://11.1.2.3:8000/v1", False),
        ("10.1.2.3:8000", "https://10.1.2.3:8000/v1", True),
        ("10.1.2.3:8000", "https://10.1.2.3:9000/v1", False),
        ("::1", "https://[::1]:8000/v1", True),
    ],
)
def test_names_and_networks_that_no_proxy_lists_are_asked_directly(
    variable, names, url, bypassed, monkeypatch
):
    monkeypatch.setenv("https_proxy", "http://proxy:3128")
    monkeypatch.setenv(variable, names)
    assert (proxy_of(url) is None) is bypassed


def test_proxy_that_speaks_no_http_is_said_and_this_machine_is_asked_all_the_same(monkeypatch):
    monkeypatch.setenv("ALL_PROXY", "socks5://me:secret@proxy:1080")
    with pytest.raises(
        CallFailed, match=r"the proxy socks5://proxy:1080 of the environment speaks no"
    ):
        proxy_of(FAR)
    assert proxy_of("http://localhost:11434/api/chat") is None


@pytest.mark.parametrize("name", ["http_proxy", "HTTP_PROXY"])
async def test_calls_go_through_the_proxy(name, monkeypatch):
    answer = {"choices": [{"message": {"content": "a change"}, "finish_reason": "stop"}]}
    with FakeProvider(lambda seen: whole(answer)) as proxy:
        monkeypatch.setenv(name, proxy.url.removesuffix("/v1"))
        async with Asked(None, api_base="http://far.invalid/v1") as asked:
            call = await asked.models.ask(request())
        assert proxy.seen[0].path.startswith("http://far.invalid/")
    assert call.reply.text == "a change"


async def test_proxy_that_is_away_is_named_and_not_taken_for_the_server(monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://me:secret@127.0.0.1:9")
    with FakeProvider() as provider:
        async with Asked(provider) as asked:
            with pytest.raises(ModelError) as caught:
                await asked.models.prepare()
    assert "of the proxy http://127.0.0.1:9 that the environment names" in str(caught.value)
    assert "secret" not in str(caught.value)
