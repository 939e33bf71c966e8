"""A run put together from its settings: budget, workers, archive, proposer, gateway."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import cladogen
from cladogen.archives.base import Archive
from cladogen.archives.expected import BY_HAND, expected_proposals
from cladogen.archives.options import make_archive, takes_option
from cladogen.errors import ConfigError
from cladogen.evaluators.base import Admitting, Evaluator
from cladogen.evaluators.evaluator import ProblemEvaluator
from cladogen.evaluators.tasks import TaskEvaluator
from cladogen.events import Listener, Observer
from cladogen.problem import Problem
from cladogen.prompts.surroundings import Surroundings
from cladogen.proposers.base import Proposer, extras
from cladogen.record.call_sums import SummedCalls
from cladogen.record.model_calls import StoredCalls
from cladogen.record.store import Store
from cladogen.run import Run
from cladogen.sandboxes.base import InImage
from cladogen.search.budget import Budget
from cladogen.search.coevolution import EVENT as CASES
from cladogen.search.seeding import WRITTEN
from cladogen.search.workers import Workers
from cladogen.search.world import WorldWatch, made_patient
from cladogen.session.proposer import make_proposer
from cladogen.settings import Settings

if TYPE_CHECKING:
    from cladogen.gateway.gateway import Gateway


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
    world = WorldWatch(
        notice=observer.notice, halt=budget.halt, stopping=workers.stopping,
        patience_s=settings.caps.away, folder=store.folder,
    )  # fmt: skip
    store.add_event("begin", {"version": cladogen.__version__, **_image(evaluator)})
    patient = made_patient(evaluator, world)
    # Who has a model write cases counts all calls.
    calls = StoredCalls(store) if settings.coevolve else SummedCalls(store)
    gateway = _gateway(settings, problem, evaluator, budget, observer, workers, calls)
    proposer = make_proposer(
        settings,
        store=store,
        gateway=gateway,
        problem=problem,
        trials=patient,
        budget=budget,
        calls=calls,
        notify=observer.notice,
        stopping=workers.stopping,
        surroundings=surroundings_of(store),
    )
    check_case_writer(settings, problem, proposer)
    if settings.share and not by_hand:
        proposer = _sharing(proposer, store, settings, problem, observer)
    usd = extras(proposer).call_usd()
    budget.proposals_expected = proposals_expected(settings, problem, evaluator, usd)
    planned = budget.proposals_expected or (BY_HAND if by_hand else None)
    return Run(
        problem=problem,
        archive=archive_for(settings, problem, evaluator, planned),
        proposer=proposer,
        evaluator=patient,
        store=store,
        budget=budget,
        observer=observer,
        workers=workers,
        world=world,
        gateway=gateway,
        listeners=listeners,
        seed=settings.seed,
        noise_repeats=settings.noise_repeats,
        shortlist=settings.shortlist,
        approve=settings.approve,
        coevolve=settings.coevolve,
        patient=not by_hand,
    )


def _sharing(
    proposer: Proposer, store: Store, settings: Settings, problem: Problem, observer: Observer
) -> Proposer:
    """Return the proposer, which also takes up what other runs found."""
    from cladogen.remote.exchange import Exchange, place_of

    place = place_of(store.folder, settings.share, problem)
    return Exchange(proposer, place, problem, observer.notice, settings.share_every)


def _gateway(
    settings: Settings,
    problem: Problem,
    evaluator: Evaluator,
    budget: Budget,
    observer: Observer,
    workers: Workers,
    calls: StoredCalls,
) -> Gateway | None:
    """Return what answers programs that ask models; None where none may. Evaluations are given
    their way to it.
    """
    if not settings.models:
        if problem.models is not None:
            raise ConfigError(f"{problem.name}: its programs ask models; name one with --model")
        return None
    from cladogen.gateway.opening import access_in, make_gateway

    gateway = make_gateway(
        problem,
        settings.models,
        settings.proposer_options,
        api_base=settings.api_base,
        log=calls,
        budget=budget,
        notify=observer.notice,
        stopping=workers.stopping,
    )
    if problem.models is not None:
        if not isinstance(evaluator, ProblemEvaluator | TaskEvaluator):
            raise ConfigError(
                f"{problem.name}: its programs ask models, which other machines cannot let them: "
                "leave ray and slurm out of --workers"
            )
        evaluator.give_models(access_in(gateway, problem))
    return gateway


def _budget(store: Store, settings: Settings, problem: Problem) -> Budget:
    """Return the run's budget, what earlier sessions used taken off."""
    caps = settings.caps
    if caps.target is not None:
        caps = replace(caps, target=caps.target * problem.objective.sign)
    budget = Budget(
        caps,
        seconds_before=store.seconds(),
        usd_per_hour=settings.usd_per_hour,
        workers=settings.workers,
    )
    for event in store.events(WRITTEN):
        budget.count_recorded(event.body["evaluations"])
    for event in store.events(CASES):
        budget.count_recorded(event.body["evaluations"])
    return budget


