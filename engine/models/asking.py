"""Asking models: every request through its provider's limiter, its cost reserved, on disk before it
is used.

A failed call is made again a bounded number of times under the same ticket, so that it takes no
proposal's number; each of its attempts is recorded with what it cost, or that nobody knows. A model
that cannot answer is asked no more.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from cladogen.errors import ModelError
from cladogen.ledger import Ledger
from cladogen.models import llm
from cladogen.models.calls import CallLog, CallStatus, Message, ModelCall, Reply, Request, answer
from cladogen.models.failures import FIRST_PART, ProviderFailure, read_failure, refused_name
from cladogen.models.limiter import Limiter, Patience, Sleep
from cladogen.models.llm import ReplyStream
from cladogen.models.model import Model, TokenUsage
from cladogen.models.redact import redact
from cladogen.proposal import Cost

GIVE_UP_AFTER = (
    3  # requests in a row that failed with all their retries, before anything ever worked
)
LOSE_HOPE_AFTER = 12  # the same, after something did
CUT_SHORT = frozenset(
    {"length", "max_tokens", "content_filter"}
)  # endings that leave a reply without its end


@dataclass(slots=True)
class _Standing:
    """What is known of a model: whether it still answers, what it does not take, how many bytes its
    tokens have.
    """

    answered: int = 0
    failed_in_a_row: int = 0
    gone: str = ""
    dropped: set[str] = field(default_factory=set)
    tokens_per_byte: list[float] = field(default_factory=list)

    @property
    def densest(self) -> float:
        """A bound on tokens per byte of prompt: one, until this model has told its count a few
        times.
        """
        return min(1.0, 1.5 * max(self.tokens_per_byte)) if len(self.tokens_per_byte) >= 3 else 1.0


class Models:
    """Ask models. One object per run, for every coroutine; `close` it inside the same event
    loop.
    """

    def __init__(
        self,
        models: Sequence[Model],
        log: CallLog,
        budget: Ledger,
        *,
        patience: Patience | None = None,
        rng: np.random.Generator | None = None,
        notify: Callable[[str], None] = lambda text: None,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self.models = {model.name: model for model in models}
        self.log, self.budget, self.patience, self.notify = (
            log,
            budget,
            patience or Patience(),
            notify,
        )
        self._rng = (
            np.random.default_rng(0) if rng is None else rng
        )  # jitter only; no choice depends on it
        self._sleep = sleep
        self._limiters: dict[str, Limiter] = {}
        self._standing = {name: _Standing() for name in self.models}
        charge_recorded(log, budget)

    def usable(self) -> tuple[str, ...]:
        """Return the models that still answer, in the user's order; raises ModelError when none
        does.
        """
        names = tuple(name for name in self.models if not self._standing[name].gone)
        if not names:
            gone = "; ".join(
                f"{name}: {standing.gone}" for name, standing in self._standing.items()
            )
            raise ModelError(f"no model answers: {gone}")
        return names

    def all_priced(self) -> bool:
        """Return whether every model has a price."""
        return all(llm.price_of(model) is not None for model in self.models.values())

    async def ask(self, request: Request) -> ModelCall:
        """Ask ``request.model`` and return the call: REPLIED, CUT with what came, or FAILED with
        the reason.

        Raises OverBudget when the budget does not allow the call.
        """
        model, standing = self.models[request.model], self._standing[request.model]
        deadline = time.monotonic() + self.patience.deadline_s
        attempt = pause = 0
        while True:
            call, failure = await self._attempt(model, request, attempt)
            attempt += 1
            if failure is None:
                standing.answered, standing.failed_in_a_row = standing.answered + 1, 0
                return call
            refused = failure.refused or refused_name(model, failure)
            doubtful = (
                refused == "stream" and standing.answered
            )  # it has streamed before: a fault, not a habit
            if refused and not doubtful and self._drop(model, refused):
                continue
            pause += 1
            wait = self._pause(model, failure, pause)
            if (
                wait is None
                or pause >= self.patience.attempts
                or time.monotonic() + wait > deadline
            ):
                self._give_up(model, standing, failure)
                return call
            await self._sleep(wait)

    async def embed(
        self, texts: Sequence[str], model: Model, ticket: int = 0
    ) -> tuple[tuple[float, ...], ...]:
        """Return one vector per text, each of length 1; () when the provider fails."""
        request = Request(
            ticket, 0, "embed", model.name, tuple(Message("user", text) for text in texts)
        )
        known = answer(self.log, ticket, 0, "embed")
        if known is None or known.request.key != request.key:
            self.models.setdefault(model.name, model)
            self._standing.setdefault(model.name, _Standing())
            known = await self.ask(request)
        if known.reply is None or known.reply.status is not CallStatus.REPLIED:
            return ()
        return tuple(tuple(vector) for vector in json.loads(known.reply.text))

    async def close(self) -> None:
        """Close connections; leaves no task and no socket behind."""
        await llm.close()

    def most(self, model: Model, request: Request) -> Cost:
        """Return the most that one call of this request can cost; ``usd`` None when the model has
        no price.
        """
        size = sum(
            len(message.text.encode("utf-8", "replace")) + 32 for message in request.messages
        )
        prompt = int(size * self._standing[model.name].densest) + 16
        price, output = llm.price_of(model), 0 if request.purpose == "embed" else model.output
        return Cost(None if price is None else price.usd(prompt, output), prompt, output, 0, 1)

    # -- one attempt

    async def _attempt(
        self, model: Model, request: Request, attempt: int
    ) -> tuple[ModelCall, ProviderFailure | None]:
        """Make one call: reserved, written down, made, written down, settled."""
        most = self.most(model, request)
        async with self._limiter(model):
            held = await self.budget.reserve(most)
            cost = Cost(None, most.prompt_tokens, 0, 0, 1)
            try:
                number = self.log.begin(request, attempt, most.usd)
                reply, failure = Reply(CallStatus.FAILED, error="interrupted"), None
                try:
                    reply, cost, failure = await self._call(model, request)
                finally:
                    self.log.finish(number, reply, cost)
            finally:
                self.budget.settle(held, cost)
        return ModelCall(number, request, attempt, reply, cost, most.usd), failure

    async def _call(
        self, model: Model, request: Request
    ) -> tuple[Reply, Cost, ProviderFailure | None]:
        """Make the call and sort out what came of it."""
        start, stream, failure = (
            time.monotonic(),
            ReplyStream(limit=model.output * 16 + 65_536),
            None,
        )
        try:
            async with asyncio.timeout(self.patience.deadline_s):
                await self._send(model, request, stream)
        except Exception as error:  # noqa: BLE001  # foreign code: every provider fails in its own words
            failure = read_failure(error, (llm.NEWER_LIMIT, "max_tokens", *llm.parameters(model)))
        failure = failure or (None if stream.finish else ProviderFailure("the reply broke off"))
        status = (
            CallStatus.REPLIED
            if failure is None and stream.finish not in CUT_SHORT
            else CallStatus.CUT
        )
        status = CallStatus.FAILED if failure is not None and not stream.text else status
        text, reasoning, error_text = map(
            redact, (stream.text, stream.reasoning, failure.text if failure else "")
        )
        reply = Reply(status, text, reasoning, stream.finish, error_text, time.monotonic() - start)
        free = status is CallStatus.FAILED and failure is not None and not failure.charged
        self._learn(model, request, stream)
        return reply, Cost(0.0, calls=1) if free else self._charged(stream, model, request), failure

    async def _send(self, model: Model, request: Request, stream: ReplyStream) -> None:
        idle_s, dropped = self.patience.idle_s, self._standing[model.name].dropped
        if request.purpose == "embed":
            await llm.embed(model, request.messages, stream, idle_s=idle_s)
        else:
            await llm.chat(model, request.messages, stream, idle_s=idle_s, dropped=dropped)

    def _drop(self, model: Model, name: str) -> bool:
        """Leave out a parameter that the model does not take, from now on, and say so once; False
        when it is out.
        """
        dropped = self._standing[model.name].dropped
        name = llm.NEWER_LIMIT if name == "max_tokens" in dropped else name
        if name in dropped:
            return False
        dropped.add(name)
        what = (
            f"the name as {model.name!r}, only without its first part"
            if name == FIRST_PART
            else repr(name)
        )
        self.notify(f"{model.name} does not take {what}; it is left out from now on")
        return True

    def _limiter(self, model: Model) -> Limiter:
        provider = llm.provider_of(model)
        if provider not in self._limiters:
            self._limiters[provider] = Limiter(self.patience.at_once, sleep=self._sleep)
        return self._limiters[provider]

    # -- what came back

    def _charged(self, stream: ReplyStream, model: Model, request: Request) -> Cost:
        usage = stream.usage
        if usage is None:
            size = sum(len(message.text) for message in request.messages)
            return TokenUsage(
                size // 4, len(stream.text + stream.reasoning) // 4, exact=False
            ).cost(None)
        price = llm.price_of(model)
        if model.price is None and stream.told_usd is not None:
            return usage.cost(stream.told_usd)
        return usage.cost(
            None if price is None else price.usd(usage.prompt, usage.completion, usage.cached)
        )

    def _learn(self, model: Model, request: Request, stream: ReplyStream) -> None:
        size = sum(len(message.text.encode("utf-8", "replace")) for message in request.messages)
        if stream.usage is not None and size:
            self._standing[model.name].tokens_per_byte.append(stream.usage.prompt / size)
            del self._standing[model.name].tokens_per_byte[:-100]

    def _pause(self, model: Model, failure: ProviderFailure, retry: int) -> float | None:
        """Return how long to wait before a retry; None when there is no point in one."""
        if not failure.worth_retrying:
            return None
        if failure.wait_s is not None:
            if failure.wait_s > self.patience.deadline_s:
                return None  # longer than anybody waits here: the next request may find it better
            self._limiter(model).pause(failure.wait_s)
            return failure.wait_s
        most = min(self.patience.longest_s, self.patience.first_s * 2.0 ** (retry - 1))
        return float(self._rng.uniform(0.0, most))

    def _give_up(self, model: Model, standing: _Standing, failure: ProviderFailure) -> None:
        standing.failed_in_a_row += 1
        hope = LOSE_HOPE_AFTER if standing.answered else GIVE_UP_AFTER
        if not standing.gone and (failure.hopeless or standing.failed_in_a_row >= hope):
            standing.gone = f"{failure.text} ({llm.provider_of(model)})"
            self.notify(f"{model.name} is asked no more: {standing.gone}")


def charge_recorded(log: CallLog, budget: Ledger) -> None:
    """Count what earlier sittings of a run spent; a call they never saw the end of has an unknown
    price.
    """
    for call in log.all():
        if call.reply is None and call.most_usd == 0.0:
            continue  # a task that a person has taken
        cost = call.cost if call.reply is not None else Cost(None, calls=1)
        budget.charge(cost, call.most_usd or 0.0)
