"""Runs of any size, written through the store in seconds: as a search with models would leave them.

Run as a script, ``python large_run.py FOLDER PROGRAMS`` writes one below FOLDER.
"""

import shutil
import sys
from pathlib import Path

import numpy as np

from cladogen.evaluation import Evaluation, Score, Status, Usage
from cladogen.models.calls import CallStatus, Message, Reply, Request
from cladogen.patch import make_diff
from cladogen.problem import load
from cladogen.program import File, Node, Program
from cladogen.proposal import Cost, Outcome, Proposal
from cladogen.record.fold import uncollected
from cladogen.record.model_calls import StoredCalls
from cladogen.record.store import Store
from cladogen.result import Result, Standing
from cladogen.settings import Settings
from cladogen.task import Propose, Purpose

PROBLEM = """
name = "tour"

[program]
editable = ["*.py"]
entry = "tour.py:run"

[objective]
metric = "length"

[metrics.length]
direction = "minimize"
unit = "km"
about = "how long the tour is"

[metrics.turns]
direction = "minimize"

[[features]]
metric = "turns"
bins = 12

[[features]]
metric = "size"
bins = 10
"""
SCORER = """
from cladogen.scoring import Case


def cases(parameters):
    return [Case("north", 1), Case("south", 2), Case("west", 3, split="heldout")]


def score(case, output):
    return {"length": float(output), "turns": 1.0, "size": 1.0}
"""
OPERATORS = ("diff", "rewrite", "cross", "refine", "mutate")
MODELS = ("small-model", "large-model")
IDEAS = (
    "insert each city where it costs least",
    "swap two legs that cross",
    "begin at the city farthest out",
    "keep a list of near neighbours",
)


def body(number: int, step: int) -> bytes:
    return (
        f'"""A tour through all cities, version {number}."""\n\n\ndef run(cities):\n'
        f"    order = sorted(cities, key=lambda city: city[0] * {step % 97} + city[1])\n"
        f"    for turn in range({step % 13}):\n        order = improved(order, turn)\n    return order\n"
        "\n\ndef improved(order, turn):\n    return order[turn:] + order[:turn]\n"
    ).encode()