def surroundings_of(store: Store) -> Surroundings:
    """Return what a run's record says of the world its programs run in."""
    return Surroundings.from_json(store.meta().get("surroundings") or {})


def proposals_expected(
    settings: Settings,
    problem: Problem,
    evaluator: Evaluator,
    call_usd: float | None,
) -> int | None:
    """Return how many proposals a run's caps can pay for, as far as they say."""
    return expected_proposals(
        settings.caps,
        evaluations_each=len(evaluator.train) * problem.repeats,
        workers=settings.workers,
        asks_models=bool(settings.models),
        usd_each=call_usd,
    )


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
    archive = make_archive(settings.archive, space, options_for(settings, problem), problem.folder)
    if problem.proxy.cases and archive.opening is not None:
        raise ConfigError(
            f"{problem.name}: [proxy] decides which cases a program runs on, and so does --archive "
            f"{settings.archive}; choose another archive, or leave [proxy] out"
        )
    if settings.coevolve and archive.opening is not None:
        raise ConfigError(
            f"{problem.name}: --coevolve measures every child on the champions among cases, and "
            f"--archive {settings.archive} measures case by case; choose another archive"
        )
    return archive


def options_for(settings: Settings, problem: Problem) -> Mapping[str, object]:
    """Return the archive's options; one that runs something runs it in the run's own sandbox, where
    none is named.
    """
    own = (
        {"sandbox": settings.sandbox}
        if takes_option(settings.archive, "sandbox", problem.folder)
        else {}
    )
    return {**own, **settings.archive_options}


def check_coevolution(
    settings: Settings, problem: Problem, evaluator: Evaluator, *, by_hand: bool
) -> None:
    """Raise ConfigError where cases are to evolve and cannot."""
    if not settings.coevolve:
        return
    why = ""
    if not problem.coevolution.genes:
        why = "problem.toml has no [coevolution], which says what a case is made from"
    elif not evaluator.heldout:
        why = "there are no held-out cases, by which what ships is chosen"
    elif not isinstance(evaluator, Admitting):
        why = "cases evolve on this machine only: leave ray and slurm out of --workers"
    elif by_hand:
        why = "cases evolve in a run that goes by itself: evolve run"
    if why:
        raise ConfigError(f"{problem.name}: --coevolve: {why}")


def check_case_writer(settings: Settings, problem: Problem, proposer: Proposer) -> None:
    """Raise ConfigError where a model is to write cases, and none evolve."""
    if not settings.coevolve and extras(proposer).case_writer() is not None:
        raise ConfigError(
            f"{problem.name}: proposer option cases: no cases evolve in this run; give --coevolve, "
            "or leave it out"
        )


def _image(evaluator: Evaluator) -> dict[str, str]:
    """Return which image programs run in, for the record, where there is one."""
    if not isinstance(evaluator, ProblemEvaluator | TaskEvaluator):
        return {}
    sandbox = evaluator.sandbox
    if not isinstance(sandbox, InImage) or not sandbox.image:
        return {}
    return {"image": sandbox.image, "digest": sandbox.image_id}
