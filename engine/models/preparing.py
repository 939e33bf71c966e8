"""Before anything is spent: whether models can be asked, and how much room they have.

Each provider is asked for what it says of its models, which costs nothing: a missing or wrong key,
a server that is not there and a name that it does not list are found here, and the window that it
tells is used where the user named none. A provider that says nothing of its models is asked a
question of a few words (`cladogen.models.asking`).
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, TypeGuard
from urllib.parse import urlsplit

from cladogen.errors import ModelError
from cladogen.models.base import Client, Outgoing
from cladogen.models.classify import classify
from cladogen.models.clients import Clients
from cladogen.models.failures import CallFailed, FailureKind, ProviderFailure
from cladogen.models.local_servers import with_version
from cladogen.models.model import Model
from cladogen.models.model_state import ModelState
from cladogen.models.routes import Protocol, Route
from cladogen.models.sent_key import with_key

WINDOWS = ("loaded_context_length", "max_model_len", "context_length", "context_window",
           "max_context_length", "max_input_tokens", "n_ctx", "n_ctx_train")  # fmt: skip
REPLIES = ("max_completion_tokens", "max_output_tokens", "max_output_length")
OLLAMA_PORT = 11434
OLLAMA_WINDOW = 32_768  # tokens; a larger one takes gigabytes of memory, whether used or not
FATAL = (FailureKind.KEY, FailureKind.MODEL, FailureKind.MONEY, FailureKind.AWAY)
PREPARE_S = 30.0


class Preparation:
    """What was found out: why a model cannot be asked, and lines for the user."""

    def __init__(self) -> None:
        self.failed: dict[str, ProviderFailure] = {}
        self.doubtful: list[str] = []  # models of which their server says nothing
        self.notices: list[str] = []

    def add(self, name: str, failure: ProviderFailure) -> None:
        """Note why a model cannot be asked."""
        self.failed[name] = failure


async def prepare(states: Mapping[str, ModelState], clients: Clients) -> Preparation:
    """Ask every provider about its model, side by side; windows that they state are taken over."""
    found = Preparation()
    await clients.loaded({state.route.protocol for state in states.values()})
    await asyncio.gather(*(_one(state, clients, found) for state in states.values()))
    return found


async def _one(state: ModelState, clients: Clients, found: Preparation) -> None:
    name = state.model.name
    try:
        async with asyncio.timeout(PREPARE_S):
            facts = await _about(state, clients, found)
    except CallFailed as failed:
        _note_failure(state, failed, found)
        _take_limits(state, {}, found)
        return
    except TimeoutError:
        return  # it is slow to say what it has; a call will show what it is worth
    if facts is None:
        found.doubtful.append(name)
        _take_limits(state, {}, found)
        return
    listed = facts.get("names")
    if listed and not _is_listed(state.route.name, listed):
        found.doubtful.append(name)
    _take_limits(state, facts, found)


def _note_failure(state: ModelState, failed: CallFailed, found: Preparation) -> None:
    failure = with_key(classify(failed, ()), state.route)
    if failure.kind in FATAL:
        found.add(state.model.name, failure)


async def _about(
    state: ModelState, clients: Clients, found: Preparation
) -> Mapping[str, Any] | None:
    client: Client = clients.of(state.route.protocol)
    facts = await client.about(Outgoing(state.model, state.route, ()))
    if not state.route.own:
        return facts
    if state.route.protocol is Protocol.OPENAI:
        facts = await _at_version(state, client, found, facts)
        state.route = replace(state.route, name=_name_there(state.route.name, facts))
    if state.route.protocol is Protocol.OLLAMA and facts is None:
        # It is no Ollama; a gateway may have a model of that name.
        state.route = replace(state.route, protocol=Protocol.OPENAI, name=state.model.name)
        return await _about(state, clients, found)
    if _is_ollama(state.route, facts):
        return await _in_its_own_protocol(state, clients, found)
    return facts


async def _in_its_own_protocol(
    state: ModelState, clients: Clients, found: Preparation
) -> Mapping[str, Any] | None:
    """Return what an Ollama says in its own protocol, in which it is asked from now on."""
    root = state.route.url.removesuffix("/v1")
    own = replace(state.route, protocol=Protocol.OLLAMA, url=root)
    client = clients.of(own.protocol)
    about = await client.about(Outgoing(state.model, own, ()))
    state.route = own
    found.notices.append(f"{own.provider} is Ollama; it is asked in its own protocol, so that "
                         "a window can be asked for")  # fmt: skip
    return about


async def _at_version(
    state: ModelState, client: Client, found: Preparation, facts: Mapping[str, Any] | None
) -> Mapping[str, Any] | None:
    """Look for the models of a server at /v1, where it has none at the address that was given."""
    there = with_version(state.route)
    if there is None or (facts or {}).get("names"):
        return facts
    with contextlib.suppress(CallFailed):
        more = await client.about(Outgoing(state.model, there, ()))
        if more and more.get("names"):
            found.notices.append(f"{there.provider} has its models at {there.url}; they are asked "
                                 "there (--api-base takes the whole address)")  # fmt: skip
            state.route = there
            return more
    return facts


def _name_there(name: str, facts: Mapping[str, Any] | None) -> str:
    """Return what a server calls a model that is named with a provider before it."""
    bare = name.partition("/")[2]
    listed = (facts or {}).get("names") or ()
    known = bare and name not in listed and (bare in listed or f"{bare}:latest" in listed)
    return bare if known else name


def _is_ollama(route: Route, facts: Mapping[str, Any] | None) -> bool:
    owner = (facts or {}).get("owned_by")
    return route.url.endswith("/v1") and (
        owner == "library" or urlsplit(route.url).port == OLLAMA_PORT
    )


def _is_listed(name: str, listed: tuple[str, ...]) -> bool:
    """Whether a server lists a model, with or without what stands before the first "/" or behind
    the ":".
    """
    ends = {name, name.partition("/")[2], name.partition(":")[0]}
    return any(
        each in ends or each.rpartition("/")[2] == name or each.partition(":")[0] in ends
        for each in listed
    )


def _take_limits(state: ModelState, facts: Mapping[str, Any], found: Preparation) -> None:
    """Use the window and the longest reply that a provider tells, where the user named none."""
    model = state.model
    local = state.route.protocol is Protocol.OLLAMA
    window, reply = _largest(facts, WINDOWS), _largest(facts, REPLIES)
    of_modelfile = local and not model.window_given
    if of_modelfile:
        window = _of_modelfile(state, facts, window, found)
    if _is_to_be_used(window, model, of_modelfile=of_modelfile):
        model = _with_window(model, window, found, share=4 if local else 2)
    if reply:
        model = replace(model, output=min(model.output, reply))
    state.model = model


def _is_to_be_used(window: int, model: Model, *, of_modelfile: bool) -> bool:
    """Whether a provider's window is smaller than the model's, or the one that a file sets."""
    return window > 0 and (window < model.window or of_modelfile)


def _with_window(model: Model, window: int, found: Preparation, *, share: int) -> Model:
    """Return a model with a window, of which its reply takes one part in ``share``."""
    if model.window_given:
        found.notices.append(
            f"{model.name} has a window of {window:,} tokens, less than window={model.window}"
        )
    output = min(model.output, max(1, window // share))
    return replace(model, window=window, output=output)


def _of_modelfile(
    state: ModelState, facts: Mapping[str, Any], window: int, found: Preparation
) -> int:
    """Return the window to ask Ollama for: the one of the model's Modelfile, else a usual one."""
    asked = _largest(facts, ("num_ctx",))
    if asked:
        asked = min(asked, window or asked)
        found.notices.append(
            f"{state.model.name} has a window of {asked:,} tokens, as its Modelfile says; "
            "--proposer-option window= sets another"
        )
    return asked or min(window or OLLAMA_WINDOW, OLLAMA_WINDOW)


def _largest(facts: Mapping[str, Any], names: tuple[str, ...]) -> int:
    """Return the first limit that stands under one of the names, 0 for none."""
    for fields in _levels(facts):
        for value in map(fields.get, names):
            if _is_limit(value):
                return value
    return 0


def _is_limit(value: Any) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def _levels(facts: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield facts
    for name in ("meta", "top_provider", "limits", "capabilities"):
        inner = facts.get(name)
        if isinstance(inner, Mapping):
            yield inner


def no_model(failed: Mapping[str, ProviderFailure]) -> ModelError:
    """Return the error of a run that has nobody to ask."""
    return ModelError("; ".join(f"{name}: {failure.text}" for name, failure in failed.items()))
