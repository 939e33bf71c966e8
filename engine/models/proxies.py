"""The proxy that the environment names for an address.

``HTTP_PROXY``, ``HTTPS_PROXY``, ``ALL_PROXY`` and ``NO_PROXY`` count in either case; where both are
set, the one in lower case does, as for curl. A proxy may stand without its scheme.
"""

from __future__ import annotations

import contextlib
import ipaddress
import os
from urllib.parse import urlsplit

from cladogen.models.failures import CallFailed, Complaint, FailureKind
from cladogen.models.redact import without_logins

NAMES = ("http_proxy", "https_proxy", "all_proxy")
_THIS_MACHINE = ("localhost", "127.0.0.1", "::1")
_EITHER = (*NAMES, *(name.upper() for name in NAMES))


def proxy_of(url: str) -> str | None:
    """Return the proxy that the environment names for an address, None for none.

    Raises `CallFailed` for one that speaks no HTTP (SOCKS), unless the address is this machine's.
    """
    if not any(name in os.environ for name in _EITHER):
        return None  # for every call is asked this; to read them all would take far longer
    parts = urlsplit(url)
    found = _proxy_for(parts.scheme)
    if not found or _bypassed(parts.netloc, _named("no_proxy")):
        return None
    if found.startswith("http"):
        return found
    if parts.hostname in _THIS_MACHINE:
        return None
    text = (
        f"the proxy {without_logins(found)} of the environment speaks no HTTP; set HTTPS_PROXY to "
        "one that does, or name the server in NO_PROXY"
    )
    raise CallFailed(Complaint(text, sent=False), FailureKind.AWAY)


def _proxy_for(scheme: str) -> str:
    """Return the address of the proxy for a scheme, "" for none."""
    found = _named(f"{scheme}_proxy") or _named("all_proxy")
    return f"http://{found}" if found and "://" not in found else found


def _named(name: str) -> str:
    return os.environ.get(name, os.environ.get(name.upper(), "")).strip()


def _bypassed(host: str, listed: str) -> bool:
    """Whether ``no_proxy`` names a host, a domain that it is in, or a network of its address."""
    plain = host.rpartition("@")[2].lower()
    bare = (urlsplit(f"//{plain}").hostname or plain).lower()
    names = listed.lower().replace(",", " ").split()
    if "*" in names or _is_in_network(bare, names):
        return True
    domains = filter(None, (name.lstrip("*").lstrip(".") for name in names))
    return any(_is_below(plain, name) or _is_below(bare, name) for name in domains)


def _is_below(host: str, domain: str) -> bool:
    return host == domain or host.endswith(f".{domain}")


def _is_in_network(host: str, names: list[str]) -> bool:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    for name in names:
        with contextlib.suppress(ValueError):
            if address in ipaddress.ip_network(name.strip("[]"), strict=False):
                return True
    return False
