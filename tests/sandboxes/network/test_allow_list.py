"""What an entry of [sandbox] network admits, and every spelling that it must not."""

from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cladogen.errors import ConfigError
from cladogen.sandboxes.network.allow_list import AllowList, header, parse, public, shown, split


def admitted(allowed: AllowList, asked: str) -> bool:
    try:
        return allowed.admits(*split(asked))
    except ValueError:
        return False


LISTED = parse(
    [
        "api.example.com",
        "Files.Example.com.:8443",
        "*.below.example.org:80",
        "192.0.2.7:81",
        "[2001:db8::1]",
    ]
)


@pytest.mark.parametrize(
    "asked",
    [
        "api.example.com:443", "API.example.COM:443", "api.example.com.:443", "files.example.com:8443",
        "a.below.example.org:80", "a.b.below.example.org:80", "192.0.2.7:81", "[2001:db8::1]:443",
        "[2001:DB8:0:0:0:0:0:1]:443", "[::ffff:192.0.2.7]:81", "api.example.com:0443",
    ],
)  # fmt: skip
def test_what_is_listed_is_admitted_in_every_honest_spelling(asked: str) -> None:
    assert admitted(LISTED, asked)


@pytest.mark.parametrize(
    "asked",
    [
        "api.example.com:80", "api.example.com", "api.example.com:", "example.com:443", "x.api.example.com:443",
        "below.example.org:80", "xbelow.example.org:80", "a.below.example.org:443", "api.example.com.evil.org:443",
        "api.example.com..:443", ".api.example.com:443", "evil@api.example.com:443", "api.example.com@evil.org:443",
        "api.example.com:443@evil.org:443", "api.example.com#.evil.org:443", "api.example.com/.evil.org:443",
        "api.example.com\\.evil.org:443", "api.example.com%2eevil.org:443", "api.example.com%00.evil.org:443",
        "api.example.com\0.evil.org:443", "api.example.com\r\nHost: evil.org:443", "api.example.com :443",
        " api.example.com:443", "api.example.com:443 ", "api.example.com:+443", "api.example.com:-443",
        "api.example.com:4e2", "api.example.com:65979", "api.example.com:443:443", "аpi.example.com:443",
        "api。example。com:443", "ａpi.example.com:443", "api.example.com:４４３",
        "3221225991:81", "0xc0000207:81", "030000001007:81", "0300.0.2.7:81", "0xc0.0.2.7:81", "192.0.519:81",
        "192.0.2.07:81", "192.0.2.7.:443", "[192.0.2.7]:81", "2001:db8::1:443", "[2001:db8::1%eth0]:443",
        "[2001:db8::1%25eth0]:443", "[::2001:db8:0:1]:443", "[2001:db8::1]", "[2001:db8::1]443", "[]:443", ":443", "",
    ],
)  # fmt: skip
def test_everything_else_is_not(asked: str) -> None:
    assert not admitted(LISTED, asked)


@pytest.mark.parametrize(
    ("entry", "why"),
    [
        ("https://api.example.com", "leave the scheme out"),
        ("api.example.com/v1", "must be host:port"),
        ("api.example.com:", "must be host:port"),
        ("api.example.com:0", "port 0 is not in 1 to 65535"),
        ("api.example.com:70000", "port 70000 is not in 1 to 65535"),
        ("api.example.com:https", "must be host:port"),
        ("*", "a wildcard stands for whole names in front"),
        ("*:443", "a wildcard stands for whole names in front"),
        ("*.com", "a wildcard needs a domain of two parts"),
        ("*.10.0.0.1:80", "a wildcard needs a domain of two parts"),
        ("api.*.com:443", "a wildcard stands for whole names in front"),
        ("a*.example.com", "a wildcard stands for whole names in front"),
        ("user@api.example.com:443", "must be host:port"),
        ("", "must be host:port"),
        ("api .example.com", "must be host:port"),
        ("2001:db8::1", r"as '\[2001:db8::1\]:443'"),
        ("127.1:80", "four decimal numbers"),
        ("0x7f000001:80", "four decimal numbers"),
        ("2130706433:80", "four decimal numbers"),
        ("010.0.0.1:80", "four decimal numbers"),
        ("0.0.0.0:80", "not the address of a host"),
        ("[::]:80", "not the address of a host"),
        ("224.0.0.1:80", "not the address of a host"),
        ("exämple.com:443", "ASCII form"),
        ("-a.example.com:443", "not the name of a host"),
        ("a" * 64 + ".example.com:443", "not the name of a host"),
    ],
)
def test_an_entry_that_is_none_is_told_in_one_line(entry: str, why: str) -> None:
    with pytest.raises(ConfigError, match=why) as caught:
        parse([entry])
    assert repr(entry) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "again", ["api.example.com", "API.example.com.:443", "api.example.com:0443"]
)
def test_an_entry_that_is_there_twice_is_told(again: str) -> None:
    with pytest.raises(ConfigError, match="twice"):
        parse(["api.example.com:443", again])


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.8.8.8", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
        "192.0.0.8", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fc00::1",
        "fec0::1", "fd00:ec2::254", "ff02::1", "::ffff:127.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1",
        "64:ff9b::7f00:1", "64:ff9b:1::1", "2002:7f00:1::", "2001::1", "100::1", "2001:db8::1",
    ],
)  # fmt: skip
def test_an_address_inside_is_not_public(address: str) -> None:
    assert not public(ip_address(address))


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "1.1.1.1", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]
)
def test_an_address_outside_is_public(address: str) -> None:
    assert public(ip_address(address))


def test_a_name_is_permitted_inside_only_where_the_address_is_listed_too() -> None:
    allowed = parse(["model.corp:8000", "10.0.0.5:8000", "localhost:9000", "evil.example.com"])
    assert allowed.permits("model.corp", ip_address("10.0.0.5"), 8000)
    assert allowed.permits("model.corp", ip_address("::ffff:10.0.0.5"), 8000)
    assert not allowed.permits("model.corp", ip_address("10.0.0.6"), 8000)
    assert not allowed.permits("evil.example.com", ip_address("10.0.0.5"), 443)
    assert allowed.permits("evil.example.com", ip_address("8.8.8.8"), 443)
    assert not allowed.permits("evil.example.com", ip_address("127.0.0.1"), 443)
    assert allowed.permits("localhost", ip_address("127.0.0.1"), 9000)
    assert allowed.permits("localhost", ip_address("::1"), 9000)
    assert not allowed.permits("localhost", ip_address("169.254.169.254"), 9000)


@given(st.text(max_size=40))
def test_no_text_is_admitted_but_by_its_exact_host(text: str) -> None:
    allowed = parse(["api.example.com:443"])
    assert not admitted(allowed, text)
    assert not admitted(allowed, text + "api.example.com:443") or not text
    assert not admitted(allowed, "api.example.com" + text + ":443") or text in ("", ".")


@given(st.ip_addresses(), st.integers(1, 65535))
def test_an_address_is_read_as_it_is_shown(address: object, port: int) -> None:
    host, read = split(shown(str(address), port))
    assert ip_address(host) == (getattr(address, "ipv4_mapped", None) or address)
    assert read == port


def test_the_header_says_what_is_open_and_nothing_where_nothing_is() -> None:
    assert header((), "docker") == []
    ((_, text),) = header(("api.example.com", "[2001:db8::1]:8080"), "docker")
    assert text.startswith(
        "OPEN to api.example.com:443, [2001:db8::1]:8080; closed to every other host"
    )
    ((_, text),) = header(("api.example.com",), "local")
    assert "every host this machine reaches" in text
