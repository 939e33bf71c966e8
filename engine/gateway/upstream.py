"""From a chat request to a provider and back: what is sent, what came, and what it cost."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cladogen.gateway.asked import Asked
from cladogen.models.base import Outgoing, Relayed
from cladogen.models.calls import CallStatus, Reply
from cladogen.models.classify import classify
from cladogen.models.clients import Clients
from cladogen.models.failures import CallFailed, Complaint, FailureKind, ProviderFailure
from cladogen.models.limiter import Patience
from cladogen.models.prices import price_of
from cladogen.models.sent_key import with_key
from cladogen.models.standing import Standing
from cladogen.models.usage import read_usage
from cladogen.proposal import Cost


@dataclass(frozen=True, slots=True)
class Sent:
    """What came of one call: the reply for the program, empty where ``failure`` says why there is
    none; what is recorded; the cost.
    """

    told: Mapping[str, Any]
    reply: Reply
    cost: Cost
    failure: ProviderFailure | None = None


async def send(
    clients: Clients, standing: Standing, asked: Asked, output: int, patience: Patience
) -> Sent:
    """Send a request. ``output`` is the most tokens of a reply, named to the provider where the
    program named none.
    """
    body = {**standing.model.parameters, **asked.body}
    if not asked.limit and standing.terms.limit_name:
        body[standing.terms.limit_name] = output
    silence_s = standing.model.silence_s or patience.idle_s
    call = Outgoing(standing.model, standing.route, asked.messages, body, silence_s)
    client, began = clients.of(standing.route.protocol), time.monotonic()
    try:
        async with asyncio.timeout(patience.deadline_s):
            relayed = await client.relay(call, body)
        told = _whole(relayed, standing.model.name)
    except CallFailed as failed:
        failure = with_key(classify(failed, body), call.route)
    except TimeoutError:
        text = f"the deadline of {patience.deadline_s:g} s passed"
        failure = ProviderFailure(FailureKind.BROKEN, text)
    else:
        seconds = time.monotonic() - began
        finish = str(told["choices"][0].get("finish_reason") or "")
        reply = Reply(CallStatus.REPLIED, json.dumps(told), finish=finish, seconds=seconds)
        return Sent(told, reply, _cost(standing, relayed, asked))
    reply = Reply(CallStatus.FAILED, error=failure.text, seconds=time.monotonic() - began)
    sent = failure.kind is not FailureKind.AWAY
    return Sent({}, reply, Cost(None if failure.charged else 0.0, calls=int(sent)), failure)


def prompt_tokens(standing: Standing, asked: Asked) -> int:
    """Return a bound on the tokens of a prompt."""
    return int(asked.size * standing.densest) + 16


def most_cost(standing: Standing, asked: Asked, output: int) -> Cost:
    """Return the most that a call can cost; ``usd`` None when its model has no price."""
    prompt = prompt_tokens(standing, asked)
    reply = asked.choices * standing.terms.most_reply(standing.model, output)
    price = price_of(standing.model)
    return Cost(None if price is None else price.most(prompt, reply), prompt, reply, 0, 1)


def _cost(standing: Standing, relayed: Relayed, asked: Asked) -> Cost:
    """Return what a reply cost, as far as it was told."""
    told, price = relayed.body.get("usage"), price_of(standing.model)
    usage = read_usage(told, relayed.told_usd) if isinstance(told, Mapping) else None
    if usage is None:
        free = price is not None and price.free
        written = len(json.dumps(relayed.body.get("choices", "")))
        usd = 0.0 if free else relayed.told_usd
        return Cost(usd, asked.size // 4, written // 4, 0, 1)
    standing.learn(usage, asked.size)
    standing.worked()
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
