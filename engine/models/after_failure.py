"""After a failure: whether the same request is made again, when, and with what less.

What a refusal teaches is tried at once. A provider that is away, busy or asks for patience is
waited for: the whole run holds back, and one call at a time looks whether it is back. A reply that
broke off was paid for, so it is asked for a bounded number of times. Anything else is left.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from cladogen.ledger import Ledger
from cladogen.models.calls import Request
from cladogen.models.failures import FailureKind, ProviderFailure
from cladogen.models.limiter import SHORT_S, Limiter, Patience
from cladogen.models.model_state import ModelState
from cladogen.models.routes import Protocol
from cladogen.models.terms import Lesson, bare, estimate, lesson

MOST_LESSONS = 12  # refusals that teach something, for one request
MOST_QUOTAS = 2  # waits that a quota is given, for one request
WORTH_A_LINE_S = 10.0  # a pause that is asked for and is longer than this is said
UNPROVEN = (
    3  # calls for one request whose replies break off, of a model that never gave a whole one
)


@dataclass(slots=True)
class Turn:
    """One request while it is made, and made again: the tokens of its reply, what was tried."""

    request: Request
    output: int
    attempts: int = 0
    broken: int = 0
    lessons: int = 0
    quotas: int = 0


class AfterFailure:
    """Decide what follows a failure. One object per run."""

    def __init__(
        self,
        patience: Patience,
        budget: Ledger,
        rng: np.random.Generator,
        notify: Callable[[str], None],
    ) -> None:
        self._patience, self._budget, self._rng, self._notify = patience, budget, rng, notify

    def wait(
        self,
        state: ModelState,
        limiter: Limiter,
        turn: Turn,
        failure: ProviderFailure,
        *,
        final: bool,
    ) -> float | None:
        """Return the seconds until the request is made again, None when it is not. With another
        model to ask (not ``final``) a provider that is away is not waited for.
        """
        if self._learnt(state, turn, failure):
            return 0.0
        seconds = self._seconds(state, limiter, turn, failure)
        if seconds is None or (not final and failure.passing and seconds > SHORT_S):
            self._let_be(state, failure)
            return None
        return seconds

    def retire(self, state: ModelState, why: str) -> None:
        """Ask a model no more, and say so."""
        if not state.gone:
            state.gone = f"{why} ({state.route.provider})"
            self._notify(f"{state.model.name} is asked no more: {state.gone}")

    # -- what a refusal teaches

    def _learnt(self, state: ModelState, turn: Turn, failure: ProviderFailure) -> bool:
        """Learn from a refusal; True when the same request is worth making again."""
        turn.lessons += 1
        if turn.lessons > MOST_LESSONS:
            return False
        if failure.kind is FailureKind.MODEL:
            return not _is_redirected(failure) and self._other_name(state)
        if _keeps_its_window(state, failure):
            return False
        learnt = _lesson_of(state, turn, failure)
        if learnt is None:
            return False
        state.model, turn.output = learnt.model, learnt.output
        if learnt.notice:
            self._notify(f"{learnt.notice} ({failure.text})")
        return learnt.output > 0

    def _other_name(self, state: ModelState) -> bool:
        """Ask a server of the user's own for the model without what stands before the first "/";
        False when it was asked for that already.
        """
        route, rest = state.route, state.model.name.partition("/")[2]
        if not route.own or not rest or route.name == rest:
            return False
        state.route = replace(route, name=rest)
        self._notify(f"{route.provider} does not know {route.name!r}; it is asked for {rest!r}")
        return True

    # -- waiting

    def _seconds(
        self, state: ModelState, limiter: Limiter, turn: Turn, failure: ProviderFailure
    ) -> float | None:
        if failure.passing:
            return self._for_provider(state, limiter, failure)
        if failure.kind is FailureKind.QUOTA:
            return self._for_quota(state, limiter, turn, failure)
        if failure.kind is not FailureKind.BROKEN:
            return None
        turn.broken += 1
        most = self._patience.attempts
        most = most if state.answered else min(UNPROVEN, most)
        return None if turn.broken >= most else self._jitter(turn.broken)

    def _for_quota(
        self, state: ModelState, limiter: Limiter, turn: Turn, failure: ProviderFailure
    ) -> float | None:
        """Wait for a quota that is reset soon, twice; let the model rest for one that is not."""
        turn.quotas += 1
        asked_s = failure.wait_s
        if asked_s is not None and turn.quotas <= MOST_QUOTAS and asked_s <= self._longest():
            return self._pause(state, limiter, asked_s, failure)
        _rest(state, asked_s or float("inf"), failure)
        return None

    def _for_provider(
        self, state: ModelState, limiter: Limiter, failure: ProviderFailure
    ) -> float | None:
        """Wait for a provider that is away or asks for patience; not when that has lasted too long,
        or says that it will last longer.
        """
        limiter.failed()
        asked_s = failure.wait_s
        if asked_s is not None and asked_s > self._longest():
            _rest(state, asked_s, failure)
            return None
        if limiter.away_s > self._patience.outage_s:
            limiter.gone = f"no answer for {duration(limiter.away_s)}: {failure.text}"
            self.retire(state, limiter.gone)
            return None
        if asked_s is not None:
            return self._pause(state, limiter, asked_s, failure)
        self._say_away(state, limiter, failure)
        seconds = self._jitter(limiter.failures)
        limiter.pause(seconds)
        return seconds

    def _say_away(self, state: ModelState, limiter: Limiter, failure: ProviderFailure) -> None:
        if limiter.away_s > SHORT_S and not limiter.said_away:
            limiter.said_away = True
            most = duration(self._patience.outage_s)
            self._notify(
                f"{state.route.provider} does not answer; waiting for it, up to {most}: "
                f"{failure.text}"
            )

    def _pause(
        self, state: ModelState, limiter: Limiter, seconds: float, failure: ProviderFailure
    ) -> float:
        """Hold everybody back for as long as a provider asked."""
        limiter.pause(seconds)
        if seconds >= WORTH_A_LINE_S:
            self._notify(f"{state.route.provider} asks to wait {duration(seconds)}: {failure.text}")
        return seconds

    def _jitter(self, retry: int) -> float:
        longest = self._patience.longest_s
        most = min(longest, self._patience.first_s * 2.0 ** min(retry - 1, 30))
        return float(self._rng.uniform(0.0, most))

    def _longest(self) -> float:
        """Return the longest wait that is borne: what the run has left, else an outage's."""
        left = self._budget.seconds_left()
        return self._patience.outage_s if left is None else left

    # -- leaving it

    def _let_be(self, state: ModelState, failure: ProviderFailure) -> None:
        """Note a request that came to nothing."""
        if failure.hopeless:
            self.retire(state, failure.text)
        elif failure.kind is FailureKind.REFUSED and state.once(failure.text):
            self._notify(f"{state.model.name} refused a request: {failure.text}")
        if failure.kind not in (FailureKind.FILTER, FailureKind.QUOTA):
            self.count(state, failure.text)

    def count(self, state: ModelState, why: str) -> None:
        """Count a request that came to nothing against its model."""
        state.failed_in_a_row += 1
        if state.patience_spent:
            self.retire(state, why)


