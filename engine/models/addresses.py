"""Addresses of servers as users give them: checked before anything is asked."""

from __future__ import annotations

import re
from urllib.parse import SplitResult, parse_qsl, urlsplit

from cladogen.errors import ConfigError

_SECRET = re.compile(r"key|token|secret|password|sig(?:nature)?\Z", re.IGNORECASE)


def check_address(url: str) -> None:
    """Raise ConfigError for an address that no request can be sent to, or that holds a key."""
    parts = _parts(url.strip())
    if parts is None:
        raise ConfigError(
            f"--api-base {_shown(url)}: not the address of a server; give it as http://HOST:PORT/v1"
        )
    if "@" in parts.netloc:
        raise ConfigError(
            "--api-base holds a password; leave it out, and name the key's variable with --key"
        )
    secret = next((name for name, _ in parse_qsl(parts.query) if _SECRET.search(name)), "")
    if secret:
        raise ConfigError(
            f"--api-base holds a key ({secret}=...), and is stored as it is; leave it out, "
            "and name the key's variable with --key"
        )


def _parts(url: str) -> SplitResult | None:
    """Return the parts of an HTTP server's address, None for what is none."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:  # no number of a port, or an open bracket
        return None
    named = bool(parts.hostname) and port != 0
    served = parts.scheme in ("http", "https")
    return parts if named and served and not re.search(r"\s", url) else None


def _shown(url: str) -> str:
    """Return an address without what stands before an "@"."""
    return url.strip().rpartition("@")[2][:200]
