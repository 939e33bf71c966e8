"""A session: a run folder, opened, with everything a `Run` needs built and started, and closed
again at the end.
"""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import cladogen
from cladogen.archives.base import Archive
from cladogen.archives.options import make_archive
from cladogen.errors import ConfigError
from cladogen.evaluators.base import Evaluator
from cladogen.events import Listener, Observer
from cladogen.expected import BY_HAND, expected_proposals
from cladogen.formatting import plural
from cladogen.git.keep_up import kept_up
from cladogen.models.calls import ModelCall
from cladogen.opening import RETURNED, look_around, open_here
from cladogen.problem import Problem
from cladogen.prompts.surroundings import Surroundings
from cladogen.proposers import find_proposer
from cladogen.proposers.base import Proposer, extras
from cladogen.record.model_calls import StoredCalls
from cladogen.record.store import Store
from cladogen.remote.evaluator import RemoteEvaluator
from cladogen.remote.exchange import Exchange, place_of
from cladogen.remote.machines import open_machines, tasks_in_flight
from cladogen.remote.parcel import Parcel
from cladogen.run import Run
from cladogen.run_folder import problem_of
from cladogen.sandboxes.network import allow_list
from cladogen.search.budget import Budget
from cladogen.search.workers import Workers
from cladogen.search.world import PatientEvaluator, World
from cladogen.settings import Settings

REPORTED = (
    "reported, not certified: the evaluator shares a process with the candidate (evolve check "
    "tells how to split them)"
)


@contextlib.asynccontextmanager
async def open_session(
    store: Store,
    settings: Settings,
    observer: Observer,
    *,
    by_hand: bool = False,
    listeners: tuple[Listener, ...] = (),
) -> AsyncIterator[Run]:
    """Build and start a run over an open store; on the way out, every process is ended and the
    store closed. ``by_hand``: its tasks are answered from outside, one by one. ``listeners`` are
    called with every event of the run.
    """
    async with contextlib.AsyncExitStack() as stack:
        stack.callback(store.close)
        stack.callback(observer.close)
        problem = problem_of(store.folder, settings)
        read = bool(settings.models) or by_hand
        opening = open_evaluator(
            problem, settings, store.folder.name, observer, preview=RETURNED if read else 0
        )
        evaluator, where = await stack.enter_async_context(opening)
        store.set_meta("cases", [list(evaluator.train), list(evaluator.heldout)])
        if read and not store.meta().get("surroundings"):
            store.set_meta("surroundings", await _surroundings(problem, evaluator))
        if isinstance(evaluator, RemoteEvaluator):
            settings = replace(
                settings, workers=tasks_in_flight(settings, evaluator.machines.slots)
            )
        run = build(
            store, settings, problem, evaluator, observer, by_hand=by_hand, listeners=listeners
        )
        stack.push_async_callback(extras(run.proposer).close)
        observer.begin(header(run, settings, where))
        if unseen := StoredCalls(store).in_flight():
            observer.notice(_unseen(unseen))
        extras(run.proposer).warm()
        if isinstance(evaluator, RemoteEvaluator):
            evaluator.machines.follow(partial(_follow, run.workers, settings))
        heads = run.overview.heads
        await stack.enter_async_context(kept_up(store.folder, heads, observer.notice))
        yield run


@contextlib.asynccontextmanager
async def open_evaluator(
    problem: Problem, settings: Settings, run_id: str, observer: Observer, *, preview: int = 0
) -> AsyncIterator[tuple[Evaluator, str]]:
    """Start what judges programs, on this machine or on those that the settings name; say which,
    in words. ``preview`` characters of what programs return are kept.
    """
    opening: contextlib.AbstractAsyncContextManager[tuple[Evaluator, str]]
    if settings.machines:
        parcel = Parcel(problem, settings, run_id, preview)
        opening = open_machines(parcel, observer.notice)
    else:
        opening = open_here(
            problem, settings, run_id, observer.notice, preview=preview, raises_away=True
        )
    async with opening as opened:
        yield opened


def build(
    store: Store,
    settings: Settings,
    problem: Problem,
    evaluator: Evaluator,
    observer: Observer,
    *,
    by_hand: bool = False,
    listeners: tuple[Listener, ...] = (),
) -> Run:
    """Put a run together from its settings."""
    budget = _budget(store, settings, problem)
    workers = Workers(settings.workers, clock=budget)
    world = World(
        notice=observer.notice,
        halt=budget.halt,
        stopping=workers.stopping,
        patience_s=settings.caps.away,
        folder=store.folder,
    )
    store.add_event("begin", {"version": cladogen.__version__, **_image(evaluator)})
    patient = PatientEvaluator(evaluator, world)
    proposer = make_proposer(
        settings,
        problem=problem,
        trials=patient,
        budget=budget,
        calls=StoredCalls(store),
        notify=observer.notice,
        stopping=workers.stopping,
        surroundings=surroundings_of(store),
    )
    if settings.share and not by_hand:
        place = place_of(store.folder, settings.share, problem)
        proposer = Exchange(proposer, place, problem, observer.notice, settings.share_every)
    budget.proposals_expected = proposals_expected(
        settings, problem, evaluator, extras(proposer).call_usd(), by_hand=by_hand
    )
    return Run(
        problem=problem,
        archive=archive_for(settings, problem, evaluator, budget.proposals_expected),
        proposer=proposer,
        evaluator=patient,
        store=store,
        budget=budget,
        observer=observer,
        workers=workers,
        world=world,
        listeners=listeners,
        seed=settings.seed,
        noise_repeats=settings.noise_repeats,
        shortlist=settings.shortlist,
    )


