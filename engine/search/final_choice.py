"""The end of a run: what ships. A short list, held-out cases, a matched test against the seed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from cladogen.evaluation import Evaluation, fitness_of
from cladogen.final import Final
from cladogen.ledger import Stop
from cladogen.search.judging import Judge, bytes_of
from cladogen.search.matched_test import choose
from cladogen.search.overview import Overview
from cladogen.task import Propose, Purpose, Task

Value = TypeVar("Value")

OUT_OF_TIME = "for the seconds are used up (more with --max-seconds)"
NOT_SHORTENED = "; shorter forms of the best are left out"
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
        left_out = ""
        if self.shortens and stop.kind in LEISURE and not await self._shorten_best():
            left_out = f"{NOT_SHORTENED}, {OUT_OF_TIME}"
        return await self.choose_now(left_out)

    async def choose_now(self, left_out: str = "") -> Final:
        """Choose among the programs there are: by held-out results where there are such cases.
        ``left_out`` is said of what went before.
        """
        barred: list[int] = []
        final = await self._among(barred)
        while final.number and await self._in_time(self.judge.canaries.turned(final.number), 0.5):
            barred.append(final.number)
            final = await self._among(barred)
        turned = "".join(f"; #{each} solved a canary when run again" for each in barred)
        final = replace(final, sentence=final.sentence + turned + left_out)
        event = {"number": final.number, "sentence": final.sentence}
        self.judge.store.add_event("final", {**event, "shortlist": final.shortlist})
        return final

    async def _among(self, barred: Sequence[int]) -> Final:
        """Choose among the programs that are not ``barred``."""
        if not self.judge.evaluator.heldout:
            return await self._by_training(barred)
        if not self.count:
            return await self._first_of_archive(barred)
        return await self._by_heldout(barred)

    async def _by_heldout(self, barred: Sequence[int]) -> Final:
        listed = await self._short_list(barred)
        rows: dict[int, tuple[Evaluation, ...]] = {}
        for number in (0, *listed):
            found = await self._in_time(self.judge.heldout(number), 0.9)
            if found is None:
                break
            rows[number] = found
        held = {number: rows[number] for number in listed if number in rows}
        if not rows or (listed and not held):
            return await self._by_training(
                barred, f"held-out cases are not measured, {OUT_OF_TIME}"
            )
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

    async def _by_training(self, barred: Sequence[int], why: str = "no held-out cases") -> Final:
        """Choose without held-out cases: what the archive ranks first, and whether noise explains
        its gain.
        """
        ranked = [self.overview.best() or 0, *self.judge.record.best(1 + len(barred)), 0]
        best_left = next(number for number in ranked if number not in barred)
        number = next(iter(await self._least_to_read([best_left], barred)), 0)
        scores = list(map(self.judge.record.score, (number, 0)))
        best, seed = map(fitness_of, scores)
        sentence = f"{why}: chosen by the training score alone"
        if best is not None and seed is not None and best - seed <= 3 * self.judge.record.noise:
            sentence = f"no significant improvement over the seed; {sentence}"
        return Final(number, None, None, None, sentence, (number,))

    async def _first_of_archive(self, barred: Sequence[int]) -> Final:
        """Ship what the archive ranks first, whatever the held-out cases say of it: they are for
        the report only.
        """
        ranked = self.overview.archive.shortlist(1 + len(barred))
        number = next((each for each in ranked if each not in barred), 0)
        score = self.judge.problem.score
        sentence = "the archive's first: held-out cases measured it, none chose it"
        rows = [await self._in_time(self.judge.heldout(each), 0.9) for each in (number, 0)]
        if None in rows:
            sentence = f"the archive's first: held-out cases are not measured, {OUT_OF_TIME}"
        best, seed = (None if found is None else score(found) for found in rows)
        return Final(number, best, seed, None, sentence, (number,))

    # -- shorter forms

    async def _shorten_best(self) -> bool:
        """Ask for a shorter form of the best program, which is going to be read; not twice for the
        same one. Returns False when there was no time to answer.
        """
        best = next(iter(self.overview.archive.shortlist(1)), 0)
        asked = any(each.operator == "shorten" for each, _ in self.judge.record.proposals(best))
        if not best or asked:
            return True
        ticket = self.judge.store.next_ticket()
        task = Propose(ticket, (best,), hint="shorten", purpose=Purpose.FINAL)
        self.judge.store.add_task(task)
        return await self._in_time(_done(self.finish(task)), 0.5) or False

    async def _short_list(self, barred: Sequence[int]) -> list[int]:
        """Return the archive's short list without the seed and what is worse than it in training,
        each behaviour once, by the program that differs least from the seed.
        """
        ranked = self.overview.archive.shortlist(4 * self.count)
        worth = [number for number in ranked if number != 0 and not self._is_below_seed(number)]
        return (await self._least_to_read(worth, barred))[: self.count]

    def _is_below_seed(self, number: int) -> bool:
        """Tell whether a program is worse than the seed in training, where whole programs are
        measured.
        """
        if self.overview.archive.opening is not None:
            return False
        scores = list(map(self.judge.record.score, (number, 0)))
        own, seed = map(fitness_of, scores)
        return seed is not None and (own is None or own < seed)

    async def _least_to_read(self, ranked: list[int], barred: Sequence[int]) -> list[int]:
        """Return for each behaviour among ``ranked`` the program of the run, none that is
        ``barred``, that differs least from its seed, in order; the first of each where the time is
        too short to compare them.
        """
        ranked = [number for number in ranked if number not in barred]
        alike: dict[str, list[int]] = {self._behaviour(number): [] for number in ranked}
        for number in dict.fromkeys((*ranked, *range(1, self.judge.record.size()))):
            kind = self._behaviour(number)
            if kind in alike and number not in barred:
                alike[kind].append(number)
        least = await self._in_time(self._least(alike.values()), 0.2)
        return least or [numbers[0] for numbers in alike.values()]

    async def _least(self, alike: Iterable[list[int]]) -> list[int]:
        """Return of each list the program that differs least from its seed."""
        least = []
        for numbers in alike:
            sizes = {}
            for number in numbers if len(numbers) > 1 else ():
                sizes[number] = self._size(number)
                await asyncio.sleep(0)  # of long programs, each takes a while
            least.append(min(numbers, key=sizes.__getitem__) if sizes else numbers[0])
        return least

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


async def _done(work: Awaitable[None]) -> bool:
    await work
    return True
