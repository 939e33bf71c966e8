"""A problem for other machines: its own evaluator waits, and says in which process it judged."""

from pathlib import Path

TOML = """
name = "far"
[program]
editable = ["x.txt"]
[evaluator]
class = "judge.py:Judge"
[objective]
metric = "height"
[metrics.height]
"""

JUDGE = """
import asyncio
import os
from pathlib import Path

from cladogen.evaluation import Evaluation, Status, Usage
from cladogen.problem.aggregate import score

HOLD = Path(%(hold)r)


class Judge:
    train = ("a", "b")
    heldout = ()

    def __init__(self, problem):
        self.problem = problem

    async def evaluate(self, program, cases=None, *, seed=0, fresh=False, known=None):
        await asyncio.sleep(%(sleep_s)r)
        with (HOLD / "calls").open("a") as calls:
            calls.write(f"{os.getpid()} {program.id}\\n")
        while (HOLD / f"stop-{os.getpid()}").exists():
            await asyncio.sleep(0.05)
        value = float(program.text("x.txt"))
        return tuple(
            Evaluation(program.id, case, seed, Status.OK, {"height": value}, str(os.getpid()),
                       output=f"{program.id}", usage=Usage(0.01))
            for case in cases or self.train
        )

    async def trials(self, base, variants, *, seed=0):
        return tuple([score(self.problem, await self.evaluate(each)) for each in variants])
"""

PROPOSER = """
from pathlib import Path

from cladogen.patch import make_diff
from cladogen.program import File, Program
from cladogen.proposal import Proposal

HOLD = Path(%(hold)r)


class Counter:
    sign = 1

    def __init__(self, problem):
        pass

    async def propose(self, task, record, rng):
        parent = record.program(task.parents[0])
        value = 1e9 if (HOLD / "both").exists() else self.sign * task.ticket
        child = Program.of({"x.txt": File(f"{value}\\n".encode())})
        return Proposal(task.ticket, "count", task.parents, make_diff(parent, child))

    async def repair(self, proposal, failure, record, rng):
        return None

    def tell(self, proposal, result):
        pass


class Falling(Counter):
    sign = -1  # nothing is ever the best, and measured again for it
"""


def write_problem(folder: Path, *, sleep_s: float = 0.0) -> Path:
    """Write the problem; ``folder / "hold"`` is where its evaluators write each call. Each proposal
    is the ticket's number, until there is a file ``both`` there: then a billion.
    """
    problem, hold = folder / "far", folder / "hold"
    (problem / "seed").mkdir(parents=True)
    hold.mkdir()
    (problem / "problem.toml").write_text(TOML)
    (problem / "judge.py").write_text(JUDGE % {"hold": str(hold), "sleep_s": sleep_s})
    (problem / "count.py").write_text(PROPOSER % {"hold": str(hold)})
    (problem / "seed" / "x.txt").write_text("0\n")
    return problem
