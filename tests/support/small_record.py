"""A run's record held in memory, for tests of what is shown of a run: three programs, a failure, a refusal."""

from dataclasses import dataclass, field
from pathlib import Path

from cladogen.archives.base import Result
from cladogen.errors import PatchRefused
from cladogen.evaluation import Evaluation, Score, Status, Usage
from cladogen.patch import apply_reply
from cladogen.problem import Metric, Problem
from cladogen.problem.aggregate import score
from cladogen.program import File, Node, Program
from cladogen.prompts.surroundings import Surroundings
from cladogen.proposal import Outcome, Proposal
from cladogen.sandboxes.base import Limits
from cladogen.task import Propose

SEED = {
    "pack.py": '"""Pack items."""\n\n\ndef run(case):\n    bins = []\n    for item in case["items"]:\n'
    "        bins.append([item])\n    return bins\n",
    "README.md": "Every item gets a bin of its own.\n",
}
FIRST_FIT = """Idea: first fit
```diff
--- a/pack.py
+++ b/pack.py
@@
     for item in case["items"]:
-        bins.append([item])
+        for bin in bins:
+            if sum(bin) + item <= case["capacity"]:
+                bin.append(item)
+                break
+        else:
+            bins.append([item])
     return bins
```
"""
SORTED = """Idea: largest first
```diff
--- a/pack.py
+++ b/pack.py
@@
-    for item in case["items"]:
+    for item in sorted(case["items"], reverse=True):
```
"""
BROKEN = """Idea: use a heap
```diff
--- a/pack.py
+++ b/pack.py
@@
-    bins = []
+    bins = heapq.heapify([])
```
"""

# What programs return, by the name of the output.
RETURNED = {"easy": "[[1, 2], [3]]", "hard": "[[1], [2], [3], ...]"}
AROUND = Surroundings(
    ("easy", "hard"),
    3,
    {"easy": "capacity: 10\nitems: [1, 2, 3]", "hard": "capacity: 10\nitems: [7, 6, 8, ...]"},
    "Python 3.12.1, numpy 2.1.0; not scipy",
)


def small_problem(folder: Path = Path("nowhere")) -> Problem:
    bins = Metric(
        "bins", "minimize", "bins", 0.0, 50.0, "how many bins are used, on average over the cases"
    )
    items = Metric("size", "minimize", "lines")
    files = {path: File(text.encode()) for path, text in SEED.items()}
    return Problem(
        "packing", folder, "Put the items into as few bins as possible.", (Program.of(files),), ("pack.py",),
        "pack.py:run", (), Path("scorer.py"), False, bins, (bins, items), limits=Limits(time_s=2.0, memory_mb=256),
        best_known=9.0,
    )  # fmt: skip


@dataclass
class SmallRecord:
    """#0 the seed, #1 first fit on it, #2 sorted on #0, #3 a crash on #1; and one refused patch on #1."""

    problem: Problem = field(default_factory=small_problem)
    rescored = 0

    def __post_init__(self) -> None:
        self._programs, self._nodes, self._rows, self._tried = [], [], [], []
        self._enter(self.problem.seeds[0], (), {"easy": 12.0, "hard": 30.0})
        self._propose(0, FIRST_FIT, "diff", {"easy": 10.0, "hard": 16.0})
        self._propose(0, SORTED, "rewrite", {"easy": 9.0, "hard": 29.0})
        self._propose(1, BROKEN, "diff", None)
        self._propose(1, SORTED.replace("for item in case", "for thing in case"), "diff", {})

    def _enter(
        self, program: Program, parents: tuple[int, ...], bins: dict[str, float] | None
    ) -> int:
        size = float(program.text("pack.py").count("\n"))
        feedback = "NameError: name 'heapq' is not defined"
        log = (
            'Traceback (most recent call last):\n  File "pack.py", line 5, in run\n'
            + feedback
            + "\n"
        )
        self._rows.append([
            Evaluation(program.id, case, 0, Status.OK, {"bins": value, "size": size}, f"{value:g} bins, {value / 2:g} of them full",
                       output=case, usage=Usage(0.01 * value, 0.009 * value, 12.0, 90))
            for case, value in bins.items()
        ] if bins is not None else [Evaluation(program.id, "easy", 0, Status.CRASH, {}, feedback, log, usage=Usage(0.02, 0.01, 11.0))])  # fmt: skip
        self._programs.append(program)
        ticket = 10 + len(self._tried) if parents else 0
        self._nodes.append(Node(len(self._nodes), program.id, parents, ticket))
        return len(self._nodes) - 1

    def _propose(
        self, parent: int, reply: str, operator: str, bins: dict[str, float] | None, *partners: int
    ) -> None:
        ticket, parents = 10 + len(self._tried), (parent, *partners)
        made = Proposal(
            ticket,
            operator,
            parents,
            summary=reply.splitlines()[0].removeprefix("Idea: "),
            reply=reply,
        )
        task = Propose(ticket, parents)
        try:
            applied = apply_reply(self._programs[parent], reply)
        except PatchRefused as refusal:
            result = Result(task, Outcome.REFUSED, None, parents, reason=str(refusal))
        else:
            number = self._enter(applied.program, parents, bins)
            result = Result(
                task,
                Outcome.ACCEPTED,
                number,
                parents,
                self.score(number),
                tuple(self._rows[number]),
            )
        self._tried.append((made, result))

    def node(self, number: int) -> Node:
        return self._nodes[number]

    def program(self, number: int) -> Program:
        return self._programs[number]

    def score(self, number: int) -> Score:
        return score(self.problem, self._rows[number])

    def evaluations(self, number: int) -> list[Evaluation]:
        return self._rows[number]

    def proposals(self, parent: int) -> list[tuple[Proposal, Result]]:
        return [(made, result) for made, result in self._tried if made.parents[0] == parent]

    def latest(self, count: int) -> list[tuple[Proposal, Result]]:
        return self._tried[-count:]

    def returned(self, output: str) -> str:
        return RETURNED.get(output, "")

    def picture(self, output: str, case: str) -> str:
        return ""

    def children(self, number: int) -> list[int]:
        return [node.number for node in self._nodes if number in node.parents]

    def best(self, count: int = 1) -> list[int]:
        ranked = [n for n in range(len(self._nodes)) if self.score(n).fitness is not None]
        return sorted(ranked, key=lambda n: -self.score(n).fitness)[:count]

    def size(self) -> int:
        return len(self._nodes)
