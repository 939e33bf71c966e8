"""How busy a run was: its last tasks as spans of time, and results by stretch of time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any

from cladogen.record.store import Store
from cladogen.view.followed import FollowedRun, word_of
from cladogen.view.run_reader import RunReader

TASKS = 240  # latest tasks that are drawn as spans
LATEST = 3 * TASKS  # results that are looked at for what came of these
BINS = 60


def timeline(run: FollowedRun) -> dict[str, Any]:
    """Return spans, each in a lane in which no two overlap, and results by stretch of the run."""
    words = {row.ticket: row.word for row in run.came[-LATEST:]}
    return _timeline(run.reader.store, words, [row.at for row in run.came])


def timeline_of(run: RunReader) -> dict[str, Any]:
    """Return the same, without reading the whole run."""
    rows = list(islice(run.results(newest_first=True), LATEST))
    made = {row.program for row in rows if row.program is not None}
    scores = {each.number: each.score for each in run.rows(made)}
    words = {
        row.ticket: word_of(row, None if row.program is None else scores[row.program])
        for row in reversed(rows)
    }
    return _timeline(run.store, words, run.store.result_times())


def _timeline(store: Store, words: Mapping[int, str], times: list[float]) -> dict[str, Any]:
    spans = store.spans(max(0, store.next_ticket() - TASKS))
    lanes = _lanes((begin, end) for _, _, begin, end in spans)
    return {
        "spans": [
            {"ticket": ticket, "kind": kind, "begin": begin, "end": end, "lane": lane,
             "word": words.get(ticket, "in flight" if end is None else "")}
            for (ticket, kind, begin, end), lane in zip(spans, lanes, strict=True)
        ],
        "results": _binned(times),
    }  # fmt: skip


def _lanes(spans: Iterable[tuple[float, float | None]]) -> list[int]:
    """Return the lowest free lane for each span, in the order in which they begin."""
    free_from: list[float] = []
    found = []
    for begin, end in spans:
        until = float("inf") if end is None else end
        lane = next((at for at, free in enumerate(free_from) if free <= begin), len(free_from))
        if lane == len(free_from):
            free_from.append(until)
        free_from[lane] = until
        found.append(lane)
    return found


def _binned(times: list[float]) -> dict[str, Any]:
    """Return how many results came in each of `BINS` equal stretches, also where the machine's
    clock was set back meanwhile.
    """
    if len(times) < 2:
        return {"begin": 0.0, "width": 1.0, "counts": []}
    begin = min(times)
    width = max((max(times) - begin) / BINS, 1e-6)
    counts = [0] * BINS
    for at in times:
        counts[min(BINS - 1, int((at - begin) / width))] += 1
    return {"begin": begin, "width": width, "counts": counts}
