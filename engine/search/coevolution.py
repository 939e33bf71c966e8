"""Cases that evolve against the programs of a run: a second population, of case generators.

After every so many proposals a generation of cases is judged by a panel of programs: the seed, what
leads, and others. Cases that tell the panel apart are kept, each apart from the others, and the
best of them become champions: from then on they are frozen, children are measured on them, too, and
what programs gain over the seed there has a share in their scores. What ships is chosen on the
problem's own held-out cases, so that the arms race never pays by itself (two populations of
OpenEvolve 0.4.1; SPC, arXiv:2504.19162).

A generation is one row of the record, an event "cases": a run that is killed within one makes it
again, from the same random stream.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from cladogen.archives.base import Archive
from cladogen.evaluation import Evaluation, Status, fitness_of
from cladogen.evaluators.base import Admitting, Evaluator
from cladogen.formatting import plural
from cladogen.gateway.caller import under
from cladogen.problem import Problem
from cladogen.problem.coevolution import PREFIX, REFERENCE, ShownCase, is_evolved
from cladogen.record.memory import RunRecord
from cladogen.record.store import Store
from cladogen.result import Brief, Result
from cladogen.search.budget import Budget
from cladogen.search.generators import (
    Generator,
    child,
    drawn,
    is_apart,
    kept,
    quality,
    verdict,
)
from cladogen.search.streams import stream
from cladogen.task import Measure, Purpose

if TYPE_CHECKING:
    from cladogen.proposers.case_writer import CaseWriter  # loads all that asks models

EVENT = "cases"
PANEL = 4  # programs that judge cases, the seed among them
FEWEST = 3  # of a panel, before a case can be told from another
AGAIN = 4  # of the best programs, that are measured on new champions
TICKET = -1_000_000  # under which a generation's evaluations are reserved

Rows = tuple[Evaluation, ...]


@dataclass(slots=True)
class Coevolution:
    """The cases of a run that evolve. ``on`` False: none do. ``notice`` takes a line for the
    screen.
    """

    problem: Problem
    evaluator: Evaluator
    store: Store
    record: RunRecord
    archive: Archive
    budget: Budget
    seed: int
    notice: Callable[[str], None]
    on: bool
    generation: int = 0
    population: list[Generator] = field(default_factory=list)
    frozen: list[Generator] = field(default_factory=list)
    made: dict[tuple[int, tuple[str, ...]], Rows] = field(default_factory=dict)
    writer: CaseWriter | None = None  # has a model write generators
    offline: bool = False  # a replay asks no model
    proposals: int = 0  # that were answered
    _measure: list[tuple[int, tuple[str, ...]]] = field(default_factory=list)
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def champions(self) -> tuple[str, ...]:
        """The cases that children are measured on beside the problem's own."""
        return tuple(each.name for each in self.frozen)

    @property
    def due(self) -> bool:
        """Whether it is time for another generation: not before the last one's champions met the
        best programs, and no more once there are all champions.
        """
        rules = self.problem.coevolution
        full = len(self.frozen) >= rules.champions
        later = self.proposals < (self.generation + 1) * rules.every
        return self.on and not (full or later or self._measure)

    # -- what the loop calls

    def tell(self, result: Result) -> None:
        """Count a result, live or recorded."""
        self.proposals += int(bool(result.parents))

    def tell_all(self, results: Sequence[Brief]) -> None:
        """Count recorded results."""
        self.proposals += sum(bool(result.parents) for result in results)

    def resume(self) -> None:
        """Take up the recorded generations."""
        for event in self.store.events(EVENT) if self.on else ():
            self._learn(event.body)
        if not self._measure:
            return
        asked = {
            (task.program, task.cases)
            for task, _, _ in self.store.tasks()
            if isinstance(task, Measure) and task.purpose is Purpose.CASES
        }
        self._measure = [each for each in self._measure if each not in asked]

    async def prepare(self) -> None:
        """Have the evaluator know the champions of a run that goes on."""
        if self.frozen:
            await self._admit(self.frozen)

    async def step(self) -> None:
        """Let a generation of cases pass when it is time, while nobody asks for tasks."""
        async with self._lock:
            if self.due:
                await self.pass_generation()

    def measurement(self, ticket: int) -> Measure | None:
        """Return the task to measure one of the best programs on new champions."""
        if not self._measure:
            return None
        number, cases = self._measure.pop(0)
        return Measure(ticket, number, cases, purpose=Purpose.CASES)

    # -- a generation

    async def pass_generation(self) -> Mapping[str, Any] | None:
        """Judge a generation of cases and record what came of it; None where no evaluations are
        left for it.
        """
        panel, candidates = self._panel(), self._candidates()
        ticket = TICKET - self.generation
        most = len(panel) * len(candidates) * self.problem.repeats
        cap = self.budget.evaluations
        if len(panel) >= FEWEST and not cap.reserve_now(ticket, most):
            self.on = False
            self.notice("cases: no evaluations are left for another generation; they stay as is")
            return None
        rows: dict[int, Rows] = {}
        try:
            candidates = await self._with_written(candidates, panel, ticket)
            judged = await self._judged(panel, candidates, ticket, rows)
            body = self._body(judged, rows)
            self.store.add_event(EVENT, body)
        except BaseException:
            cap.settle(ticket, sum(map(len, rows.values())))  # made, and recorded nowhere
            raise
        finally:
            cap.give_back(ticket)
        self.budget.count_recorded(body["evaluations"])
        self._learn(body)
        await self._admit(self.frozen)
        self._say(judged, body)
        return body

    def _panel(self) -> list[int]:
        """Return the programs that judge cases: the seed, what leads, and programs from all over
        the ranking, no two of one behaviour; none where the seed has no score, for what programs
        gain on cases is counted over it.
        """
        if fitness_of(self.record.score(0)) is None:
            return []
        ranked = list(self.record.best(32))
        places = (0, len(ranked) // 2, len(ranked) - 1, len(ranked) // 4, 3 * len(ranked) // 4)
        wanted = [*self.archive.shortlist(1), *(ranked[at] for at in places if ranked), *ranked]
        panel: dict[str, int] = {}
        for number in (0, *wanted):
            if fitness_of(self.record.score(number)) is not None and len(panel) < PANEL:
                panel.setdefault(self._name(number), number)
        return list(panel.values())

    def _name(self, number: int) -> str:
        """Name a program's behaviour."""
        score = self.record.score(number)
        return (score and score.signature) or f"#{number}"

    def _candidates(self) -> list[Generator]:
        """Return the population and as many new generators."""
        rules = self.problem.coevolution
        rng = stream(self.seed, "cases", self.generation)
        parents = [each.genes for each in self.population]
        new = [
            child(rules.genes, parents, rng) if parents else drawn(rules.genes, rng)
            for _ in range(rules.population)
        ]
        named = [
            Generator(f"{PREFIX}{self.generation}-{at}", genes) for at, genes in enumerate(new)
        ]
        return [*self.population, *named]

    async def _with_written(
        self, candidates: list[Generator], panel: Sequence[int], ticket: int
    ) -> list[Generator]:
        """Return the candidates, the last of the new ones in favour of those that a model wrote."""
        if self.writer is None or len(panel) < FEWEST:
            return candidates
        shown = [ShownCase(each.genes, each.values) for each in self.population]
        leader = next(iter(self.archive.shortlist(1)), panel[0])
        program = self.record.program(leader)
        tables = await self.writer.write(ticket, shown, program, offline=self.offline)
        new = candidates[len(self.population) :]
        for at, table in zip(reversed(range(len(new))), tables, strict=False):
            genes = {**table, "seed": new[at].genes["seed"]}
            new[at] = replace(new[at], genes=genes, by="model")
        return [*self.population, *new]

    async def _judged(
        self,
        panel: Sequence[int],
        candidates: Sequence[Generator],
        ticket: int,
        rows: dict[int, Rows],
    ) -> list[Generator]:
        """Return the candidates as a panel judges them; its evaluations are put into ``rows`` as
        they are made.
        """
        if len(panel) < FEWEST:
            why = "too few programs" if panel else "the seed program has no score"
            return [replace(each, verdict=why) for each in candidates]
        refused = await self._admit([*self.frozen, *candidates])
        for number in panel:
            cases = tuple(
                each.name
                for each in candidates
                if each.name not in refused and number not in each.values
            )
            if cases:
                rows[number] = await self._ran(number, cases, ticket)
        leader = self._leader(panel)
        return [self._with_quality(each, panel, rows, refused, leader) for each in candidates]

    async def _ran(self, number: int, cases: tuple[str, ...], ticket: int) -> Rows:
        with under(ticket):
            return await self.evaluator.evaluate(self.record.program(number), cases)

    def _leader(self, panel: Sequence[int]) -> int:
        """Return the program of a panel that the archive holds best, 0 when it is not in it."""
        leads = set(map(self._name, self.archive.shortlist(1)))
        return next((each for each in panel if self._name(each) in leads), 0)

    def _with_quality(
        self,
        one: Generator,
        panel: Sequence[int],
        rows: Mapping[int, Rows],
        refused: Mapping[str, str],
        leader: int,
    ) -> Generator:
        """Return a candidate with what a panel says of it."""
        if one.name in refused:
            return replace(one, verdict=f"refused: {refused[one.name]}")
        new = {
            number: self._fitness([row for row in rows.get(number, ()) if row.case == one.name])
            for number in panel
            if number not in one.values
        }
        values = {**one.values, **new}
        seen = {number: values[number] for number in panel}
        why = verdict(self.problem.objective, seen)
        worth = 0.0 if why else quality(seen, leader)
        return replace(one, values=values, verdict=why, quality=worth)

    def _fitness(self, rows: Sequence[Evaluation]) -> float | None:
        """Return the mean objective of a program on a case, higher is better; None where it
        failed.
        """
        if not rows or any(row.status is not Status.OK for row in rows):
            return None
        objective = self.problem.objective
        return objective.sign * sum(row.metrics[objective.name] for row in rows) / len(rows)

    def _body(self, judged: Sequence[Generator], rows: Mapping[int, Rows]) -> dict[str, Any]:
        """Return what is recorded of a generation; what the panel did on new champions is handed
        over to the measurements of the best programs.
        """
        rules = self.problem.coevolution
        survivors = kept(rules.genes, judged, rules.population)
        champions = self._new_champions(survivors)
        best = dict.fromkeys((*self.archive.shortlist(AGAIN), *self.record.best(AGAIN)))
        measure = list(filter(None, best)) if champions else []
        handed = self._hand_over(champions, measure, rows)
        body = {
            "generation": self.generation,
            "evaluations": sum(map(len, rows.values())) - handed,
            "judged": [each.to_json() for each in judged],
            "population": [each.name for each in survivors],
            "champions": [each.name for each in champions],
            "measure": measure,
        }
        return dict(json.loads(json.dumps(body)))  # as it is read again

    def _new_champions(self, survivors: Sequence[Generator]) -> list[Generator]:
        """Return as many survivors as may become champions, each apart from all others."""
        rules = self.problem.coevolution
        slots = min(rules.each, rules.champions - len(self.frozen))
        champions: list[Generator] = []
        for each in survivors:
            new = is_apart(rules.genes, each, [*self.frozen, *champions])
            if new and len(champions) < slots and each.name not in self.champions:
                champions.append(each)
        return champions

    def _hand_over(
        self, champions: Sequence[Generator], measure: Sequence[int], rows: Mapping[int, Rows]
    ) -> int:
        """Keep the panel's evaluations on new champions for the measurements that are to come;
        return how many.
        """
        references = self._references(champions)
        cases, handed = tuple(references), 0
        for number in measure:
            found = [row for row in rows.get(number, ()) if row.case in references]
            if {row.case for row in found} == set(cases) and cases:
                self.made[number, cases] = tuple(_with_reference(row, references) for row in found)
                handed += len(found)
        return handed

    def _learn(self, body: Mapping[str, Any]) -> None:
        """Take a generation up, live or recorded."""
        judged = {each["name"]: Generator.from_json(each) for each in body["judged"]}
        self.population = [judged[name] for name in body["population"]]
        champions = [judged[name] for name in body["champions"]]
        self.frozen += champions
        self.generation = body["generation"] + 1
        cases = tuple(each.name for each in champions)
        self._measure += [(number, cases) for number in body["measure"]]

    async def _admit(self, generators: Sequence[Generator]) -> dict[str, str]:
        """Have the evaluator know these cases; return why not, of those that are none."""
        assert isinstance(self.evaluator, Admitting), "no run starts where cases cannot evolve"
        cases = {each.name: each.made_of for each in generators}
        return await self.evaluator.admit(cases, self._references(self.frozen))

    def _references(self, champions: Sequence[Generator]) -> dict[str, float]:
        """Return the objective of the seed program on champions."""
        sign = self.problem.objective.sign
        found = {each.name: each.values[0] for each in champions}
        return {name: sign * value for name, value in found.items() if value is not None}

    def _say(self, judged: Sequence[Generator], body: Mapping[str, Any]) -> None:
        telling = sum(not each.verdict for each in judged)
        new, most = len(body["champions"]), self.problem.coevolution.champions
        self.notice(
            f"cases: generation {body['generation']}: {telling} of {plural(len(judged), 'case')} "
            f"tell programs apart{self._of_models(judged)}; {new} frozen, "
            f"{len(self.frozen)} of {most} champions"
        )

    def _of_models(self, judged: Sequence[Generator]) -> str:
        """Say how many cases of the last generation a model wrote, and how many of these tell."""
        last = f"{PREFIX}{self.generation - 1}-"
        new = [each for each in judged if each.by and each.name.startswith(last)]
        telling = sum(not each.verdict for each in new)
        return f" ({telling} of {len(new)} that a model wrote)" if new else ""


def _with_reference(row: Evaluation, references: Mapping[str, float]) -> Evaluation:
    return replace(row, metrics={**row.metrics, REFERENCE: references[row.case]})


def met_by(rows: Sequence[Evaluation]) -> tuple[str, ...]:
    """Return the evolved cases among evaluations, in their order."""
    return tuple(dict.fromkeys(row.case for row in rows if is_evolved(row.case)))
