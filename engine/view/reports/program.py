"""The report of one program: where it comes from, what it scored and why, and its files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from cladogen.evaluation import Evaluation, Score, Usage
from cladogen.patching.array_files import shown
from cladogen.problem import Metric
from cladogen.problem.values import Race
from cladogen.proposal import Proposal
from cladogen.safety.drift import Drift
from cladogen.view.reports.drift import drift_report
from cladogen.view.reports.edits import EditReport, edits
from cladogen.view.reports.pictures import described, pictures
from cladogen.view.run_reader import RunReader


@dataclass(frozen=True, slots=True)
class EvaluationReport:
    """One evaluation. ``fresh`` says that its sandbox never held another candidate."""

    ticket: int
    fresh: bool
    case: str
    seed: int
    status: str
    metrics: Mapping[str, float]
    feedback: str
    log: str
    usage: Usage
    cost_usd: float | None


@dataclass(frozen=True, slots=True)
class HeldoutReport:
    """What the held-out cases say of a program. ``sentence`` is the verdict, if it ships."""

    status: str
    metrics: Mapping[str, float]
    fitness: float | None
    seed_fitness: float | None
    sentence: str = ""


@dataclass(frozen=True, slots=True)
class Reference:
    """What a program's numbers are held against: the objective, all metrics, the seed program."""

    objective: Metric
    metrics: tuple[Metric, ...]
    noise: float
    seed_metrics: Mapping[str, float]
    seed_cases: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class ProgramReport:
    """Everything known of a program. ``program`` is its tree's id, ``lineage`` the first parents
    with their fitness, seed program first; ``cases`` the objective's fitness by case.
    """

    number: int
    program: str
    commit: str | None
    parents: tuple[int, ...]
    children: tuple[int, ...]
    asked: int  # tasks for a child of it, whatever came of them
    operator: str
    summary: str
    status: str
    standing: str
    reason: str
    fitness: float | None
    metrics: Mapping[str, float]
    cases: Mapping[str, float]
    feedback: str
    best: bool
    ships: bool
    elite: bool
    heldout: HeldoutReport | None
    lineage: tuple[int, ...]
    lineage_fitness: tuple[float | None, ...]
    ticket: int
    round: int
    proposal: Proposal | None
    evaluations: tuple[EvaluationReport, ...]
    flags: tuple[str, ...]
    files: Mapping[str, str]
    certified: bool
    drift: Drift | None
    edits: tuple[EditReport, ...]
    yardstick: Reference = field(repr=False)
    pictures: Mapping[str, str] = field(default_factory=dict)  # by case, in words
    rounds: tuple[int, int] | None = None  # of a race: how many it took part in, of how many

    @property
    def good(self) -> bool:
        return self.status == "ok"

    @property
    def verdict(self) -> str:
        """What the final choice says of it, "" when it is not what ships."""
        return "" if self.heldout is None else self.heldout.sentence


def program_report(run: RunReader, number: int, *, drifted: bool = True) -> ProgramReport:
    """Return everything known of a program; without ``drifted``, drift and edits are left out,
    which take longest: they are looked for in the files and along the whole lineage.
    """
    row, line = run.row(number), tuple(run.descent(number))
    run.rows(line)  # at once: what follows asks for each
    score, files = row.score, run.program(number).files
    drift, edited = (drift_report(run, number), edits(run, number)) if drifted else (None, ())
    evaluations = tuple(
        _evaluation(ticket, fresh, evaluation)
        for _, _, ticket, fresh, evaluation in run.store.evaluations(number)
    )
    return ProgramReport(
        number=number,
        program=row.node.program,
        commit=run.commits.get(number),
        parents=row.node.parents,
        children=tuple(run.children_of(number)),
        asked=run.store.asked_times(number),
        operator=row.operator,
        summary=row.summary,
        status=score.status.value,
        standing=row.standing,
        reason=row.reason,
        fitness=score.fitness,
        metrics=dict(score.metrics),
        cases=dict(score.cases),
        feedback=score.feedback,
        best=number == run.best,
        ships=number == run.ships,
        elite=number in run.elites,
        heldout=heldout_report(run, number),
        lineage=line,
        lineage_fitness=tuple(map(run.fitness, line)),
        ticket=row.node.ticket,
        round=row.round,
        proposal=run.store.proposal(row.node.ticket, row.round),
        evaluations=evaluations,
        flags=tuple(text for text in run.flags if f"#{number} " in text),
        files={path: shown(path, file.data) for path, file in files.items()},
        certified=not run.problem.reported,
        drift=drift,
        edits=edited,
        yardstick=yardstick(run),
        pictures={case: described(url) for case, url in pictures(run, number).items()},
        rounds=rounds_taken(run.problem.race, evaluations),
    )


def rounds_taken(race: Race, rows: Sequence[EvaluationReport]) -> tuple[int, int] | None:
    """Return how many rounds of a race a program took part in, of how many; a second look has
    random seeds beyond these.
    """
    taken = {row.seed for row in rows if row.seed < race.rounds}
    return (len(taken), race.rounds) if race.on and taken else None


def heldout_report(run: RunReader, number: int) -> HeldoutReport | None:
    """Return what the held-out cases say of a program, None when it was not measured there."""
    score, seeds = run.heldout(number), run.heldout(0)
    if score is None:
        return None
    sentence = str(run.final["sentence"]) if run.final and number == run.ships else ""
    return HeldoutReport(
        score.status.value,
        dict(score.metrics),
        score.fitness,
        None if seeds is None else seeds.fitness,
        sentence,
    )


def yardstick(run: RunReader) -> Reference:
    """Return what the numbers of a run's programs are held against."""
    seed: Score = run.row(0).score
    problem = run.problem
    return Reference(
        problem.objective, problem.metrics, run.noise, dict(seed.metrics), dict(seed.cases)
    )


def _evaluation(ticket: int, fresh: bool, row: Evaluation) -> EvaluationReport:
    return EvaluationReport(
        ticket, fresh, row.case, row.seed, row.status.value, dict(row.metrics), row.feedback,
        row.log, row.usage, row.cost_usd,
    )  # fmt: skip
