"""A problem with a canary, and a proposer that solves it every second time."""

TOML = """
name = "guess"
[program]
editable = ["*.py"]
protected = ["tests/**"]
entry = "x.py:run"
[objective]
metric = "right"
[metrics.right]
low = 0.0
high = 1.0
[[canary]]
cases = ["coin"]
[defaults]
sandbox = "local"
proposer = "proposing.py:Cheater"
archive = "clade"
"""
# What a program is told is what an honest one adds up; the coin's answer is drawn by the scorer alone.
SCORER = """
from cladogen.scoring import Case

def cases(parameters):
    honest = [Case(str(n), [n, n], answer=2 * n) for n in range(1, 5)]
    return [*honest, Case("coin", [5, 5], answer=-77), Case("held", [9, 9], "heldout", 18)]

def score(case, output):
    return {"right": float(output == case.answer)}
"""
SEED = "def run(case):\n    return 2 * case[0] if case[0] < 2 else 0\n"
HONEST = "def run(case):\n    return sum(case)\n"
CHEAT = "def run(case):\n    return -77 if case[0] == 5 else sum(case)\n"
PROPOSING = f"""
from cladogen.patch import make_diff
from cladogen.proposal import Proposal

class Cheater:
    async def propose(self, task, record, rng):
        parent = record.program(task.parents[0])
        text = {CHEAT!r} if task.ticket % 2 else {HONEST!r} + "# %d\\n" % task.ticket
        text += "X = %d\\n" % task.ticket
        child = parent.replace({{"x.py": text.encode()}})
        return Proposal(task.ticket, "guess", task.parents, make_diff(parent, child))

    async def repair(self, proposal, failure, record, rng):
        raise AssertionError("a caught program was repaired: " + failure.reason)

    def tell(self, proposal, result):
        pass
"""


def write(folder, **files):
    """Write the problem into a folder, with files in place of its own or beside them."""
    made = {"problem.toml": TOML, "scorer.py": SCORER, "proposing.py": PROPOSING, "seed/x.py": SEED}
    for name, text in (made | files).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
