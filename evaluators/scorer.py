"""The engine's end of the trusted scorer: cases once, then verdicts about outputs, each output
scored once.
"""

from __future__ import annotations

import asyncio
import hashlib
import math
from collections import OrderedDict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from cladogen.errors import SandboxError, ScorerError, WorldAway
from cladogen.evaluators import messages
from cladogen.problem import Problem
from cladogen.problem.coevolution import is_evolved
from cladogen.sandboxes.base import Channel, Execution, Sandbox, Service
from cladogen.scoring import Launch

# What it takes to read an output, in items of a list: so many for nothing, and so many for each
# second that the program worked; reading them takes less than half a second, and less than thrice
# the program's time.
_FREE_WORK, _WORK_PER_S = 1_000_000, 10_000_000
REMEMBERED = 4096  # verdicts kept; a search revisits recent behaviour, not old


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the scorer said about one output on one case: metrics, or why there are none.

    ``invalid`` is the output's fault, ``error`` the scorer's; ``returned`` is the beginning of the
    output in words, where the scorer was asked for it.
    """

    metrics: Mapping[str, float] = field(default_factory=dict)
    feedback: str = ""
    invalid: str = ""
    error: str = ""
    unpaid: bool = False  # invalid for a program that took so little time for it
    returned: str = ""
    picture: str = ""  # a URL of `cladogen.evaluators.picture`
    drawn: bool = False  # whether a picture was asked for


@dataclass(frozen=True, slots=True)
class Output:
    """An output to be scored on some cases.

    ``paid_s`` is the CPU time that the program took for it: what would take much longer to read is
    invalid. ``ran`` is what came of it where the scorer had it run, None where nothing was.
    """

    cases: tuple[str, ...]
    data: bytes
    paid_s: float = math.inf
    ran: tuple[Execution, ...] | None = None

    @property
    def work(self) -> int | None:
        return None if math.isinf(self.paid_s) else int(_FREE_WORK + _WORK_PER_S * self.paid_s)

    def header(self) -> messages.Header:
        header = {"cases": list(self.cases), "size": len(self.data), "work": self.work}
        if self.ran is None:
            return header
        ran = [[each.status.value, each.detail, len(each.output or b"")] for each in self.ran]
        return {**header, "ran": ran}

    def payload(self) -> bytes:
        return b"".join([self.data, *(each.output or b"" for each in self.ran or ())])


class Scorer:
    """A problem's scorer in its own process. `open` it before use. ``preview`` is how many
    characters of an output it is to put into words.
    """

    def __init__(
        self, problem: Problem, sandbox: Sandbox, *, preview: int = 0, raises_away: bool = False
    ) -> None:
        self.problem = problem
        self.raises_away = raises_away
        self.sandbox = sandbox
        self.preview = preview
        self.inputs: dict[str, bytes] = {}
        self.splits: dict[str, str] = {}
        self.describes = False
        self.launches = False
        self.evolved: Mapping[str, messages.Header] = {}  # cases that are made beside its own
        self.refused: dict[str, str] = {}  # of those, what are no cases, and why
        self.tools: tuple[str, ...] | None = None  # that programs find, where the problem asks
        self._channel: Channel | None = None
        self._lock = asyncio.Lock()
        self._known: OrderedDict[tuple[str, str], Verdict] = OrderedDict()

    async def open(self) -> None:
        """Start the process and learn the cases; ScorerError when the scorer has none to give."""
        async with self._lock:
            await self._start()

    async def verdicts(self, cases: Sequence[str], output: bytes) -> dict[str, Verdict]:
        """Return the verdict on ``output`` for each case."""
        (found,) = await self.verdicts_on([Output(tuple(cases), output)])
        return found

    async def again(self, case: str, output: bytes) -> Verdict:
        """Return the verdict on an output as `verdicts` does, asked for anew whatever is known."""
        ((_, (verdict,)),) = await self._asked([Output((case,), output)], pictures=False)
        return verdict

    async def verdicts_on(
        self, outputs: Sequence[Output], *, pictures: bool = False
    ) -> list[dict[str, Verdict]]:
        """Return the verdicts on several outputs, asked for in one exchange; with the scorer's
        ``pictures``, where they are wanted.
        """
        digests = [fingerprint(output.data) for output in outputs]
        found = [
            self._verdicts_known(output, digest, pictures)
            for output, digest in zip(outputs, digests, strict=True)
        ]
        asked = list(map(_without_cases, outputs, found))
        for at, rows in await self._asked(asked, pictures):
            found[at] |= dict(zip(asked[at].cases, rows, strict=True))
        for known, digest in zip(found, digests, strict=True):
            for case, verdict in known.items():
                self._remember((case, digest), verdict)
        return found

    def _verdicts_known(self, output: Output, digest: str, pictures: bool) -> dict[str, Verdict]:
        known = {case: self._known.get((case, digest)) for case in output.cases}
        return {
            case: verdict
            for case, verdict in known.items()
            if verdict and (verdict.drawn or not pictures)
        }

    async def _asked(
        self, outputs: Sequence[Output], pictures: bool
    ) -> list[tuple[int, list[Verdict]]]:
        """Return the scorer's verdicts by position, of the outputs that have cases to ask about."""
        positions = [at for at, output in enumerate(outputs) if output.cases]
        if not positions:
            return []
        reply = await self._scored(list(map(outputs.__getitem__, positions)), pictures)
        if "outputs" in reply:
            every = [self._verdicts(row, pictures) for row in reply["outputs"]]
            return list(zip(positions, every, strict=True))
        if len(positions) > 1:  # it may be one output's doing
            return await self._asked_alone(outputs, positions, pictures)
        (at,) = positions
        failed = Verdict(error=_text(reply, "error"))
        return [(at, [failed] * len(outputs[at].cases))]

    async def _asked_alone(
        self, outputs: Sequence[Output], positions: Sequence[int], pictures: bool
    ) -> list[tuple[int, list[Verdict]]]:
        found = []
        for at in positions:
            found += await self._asked(_only(outputs, at), pictures)
        return found

    async def _scored(self, outputs: Sequence[Output], pictures: bool) -> dict[str, Any]:
        header = {
            "do": "score", "outputs": [output.header() for output in outputs],
            "preview": self.preview, "pictures": pictures,
        }  # fmt: skip
        return await self._request(header, b"".join(output.payload() for output in outputs))

    def _verdicts(self, reply: messages.Header, drawn: bool) -> list[Verdict]:
        """Return the verdicts on one output."""
        returned = _text(reply, "returned")
        return [
            replace(
                self._verdict(row), returned=returned, picture=_text(row, "picture"), drawn=drawn
            )
            for row in reply["verdicts"]
        ]

    async def launch(self, case: str, output: Output) -> Launch | Verdict:
        """Return what the scorer asks to be run of an output on a case, or why nothing is."""
        header = {"do": "launch", "case": case, "work": output.work}
        reply = await self._request(header, output.data)
        if "launch" not in reply:
            return Verdict(invalid=_text(reply, "invalid"), error=_text(reply, "error"))
        launch = reply["launch"]
        lists = {name: tuple(launch[name]) for name in ("command", "inputs", "build")}
        return Launch(**{**launch, **lists})

    async def describe(self, texts: Mapping[str, str]) -> Verdict:
        """Return the metrics of a program's text."""
        if not self.describes:
            return Verdict()
        reply = await self._request({"do": "describe", "texts": texts})
        return Verdict(reply.get("metrics", {}), "", _text(reply, "invalid"), _text(reply, "error"))

    async def having(self, evolved: Mapping[str, messages.Header]) -> Scorer:
        """Return a scorer in a process of its own that has these cases, too, opened; what is known
        of outputs it knows.
        """
        problem, sandbox = self.problem, self.sandbox
        other = Scorer(problem, sandbox, preview=self.preview, raises_away=self.raises_away)
        other.evolved, other.tools = dict(evolved), self.tools
        kept = {key: each for key, each in self._known.items() if not is_evolved(key[0])}
        other._known.update(kept)
        await other.open()
        return other

    async def close(self) -> None:
        """End the process."""
        channel, self._channel = self._channel, None
        if channel is not None:
            await channel.close()

    async def _start(self) -> None:
        problem = self.problem
        service = Service(
            "cladogen.evaluators.scorer_service",
            (str(problem.scorer),),
            (problem.folder,),
            problem.scorer_memory_mb,
            problem.scorer_on_host,
        )
        self._channel = await self.sandbox.serve(service)
        header, payload = messages.split(await self._opened(self._channel))
        if "error" in header or "invalid" in header:
            raise ScorerError(header.get("error") or f"{problem.scorer}: {header['invalid']}")
        self._learn(header, payload)
        self._channel.widen(header.get("parallel", 1))

    async def _opened(self, channel: Channel) -> bytes:
        """Ask a new process for its cases; return the reply."""
        problem = self.problem
        found = {} if self.tools is None else {"tools": list(self.tools)}
        parameters = {**problem.parameters, **found}
        asked = {"do": "open", "parameters": parameters, "evolved": dict(self.evolved)}
        request = messages.join(asked)
        try:
            return await channel.request(request, problem.scorer_time_s)
        except WorldAway:
            raise  # no fault of the scorer's
        except SandboxError as error:
            raise SandboxError(f"{problem.scorer}: asked for its cases: {error}") from None

    def _learn(self, header: messages.Header, payload: bytes) -> None:
        inputs = []
        for length in header["inputs"]:
            inputs.append(payload[:length])
            payload = payload[length:]
        self.describes = header["describes"]
        self.launches = header["launches"]
        self.refused = dict(header["refused"])
        self.splits = {name: split for name, split, _ in header["cases"]}
        self.inputs = {name: inputs[which] for name, _, which in header["cases"]}

    async def _request(self, header: messages.Header, payload: bytes = b"") -> messages.Header:
        """Return the reply's header; a scorer that died or overran its deadline is started anew for
        the next.
        """
        channel: Channel | None = None
        try:
            channel = await self._started()
            reply = await channel.request(
                messages.join(header, payload), self.problem.scorer_time_s
            )
        except (SandboxError, ScorerError) as error:
            if channel is None or channel.broken:
                await self._drop(channel)
            away = isinstance(error, WorldAway)
            if away and self.raises_away:
                raise
            if away:
                return {"error": str(error)}
            return {"error": f"{self.problem.scorer}: {error}"}
        return messages.split(reply)[0]

    async def _drop(self, channel: Channel | None) -> None:
        """Forget a process that answers no more, unless another has taken its place already."""
        if channel is None or channel is self._channel:
            await self.close()

    async def _started(self) -> Channel:
        """Return the line to the process, started where there is none; WorldAway when it was there
        before, and cannot be now.
        """
        async with self._lock:
            if self._channel is None:
                try:
                    await self._start()
                except SandboxError as error:
                    raise WorldAway(f"the scorer cannot be started: {error}") from None
            assert self._channel is not None
            return self._channel

    def _verdict(self, row: messages.Header) -> Verdict:
        metrics = {
            name or self.problem.objective.name: value
            for name, value in row.get("metrics", {}).items()
        }
        feedback, invalid, error = (_text(row, name) for name in ("feedback", "invalid", "error"))
        return Verdict(metrics, feedback, invalid, error, bool(row.get("unpaid")))

    def knows(self, case: str, output: bytes) -> bool:
        """Return whether the verdict on an output is known already."""
        return (case, fingerprint(output)) in self._known

    def _remember(self, key: tuple[str, str], verdict: Verdict) -> None:
        if verdict.error or verdict.unpaid:  # the scorer, or another program, may do better
            return
        self._known[key] = verdict
        self._known.move_to_end(key)
        while len(self._known) > REMEMBERED:
            self._known.popitem(last=False)


def _without_cases(output: Output, known: Collection[str]) -> Output:
    return replace(output, cases=tuple(case for case in output.cases if case not in known))


def _only(outputs: Sequence[Output], place: int) -> list[Output]:
    """Return the outputs with nothing to ask about any but one."""
    return [
        output if at == place else replace(output, cases=()) for at, output in enumerate(outputs)
    ]


def _text(row: messages.Header, key: str) -> str:
    """Return words of the scorer as text that can be stored: half a surrogate pair becomes a
    question mark.
    """
    return str(row.get(key, "")).encode("utf-8", "replace").decode()


def fingerprint(output: bytes) -> str:
    """Return the name of a behaviour: equal outputs, equal names."""
    return hashlib.sha256(output).hexdigest()