def _budget(store: Store, settings: Settings, problem: Problem) -> Budget:
    """Return the run's budget, what earlier sessions used taken off."""
    caps = settings.caps
    if caps.target is not None:
        caps = replace(caps, target=caps.target * problem.objective.sign)
    return Budget(
        caps,
        seconds_before=store.seconds(),
        usd_per_hour=settings.usd_per_hour,
        workers=settings.workers,
    )


def _follow(workers: Workers, settings: Settings, slots: int) -> None:
    """Keep as many tasks in flight as machines that come and go can take."""
    workers.slots = max(1, tasks_in_flight(settings, slots))


async def _surroundings(problem: Problem, evaluator: Evaluator) -> dict[str, Any]:
    """Return what prompts say of the world, as the machines see it where programs run on them."""
    if isinstance(evaluator, RemoteEvaluator):
        return dict(evaluator.offer.surroundings)
    return (await look_around(problem, evaluator)).to_json()


def surroundings_of(store: Store) -> Surroundings:
    """Return what a run's record says of the world its programs run in."""
    return Surroundings.from_json(store.meta().get("surroundings") or {})


def proposals_expected(
    settings: Settings,
    problem: Problem,
    evaluator: Evaluator,
    call_usd: float | None,
    *,
    by_hand: bool = False,
) -> int | None:
    """Return how many proposals a run's caps can pay for, as far as they say."""
    found = expected_proposals(
        settings.caps,
        evaluations_each=len(evaluator.train) * problem.repeats,
        workers=settings.workers,
        asks_models=bool(settings.models),
        usd_each=call_usd,
    )
    return BY_HAND if found is None and by_hand else found


def archive_for(
    settings: Settings, problem: Problem, evaluator: Evaluator, proposals: int | None = None
) -> Archive:
    """Return the named archive, fresh: nothing was told to it yet. ``proposals`` is how many the
    run can expect.
    """
    space = replace(
        problem.space(evaluator.train),
        max_evaluations=settings.caps.evaluations,
        proposals=proposals,
    )
    return make_archive(settings.archive, space, settings.archive_options, problem.folder)


def make_proposer(settings: Settings, **given: Any) -> Proposer:
    """Return the named proposer, built with whatever of the surroundings its constructor names, and
    its options.
    """
    rule = find_proposer(settings.proposer_name, given["problem"].folder)
    takes = inspect.signature(rule).parameters
    open_ended = any(parameter.kind is parameter.VAR_KEYWORD for parameter in takes.values())
    given |= {"models": settings.models, "api_base": settings.api_base, "seed": settings.seed}
    around = {name: value for name, value in given.items() if name in takes}
    options = dict(settings.proposer_options)
    for name in options:
        if name in given or (name not in takes and not open_ended):
            known = ", ".join(sorted(set(takes) - set(given))) or "none"
            raise ConfigError(
                f"proposer {settings.proposer_name}: unknown option {name!r}; it takes: {known}"
            )
    proposer: Proposer = rule(**around, **options)
    return proposer


def header(run: Run, settings: Settings, sandbox: str) -> list[tuple[str, str]]:
    """Return what the first lines of a run say: names and values."""
    from cladogen import kernels

    variant = f" ({settings.variant})" if settings.variant else ""
    caps = {name: value for name, value in settings.to_json()["caps"].items() if value is not None}
    models = ", ".join(f"{name} x{weight:g}" for name, weight in settings.models)
    return [
        ("problem", f"{run.problem.name}{variant}: {_goal(run)}"),
        ("run", str(run.store.folder)),
        *_origin(run),
        ("sandbox", sandbox),
        *((("score", REPORTED),) if run.problem.reported else ()),
        *allow_list.header(run.problem.sandbox.network, sandbox.partition(":")[0]),
        ("proposer", models or f"{settings.proposer_name} (no model)"),
        *(("estimate", text) for text in extras(run.proposer).estimate()),
        ("archive", f"{settings.archive}{_options(settings.archive_options)}"),
        (
            "budget",
            ", ".join(f"{name} {value:g}" for name, value in caps.items())
            or "none: stop it with Ctrl-C",
        ),
        (
            "workers",
            f"{settings.workers}, random seed {settings.seed}, kernels in "
            f"{kernels.implementation()}",
        ),
    ]


def _origin(run: Run) -> list[tuple[str, str]]:
    """Return where seed programs came from that are not the problem's own."""
    named = run.store.meta().get("from", ())
    count = len(run.problem.seeds)
    return [("from", f"{', '.join(named)}; {count} seed programs in all")] if named else []


def _unseen(calls: Sequence[ModelCall]) -> str:
    """Say what stays reserved for calls that were in flight when the run was killed."""
    prices = [call.most_usd for call in calls if call.most_usd is not None]
    most = f"up to ${sum(prices):.4f}" if len(prices) == len(calls) else "what they can cost"
    return (
        f"{plural(len(calls), 'model call')} had not ended when the run was killed: {most} stays "
        "reserved; once the provider's bill says otherwise: evolve run --resume --release-reserved"
    )


def _image(evaluator: Evaluator) -> dict[str, str]:
    """Return which image programs run in, for the record, where there is one."""
    sandbox = getattr(evaluator, "sandbox", None)
    name, identity = getattr(sandbox, "image", ""), getattr(sandbox, "image_id", "")
    return {"image": name, "digest": identity} if name else {}


def _goal(run: Run) -> str:
    objective = run.problem.objective
    unit = f" {objective.unit}" if objective.unit else ""
    return (
        f"{objective.direction} {objective.name}{unit} over {len(run.evaluator.train)} "
        "training cases"
    )


def _options(options: Mapping[str, Any]) -> str:
    return " " + ", ".join(f"{key}={value}" for key, value in options.items()) if options else ""
