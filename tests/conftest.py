"""Real run folders for tests, written through the store, without a search."""

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import package_links  # noqa: F401  (before the package is imported)
import pytest
from hypothesis import HealthCheck, settings

from cladogen.evaluation import Evaluation, Status, Usage
from cladogen.problem import load
from cladogen.program import Node, Program
from cladogen.proposal import Cost, Outcome, Proposal
from cladogen.record.store import Store
from cladogen.result import Result, Standing
from cladogen.settings import Settings
from cladogen.task import Measure, Propose, Purpose

# Bytecode is written, also where the machine's settings say not to: tests start hundreds of processes, and each would
# compile all it imports again.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# A machine with much to do is slow, and no fault.
settings.register_profile("any load", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any load")

PROBLEM = """
name = "steps"

[program]
editable = ["*.py"]
entry = "a.py:run"

[objective]
metric = "excess"

[metrics.excess]
direction = "minimize"
unit = "%"

[metrics.size]
direction = "minimize"
"""

SCORER = """
from cladogen.scoring import Case


def cases(parameters):
    return [Case("one", 1), Case("two", 2), Case("three", 3, split="heldout")]


def score(case, output):
    return {"excess": float(output), "size": 1.0}
"""


class Recorder:
    """Write a run's rows as a search would: one call for each thing that may come of a task."""

    def __init__(self, folder: Path, problem: Path, **settings) -> None:
        meta = {
            "settings": Settings(**settings).to_json(),
            "version": "0.1.0",
            "problem": str(problem),
        }
        self.store = Store.create(folder, meta)
        shutil.copytree(problem, folder / "problem")
        self.problem = load(folder / "problem", seeds=False)
        self.folder = folder
        self.programs: list[Program] = []
        self.ticket = 0

    def seed(self, program: Program, excess: float) -> int:
        self.store.add_task(Propose(self.ticket, purpose=Purpose.SEED))
        return self._program(program, (), excess)

    def child(
        self,
        parents: tuple[int, ...],
        changes: dict[str, bytes | None],
        excess: float | None,
        **how,
    ) -> int:
        """Add a child that scores ``excess``, or crashes when that is None."""
        program = self.programs[parents[0]].replace(changes)
        self._proposal(parents, how | {"patch": how.get("patch", "--- a\n+++ b\n")})
        return self._program(program, parents, excess)

    def failed(
        self, parents: tuple[int, ...], outcome: str, reason: str, twin: int | None = None, **how
    ) -> int:
        """Add a proposal that made no program; return its ticket."""
        self._proposal(parents, how)
        return self._told(outcome, twin, "noted", reason)

    def measured(self, number: int, excess: float) -> int:
        self.store.add_task(Measure(self.ticket, number, ("one",), seed=7))
        self.store.add_evaluations(
            number, self.ticket, (self._evaluation(number, "one", excess, 7),)
        )
        return self._told("measured", number, "noted", "")

    def _proposal(self, parents: tuple[int, ...], how: dict) -> None:
        self.store.add_task(Propose(self.ticket, parents))
        given = {"operator": "mutate", "summary": "swap operands", "seconds": 0.5, **how}
        self.store.add_proposal(Proposal(self.ticket, parents=parents, **given), 0)

    def _program(self, program: Program, parents: tuple[int, ...], excess: float | None) -> int:
        number = len(self.programs)
        self.programs.append(program)
        self.store.add_program(program, Node(number, program.id, parents, self.ticket))
        rows = tuple(self._evaluation(number, case, excess) for case in ("one", "two"))
        self.store.add_evaluations(number, self.ticket, rows)
        reason = "" if excess is not None else "crash: ZeroDivisionError"
        self._told("accepted", number, "new" if excess is not None else "rejected", reason)
        return number

    def _evaluation(
        self, number: int, case: str, excess: float | None, seed: int = 0
    ) -> Evaluation:
        row = Evaluation(
            self.programs[number].id, case, seed, Status.OK, {"excess": excess, "size": 10.0}, "fine", "", "out",
            Usage(0.25, 0.2, 12.0, 80),
        )  # fmt: skip
        if excess is not None:
            return row
        feedback = "ZeroDivisionError"
        return replace(
            row,
            status=Status.CRASH,
            metrics={},
            feedback=feedback,
            log="Traceback\n\x1b[31mred",
            output="",
        )

    def _told(self, outcome: str, program: int | None, standing: str, reason: str) -> int:
        made = () if program is None else self.store.evaluations(program)
        score = None if program is None else self.problem.score([each.evaluation for each in made])
        result = Result(Propose(self.ticket), Outcome(outcome), program, (), score, reason=reason)
        self.store.add_result(result, 0, Standing(standing))
        self.ticket += 1
        return self.ticket - 1


@pytest.fixture
def steps_problem(tmp_path: Path) -> Path:
    """A problem folder: the program says its own excess."""
    folder = tmp_path / "steps"
    (folder / "seed").mkdir(parents=True)
    (folder / "problem.toml").write_text(PROBLEM)
    (folder / "scorer.py").write_text(SCORER)
    (folder / "seed" / "a.py").write_text("def run(x):\n    return 5\n")
    return folder


@pytest.fixture
def recorder(tmp_path: Path, steps_problem: Path) -> Iterator[Callable[..., Recorder]]:
    made = []

    def make(name: str = "steps", **settings) -> Recorder:
        made.append(Recorder(tmp_path / "runs" / name, steps_problem, **settings))
        return made[-1]

    yield make
    for each in made:
        each.store.close()


@pytest.fixture
def small_run(recorder: Callable[..., Recorder], steps_problem: Path) -> Path:
    """A run with a crossover, a crash, every kind of failed proposal, a program measured again, and a final choice.

    #0 the seed at 5; #1 of #0 at 4; #2 of #0 crashed; #3 of #1 and #0 at 3, the best; #4 of #3 at 3.5.
    """
    made = recorder()
    made.seed(Program.read(steps_problem / "seed"), 5.0)
    made.child((0,), {"a.py": b"def run(x):\n    return 4\n"}, 4.0)
    made.child((0,), {"a.py": b"def run(x):\n    return 1 / 0\n"}, None, operator="constant")
    made.failed(
        (1,), "refused", "context: a.py, hunk 1: no such lines", code="context", reply="rubbish"
    )
    made.child(
        (1, 0), {"a.py": b"def run(x):\n    return 3\n", "deep/b c.py": b"x = 1\n"}, 3.0, operator="cross",
        model="big/model", prompt="Make it \x1b[31mbetter", reply="Here it is", summary="use\x1b[2J both",
        cost=Cost(0.0125, 900, 80, 0, 1),
    )  # fmt: skip
    made.failed((3,), "duplicate", "behaves as #1 does", twin=1)
    made.failed((3,), "no_reply", "the provider timed out")
    made.child(
        (3,),
        {"a.py": b"def run(x):\n    return 3.5\n", "deep/b c.py": None, "deep": b"now a file\n"},
        3.5,
    )
    made.measured(3, 3.0)
    made.store.add_event(
        "flag", {"text": "#3 scored -3, and in a fresh sandbox -3.1; both are counted"}
    )
    made.store.add_event(
        "final", {"number": 3, "sentence": "better than the seed (p = 0.01)", "shortlist": [3, 1]}
    )
    made.store.close()
    return made.folder
