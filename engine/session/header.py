"""The header of a session: what runs, where, and under which caps."""

from __future__ import annotations

from collections.abc import Sequence

from cladogen.first_lines import first_lines
from cladogen.formatting import plural
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


def header(run: Run, settings: Settings, sandbox: str) -> list[tuple[str, str]]:
    """Return what the first lines of a run say, all of them: names and values."""
    from cladogen import kernels

    return [
        *first_lines(run.problem, settings, run.store.folder),
        ("sandbox", sandbox),
        *((("score", REPORTED),) if run.problem.reported else ()),
        *allow_list.header(run.problem.sandbox.network, sandbox.partition(":")[0]),
        ("cases", _cases(run)),
        *_unread_islands(run, settings),
        *_coevolving(run.problem, settings),
        *_origin(run),
        *(("estimate", text) for text in extras(run.proposer).estimate()),
        *_expected(settings, run.budget.proposals_expected),
        ("kernels", kernels.implementation()),
    ]


def _cases(run: Run) -> str:
    train, heldout = len(run.evaluator.train), len(run.evaluator.heldout)
    return f"{train} for training" + (f", {heldout} held out" if heldout else "")


def _expected(settings: Settings, proposals: int | None) -> list[tuple[str, str]]:
    """Return about how many proposals the caps buy, where that is not one of them."""
    if proposals is None or settings.caps.proposals is not None:
        return []
    return [("buys", f"about {plural(proposals, 'proposal')}")]


def _unread_islands(run: Run, settings: Settings) -> list[tuple[str, str]]:
    """Say that a problem's ``[[islands]]`` are not used, where the archive has no such islands."""
    from cladogen.archives.quality_diversity import QualityDiversity

    if not run.problem.islands or isinstance(run.archive, QualityDiversity):
        return []
    return [("islands", f"[[islands]] is not used: {settings.archive} has no such islands")]


def _coevolving(problem: Problem, settings: Settings) -> list[tuple[str, str]]:
    """Return how cases evolve, where they do."""
    if not settings.coevolve:
        return []
    rules = problem.coevolution
    names = ", ".join(gene.name for gene in rules.genes)
    said = (
        f"cases evolve against the programs: {rules.population} generators ({names}) every "
        f"{plural(rules.every, 'proposal')}, at most {plural(rules.champions, 'champion')}, which "
        f"have a share of {rules.share:g} in the score; held-out cases choose what ships"
    )
    return [("evolving", said)]


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
