"""Asking models: every request through its model's limiter, its cost reserved, on disk before it
is used.

A failed call is made again under the same ticket, so that it takes no proposal's number; each of
its attempts is recorded with what it cost, or that nobody knows. A provider that is away is waited
for, across tickets; a model that cannot answer is asked no more. After an interrupt, or when the
time is over, no call is begun: the task stays open, and is taken up when the run goes on.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from cladogen.errors import ModelError
from cladogen.journal import once
from cladogen.ledger import Ledger, OverBudget
from cladogen.models.after_failure import AfterFailure, Turn, duration, why_unusable
from cladogen.models.base import Client, Outgoing
from cladogen.models.calls import (
    AnsweredCall,
    CallLog,
    CallStatus,
    Message,
    ModelCall,
    Reply,
    Request,
)
from cladogen.models.charging import counts_all, is_free, without_usage
from cladogen.models.classify import classify
from cladogen.models.clients import Clients
from cladogen.models.failures import CallFailed, FailureKind, ProviderFailure
from cladogen.models.judging import JudgedReply, judge
from cladogen.models.limiter import Limiter, Patience, ProviderGone, Sleep
from cladogen.models.model import Model
from cladogen.models.model_state import ModelState
from cladogen.models.preparing import FATAL, PREPARE_S, Preparation, no_model, prepare
from cladogen.models.prices import price_of
from cladogen.models.reply_stream import ReplyStream
from cladogen.models.routes import route_of
from cladogen.models.sent_key import with_key
from cladogen.models.usage import TokenUsage
from cladogen.models.vectors import unit_vectors
from cladogen.proposal import Cost


class Models:
    """Ask models. One object per run, for every coroutine; `close` it inside the same event loop.

    ``fallbacks`` are asked in their order for what a model cannot answer. ``stopping`` is set when
    no call may begin any more.
    """

    def __init__(
        self,
        models: Sequence[Model],
        log: CallLog,
        budget: Ledger,
        *,
        fallbacks: Sequence[Model] = (),
        patience: Patience | None = None,
        rng: np.random.Generator | None = None,
        notify: Callable[[str], None] = lambda text: None,
        sleep: Sleep = asyncio.sleep,
        stopping: asyncio.Event | None = None,
    ) -> None:
        self.log, self.budget = log, budget
        self.patience = patience or Patience()
        self.notify = notify
        jitter = np.random.default_rng(0) if rng is None else rng  # no choice depends on it
        self._after = AfterFailure(self.patience, budget, jitter, notify)
        self._sleep, self._stopping = sleep, stopping
        self._limiters: dict[str, Limiter] = {}
        self._clients = Clients()
        self._states = {
            model.name: ModelState(model, route_of(model)) for model in (*models, *fallbacks)
        }
        self._named = tuple(model.name for model in models)
        self._fallbacks = tuple(model.name for model in fallbacks)
        charge_recorded(log, budget)

    @property
    def models(self) -> dict[str, Model]:
        """Every model by its name, as it is asked now: limits may have been learnt."""
        return {name: state.model for name, state in self._states.items()}

    def usable(self) -> tuple[str, ...]:
        """Return the models that still answer, in the user's order; those whose provider is away
        only when it is so of all. Raises ModelError when none answers.
        """
        names = self._usable(self._named)
        here = tuple(name for name in names if not self._limiter(name).away)
        if here or names:
            return here or names
        if self._usable(self._fallbacks):
            return self._named
        raise ModelError(f"no model answers: {self._why_nobody()}")

    def _usable(self, names: Iterable[str]) -> tuple[str, ...]:
        return tuple(name for name in names if self._states[name].usable)

    async def prepare(self) -> None:
        """Find out, before anything is spent, whether models can be asked and how much room they
        have. Raises ModelError, in one line, when none can.
        """
        found = await prepare(self._states, self._clients)
        await asyncio.gather(*(self._check(name, found) for name in found.doubtful))
        if set(self._states) <= set(found.failed):
            raise no_model(found.failed)
        for name, failure in found.failed.items():
            self._after.retire(self._states[name], failure.text)
        for line in found.notices:
            self.notify(line)

    async def _check(self, name: str, found: Preparation) -> None:
        """Call a model of which its server says nothing, with a few words: some serve what they do
        not list, and a key shows whether it is right only then.
        """
        state, words = self._states[name], (Message("user", "Answer with the word ready."),)
        turn = Turn(Request(0, 0, "check", name, words), min(16, state.model.output))
        failure: ProviderFailure | None = None
        # What no cap allows is said when it is asked for; who is slow shows later what it is worth.
        with contextlib.suppress(OverBudget, TimeoutError):
            async with asyncio.timeout(PREPARE_S):
                _, failure = await self._attempt(state, turn)
        if failure is not None and failure.kind in FATAL:
            found.add(name, failure)

    def warm(self) -> None:
        """Begin to import what calls need, beside whatever else goes on."""
        self._clients.warm({state.route.protocol for state in self._states.values()})

    def all_priced(self) -> bool:
        """Return whether every model has a price."""
        return all(price_of(model) is not None for model in self.models.values())

    async def ask(self, request: Request) -> ModelCall:
        """Ask ``request.model``, else the fallbacks in their order, and return the call: REPLIED,
        CUT with what came, or FAILED with the reason. ``call.request.model`` is who was asked.

        Raises OverBudget when the budget does not allow the call, ModelError when nobody can be
        asked, CancelledError when no call may begin any more.
        """
        order = self._order(request.model)
        last: ModelCall | None = None
        for name in order:
            asked = request if name == request.model else replace(request, model=name)
            try:
                last = await self._ask_one(asked, final=name == order[-1])
            except ProviderGone as gone:
                self._after.retire(self._states[name], str(gone))
                continue
            if _is_answered(last):
                return last
        if last is None:
            raise ModelError(f"no model answers: {self._why_nobody()}")
        return last

    async def embed(
        self, texts: Sequence[str], model: Model, ticket: int = 0
    ) -> tuple[tuple[float, ...], ...]:
        """Return one vector per text, each of length 1; () when the provider fails."""
        request = Request(
            ticket, 0, "embed", model.name, tuple(Message("user", text) for text in texts)
        )

        async def made() -> ModelCall | str:
            self._states.setdefault(model.name, ModelState(model, route_of(model)))
            try:
                return await self._ask_one(request, final=True)
            except ProviderGone as gone:
                return str(gone)

        call = await once(AnsweredCall(self.log, ticket, 0, "embed", request.key), made)
        if isinstance(call, str) or call.reply is None:
            return ()
        if call.reply.status is not CallStatus.REPLIED:
            return ()
        return tuple(map(tuple, json.loads(call.reply.text)))

    async def close(self) -> None:
        """Close connections; leaves no task and no socket behind."""
        await self._clients.close()

    def most(self, request: Request, output: int) -> Cost:
        """Return the most that one call of this request can cost; ``usd`` None when the model has
        no price.
        """
        state = self._states[request.model]
        size = sum(message.size + 32 for message in request.messages)
        prompt = int(size * state.densest) + 16
        reply = 0 if request.purpose == "embed" else state.terms.most_reply(state.model, output)
        price = price_of(state.model)
        return Cost(None if price is None else price.most(prompt, reply), prompt, reply, 0, 1)

    # -- one request

    def _order(self, name: str) -> tuple[str, ...]:
        """Return who is asked, one after the other."""
        usable = self._usable(other for other in self._fallbacks if other != name)
        return usable if usable and not self._states[name].usable else (name, *usable)

    async def _ask_one(self, request: Request, *, final: bool) -> ModelCall:
        """Ask one model until it answers, or there is no point any more."""
        state = self._states[request.model]
        turn = Turn(request, state.model.output)
        while True:
            call, failure = await self._attempt(state, turn)
            turn.attempts += 1
            if failure is None:
                return call
            limiter = self._limiter(request.model)
            seconds = self._after.wait(state, limiter, turn, failure, final=final)
            if seconds is None:
                return call
            if seconds > 0.0:
                await self._rest(seconds)

    # -- one attempt

    async def _attempt(
        self, state: ModelState, turn: Turn
    ) -> tuple[ModelCall, ProviderFailure | None]:
        """Make one call: reserved, recorded, made, recorded, settled."""
        request, limiter = turn.request, self._limiter(state.model.name)
        async with limiter:
            self._go_on()
            most = self.most(request, turn.output)
            held = await self.budget.reserve(most)
            cost = Cost()  # until something is sent
            try:
                self._go_on()
                number = self.log.begin(request, turn.attempts, most.usd, soon=True)
                judged = JudgedReply(Reply(CallStatus.FAILED, error="interrupted"))
                try:
                    await self.log.on_disk()
                    cost = Cost(None, most.prompt_tokens, 0, 0, 1)
                    judged, cost = await self._call(state, turn)
                finally:
                    self.log.finish(number, judged.reply, cost, soon=True)
                    await self.log.on_disk()
            finally:
                self.budget.settle(held, cost)
            if judged.failure is None or not judged.failure.passing:
                self._answered(state, limiter)
        call = ModelCall(number, request, turn.attempts, judged.reply, cost, most.usd)
        return call, judged.failure

    async def _call(self, state: ModelState, turn: Turn) -> tuple[JudgedReply, Cost]:
        """Make the call and sort out what came of it."""
        model, request = state.model, turn.request
        await self._clients.loaded({state.route.protocol})
        start, stream = time.monotonic(), ReplyStream(limit=turn.output * 16 + 65_536)
        call = self._outgoing(state, turn)
        failure = await self._sent(call, request, stream)
        offered = "tools" in call.parameters
        judged = judge(stream, failure, time.monotonic() - start, offered=offered)
        for topic, notice in judged.notices:
            if state.once(topic):
                self.notify(f"{model.name}: {notice}")
        if judged.reply.status is CallStatus.REPLIED:
            state.worked()
        elif judged.suspect:
            self._after.count(state, judged.suspect)
        return judged, self._charged(state, request, stream, judged)

    async def _sent(
        self, call: Outgoing, request: Request, stream: ReplyStream
    ) -> ProviderFailure | None:
        """Make the call; return why it failed, None where it did not."""
        try:
            async with asyncio.timeout(self.patience.deadline_s):
                await self._send(call, request, stream)
        except CallFailed as failed:
            return with_key(classify(failed, call.sent), call.route)
        except TimeoutError:
            text = f"the deadline of {self.patience.deadline_s:g} s passed"
            return ProviderFailure(FailureKind.BROKEN, text)
        return None

    def _outgoing(self, state: ModelState, turn: Turn) -> Outgoing:
        model, terms = state.model, state.terms
        embeds = turn.request.purpose == "embed"
        return Outgoing(
            model,
            state.route,
            terms.messages(turn.request.messages),
            {} if embeds else terms.parameters(_with_own(model, turn.request), turn.output),
            model.silence_s or self.patience.idle_s,
        )

    async def _send(self, call: Outgoing, request: Request, stream: ReplyStream) -> None:
        client: Client = self._clients.of(call.route.protocol)
        if request.purpose != "embed":
            await client.chat(call, stream)
            return
        rows = await client.embed(call, stream)
        stream.say(unit_vectors(rows, len(request.messages)))
        stream.end("stop")

    def _charged(
        self, state: ModelState, request: Request, stream: ReplyStream, judged: JudgedReply
    ) -> Cost:
        """Return what a call cost: as reported, nothing where nothing can have been charged,
        else unknown.
        """
        failure = judged.failure
        if failure is not None and is_free(failure, stream):
            return Cost(0.0, calls=int(failure.kind is not FailureKind.AWAY))
        size = sum(message.size for message in request.messages)
        usage, price = stream.usage, price_of(state.model)
        if usage is None or not counts_all(usage, request, stream, failed=failure is not None):
            return without_usage(price, size, stream)
        if request.purpose != "embed":
            self._learn(state, usage, size)
        return usage.cost(price)

    def _learn(self, state: ModelState, usage: TokenUsage, size: int) -> None:
        """Let the state of a model take in a usage; say once when it read too little."""
        line = state.learn(usage, size)
        if line and state.once("read too little"):
            self.notify(line)

    def _answered(self, state: ModelState, limiter: Limiter) -> None:
        """Note that the provider is there."""
        seconds = limiter.answered()
        if limiter.said_away:
            limiter.said_away = False
            self.notify(f"{state.route.provider} answers again after {duration(seconds)}")

    def _limiter(self, name: str) -> Limiter:
        """Return the limiter of a model; a provider's limits are for each of its models."""
        if name not in self._limiters:
            at_once = self._states[name].model.at_once or self.patience.at_once
            self._limiters[name] = Limiter(at_once, sleep=self._rest)
        return self._limiters[name]

    # -- stopping

    def _go_on(self) -> None:
        """Raise CancelledError when no call may begin any more."""
        stopping = self._stopping is not None and self._stopping.is_set()
        if stopping or self.budget.seconds_left() == 0.0:
            raise asyncio.CancelledError

    async def _rest(self, seconds: float) -> None:
        """Wait, but not beyond an interrupt or the end of the time; raises CancelledError then."""
        left = self.budget.seconds_left()
        sleeping = asyncio.ensure_future(
            self._sleep(seconds if left is None else min(seconds, left))
        )
        waiting: set[asyncio.Future[Any]] = {sleeping}
        if self._stopping is not None:
            waiting.add(asyncio.ensure_future(self._stopping.wait()))
        try:
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in waiting:
                each.cancel()
        self._go_on()

    def _why_nobody(self) -> str:
        """Say of each model why it is not asked."""
        unusable = {name: each for name, each in self._states.items() if not each.usable}
        return "; ".join(f"{name}: {why_unusable(each)}" for name, each in unusable.items())


def _is_answered(call: ModelCall) -> bool:
    return call.reply is not None and call.reply.status is not CallStatus.FAILED


def _with_own(model: Model, request: Request) -> Model:
    """Return a model with the parameters that this request has of its own."""
    own = request.own
    return replace(model, parameters={**model.parameters, **own}) if own else model


def charge_recorded(log: CallLog, budget: Ledger) -> None:
    """Count what earlier sessions of a run spent; a call they never saw the end of has an unknown
    price.
    """
    for cost, most_usd in log.charges():
        if cost is None and most_usd == 0.0:
            continue  # a task that a person has taken
        budget.charge(Cost(None, calls=1) if cost is None else cost, most_usd or 0.0)
