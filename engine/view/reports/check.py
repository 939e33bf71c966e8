"""What `evolve check` found of a problem, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from cladogen.evaluators.check import CheckReport, SeedReport
from cladogen.evaluators.trial_of_scorer import Discrimination

MOST_NAMED = 12  # cases and metrics in one line
FEWEST_CASES = 5  # held out: fewer cannot show a gain at the level of the final choice, 0.05

SPLIT = (
    "reported, not certified: the evaluator shares a process with the candidate, which can write "
    "any number. To split them, let the program return its answer (entry), and move what judges "
    "it into score(case, output) of scorer.py: docs/import.md"
)


def check_lines(report: CheckReport) -> Iterator[tuple[str, str]]:
    """Yield names and texts."""
    yield "problem", f"{report.problem}: {report.objective}; {_cases(report)}"
    yield "sandbox", f"{report.sandbox}: {report.strength}"
    if report.network != "closed":
        yield "network", report.network
    yield "kernels", report.kernels
    for seed in report.seeds:
        yield from _seed(seed, report.repeats)
    if 0 < report.heldout_cases < FEWEST_CASES:
        yield "warning", _too_few(report.heldout_cases)
    yield from _told_apart(report.discrimination)
    if report.reported:
        yield "score", SPLIT
    yield from _best_known(report)
    yield from _scorer(report)
    yield from _canaries(report)


def _best_known(report: CheckReport) -> Iterator[tuple[str, str]]:
    """Yield whether the best value known is what it says, and whether limits let it in."""
    known, found = report.best_known, report.reach
    if found is not None:
        yield ("WRONG" if found.faults else "reach"), found.words
    elif known is not None:
        yield (
            "reach",
            f"best_known {known:.12g} was not tried; give its solution with --solution FILE",
        )
    if known is not None and report.better_than_known:
        yield "warning", f"a seed program is better than best_known {known:.12g} already"


def _canaries(report: CheckReport) -> Iterator[tuple[str, str]]:
    """Yield whether the seed programs leave the canaries alone."""
    for name in report.solved_canaries:
        yield "canaries", f"a seed program SOLVES {name!r}, so it is no canary"
    if report.canaries and not report.solved_canaries:
        yield "canaries", f"the seed programs solve none of {report.canaries}"


def _cases(report: CheckReport) -> str:
    heldout = f" and {report.heldout_cases} held-out" if report.heldout_cases else ", none held out"
    return f"{report.training_cases} training cases{heldout}"


def _seed(seed: SeedReport, repeats: int) -> Iterator[tuple[str, str]]:
    """Yield what is known of a seed program."""
    if seed.fitness is None:
        log = f"; it wrote: {seed.log}" if seed.log else ""
        yield "seed", f"FAILS: {seed.status}: {seed.feedback}{log}"
        return
    judged = "" if seed.heldout is None else f"; held out: {seed.heldout:.6g}"
    yield "seed", f"{_values(seed.metrics)}{judged}"
    took = f"{seed.seconds:.3g} s an evaluation, {seed.program_seconds:.3g} s of it in the program"
    yield "time", took
    noise = f"standard deviation {seed.noise:.3g} over {repeats} random seeds"
    yield "noise", noise if seed.noise else "none"
    if not seed.deterministic:
        why = "the same random seed gave different outputs: the program is not deterministic"
        yield "warning", why


def _values(metrics: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {value:.6g}" for name, value in metrics.items())


def _too_few(cases: int) -> str:
    return (
        f"{cases} held-out cases show no improvement, however large (p = {0.5**cases:.2g} at "
        f"best); hold out {FEWEST_CASES} or more"
    )


def _scorer(report: CheckReport) -> Iterator[tuple[str, str]]:
    """Yield what the scorer did with rubbish."""
    if report.accepted:
        yield "scorer", f"ACCEPTS RUBBISH: {_labelled(report.accepted)}"
    if report.undecided:
        yield "WRONG", f"the scorer does not score the same output alike: {report.undecided}"
    for label, error in report.raised.items():
        yield "scorer", f"FAILS instead of raising Invalid on {label}: {error}"
    if report.tried and not report.accepted and not report.raised:
        yield "scorer", f"refused all {report.tried} kinds of rubbish"
    if report.doubtful:
        yield "look at", (f"the scorer accepts these; is that meant? {_labelled(report.doubtful)}")


def _labelled(values: Mapping[str, float]) -> str:
    return ", ".join(f"{label} ({value:.6g})" for label, value in values.items())


def _told_apart(found: Discrimination) -> Iterator[tuple[str, str]]:
    """Yield how well the scorer tells programs apart."""
    if found.faults:
        same = f", {found.no_difference} changed nothing" if found.no_difference else ""
        yield "faults", f"{found.noticed} of {found.faults} planted in the seed cost score{same}"
    if found.compared:
        counts = list(found.apart.items())
        shown = ", ".join(f"{name} {count}" for name, count in counts[:MOST_NAMED])
        more = f" and {len(counts) - MOST_NAMED} more" if len(counts) > MOST_NAMED else ""
        yield "apart", f"of {found.compared} faulty programs that ran, by {shown}{more}"
    for words in found.unnoticed:
        yield "warning", f"a fault is worth as much as the seed on every case: {words}"
    if found.dull:
        yield "warning", f"the same for every program that was tried: {', '.join(found.dull)}"
    for words in found.writable:
        yield "WRONG", f"a program can write its own metric: {words}"
