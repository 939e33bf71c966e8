"""From a chat request to a provider and back: what is sent, what came, and what it cost."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cladogen.gateway.chat_request import ChatRequest
from cladogen.models.base import Outgoing, Relayed
from cladogen.models.calls import CallStatus, Reply
from cladogen.models.classify import classify
from cladogen.models.clients import Clients
from cladogen.models.failures import CallFailed, Complaint, FailureKind, ProviderFailure
from cladogen.models.limiter import Patience
from cladogen.models.model_state import ModelState
from cladogen.models.prices import price_of
from cladogen.models.sent_key import with_key
from cladogen.models.usage import read_usage
from cladogen.proposal import Cost


@dataclass(frozen=True, slots=True)
class Sent:
    """What came of one call: the reply for the program, empty where ``failure`` says why there is
    none; what is recorded; the cost.
    """

    answer: Mapping[str, Any]
    reply: Reply
    cost: Cost
    failure: ProviderFailure | None = None


async def send(
    clients: Clients, state: ModelState, asked: ChatRequest, output: int, patience: Patience
) -> Sent:
    """Send a request. ``output`` is the most tokens of a reply, named to the provider where the
    program named none.
    """
    body = {**state.model.parameters, **asked.body}
    if not asked.limit and state.terms.limit_name:
        body[state.terms.limit_name] = output
    silence_s = state.model.silence_s or patience.idle_s
    call = Outgoing(state.model, state.route, asked.messages, body, silence_s)
    client, began = clients.of(state.route.protocol), time.monotonic()
    try:
        async with asyncio.timeout(patience.deadline_s):
            relayed = await client.relay(call, body)
        answer = _whole(relayed, state.model.name)
    except CallFailed as failed:
        failure = with_key(classify(failed, body), call.route)
    except TimeoutError:
        text = f"the deadline of {patience.deadline_s:g} s passed"
        failure = ProviderFailure(FailureKind.BROKEN, text)
    else:
        seconds = time.monotonic() - began
        finish = str(answer["choices"][0].get("finish_reason") or "")
        reply = Reply(CallStatus.REPLIED, json.dumps(answer), finish=finish, seconds=seconds)
        return Sent(answer, reply, _cost(state, relayed, asked))
    reply = Reply(CallStatus.FAILED, error=failure.text, seconds=time.monotonic() - began)
    sent = failure.kind is not FailureKind.AWAY
    return Sent({}, reply, Cost(None if failure.charged else 0.0, calls=int(sent)), failure)


def prompt_tokens(state: ModelState, asked: ChatRequest) -> int:
    """Return a bound on the tokens of a prompt."""
    return int(asked.size * state.densest) + 16


def most_cost(state: ModelState, asked: ChatRequest, output: int) -> Cost:
    """Return the most that a call can cost; ``usd`` None when its model has no price."""
    prompt = prompt_tokens(state, asked)
    reply = asked.choices * state.terms.most_reply(state.model, output)
    price = price_of(state.model)
    return Cost(None if price is None else price.most(prompt, reply), prompt, reply, 0, 1)


def _cost(state: ModelState, relayed: Relayed, asked: ChatRequest) -> Cost:
    """Return what a reply cost, as far as its provider says."""
    fields, price = relayed.body.get("usage"), price_of(state.model)
    usage = read_usage(fields, relayed.reported_usd) if isinstance(fields, Mapping) else None
    if usage is None:
        free = price is not None and price.free
        written = len(json.dumps(relayed.body.get("choices", "")))
        usd = 0.0 if free else relayed.reported_usd
        return Cost(usd, asked.size // 4, written // 4, 0, 1)
    state.learn(usage, asked.size)
    state.worked()
    return usage.cost(price)


def _whole(relayed: Relayed, model: str) -> Mapping[str, Any]:
    """Return a reply with what clients look for in one; raises CallFailed for what is none."""
    choices = relayed.body.get("choices")
    if not isinstance(choices, list) or not choices or not all(map(_is_choice, choices)):
        raise CallFailed(Complaint("a reply without choices"), FailureKind.BROKEN)
    made = {"id": "chatcmpl-0", "object": "chat.completion", "created": 0, "model": model}
    return {**made, **relayed.body}


def _is_choice(choice: Any) -> bool:
    return isinstance(choice, Mapping) and isinstance(choice.get("message"), Mapping)