def _keeps_its_window(state: ModelState, failure: ProviderFailure) -> bool:
    """Whether memory is short at a server other than Ollama's: no other is told how large a window
    to make.
    """
    return failure.kind is FailureKind.MEMORY and state.route.protocol is not Protocol.OLLAMA


def _rest(state: ModelState, seconds: float, failure: ProviderFailure) -> None:
    """Let a model rest until its quota is reset."""
    state.resting_until = time.monotonic() + seconds
    state.why_resting = failure.text


def duration(seconds: float) -> str:
    """Return a time in words: 40 s, 12 minutes, 3.5 hours."""
    if seconds < 120:
        return f"{seconds:.3g} s"
    return f"{seconds / 60:.0f} minutes" if seconds < 7200 else f"{seconds / 3600:.1f} hours"


def why_unusable(state: ModelState) -> str:
    """Say why a model is not asked."""
    if state.gone:
        return state.gone
    rest = state.rests_s
    when = f"for {duration(rest)}" if rest < 1e9 else "until its quota is reset"
    return f"it answers no more {when}: {state.why_resting}"


def _lesson_of(state: ModelState, turn: Turn, failure: ProviderFailure) -> Lesson | None:
    size = estimate(turn.request.messages)
    learnt = lesson(state.terms, state.model, failure, turn.output, size)
    if learnt is None and failure.kind is FailureKind.REFUSED:
        return _bared(state, turn)
    return learnt


def _bared(state: ModelState, turn: Turn) -> Lesson | None:
    """Return the request with nothing that may be refused, once for a model."""
    if state.tried_bare:
        return None
    state.tried_bare = True
    return bare(state.terms, state.model, turn.output, turn.request.own)


def _is_redirected(failure: ProviderFailure) -> bool:
    return failure.status is not None and failure.status < 400
