"""Which hosts a candidate may reach: the entries of ``[sandbox] network``, and what is among them.

An entry is ``host``, ``host:port`` (443 when none is given), ``*.domain:port`` (every name below
the domain, not the domain itself), an IPv4 address, or an IPv6 address in brackets. A name is
admitted as it is spelled, and then only for public addresses: what it resolves to is somebody
else's choice. An address inside (loopback, private, link-local, a cloud's metadata) is reached when
it is itself listed; ``localhost`` means loopback by its definition.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from cladogen.errors import ConfigError

DEFAULT_PORT = 443
Address = IPv4Address | IPv6Address
_AUTHORITY = re.compile(r"(\[[0-9A-Fa-f:.]{2,45}\]|[^\s\[\]:@/?#\\%]+)(?::([0-9]{1,5}))?")
_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
# Old versions of Python take these for public: protocol assignments (a metadata service is among
# them), relays.
_ASSIGNED = (IPv4Network("192.0.0.0/24"), IPv4Network("192.88.99.0/24"))
_UNICAST, _TRANSLATED = IPv6Network("2000::/3"), IPv6Network("64:ff9b::/96")
_TUNNELS = (
    IPv6Network("2001::/32"),
    IPv6Network("2002::/16"),
)  # Teredo and 6to4 carry any IPv4 address inside


@dataclass(frozen=True, slots=True)
class AllowedHost:
    """One host and port; ``below`` for every name under the host in place of the host."""

    host: str
    port: int
    below: bool = False

    def __str__(self) -> str:
        return "*." * self.below + shown(self.host, self.port)


@dataclass(frozen=True, slots=True)
class AllowList:
    """The entries, none of them for an empty list. Hosts are given as `split` returns them."""

    entries: tuple[AllowedHost, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.entries)

    def __str__(self) -> str:
        return ", ".join(map(str, self.entries))

    def admits(self, host: str, port: int) -> bool:
        """Return whether a request for this host and port, as it is spelled, is among the
        entries.
        """
        return any(
            entry.port == port
            and (host.endswith("." + entry.host) if entry.below else host == entry.host)
            for entry in self.entries
        )

    def names(self, address: Address, port: int) -> bool:
        """Return whether this very address is among the entries."""
        return self.admits(str(_unmapped(address)), port)

    def permits(self, host: str, address: Address, port: int) -> bool:
        """Return whether an admitted host may be reached at an address that it resolved to."""
        loopback = (host == "localhost" or host.endswith(".localhost")) and _unmapped(
            address
        ).is_loopback
        return loopback or public(address) or self.names(address, port)


def parse(texts: Iterable[str]) -> AllowList:
    """Return the list that the texts spell; ConfigError says in one line what is wrong with
    which.
    """
    entries: list[AllowedHost] = []
    for text in texts:
        entry = _entry(text)
        if entry in entries:
            raise ConfigError(f"network entry {text!r} is there twice ({entry})")
        entries.append(entry)
    return AllowList(tuple(entries))


def header(network: tuple[str, ...], sandbox: str) -> list[tuple[str, str]]:
    """Return the line that tells whoever starts a run what its programs may reach; none where that
    is nothing.
    """
    if not network:
        return []
    allowed = parse(network)
    if sandbox == "local":
        return [
            (
                "network",
                "OPEN to every host this machine reaches: local does not hold programs to "
                f"{allowed}",
            )
        ]
    return [
        (
            "network",
            f"OPEN to {allowed}; closed to every other host; every program gets a sandbox of its "
            "own",
        )
    ]


def split(text: str, default: int | None = None) -> tuple[str, int]:
    """Return host and port of "host:port", the host in its one spelling; raises ValueError.

    Lower case, without a trailing dot, without brackets; an IPv6 address that carries an IPv4 one
    is that one.
    """
    match = _AUTHORITY.fullmatch(text)
    if match is None or (match[2] is None and default is None):
        raise ValueError("it must be host:port")
    port = int(match[2]) if match[2] is not None else default or 0
    if not 1 <= port <= 65535:
        raise ValueError(f"port {port} is not in 1 to 65535")
    return _host(match[1].lower()), port


def shown(host: str, port: int) -> str:
    """Return "host:port", with brackets around an IPv6 address."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def address_of(host: str) -> Address | None:
    """Return the address that a host of `split` spells, None for a name."""
    try:
        return ip_address(host)
    except ValueError:
        return None


def public(address: Address) -> bool:
    """Return whether an address is one of the open internet, also where it carries another
    inside.
    """
    address = _unmapped(address)
    if isinstance(address, IPv6Address) and address in _TRANSLATED:
        return public(IPv4Address(int(address) & 0xFFFFFFFF))
    if _is_set_apart(address):
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def _is_set_apart(address: Address) -> bool:
    """Whether an address is of no host of its own: a tunnel's, or assigned to a purpose."""
    if isinstance(address, IPv6Address):
        return address not in _UNICAST or any(address in tunnel for tunnel in _TUNNELS)
    return any(address in network for network in _ASSIGNED)


def _unmapped(address: Address) -> Address:
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address


def _entry(text: str) -> AllowedHost:
    if "://" in text:
        raise _wrong(text, "leave the scheme out; write host:port, as 'api.example.com:443'")
    below = text.startswith("*.")
    rest = text.removeprefix("*.")
    if "*" in rest:
        raise _wrong(text, "a wildcard stands for whole names in front, as '*.example.com:443'")
    try:
        host, port = split(rest, DEFAULT_PORT)
    except ValueError as error:
        raise _wrong(text, f"{error}; write host:port, as {_example(text)!r}") from None
    unfit = _unfit(host, below=below)
    if unfit:
        raise _wrong(text, unfit)
    return AllowedHost(host, port, below)


def _unfit(host: str, *, below: bool) -> str:
    """Return why a host, or the names below it, cannot be allowed; "" where it can."""
    address = address_of(host)
    if below and (address is not None or "." not in host):
        return "a wildcard needs a domain of two parts, as '*.example.com:443'"
    if address is not None and (address.is_unspecified or address.is_multicast):
        return f"{address} is not the address of a host"
    return ""


def _wrong(text: str, why: str) -> ConfigError:
    return ConfigError(f"network entry {text!r}: {why}")


def _example(text: str) -> str:
    return "[2001:db8::1]:443" if text.count(":") > 1 and "/" not in text else "api.example.com:443"


def _host(text: str) -> str:
    if text.startswith("["):
        return str(_unmapped(IPv6Address(text[1:-1])))
    name = text.removesuffix(".")
    if not name.isascii():
        raise ValueError("a name is written in its ASCII form (xn--...)")
    labels = name.split(".")
    if _NUMBER.fullmatch(
        labels[-1]
    ):  # resolvers read 127.1, 0x7f000001 and 2130706433 as addresses
        try:
            return str(IPv4Address(name))
        except ValueError:
            raise ValueError("an address is written as four decimal numbers") from None
    if len(name) > 253 or not all(map(_LABEL.fullmatch, labels)):
        raise ValueError("it is not the name of a host")
    return name
