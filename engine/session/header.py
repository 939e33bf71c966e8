"""The first lines of a session: what runs, where, and under which caps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cladogen.formatting import one_line, plural
from cladogen.models.calls import ModelCall
from cladogen.problem import Problem
from cladogen.proposers.base import extras
from cladogen.run import Run
from cladogen.sandboxes.network import allow_list
from cladogen.settings import Settings

REPORTED = (
    "reported, not certified: the evaluator shares a process with the candidate (evolve check "
    "tells how to split them)"
)
MOST_OF_AN_OPTION = 60  # characters; an option may hold a whole text


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
        ("proposer", _proposer(settings, models)),
        *(("estimate", text) for text in extras(run.proposer).estimate()),
        ("archive", f"{settings.archive}{_options(settings.archive_options)}"),
        *_coevolving(run.problem, settings),
        ("budget", _caps_said(caps, run.budget.proposals_expected)),
        (
            "workers",
            f"{settings.workers}, random seed {settings.seed}, kernels in "
            f"{kernels.implementation()}",
        ),
    ]


def _coevolving(problem: Problem, settings: Settings) -> list[tuple[str, str]]:
    """Return how cases evolve, where they do."""
    if not settings.coevolve:
        return []
    rules = problem.coevolution
    names = ", ".join(gene.name for gene in rules.genes)
    said = (
        f"evolve against the programs: {rules.population} generators ({names}) every "
        f"{plural(rules.every, 'proposal')}, at most {plural(rules.champions, 'champion')}, which "
        f"have a share of {rules.share:g} in the score; held-out cases choose what ships"
    )
    return [("cases", said)]


def _caps_said(caps: Mapping[str, float], expected: int | None) -> str:
    """Return the caps, and about how many proposals they buy where that is not one of them."""
    if not caps:
        return "none: stop it with Ctrl-C"
    said = ", ".join(f"{name} {value:g}" for name, value in caps.items())
    buys = expected is not None and "proposals" not in caps
    return f"{said}; about {plural(expected or 0, 'proposal')}" if buys else said


def _proposer(settings: Settings, models: str) -> str:
    """Return who proposes, in the words of a run's header."""
    if settings.specialists:
        return "; ".join(map(str, settings.specialists)) + (f"; {models}" if models else "")
    if not models:
        return f"{settings.proposer_name} (no model)"
    return models if settings.proposer_name == "model" else f"{settings.proposer_name}: {models}"


def _origin(run: Run) -> list[tuple[str, str]]:
    """Return where seed programs came from that are not the problem's own."""
    named = run.store.meta().get("from", ())
    count = len(run.problem.seeds)
    return [("from", f"{', '.join(named)}; {count} seed programs in all")] if named else []


def unseen_calls(calls: Sequence[ModelCall]) -> str:
    """Say what stays reserved for calls that were in flight when the run was killed."""
    prices = [call.most_usd for call in calls if call.most_usd is not None]
    most = f"up to ${sum(prices):.4f}" if len(prices) == len(calls) else "what they can cost"
    return (
        f"{plural(len(calls), 'model call')} had not ended when the run was killed: {most} stays "
        "reserved; once the provider's bill says otherwise: evolve run --resume --release-reserved"
    )


def _goal(run: Run) -> str:
    objective = run.problem.objective
    unit = f" {objective.unit}" if objective.unit else ""
    return (
        f"{objective.direction} {objective.name}{unit} over {len(run.evaluator.train)} "
        "training cases"
    )


def _options(options: Mapping[str, Any]) -> str:
    said = (f"{key}={one_line(str(value), MOST_OF_AN_OPTION)}" for key, value in options.items())
    return " " + ", ".join(said) if options else ""
