"""The gateway: what programs ask of models from inside their sandboxes, under every limit there is.

A call is reserved against the caller's limits, its program's and the run's, recorded as begun, made
over the clients that proposers use, recorded with its cost, and only then answered. What an
interrupted session has paid for already is answered from the record; so is everything in a replay.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cladogen.errors import ModelError
from cladogen.gateway.caller import EVALUATE, Caller
from cladogen.gateway.chat_request import ChatRequest
from cladogen.gateway.meter import Meter
from cladogen.gateway.recorded import RecordedReplies, of_programs, program_of
from cladogen.gateway.refusals import RequestRefused, over_limit, provider_failed
from cladogen.gateway.upstream import most_cost, prompt_tokens, send
from cladogen.ledger import NO_LIMITS, CallLimits, Ledger, OverBudget, Stop
from cladogen.models.calls import CallLog, CallStatus, Reply, Request
from cladogen.models.classify import LIMITS
from cladogen.models.clients import Clients
from cladogen.models.failures import FailureKind, ProviderFailure
from cladogen.models.limiter import Patience, Sleep
from cladogen.models.model import Model
from cladogen.models.model_state import ModelState
from cladogen.models.preparing import no_model, prepare
from cladogen.models.prices import price_of
from cladogen.models.routes import route_of
from cladogen.models.terms import LEAST_REPLY, lesson
from cladogen.proposal import Cost

LONGEST_WAIT_S = 120.0  # a provider that asks for more is not waited for
_ATTEMPTS = 6
_LEARNT = (FailureKind.PARAMETER, FailureKind.LIMIT, FailureKind.WINDOW)


@dataclass(frozen=True, slots=True)
class _Trip:
    """One attempt at a call; ``output`` is the most tokens of its reply."""

    state: ModelState
    caller: Caller
    request: Request
    asked: ChatRequest
    output: int
    attempt: int

    @property
    def ends_with_search(self) -> bool:
        """Whether it is left when the search ends; what is measured is measured whole, and the
        final choice comes after the search.
        """
        return self.caller.kind != EVALUATE


@dataclass(slots=True)
class _AttemptCost:
    """What an attempt came to cost."""

    cost: Cost


class Gateway:
    """Answer programs. One object per run, in its event loop; `close` it there.

    ``of_program`` limits what one program asks over all that it is started for. ``offline`` True
    answers from the record alone. ``stopping`` is set when no call may begin any more.
    """

    def __init__(
        self,
        models: Sequence[Model],
        log: CallLog,
        budget: Ledger,
        *,
        of_program: CallLimits = NO_LIMITS,
        patience: Patience | None = None,
        notify: Callable[[str], None] = lambda text: None,
        stopping: asyncio.Event | None = None,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self.log, self.budget, self.notify = log, budget, notify
        self.offline = False
        self.recorded = RecordedReplies(log)
        self._patience, self._sleep = patience or Patience(), sleep
        self._stopping = stopping or asyncio.Event()
        self._states = {model.name: ModelState(model, route_of(model)) for model in models}
        self._places = {
            model.name: asyncio.Semaphore(model.at_once or self._patience.at_once)
            for model in models
        }
        self._clients = Clients()
        self._of_program = of_program
        self._programs: dict[str, Meter] | None = None
        self._calls: set[asyncio.Task[Mapping[str, Any]]] = set()

    @property
    def models(self) -> tuple[str, ...]:
        """The models that may be asked, in the user's order."""
        return tuple(self._states)

    @property
    def ending(self) -> bool:
        """Whether no call may begin any more."""
        return self._stopping.is_set() or self.budget.seconds_left() == 0.0

    async def prepare(self, limits: CallLimits = NO_LIMITS) -> None:
        """Find out, before anything is spent, whether the models can be asked, and priced where a
        limit is in dollars; raises ModelError.
        """
        if limits.usd is not None or self._of_program.usd is not None:
            for state in self._states.values():
                if price_of(state.model) is None:
                    name = state.model.name
                    raise ModelError(
                        f"{name}: a limit in dollars needs its price: give "
                        f"--price {name}=PROMPT,REPLY, or limit calls or tokens"
                    )
        found = await prepare(self._states, self._clients)
        if set(self._states) <= set(found.failed):
            raise no_model(found.failed)
        for name, failure in found.failed.items():
            self._states[name].gone = failure.text
            self.notify(f"{name}: {failure.text}; programs cannot ask it")
        for line in found.notices:
            self.notify(line)

    def warm(self) -> None:
        """Begin to import what calls need, beside whatever else goes on."""
        self._clients.warm({state.route.protocol for state in self._states.values()})

    def meter(self, program: str) -> Meter:
        """Return what counts all that a program asks, earlier sessions included."""
        if self._programs is None:
            self._programs = {}
            for call in of_programs(self.log):
                cost = call.cost if call.reply is not None else Cost(None, calls=1)
                self.meter(program_of(call)).charge(cost, call.most_usd or 0.0)
        return self._programs.setdefault(program, Meter(self._of_program, "this program"))

    async def ask(self, caller: Caller, own: Meter, asked: ChatRequest) -> Mapping[str, Any]:
        """Return the reply to a chat request, as OpenAI's protocol has it; raises Refused, and
        OverBudget where the run's own caps allow no call any more.

        A call that has begun is finished and recorded also where nobody waits for it any more.
        """
        state = self._states.get(asked.model)
        if state is None:
            listed = ", ".join(self.models)
            raise RequestRefused(
                404, "model_not_found", f"no model {asked.model!r} here; ask {listed}"
            )
        request = asked.request(caller)
        known = self.recorded.take(request)
        if known is not None:
            own.charge(known.cost, known.most_usd or 0.0)
            assert known.reply is not None
            return dict(json.loads(known.reply.text))
        if self.offline:
            raise RequestRefused(503, "offline", "a replay asks no model, and this is not recorded")
        if state.gone:
            raise RequestRefused(502, "model", state.gone)
        begun = asyncio.Event()
        meters = (own, self.meter(caller.program))
        call = asyncio.create_task(self._call(state, caller, request, asked, meters, begun))
        self._calls.add(call)
        call.add_done_callback(self._over)
        try:
            return await asyncio.shield(call)
        except asyncio.CancelledError:
            if not begun.is_set():
                call.cancel()  # nobody waits, and nothing was sent
            raise

    async def close(self) -> None:
        """Finish what was begun, as long as providers answer, and close connections."""
        if self._calls:
            _, late = await asyncio.wait(self._calls, timeout=self._patience.longest_s)
            for call in late:
                call.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        await self._clients.close()

    def _over(self, call: asyncio.Task[Mapping[str, Any]]) -> None:
        self._calls.discard(call)
        if not call.cancelled():
            call.exception()  # somebody may have left without waiting for it

    # -- one call

    async def _call(
        self,
        state: ModelState,
        caller: Caller,
        request: Request,
        asked: ChatRequest,
        meters: Sequence[Meter],
        begun: asyncio.Event,
    ) -> Mapping[str, Any]:
        """Make a call, again while its provider is busy. ``begun`` is set while it is made."""
        limit, attempt = asked.limit, 0
        while True:
            output = limit or self._output(state, asked, meters)
            trip = _Trip(state, caller, request, asked, output, attempt)
            answer, failure = await self._attempt(trip, meters, begun)
            if failure is None:
                return answer
            attempt += 1
            if failure.kind in _LEARNT and not asked.limit and attempt < _ATTEMPTS:
                learnt = self._learn(state, failure, output, asked)
                if learnt:
                    limit = 0 if learnt == output else learnt
                    continue
            await self._wait(trip, failure)

    def _output(self, state: ModelState, asked: ChatRequest, meters: Sequence[Meter]) -> int:
        """Return how long a reply may be where the program does not say: what its limits leave."""
        output = state.model.output
        for meter in meters:
            left = meter.tokens_left()
            if left is not None:
                room = (left - prompt_tokens(state, asked)) // asked.choices
                output = min(output, max(LEAST_REPLY, room))
        return output

    async def _attempt(
        self, trip: _Trip, meters: Sequence[Meter], begun: asyncio.Event
    ) -> tuple[Mapping[str, Any], ProviderFailure | None]:
        """Make one call under every limit: those of the caller, of its program, and of the run."""
        most = most_cost(trip.state, trip.asked, trip.output)
        made = _AttemptCost(Cost())
        async with (
            self._places[trip.state.model.name],
            _reserved(meters[0], most, made),
            _reserved(meters[1], most, made),
        ):
            if trip.ends_with_search and self.ending:
                raise RequestRefused(503, "ending", "the run is ending; no call begins any more")
            reserved = await self.budget.reserve(most)
            try:
                begun.set()
                return await self._recorded_call(trip, most, made)
            finally:
                begun.clear()
                self.budget.settle(reserved, made.cost)

    async def _recorded_call(
        self, trip: _Trip, most: Cost, made: _AttemptCost
    ) -> tuple[Mapping[str, Any], ProviderFailure | None]:
        """Record that a call begins, make it, and record how it ended."""
        number = self.log.begin(trip.request, trip.attempt, most.usd, soon=True)
        reply = Reply(CallStatus.FAILED, error="interrupted")
        try:
            await self.log.on_disk()
            made.cost = Cost(None, most.prompt_tokens, 0, 0, 1)
            sent = await send(self._clients, trip.state, trip.asked, trip.output, self._patience)
            reply, made.cost = sent.reply, sent.cost
        finally:
            self.log.finish(number, reply, made.cost, soon=True)
            await self.log.on_disk()
        return sent.answer, sent.failure

    def _learn(
        self, state: ModelState, failure: ProviderFailure, output: int, asked: ChatRequest
    ) -> int:
        """Learn what limit of a reply a model takes; return the one to ask for, 0 for nothing
        learnt.
        """
        if failure.kind is FailureKind.PARAMETER and failure.name not in LIMITS:
            return 0
        learnt = lesson(state.terms, state.model, failure, output, prompt_tokens(state, asked))
        if learnt is None or not learnt.output:
            return 0
        state.model = learnt.model
        if learnt.notice:
            self.notify(learnt.notice)
        return learnt.output

    async def _wait(self, trip: _Trip, failure: ProviderFailure) -> None:
        """Wait before a call is made again; raises Refused where there is no point."""
        state, attempt = trip.state, trip.attempt + 1
        if failure.hopeless:
            state.gone = failure.text
            if all(each.gone for each in self._states.values()):
                self.budget.halt(Stop("failing", f"no model answers: {failure.text}"))
        passing = failure.passing or failure.kind is FailureKind.BROKEN
        seconds = self._pause_s(failure, attempt)
        if not passing or attempt >= _ATTEMPTS or seconds > LONGEST_WAIT_S:
            raise provider_failed(failure)
        if trip.ends_with_search and self.ending:
            raise provider_failed(failure)
        await self._sleep(seconds)

    def _pause_s(self, failure: ProviderFailure, attempt: int) -> float:
        """Return how long to wait: as the provider says, else twice as long each time."""
        if failure.wait_s is not None:
            return failure.wait_s
        doubled: float = self._patience.first_s * 2 ** (attempt - 1)
        return min(self._patience.longest_s, doubled)


@contextlib.asynccontextmanager
async def _reserved(meter: Meter, most: Cost, made: _AttemptCost) -> AsyncIterator[None]:
    """Hold a reservation under a meter's limits, and settle it with what was made of it."""
    number = await meter.reserve(most)
    try:
        yield
    finally:
        meter.settle(number, made.cost)


def over_budget(stop: OverBudget) -> RequestRefused:
    """Return the refusal of a call that the run's own caps do not allow."""
    return over_limit(str(stop))
