"""The end of a run: what ships. A short list, held-out cases, a matched test against the seed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any, TypeVar

from cladogen.evaluation import Evaluation
from cladogen.final import Final
from cladogen.ledger import Stop
from cladogen.search.judging import Judge, bytes_of
from cladogen.search.matched_test import choose
from cladogen.search.overview import Overview
from cladogen.task import Propose, Purpose, Task

Value = TypeVar("Value")

OUT_OF_TIME = "for the seconds are used up (more with --max-seconds)"
LEISURE = ("seconds", "target", "patience")  # a run that ended so can pay for shortening


@dataclass(frozen=True, slots=True)
class FinalChoice:
    """Choose what ships, among a short list of ``count`` programs where there are held-out cases.

    ``finish`` works a task off. ``shortens`` says that the proposer can be asked for shorter forms.
    """

    judge: Judge
    overview: Overview
    count: int
    finish: Callable[[Task], Awaitable[None]]
    shortens: bool

    async def choose(self, stop: Stop) -> Final | None:
        """Shorten the best program, measure the short list and the seed on the held-out cases, and
        choose; None when there is no program. Every evaluation is recorded.
        """
        if not self.judge.record.size():
            return None
        if self.shortens and stop.kind in LEISURE:
            await self._in_time(self._shorten_best(), 0.5)
        return await self.choose_now()

    async def choose_now(self) -> Final:
        """Choose among the programs there are: by held-out results where there are such cases."""
        if not self.judge.evaluator.heldout:
            final = self._by_training()
        elif not self.count:
            final = await self._first_of_archive()
        else:
            final = await self._by_heldout()
        event = {"number": final.number, "sentence": final.sentence}
        self.judge.store.add_event("final", {**event, "shortlist": final.shortlist})
        return final

    async def _by_heldout(self) -> Final:
        listed = self._short_list()
        rows: dict[int, tuple[Evaluation, ...]] = {}
        for number in (0, *listed):
            found = await self._in_time(self.judge.heldout(number), 0.9)
            if found is None:
                break
            rows[number] = found
        held = {number: rows[number] for number in listed if number in rows}
        if not rows or (listed and not held):
            return self._by_training(f"held-out cases are not measured, {OUT_OF_TIME}")
        choice = choose(self.judge.problem.objective, held, rows[0])
        best, seed = (self.judge.problem.score(rows[number]) for number in (choice.number, 0))
        missing = len(listed) - len(held)
        left_out = f"; {missing} of {len(listed)} programs are not measured, {OUT_OF_TIME}"
        sentence = choice.sentence + left_out * bool(missing)
        return Final(choice.number, best, seed, choice, sentence, tuple(listed))

    async def _in_time(self, work: Coroutine[Any, Any, Value], share: float) -> Value | None:
        """Return what ``work`` gives within a share of the seconds that are left, None when it
        takes longer.
        """
        left = self.judge.budget.closing_s()
        try:
            async with asyncio.timeout(None if left is None else share * left):
                return await work
        except TimeoutError:
            return None

    def _by_training(self, why: str = "no held-out cases") -> Final:
        """Choose without held-out cases: what the archive ranks first, and whether noise explains
        its gain.
        """
        number = self._least_to_read([self.overview.best() or 0])[0]
        scores = [self.judge.record.score(each) for each in (number, 0)]
        best, seed = (None if score is None else score.fitness for score in scores)
        sentence = f"{why}: chosen by the training score alone"
        if best is not None and seed is not None and best - seed <= 3 * self.judge.record.noise:
            sentence = f"no significant improvement over the seed; {sentence}"
        return Final(number, None, None, None, sentence, (number,))

    async def _first_of_archive(self) -> Final:
        """Ship what the archive ranks first, whatever the held-out cases say of it: they are for
        the report only.
        """
        number = next(iter(self.overview.archive.shortlist(1)), 0)
        score = self.judge.problem.score
        best, seed = [score(await self.judge.heldout(each)) for each in (number, 0)]
        sentence = "the archive's first: held-out cases measured it, none chose it"
        return Final(number, best, seed, None, sentence, (number,))

    # -- shorter forms

    async def _shorten_best(self) -> None:
        """Ask for a shorter form of the best program, which is going to be read; not twice for the
        same one.
        """
        best = next(iter(self.overview.archive.shortlist(1)), 0)
        asked = any(each.operator == "shorten" for each, _ in self.judge.record.proposals(best))
        if not best or asked:
            return
        ticket = self.judge.store.next_ticket()
        task = Propose(ticket, (best,), hint="shorten", purpose=Purpose.FINAL)
        self.judge.store.add_task(task)
        await self.finish(task)

    def _short_list(self) -> list[int]:
        """Return the archive's short list without the seed and what is worse than it in training,
        each behaviour once, by the program that differs least from the seed.
        """
        ranked = self.overview.archive.shortlist(4 * self.count)
        worth = [number for number in ranked if number != 0 and not self._is_below_seed(number)]
        return self._least_to_read(worth)[: self.count]

    def _is_below_seed(self, number: int) -> bool:
        """Tell whether a program is worse than the seed in training, where whole programs are
        measured.
        """
        if self.overview.archive.opening is not None:
            return False
        scores = [self.judge.record.score(each) for each in (number, 0)]
        own, seed = (None if score is None else score.fitness for score in scores)
        return seed is not None and (own is None or own < seed)

    def _least_to_read(self, ranked: list[int]) -> list[int]:
        """Return for each behaviour among ``ranked`` the program of the run that differs least from
        its seed, in order.
        """
        behaviour = {number: self._behaviour(number) for number in ranked}
        alike: dict[str, list[int]] = {kind: [] for kind in behaviour.values()}
        for number in dict.fromkeys((*ranked, *range(1, self.judge.record.size()))):
            kind = self._behaviour(number)
            if kind in alike:
                alike[kind].append(number)
        least = {kind: min(numbers, key=self._size) for kind, numbers in alike.items()}
        return list(dict.fromkeys(least[kind] for kind in behaviour.values()))

    def _size(self, number: int) -> tuple[int, int]:
        """Return how much there is to read in a program's difference from the seed, and its
        bytes.
        """
        program = self.judge.record.program(number)
        return self.judge.to_read(program), bytes_of(program)

    def _behaviour(self, number: int) -> str:
        """Name what a program did and what that was worth: where time counts, equal outputs are not
        equally good. A program without an output is like no other.
        """
        score = self.judge.record.score(number)
        if score is None or score.fitness is None or not score.signature:
            return f"#{number}"
        return f"{score.signature} {score.fitness!r}"
