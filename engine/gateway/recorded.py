"""Replies that the record has already: what an earlier session paid for is not asked again."""

from __future__ import annotations

import json
from collections import defaultdict, deque
from collections.abc import Iterator
from typing import Any

from cladogen.models.calls import GATEWAY, CallLog, ModelCall, Request, answered


class RecordedReplies:
    """Hand out recorded replies, each once, in the order in which they came.

    A key holds who asks as well as what, so nobody is given another's reply.
    """

    def __init__(self, log: CallLog) -> None:
        self._log = log
        self._calls: defaultdict[str, deque[ModelCall]] | None = None

    def take(self, request: Request) -> ModelCall | None:
        """Return the next recorded reply to a request, None when there is none left."""
        waiting = self._read()[request.key]
        return waiting.popleft() if waiting else None

    def _read(self) -> defaultdict[str, deque[ModelCall]]:
        # At the first question, not before: a replay copies its calls after it has opened its run.
        if self._calls is None:
            self._calls = defaultdict(deque)
            for call in of_programs(self._log):
                if answered(call):
                    self._calls[call.request.key].append(call)
        return self._calls


def of_programs(log: CallLog) -> Iterator[ModelCall]:
    """Yield the recorded calls that programs made, oldest first."""
    for call in log.all():
        if call.request.purpose == GATEWAY:
            yield call


def program_of(call: ModelCall) -> str:
    """Return the id of the program that made a recorded call."""
    parameters: dict[str, Any] = json.loads(call.request.parameters)
    return str(parameters["caller"]["program"])