class Writer:
    """Write a run's rows: seeds, children that slowly get better, failures, refusals."""

    islands = 1

    def __init__(self, folder: Path, seed: int = 0, settings: Settings | None = None) -> None:
        problem = folder.parent.parent / "tour"
        if not problem.exists():
            (problem / "seed").mkdir(parents=True)
            (problem / "problem.toml").write_text(PROBLEM)
            (problem / "scorer.py").write_text(SCORER)
            (problem / "seed" / "tour.py").write_bytes(body(0, 0))
        chosen = settings or Settings(models=tuple((name, 1.0) for name in MODELS), seed=seed)
        meta = {"settings": chosen.to_json(), "version": "0.1.0", "problem": str(problem)}
        self.store = Store.create(folder, meta)
        shutil.copytree(problem, folder / "problem")
        self.score_of = load(folder / "problem", seeds=False).score
        self.rng = np.random.default_rng(seed)
        self.programs: dict[int, Program] = {}
        self.lengths: list[float | None] = []
        self.good: list[int] = []
        self.shortest = float("inf")
        self.ticket = 0

    def write(self, programs: int) -> None:
        with self.store.transaction(), uncollected():
            self.store.add_event("begin", {"version": "0.1.0"})
            self.seed()
            while len(self.lengths) < programs:
                self.step()

    def seed(self) -> None:
        self.store.add_task(Propose(self.ticket, purpose=Purpose.SEED))
        program = Program.of({"tour.py": File(body(0, 0))})
        self._add(program, (), 120.0, repeats=3)

    def step(self) -> None:
        """Add what comes of one task."""
        parent = self.good[int(len(self.good) * float(self.rng.random()) ** 0.3)]
        operator = OPERATORS[int(self.rng.integers(len(OPERATORS)))]
        parents = (parent, int(self.rng.choice(self.good))) if operator == "cross" else (parent,)
        parents = tuple(dict.fromkeys(parents))
        self.store.add_task(Propose(self.ticket, parents, island=self.ticket % self.islands))
        fate = float(self.rng.random())
        before = self.programs[parent]
        number = len(self.lengths)
        child = Program.of({"tour.py": File(body(number, self.ticket))})
        patch = make_diff(before, child) if number < 2000 else ""
        tokens = int(self.rng.integers(900, 4000))
        proposal = Proposal(
            self.ticket, operator, parents, patch, summary=IDEAS[self.ticket % len(IDEAS)],
            model=MODELS[self.ticket % 2], prompt=self.prompt(number), reply=self.reply(number),
            seconds=4.0,
            cost=Cost(tokens * 2e-6, tokens, tokens // 4, 0, 1),
        )  # fmt: skip
        self.store.add_proposal(proposal, 0)
        if fate < 0.08:
            self._came(
                "refused", None, "noted", "patch-does-not-apply: tour.py, hunk 1: no such lines"
            )
        elif fate < 0.2:
            self._add(child, parents, None)
        else:
            value = self.lengths[parent] or 120.0
            self._add(child, parents, value * (1 + 0.02 * float(self.rng.normal(0.15, 1.0))))

    def prompt(self, number: int) -> str:
        return "Make the tour shorter." if number < 2000 else ""

    def reply(self, number: int) -> str:
        return "Idea: as said.\n" if number < 2000 else ""

    def _add(
        self, program: Program, parents: tuple[int, ...], length: float | None, repeats: int = 1
    ) -> None:
        number = len(self.lengths)
        self.store.add_program(program, Node(number, program.id, parents, self.ticket))
        rows = []
        for at in range(repeats):
            measured = None if length is None else length + 0.2 * at
            rows += self._evaluations(number, program.id, measured, at)
        self.lengths.append(length)
        self.programs[number] = program
        self.shortest = min(self.shortest, length or self.shortest)
        kept = length is not None and length < 1.01 * self.shortest
        if kept:
            self.good = [*self.good[-200:], number]
        reason = "" if length is not None else "crash: IndexError: list index out of range"
        standing = "improved" if kept else "rejected"
        self._came("accepted", number, standing, reason, self.score_of(rows))

    def _evaluations(
        self, number: int, tree: str, length: float | None, seed: int
    ) -> tuple[Evaluation, ...]:
        rows = []
        for case, factor in (("north", 0.9), ("south", 1.1)):
            metrics = {
                "length": (length or 0) * factor,
                "turns": 10.0 + number % 40,
                "size": 200.0 + number % 90,
            }
            failed = length is None
            rows.append(Evaluation(
                tree, case, seed, Status.CRASH if failed else Status.OK, {} if failed else metrics,
                "IndexError: list index out of range" if failed else "fine",
                "Traceback (most recent call last):\n  IndexError\n" if failed else "", "" if failed else f"{number}",
                Usage(0.25, 0.2, 12.0, 80),
            ))  # fmt: skip
        self.store.add_evaluations(number, self.ticket, tuple(rows))
        return tuple(rows)

    def _came(
        self, outcome: str, program: int | None, standing: str, reason: str,
        score: Score | None = None,
    ) -> None:  # fmt: skip
        result = Result(Propose(self.ticket), Outcome(outcome), program, score=score, reason=reason)
        self.store.add_result(result, 0, Standing(standing))
        self.ticket += 1


class Judged(Writer):
    """A run with three islands, notes, and a final choice on held-out cases."""

    islands = 3

    def finish(self) -> int:
        """Write notes, measure the seed program and the best five, choose the best; return it."""
        self._notes("Near neighbours first, then swaps.\nLong lists of neighbours ran out of time.")
        known = [
            (length, number) for number, length in enumerate(self.lengths) if length is not None
        ]
        listed = [number for _, number in sorted(known)[:5]]
        for number in (0, *listed):
            length = 1.01 * (self.lengths[number] or 0)
            row = Evaluation(self.programs[number].id, "west", 0, Status.OK, {"length": length, "turns": 12.0, "size": 210.0},
                "fine", "", f"w{number}", Usage(0.25, 0.2, 12.0, 80))  # fmt: skip
            self.store.add_evaluations(number, self.ticket, (row,), split="heldout")
        sentence = "better than the seed program on held-out cases (p = 0.0004)"
        self.store.add_event(
            "final", {"number": listed[0], "sentence": sentence, "shortlist": listed}
        )
        return listed[0]

    def _notes(self, text: str) -> None:
        request = Request(
            self.ticket - 1, 0, "notes", MODELS[0], (Message("user", "What was learnt?"),)
        )
        calls = StoredCalls(self.store)
        calls.finish(
            calls.begin(request, 0, None), Reply(CallStatus.REPLIED, text), Cost(0.0, 900, 60, 0, 1)
        )


def judged_run(folder: Path, programs: int, seed: int = 0) -> Path:
    """Write such a run and return its folder."""
    writer = Judged(folder, seed)
    writer.write(programs)
    best = writer.finish()
    writer.store.add_event("end", {"kind": "proposals", "text": "budget", "best": best})
    writer.store.close()
    return folder


def large_run(folder: Path, programs: int, seed: int = 0) -> Path:
    """Write a run of so many programs and return its folder."""
    writer = Writer(folder, seed)
    writer.write(programs)
    writer.store.add_event("end", {"kind": "proposals", "text": "budget", "best": best(writer)})
    writer.store.close()
    return folder


def best(writer: Writer) -> int:
    known = [(length, number) for number, length in enumerate(writer.lengths) if length is not None]
    return min(known)[1]


if __name__ == "__main__":
    large_run(Path(sys.argv[1]), int(sys.argv[2]))
