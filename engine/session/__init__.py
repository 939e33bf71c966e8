"""A session: a run folder, opened, with everything a `Run` needs built and started, and closed
again at the end.

What judges programs takes the longest to start, and does most of that in processes of its own: so
it is started first, and the rest of the engine is loaded meanwhile.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any

from cladogen.archives.base import close
from cladogen.evaluators.base import Evaluator, sealed_cases
from cladogen.evaluators.evaluator import ProblemEvaluator
from cladogen.events import Listener, Observer
from cladogen.git.keep_up import kept_up
from cladogen.opening import RETURNED, look_around
from cladogen.problem import Problem
from cladogen.proposers.base import extras
from cladogen.record.model_calls import StoredCalls
from cladogen.record.store import Store
from cladogen.remote.evaluator import RemoteEvaluator
from cladogen.remote.machines import tasks_in_flight
from cladogen.run_folder import problem_of
from cladogen.session.evaluator import open_evaluator
from cladogen.settings import Settings

if TYPE_CHECKING:
    from cladogen.run import Run
    from cladogen.search.workers import Workers

THE_REST = "cladogen.session.assemble"  # which needs all of a run's parts


@contextlib.asynccontextmanager
async def open_session(
    store: Store,
    settings: Settings,
    observer: Observer,
    *,
    by_hand: bool = False,
    listeners: tuple[Listener, ...] = (),
    began: float | None = None,
) -> AsyncIterator[Run]:
    """Build and start a run over an open store; on the way out, every process is ended and the
    store closed. ``by_hand``: its tasks are answered from outside, one by one. ``listeners`` are
    called with every event of the run. ``began`` is when the command did, by `time.monotonic`:
    now, when it is None.
    """
    began = time.monotonic() if began is None else began
    async with contextlib.AsyncExitStack() as stack:
        stack.callback(store.close)
        stack.callback(observer.close)
        read = bool(settings.models) or by_hand
        loading = asyncio.create_task(asyncio.to_thread(import_module, THE_REST))
        opening = open_judging(store, settings, observer, read=read)
        problem, evaluator, where = await stack.enter_async_context(opening)
        await loading
        from cladogen.session.assemble import build, check_coevolution
        from cladogen.session.header import header, unseen_calls

        check_coevolution(settings, problem, evaluator, by_hand=by_hand)
        if not problem.seeds:
            writing = time.monotonic()
            problem = await _begun(store, settings, problem, evaluator, observer)
            began += time.monotonic() - writing  # which is no part of starting
        if isinstance(evaluator, RemoteEvaluator):
            settings = replace(
                settings, workers=tasks_in_flight(settings, evaluator.machines.slots)
            )
        run = build(
            store, settings, problem, evaluator, observer, by_hand=by_hand, listeners=listeners
        )
        stack.push_async_callback(asyncio.to_thread, close, run.archive)
        run.budget.command_began(began)
        if run.gateway is not None:
            stack.push_async_callback(run.gateway.close)
            run.gateway.warm()
        stack.push_async_callback(extras(run.proposer).close)
        observer.begin(header(run, settings, where))
        if unseen := StoredCalls(store).in_flight():
            observer.notice(unseen_calls(unseen))
        extras(run.proposer).warm()
        if isinstance(evaluator, RemoteEvaluator):
            evaluator.machines.follow(partial(_follow, run.workers, settings))
        heads = run.overview.heads
        await stack.enter_async_context(kept_up(store.folder, heads, observer.notice))
        yield run


@contextlib.asynccontextmanager
async def open_judging(
    store: Store, settings: Settings, observer: Observer, *, read: bool
) -> AsyncIterator[tuple[Problem, Evaluator, str]]:
    """Start what judges a run's programs; record its cases and, where somebody will ``read``
    prompts, what they say of the world.
    """
    problem = problem_of(store.folder, settings)
    read = read or not problem.seeds  # somebody has to write the first program
    known = replace(problem, seeds=problem.begins_with)
    opening = open_evaluator(
        known, settings, store.folder.name, observer, preview=RETURNED if read else 0
    )
    async with opening as (evaluator, where):
        store.set_meta("cases", [list(evaluator.train), list(evaluator.heldout)])
        if read and not store.meta().get("surroundings"):
            measured = await _surroundings(known, evaluator)
            store.set_meta("surroundings", measured | _earlier(store, settings, evaluator))
        yield problem, evaluator, where


async def _begun(
    store: Store, settings: Settings, problem: Problem, evaluator: Evaluator, observer: Observer
) -> Problem:
    """Have the first programs written; return the problem that begins with them."""
    from cladogen.session.assemble import build
    from cladogen.session.first_programs import write_first

    blank = replace(problem, seeds=problem.begins_with)
    run = build(store, replace(settings, share=""), blank, evaluator, observer)
    try:
        if not extras(run.proposer).writes_first:
            problem.need_seed()
        await write_first(run, settings.first_programs)
    finally:
        await extras(run.proposer).close()
    begun = problem_of(store.folder, settings)
    if isinstance(evaluator, ProblemEvaluator):
        evaluator.begins_with(begun)  # it learns from seed programs how long answers are
    return begun


def _follow(workers: Workers, settings: Settings, slots: int) -> None:
    """Keep as many tasks in flight as machines that come and go can take."""
    workers.slots = max(1, tasks_in_flight(settings, slots))


def _earlier(store: Store, settings: Settings, evaluator: Evaluator) -> dict[str, Any]:
    """Return what was known before the run began, nothing of held-out or sealed cases: the history
    of its seed's repository, and what earlier runs have noted.
    """
    from cladogen.prompts.carried import named_runs, read_carried
    from cladogen.prompts.memory import screened
    from cladogen.prompts.options import ModelOptions

    hidden = (*evaluator.heldout, *sealed_cases(evaluator))
    carried: dict[str, str] = {}
    for given in (settings.proposer_options, *(each.options for each in settings.specialists)):
        options = ModelOptions.read(
            {name: given[name] for name in ("notes_from", "memory") if name in given}
        )
        named = named_runs(options.notes_from)
        carried |= read_carried(named, hidden, memory=options.memory)
    history = screened(str(store.meta().get("history", "")), hidden)
    return {"history": history, "carried": carried}


async def _surroundings(problem: Problem, evaluator: Evaluator) -> dict[str, Any]:
    """Return what prompts say of the world, as the machines see it where programs run on them."""
    if isinstance(evaluator, RemoteEvaluator):
        return dict(evaluator.offer.surroundings)
    return (await look_around(problem, evaluator)).to_json()
