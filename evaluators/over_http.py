"""A scorer that is a URL: programs are sent to a service, which runs and judges them.

A problem names it in a file of its folder, ``judge.py``,

    from cladogen.evaluators.over_http import HttpEvaluator as Judge

with ``[evaluator] class = "judge.py:Judge"``, and says in ``[parameters]`` where it is: ``url``,
``key`` (the environment variable that holds a bearer token), ``time_s`` for one answer, ``retries``
after a failure of the way, and the names of its ``cases`` and ``heldout`` ones.

A request is one program on one case; the answer is numbers, or a status. Both are read in the form
that Google Cloud's AlphaEvolve publishes for programs and their evaluations
(``content.files``, ``scores.scores``, ``insights.insights``), too. A failure of the way is no
verdict: it is waited for, and what still does not come leaves a program unjudged.
"""

from __future__ import annotations

import asyncio
import base64
import math
import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, urlsplit

from cladogen.errors import ProblemError, WorldAway
from cladogen.evaluation import Evaluation, Score, Status, Usage
from cladogen.models.failures import CallFailed
from cladogen.models.http import Http, whole_of
from cladogen.models.redact import redact
from cladogen.models.waits import stated_wait
from cladogen.problem import Problem
from cladogen.program import Program

KEYS = ("url", "key", "time_s", "retries", "cases", "heldout")
PAUSE_S, LONGEST_PAUSE_S = 1.0, 60.0
MOST_WORDS = 20_000  # characters of feedback that are kept
PASSING = frozenset({408, 409, 425, 429})  # and every 5xx: ask again
LOCAL = ("localhost", "127.0.0.1", "::1")
VERDICTS = {
    each.value: each
    for each in (
        Status.INVALID, Status.CRASH, Status.TIMEOUT, Status.OUT_OF_MEMORY, Status.REFUSED
    )
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ScorerAddress:
    """Where the scorer is and how it is asked: seconds for one answer, requests after the first."""

    url: str
    key: str
    time_s: float
    retries: int
    cases: tuple[str, ...]
    heldout: tuple[str, ...]

    def headers(self) -> dict[str, str]:
        """Return what a request says of who asks; ProblemError where the key is not there."""
        if not self.key:
            return {}
        token = os.environ.get(self.key, "")
        if not token:
            raise ProblemError(f"{self.url}: set {self.key} in the environment: it holds its key")
        return {"authorization": f"Bearer {token}"}


class HttpEvaluator:
    """Judge programs by asking a service. ``pause`` waits so many seconds, in tests for less.

    Raises WorldAway while no service answers, and ProblemError for what no second request mends: a
    wrong key, an address that is none.
    """

    def __init__(self, problem: Problem, *, pause: Callable[[float], Any] = asyncio.sleep) -> None:
        self.problem, self.service = problem, read_service(problem)
        self.train, self.heldout = self.service.cases, self.service.heldout
        self._pause = pause

    async def evaluate(
        self,
        program: Program,
        cases: Sequence[str] | None = None,
        *,
        seed: int = 0,
        fresh: bool = False,
        known: Callable[[tuple[Evaluation, ...]], bool] | None = None,
    ) -> tuple[Evaluation, ...]:
        """Ask for each case, as often as the problem repeats an evaluation."""
        named = self.train if cases is None else cases
        return tuple(
            [
                await self._judged(program, case, seed + again)
                for case in named
                for again in range(self.problem.repeats)
            ]
        )

    async def trials(
        self, base: Program, variants: Sequence[Program], *, seed: int = 0
    ) -> tuple[Score, ...]:
        """Ask for each variant, one after the other."""
        return tuple(
            [self.problem.score(await self.evaluate(each, seed=seed)) for each in variants]
        )

    async def _judged(self, program: Program, case: str, seed: int) -> Evaluation:
        began = time.monotonic()
        try:
            answer = await self._asked(request_of(program, case, seed))
        except TimeoutError:
            words = f"{self.service.url}: no answer within {self.service.time_s:g} s"
            return Evaluation(program.id, case, seed, Status.INFRA, feedback=words)
        took = time.monotonic() - began
        status, metrics, words = verdict_of(answer, self.problem.objective.name)
        return Evaluation(
            program.id, case, seed, status, metrics, words[:MOST_WORDS],
            usage=Usage(wall_s=took),
        )  # fmt: skip

    async def _asked(self, request: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the service's answer; asks again while the way fails, a bounded number of
        times.
        """
        pause = PAUSE_S
        for left in range(self.service.retries, -1, -1):
            try:
                return await self._answer(request)
            except TimeoutError:
                if not left:
                    raise
            except CallFailed as failure:
                wait = self._patience(failure, pause)
                if not left:
                    raise WorldAway(self._said(failure)) from None
                pause = min(2 * pause, LONGEST_PAUSE_S)
                await self._pause(wait)
        raise AssertionError("the last request returns or raises")

    async def _answer(self, request: Mapping[str, Any]) -> Mapping[str, Any]:
        http = Http()
        try:
            async with (
                asyncio.timeout(self.service.time_s),
                http.asked(
                    "POST", self.service.url, request, headers=self.service.headers(),
                    silence_s=self.service.time_s + 1.0,
                ) as response,
            ):  # fmt: skip
                answer = await whole_of(response)
        finally:
            await http.close()
        if not isinstance(answer, Mapping) or not ANSWERS & answer.keys():
            raise ProblemError(
                f"{self.service.url}: answered without metrics, scores or a status; docs/define.md "
                "says what an answer holds"
            )
        return answer

    def _patience(self, failure: CallFailed, pause: float) -> float:
        """Return the seconds to wait; ProblemError for a failure that waiting does not mend."""
        said = failure.complaint
        if _is_passing(said.status):
            stated = stated_wait(said.headers, said.body, said.text)
            return min(pause if stated is None else stated, LONGEST_PAUSE_S)
        hint = f"; is {self.service.key} right?" if said.status in (401, 403) else ""
        raise ProblemError(f"{self._said(failure)}{hint if self.service.key else ''}") from None

    def _said(self, failure: CallFailed) -> str:
        words, url = redact(str(failure)), self.service.url
        return words if url in words else f"{url}: {words}"


def _is_passing(status: int | None) -> bool:
    return status is None or status in PASSING or status >= 500


ANSWERS = frozenset({"metrics", "scores", "status"})


def read_service(problem: Problem) -> ScorerAddress:
    """Return what ``[parameters]`` say of the service; ProblemError names what is wrong."""
    given, where = dict(problem.parameters), f"{problem.folder}, [parameters]"
    unknown = sorted(given.keys() - {*KEYS, "seed"})
    if unknown:
        raise ProblemError(f"{where}: {unknown[0]} is none of {', '.join(KEYS)}")
    url, key = _address(given, where)
    cases = _names(given, "cases", ["evaluate"], where)
    heldout = _names(given, "heldout", [], where)
    if not cases or set(cases) & set(heldout):
        raise ProblemError(f"{where}: cases must name one at least, and none of heldout")
    time_s = _number(given, "time_s", 600.0, where)
    retries = _number(given, "retries", 4, where)
    return ScorerAddress(url, key, float(time_s), int(retries), cases, heldout)


def _address(given: Mapping[str, Any], where: str) -> tuple[str, str]:
    """Return the address, and the variable that holds its key, which goes over https only."""
    url, key = given.get("url"), given.get("key", "")
    parts = urlsplit(str(url))
    if not isinstance(url, str) or not _is_of_http(parts):
        raise ProblemError(f"{where}: url = {url!r} must be an address, https://HOST/PATH")
    if not isinstance(key, str):
        raise ProblemError(f"{where}: key = {key!r} must name an environment variable")
    if key and parts.scheme == "http" and parts.hostname not in LOCAL:
        raise ProblemError(f"{where}: a key is sent over https only, not to {url}")
    return url, key


def _is_of_http(parts: SplitResult) -> bool:
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def _names(given: Mapping[str, Any], name: str, default: list[str], where: str) -> tuple[str, ...]:
    value = given.get(name, default)
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise ProblemError(f"{where}: {name} = {value!r} must be a list of names")
    return tuple(value)


def _number(given: Mapping[str, Any], name: str, default: float, where: str) -> float:
    value = given.get(name, default)
    known = isinstance(value, int | float) and not isinstance(value, bool)
    if not known or not 0 <= value <= 86_400 or (name == "time_s" and value == 0):
        raise ProblemError(f"{where}: {name} = {value!r} must be a number from 0 to 86400")
    return float(value)


def request_of(program: Program, case: str, seed: int) -> dict[str, Any]:
    """Return the request for a program on a case: every file, text as it is, other bytes in
    base64.
    """
    files = []
    for path, file in program.files.items():
        try:
            files.append({"path": path, "content": file.data.decode("utf-8")})
        except UnicodeDecodeError:
            coded = base64.b64encode(file.data).decode("ascii")
            files.append({"path": path, "content": coded, "encoding": "base64"})
    return {"program": program.id, "case": case, "seed": seed, "content": {"files": files}}


def verdict_of(answer: Mapping[str, Any], objective: str) -> tuple[Status, dict[str, float], str]:
    """Return what an answer says: the status, the numbers where it is ok, and words."""
    words = _words(answer)
    status = answer.get("status", "ok")
    if status != "ok":
        return _not_ok(status, words)
    given = _metrics(answer)
    wrong = next((name for name, value in given.items() if not _is_finite(value)), None)
    if wrong is not None:
        why = f"{wrong} = {given[wrong]!r} is no finite number"
        return Status.INVALID, {}, f"{why}. {words}".strip()
    if objective not in given:
        return Status.INVALID, {}, f"no {objective} among the numbers. {words}".strip()
    return Status.OK, {name: float(value) for name, value in given.items()}, words


def _not_ok(status: Any, words: str) -> tuple[Status, dict[str, float], str]:
    verdict = VERDICTS.get(str(status))
    strange = "" if verdict else f"status {status!r} is none of ok, {', '.join(VERDICTS)}. "
    return verdict or Status.INVALID, {}, f"{strange}{words}".strip()


def _is_finite(value: Any) -> bool:
    known = isinstance(value, int | float) and not isinstance(value, bool)
    return known and math.isfinite(value)


def _metrics(answer: Mapping[str, Any]) -> dict[str, Any]:
    plain = answer.get("metrics")
    if isinstance(plain, Mapping):
        return {str(name): value for name, value in plain.items()}
    rows = [each for each in _listed(answer, "scores") if "metric" in each]
    return {str(each["metric"]): each.get("score") for each in rows}


def _words(answer: Mapping[str, Any]) -> str:
    if "feedback" in answer:
        return str(answer["feedback"])
    rows = _listed(answer, "insights")
    return "\n".join(f"{each.get('label', '')}: {each.get('text', '')}" for each in rows)


def _listed(answer: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    """Return the rows of a list that stands in a table of its own name."""
    table = answer.get(name)
    listed = table.get(name) if isinstance(table, Mapping) else None
    return [each for each in listed or () if isinstance(each, Mapping)]
