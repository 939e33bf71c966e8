"""Servers of the user's own: at which address they answer, and the room that they really have.

Most list their models at /v1, some are named without it. What LM Studio and llama.cpp list is a
model's own window; the one that it is loaded with stands elsewhere.
"""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from cladogen.models.failures import CallFailed
from cladogen.models.routes import Route

Get = Callable[[str], Awaitable[Any]]  # the JSON at an address; raises CallFailed


def with_version(route: Route) -> Route | None:
    """Return the route to where a server usually has its models, None where that is asked."""
    if not route.own or urlsplit(route.url).path not in ("", "/api"):
        return None
    base, mark, query = route.url.partition("?")
    return replace(route, url=f"{base.removesuffix('/api')}/v1{mark}{query}")


def like_named(name: str, listed: Mapping[str, Mapping[str, Any]]) -> Mapping[str, Any]:
    """Return what a server tells of a model, {} for nothing: by its name, else by what stands
    behind the name's first "/", each as it is or with the tag that Ollama leaves out.
    """
    for each in (
        name,
        f"{name}:latest",
        name.partition("/")[2],
        f"{name.partition('/')[2]}:latest",
    ):
        if each in listed:
            return listed[each]
    return {}


async def loaded_window(url: str, row: Mapping[str, Any], get: Get) -> dict[str, int]:
    """Return the window that a model is loaded with, as its server tells it beside OpenAI's
    protocol; {} where it tells none.
    """
    window = None
    # An older version, or another server, has none of these fields.
    with contextlib.suppress(CallFailed, AttributeError, TypeError, KeyError):
        window = await _window(url.removesuffix("/v1"), row, get)
    return {"loaded_context_length": window} if isinstance(window, int) and window > 0 else {}


async def _window(root: str, row: Mapping[str, Any], get: Get) -> Any:
    if row.get("owned_by") == "organization_owner":
        return await _window_of_lm_studio(root, row, get)
    if row.get("owned_by") == "llamacpp":
        answer = await get(f"{root}/props")
        return (answer.get("default_generation_settings") or {}).get("n_ctx")
    return None


async def _window_of_lm_studio(root: str, row: Mapping[str, Any], get: Get) -> Any:
    answer = await get(f"{root}/api/v0/models")
    mine = [each for each in answer["data"] if each.get("id") == row.get("id")]
    return mine[0].get("loaded_context_length") if mine else None
