"""Which key a refused request carried, and where to. A wrong key is found in the environment, by
its name, and it may be another server's.
"""

from __future__ import annotations

import os
from dataclasses import replace
from urllib.parse import urlsplit

from cladogen.models.failures import FailureKind, ProviderFailure
from cladogen.models.routes import Route


def with_key(failure: ProviderFailure, route: Route) -> ProviderFailure:
    """Add to an answer that refused a key where that key is from and where it was sent."""
    if failure.kind is not FailureKind.KEY or failure.status is None:
        return failure
    return replace(failure, text=f"{failure.text} ({_said(route)})")


def _said(route: Route) -> str:
    names = route.keys or (f"{route.provider.upper()}_API_KEY",)
    held = next(filter(os.environ.get, names), "")
    key = f"the key in {held} was sent" if held else f"no key was sent, for {names[0]} is not set;"
    host = urlsplit(route.url).netloc.rpartition("@")[2]
    if route.own:
        at = f"to {host}, the server of your own --api-base"
    else:
        at = f"to {host or route.provider}"
    return f"{key} {at}" if held else f"{key} {at.removeprefix('to ')} asks for one"
