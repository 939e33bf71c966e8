"""The far end: on another machine, a problem's evaluator that answers requests."""

from __future__ import annotations

import contextlib
import tempfile
from pathlib import Path

import cladogen
from cladogen.errors import CladogenError, WorldAway
from cladogen.evaluators.base import Evaluator
from cladogen.evaluators.evaluator import ProblemEvaluator
from cladogen.opening import look_around, open_here
from cladogen.remote.base import Offer
from cladogen.remote.messages import (
    AWAY,
    EvaluationReply,
    EvaluationRequest,
    pack_offer,
    pack_reply,
    read_request,
)
from cladogen.remote.parcel import Parcel


class Station:
    """Unpack a parcel and judge programs, ``slots`` at once. `open` before `answer`, `close`
    after.
    """

    def __init__(self, parcel: bytes, slots: int) -> None:
        self._parcel, self._slots = parcel, slots
        self._stack = contextlib.AsyncExitStack()
        self._evaluator: Evaluator | None = None
        self._seeds: set[str] = set()

    async def open(self) -> bytes:
        """Return the offer; raises CladogenError for what cannot work here."""
        place = tempfile.TemporaryDirectory(prefix="cladogen-", ignore_cleanup_errors=True)
        folder = self._stack.enter_context(place)
        parcel = Parcel.unpack(self._parcel, Path(folder))
        self._seeds = {seed.id for seed in parcel.problem.seeds}
        notices: list[str] = []
        opening = open_here(
            parcel.problem,
            parcel.settings,
            parcel.run_id,
            notices.append,
            slots=self._slots,
            preview=parcel.preview,
            raises_away=True,
        )
        evaluator, where = await self._stack.enter_async_context(opening)
        seen = (await look_around(parcel.problem, evaluator)).to_json() if parcel.preview else {}
        self._evaluator = evaluator
        train, heldout = tuple(evaluator.train), tuple(evaluator.heldout)
        offer = Offer(cladogen.__version__, where, train, heldout, seen, tuple(notices))
        return pack_offer(offer)

    async def answer(self, data: bytes) -> bytes:
        """Return the reply to a request."""
        try:
            return pack_reply(await self._reply(read_request(data)))
        except WorldAway as away:
            return AWAY + str(away).encode()
        except CladogenError as error:
            return pack_reply(EvaluationReply(error=str(error)))

    async def close(self) -> None:
        """End the sandbox and the scorer, and remove the files."""
        await self._stack.aclose()

    async def _reply(self, request: EvaluationRequest) -> EvaluationReply:
        evaluator = self._evaluator
        assert evaluator is not None, "open() comes first"
        self._set_limit(request.output_mb)
        first, *others = request.programs
        if request.trials:
            scores = await evaluator.trials(first, others, seed=request.seed)
            return EvaluationReply(scores=tuple(scores))
        rows = await evaluator.evaluate(
            first, request.cases, seed=request.seed, fresh=request.fresh
        )
        learnt = None
        if first.id in self._seeds and isinstance(evaluator, ProblemEvaluator):
            learnt = evaluator.limits.output_mb
        return EvaluationReply(tuple(rows), output_mb=learnt)

    def _set_limit(self, output_mb: float | None) -> None:
        """Take over the limit of answers that was learnt from the seed programs elsewhere."""
        evaluator = self._evaluator
        if output_mb is not None and isinstance(evaluator, ProblemEvaluator):
            evaluator.running.allow_output(output_mb)
