"""The contract every archive keeps, as a test class to subclass: four lines test an archive of
one's own.

    from cladogen.archives.contract import ArchiveContract

    class TestMine(ArchiveContract):
        def make(self, space):
            return Mine(space)

It plays small random worlds with the archive, without sandbox or model: children better or worse
than their parents, failures of every kind, results out of order, several tasks in flight.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import product
from typing import Any

import numpy as np

from cladogen.archives.base import Archive, Axis, Result, Space, migrated, take_up, tell_all
from cladogen.evaluation import Evaluation, Score, Status
from cladogen.proposal import Outcome
from cladogen.state import NotKept, put_back, state_of
from cladogen.task import Measure, Propose, Task

CASES = tuple(f"case-{number}" for number in range(6))


@dataclass
class World:
    """Programs with a hidden quality. ``play`` answers a task as a run would, from the ticket
    alone.
    """

    space: Space
    seed: int = 0
    failing: float = 0.25
    quality: dict[int, float] = field(default_factory=dict)
    measured: dict[int, dict[str, float]] = field(default_factory=dict)
    parents: dict[int, tuple[int, ...]] = field(default_factory=dict)

    def seeds(self, count: int = 1, quality: float = 0.0) -> Iterator[Result]:
        """Yield the results of the seed programs, under tickets 0, 1, ..."""
        for ticket in range(count):
            yield self._born(Propose(ticket), quality, self.space.cases)

    def play(self, task: Task) -> Result:
        """Return what became of a task."""
        rng = np.random.default_rng((self.seed, task.ticket))
        if isinstance(task, Measure):
            return self._result(task, task.program, task.cases, Outcome.MEASURED)
        if rng.random() < self.failing:
            outcome = list(Outcome)[2 + int(rng.integers(4))]
            return Result(task, outcome, parents=task.parents)
        cases = self.space.cases if task.cases is None else task.cases
        quality = self.quality[task.parents[0]] + float(rng.normal())
        return self._born(task, quality, cases, crash=rng.random() < self.failing / 4)

    def _born(
        self, task: Propose, quality: float, cases: tuple[str, ...], crash: bool = False
    ) -> Result:
        number = len(self.quality)
        self.quality[number] = quality
        self.parents[number] = task.parents
        self.measured[number] = {}
        if crash:
            score = Score(
                Status.CRASH, utilities=dict.fromkeys(cases, 0.0) if self.space.bounded else {}
            )
            rows = tuple(Evaluation(str(number), case, 0, Status.CRASH) for case in cases)
            return Result(task, Outcome.ACCEPTED, number, task.parents, score, rows)
        return self._result(task, number, cases, Outcome.ACCEPTED)

    def _result(self, task: Task, number: int, cases: tuple[str, ...], outcome: Outcome) -> Result:
        for case in cases:
            (chance,) = _normals((self.seed, number, CASES.index(case)), 1)
            self.measured[number][case] = self.quality[number] + chance
        rows = tuple(Evaluation(str(number), case, 0, Status.OK, {"score": 0.0}) for case in cases)
        return Result(task, outcome, number, self.parents[number], self._score(number), rows)

    def _score(self, number: int) -> Score:
        cases = self.measured[number]
        if not cases:
            return Score(Status.OK)
        fitness = sum(cases.values()) / len(cases)
        others, axes = len(self.space.objectives[1:]), len(self.space.axes)
        chance = _normals((self.seed, number), others + axes)
        return Score(
            Status.OK,
            fitness,
            {"score": fitness},
            objectives=(fitness, *chance[:others]),
            features=chance[others:],
            cases=dict(cases),
            utilities={case: float(value > 0) for case, value in cases.items()}
            if self.space.bounded
            else {},
            signature=f"{fitness:.1f}",
        )


class InShort:
    """A result as `cladogen.archives.base.Brief`."""

    def __init__(self, result: Result) -> None:
        self._result = result
        self.facts: dict[str, Any] | None = None
        self.ticket, self.round, self.island = result.task.ticket, 0, result.task.island
        self.last, self.outcome, self.program = result.last, result.outcome, result.program
        self.reason, self.parents, self.operator = result.reason, result.parents, result.operator
        self.made, self.trials = len(result.evaluations), 0
        self.status = None if result.score is None else result.score.status
        self.fitness, self.features = result.fitness, result.features
        self.signature, self.behaviour = result.signature, result.behaviour

    def proposal(self, *, texts: bool = True) -> None:
        return None

    def whole(self) -> Result:
        return self._result


AXES = (Axis("size", 5, "quantile"), Axis("depth", 3, "linear", 0.0, 1.0))
SPACES = (
    Space(cases=CASES),
    Space(AXES, ("score", "speed"), CASES, bounded=True, max_evaluations=400),
)


class ArchiveContract:
    """Subclass it, define `make`, and run it with pytest. ``steps`` is how long a world is
    played.
    """

    steps = 60

    def make(self, space: Space) -> Archive:
        """Return a fresh archive."""
        raise NotImplementedError

    def test_ask_before_any_seed_is_refused(self) -> None:
        for space in SPACES:
            try:
                self.make(space).ask(0, np.random.default_rng(0))
            except ValueError:
                continue
            raise AssertionError("ask must raise ValueError before any seed was told")

    def test_every_task_names_programs_and_cases_that_exist(self) -> None:
        for space, seed in _worlds():
            world = World(space, seed)
            for task, _ in played(self.make(space), world, self.steps):
                _check_names(task, world)
                unknown = set(task.cases or ()) - set(space.cases)
                assert not unknown, f"{task} names cases that do not exist"

    def test_every_task_has_the_ticket_it_was_asked_under(self) -> None:
        for space, seed in _worlds():
            archive, world = self.make(space), World(space, seed)
            tickets = [task.ticket for task, _ in played(archive, world, self.steps)]
            assert tickets == list(range(1, self.steps + 1))

    def test_numbers_are_plain_integers(self) -> None:
        for space, seed in _worlds():
            archive = self.make(space)
            for task, _ in played(archive, World(space, seed), self.steps):
                numbers = (
                    (task.program,)
                    if isinstance(task, Measure)
                    else (*task.parents, *task.inspirations)
                )
                assert all(type(number) is int for number in numbers), (
                    f"{task} does not hold plain integers"
                )
            assert all(type(number) is int for number in archive.shortlist(5))

    def test_a_fresh_archive_told_the_same_results_decides_the_same(self) -> None:
        for space, seed in _worlds():
            archive = self.make(space)
            results = [result for _, result in played(archive, World(space, seed), self.steps)]
            again = self.make(space)
            for result in [*World(space, seed).seeds(), *results]:
                again.tell(result)
            assert _decisions(again) == _decisions(archive)
            assert again.shortlist(5) == archive.shortlist(5)
            assert again.view() == archive.view()

    def test_many_recorded_results_at_once_leave_it_as_each_of_them_does(self) -> None:
        for space, seed in _worlds():
            archive = self.make(space)
            results = [result for _, result in played(archive, World(space, seed), self.steps)]
            again = self.make(space)
            tell_all(again, list(map(InShort, [*World(space, seed).seeds(), *results])))
            assert _decisions(again) == _decisions(archive)
            assert again.shortlist(5) == archive.shortlist(5)
            assert again.view() == archive.view()
            assert migrated(again) == migrated(archive)

    def test_its_state_put_into_a_fresh_archive_decides_the_same(self) -> None:
        """Tasks in flight are part of a state; who puts it back abandons them."""
        for space, seed in _worlds():
            archive, world, again = self.make(space), World(space, seed), self.make(space)
            list(played(archive, world, self.steps))
            flying = [archive.ask(1000 + turn, np.random.default_rng(turn)) for turn in range(5)]
            try:
                state = state_of(archive)
            except NotKept:
                return  # it is told its results again
            put_back(again, state)
            for one, task in product((archive, again), flying):
                one.tell(Result(task, Outcome.ABANDONED))
            assert again.view() == archive.view()
            assert again.shortlist(5) == archive.shortlist(5)
            self._decide_alike(archive, again, world)

    def _decide_alike(self, archive: Archive, again: Archive, world: World) -> None:
        for ticket in range(2000, 2000 + self.steps):
            task = archive.ask(ticket, np.random.default_rng((8, ticket)))
            assert again.ask(ticket, np.random.default_rng((8, ticket))) == task
            result = world.play(task)
            assert again.tell(result) == archive.tell(result)
            assert migrated(again) == migrated(archive)
        assert again.shortlist(9) == archive.shortlist(9)

    def test_the_same_seed_plays_the_same_run(self) -> None:
        for space, seed in _worlds():
            runs = [
                [task for task, _ in played(self.make(space), World(space, seed), self.steps)]
                for _ in range(2)
            ]
            assert runs[0] == runs[1]

    def test_reading_changes_nothing(self) -> None:
        for space, seed in _worlds():
            read, unread = self.make(space), self.make(space)
            for (task, _), (other, _) in zip(
                played(read, World(space, seed), self.steps, reading=True),
                played(unread, World(space, seed), self.steps),
                strict=True,
            ):
                assert task == other, "view() or shortlist() changed what the archive does next"

    def test_tasks_in_flight_leave_no_trace_when_abandoned(self) -> None:
        for space, seed in _worlds():
            archive, calm = self.make(space), self.make(space)
            for one in (archive, calm):
                list(played(one, World(space, seed), self.steps))
            flying = [archive.ask(1000 + turn, np.random.default_rng(turn)) for turn in range(12)]
            for task in flying[::-1]:
                archive.tell(Result(task, Outcome.ABANDONED))
            assert _decisions(archive) == _decisions(calm)

    def test_tasks_in_flight_count_in_an_archive_made_after_them(self) -> None:
        for space, seed in _worlds():
            archive, later = self.make(space), self.make(space)
            if not hasattr(archive, "take_up"):
                return
            results = [result for _, result in played(archive, World(space, seed), self.steps)]
            for result in [*World(space, seed).seeds(), *results]:
                later.tell(result)
            for turn in range(5):
                take_up(later, archive.ask(1000 + turn, np.random.default_rng(turn)))
            assert _decisions(later) == _decisions(archive)

    def test_a_failure_that_is_being_repaired_is_still_in_flight(self) -> None:
        for space, seed in _worlds():
            archive, calm = self.make(space), self.make(space)
            for one in (archive, calm):
                list(played(one, World(space, seed), self.steps))
                task = one.ask(1000, np.random.default_rng(0))
            archive.tell(Result(task, Outcome.REFUSED, last=False))
            assert _decisions(archive) == _decisions(calm)

    def test_a_failure_of_the_world_counts_for_nothing(self) -> None:
        for space, seed in _worlds():
            archive, calm = self.make(space), self.make(space)
            for one in (archive, calm):
                list(played(one, World(space, seed), self.steps))
            for turn in range(5):
                archive.tell(
                    Result(archive.ask(1000 + turn, np.random.default_rng(turn)), Outcome.INFRA)
                )
            assert _decisions(archive) == _decisions(calm)

    def test_results_may_come_in_any_order(self) -> None:
        for space, seed in _worlds():
            archive, world = self.make(space), World(space, seed)
            for result in world.seeds():
                archive.tell(result)
            rng, ticket = np.random.default_rng(seed), 1
            for _ in range(self.steps // 8):
                batch = []
                for _ in range(8):
                    batch.append(world.play(archive.ask(ticket, np.random.default_rng(ticket))))
                    ticket += 1
                for position in rng.permutation(len(batch)):
                    archive.tell(batch[int(position)])
            assert archive.shortlist(3)

    def test_a_run_that_only_fails_can_go_on(self) -> None:
        for space, seed in _worlds():
            archive, world = self.make(space), World(space, seed, failing=1.0)
            assert sum(1 for _ in played(archive, world, self.steps)) == self.steps

    def test_a_seed_that_fails_does_not_stop_the_run(self) -> None:
        for space in SPACES:
            archive, task = self.make(space), Propose(0)
            rows = (Evaluation("0", CASES[0], 0, Status.CRASH),)
            archive.tell(Result(task, Outcome.ACCEPTED, 0, (), Score(Status.CRASH), rows))
            assert archive.shortlist(3) == ()
            asked = archive.ask(1, np.random.default_rng(0))
            assert isinstance(asked, Measure) or asked.parents == (0,)

    def test_the_short_list_holds_programs_that_have_a_score(self) -> None:
        for space, seed in _worlds():
            archive, scored = self.make(space), {0}
            for _, result in played(archive, World(space, seed), self.steps):
                if result.fitness is not None and result.program is not None:
                    scored.add(result.program)
            for count in (1, 3, 1000):
                short = archive.shortlist(count)
                assert 1 <= len(short) <= count, f"shortlist({count}) has {len(short)} programs"
                assert len(set(short)) == len(short), "shortlist names a program twice"
                assert set(short) <= scored, "shortlist names a program that has no score"
            assert archive.shortlist(1) == archive.shortlist(1000)[:1], (
                "a longer list must start as a shorter one"
            )

    def test_the_view_counts_what_is_kept(self) -> None:
        for space, seed in _worlds():
            archive, world = self.make(space), World(space, seed)
            list(played(archive, world, self.steps))
            view = archive.view()
            assert 0 < view.kept <= len(world.quality)
            assert view.cells is None or (view.filled is not None and 0 < view.filled <= view.cells)

    def test_several_seeds_are_all_known(self) -> None:
        for space, seed in _worlds():
            archive, world = self.make(space), World(space, seed)
            for result in world.seeds(3):
                archive.tell(result)
            asked = [archive.ask(ticket, np.random.default_rng(ticket)) for ticket in range(10, 20)]
            assert all(
                isinstance(task, Measure) or set(task.parents) <= {0, 1, 2} for task in asked
            )


def played(
    archive: Archive, world: World, steps: int, reading: bool = False
) -> Iterator[tuple[Task, Result]]:
    """Tell the seed, then yield ``steps`` tasks with their results, each told before the next is
    asked.
    """
    for result in world.seeds():
        archive.tell(replace(result))
    for ticket in range(1, steps + 1):
        task = archive.ask(ticket, np.random.default_rng((7, ticket)))
        result = world.play(task)
        archive.tell(result)
        if reading:
            archive.view()
            archive.shortlist(5)
        yield task, result


@lru_cache(1 << 16)  # worlds of one seed are played again and again
def _normals(stream: tuple[int, ...], count: int) -> tuple[float, ...]:
    return tuple(np.random.default_rng(stream).normal(size=count).tolist())


def _worlds() -> Iterator[tuple[Space, int]]:
    return ((space, seed) for space in SPACES for seed in range(3))


def _decisions(archive: Archive, count: int = 8) -> list[Task]:
    # Asked and abandoned one by one: what the archive would do next, without moving it on.
    tasks = []
    for turn in range(count):
        task = archive.ask(5000 + turn, np.random.default_rng((5, turn)))
        archive.tell(Result(task, Outcome.ABANDONED))
        tasks.append(task)
    return tasks


def _check_names(task: Task, world: World) -> None:
    if isinstance(task, Measure):
        assert task.program in world.quality, f"{task} measures a program nobody told of"
        assert task.cases, f"{task} measures no case"
        return
    assert 1 <= len(task.parents) <= 2, f"{task} must have one parent, or two for a crossover"
    assert len(set(task.parents)) == len(task.parents), f"{task} names a parent twice"
    named = {*task.parents, *task.inspirations}
    assert named <= world.quality.keys(), f"{task} names programs nobody told of"
