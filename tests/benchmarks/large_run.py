"""A large run without the time it takes: a short real one, and then rows written as a run writes them.

python tests/benchmarks/large_run.py FOLDER [--programs 100000] [--problem problems/online_bin_packing]
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

from cladogen.evaluation import Evaluation, Score, Status
from cladogen.patch import make_diff
from cladogen.problem import load
from cladogen.program import Node, Program
from cladogen.proposal import Outcome, Proposal
from cladogen.record.memory import ScoreOf
from cladogen.record.store import Store
from cladogen.result import Result, Standing
from cladogen.task import Propose

BATCH = 2000  # programs of one transaction
YOUNG = 400  # a child's parent is at most so many programs older


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--programs", type=int, default=100_000)
    parser.add_argument("--problem", default="problems/online_bin_packing")
    args = parser.parse_args()
    make(args.folder, args.programs, args.problem)


def make(folder: Path, programs: int, problem: str) -> None:
    """Make a run of so many programs that goes on as any other."""
    command = [sys.executable, "-m", "cladogen.cli.main", "run", problem, "--run", str(folder)]
    options = ["--sandbox", "local", "--max-proposals", "12", "--workers", "1"]
    subprocess.run([*command, *options], check=True, stdout=subprocess.DEVNULL)
    store = Store.open(folder, write=True)
    extend(store, programs, load(folder / "problem", seeds=False).score)
    end(store, programs - 1)
    store.close()


def end(store: Store, ships: int) -> None:
    """Write that the run ended, and what ships."""
    shortlist = [ships, *range(min(4, ships))]
    store.add_event("final", {"number": ships, "sentence": "it ships", "shortlist": shortlist})
    store.add_event("end", {"kind": "proposals", "text": "all proposals made", "best": ships})


def extend(store: Store, programs: int, score_of: ScoreOf) -> None:
    """Add children of children, each a little different from its parent, until there are so many."""
    rng = np.random.default_rng(0)
    first, ticket = store.program_count(), store.next_ticket()
    rows = tuple(each.evaluation for each in store.evaluations(0))
    recent = {number: store.program(number) for number in range(first)}
    for begin in range(first, programs, BATCH):
        with store.transaction():
            for number in range(begin, min(begin + BATCH, programs)):
                parent = max(0, number - 1 - int(rng.integers(YOUNG)))
                child = changed(recent[parent], number)
                recent[number] = child
                recent.pop(number - 2 * YOUNG, None)
                made = tuple(evaluated(row, child.id, rng) for row in rows)
                node = Node(number, child.id, (parent,), ticket)
                add(store, node, recent[parent], child, made, score_of(made))
                ticket += 1


def changed(parent: Program, number: int) -> Program:
    """Return a program with another last line in its first file."""
    path = next(iter(parent.files))
    kept = [line for line in parent.text(path).splitlines() if not line.startswith("# program ")]
    return parent.replace({path: "\n".join([*kept, f"# program {number}", ""]).encode()})


def evaluated(row: Evaluation, program: str, rng: np.random.Generator) -> Evaluation:
    """Return another program's evaluation on the same case."""
    factor = float(rng.uniform(0.95, 1.3))
    metrics = {name: value * factor for name, value in row.metrics.items()}
    return replace(row, program=program, status=Status.OK, metrics=metrics,
                   output=f"{rng.integers(1 << 62):064x}")  # fmt: skip


def add(
    store: Store, node: Node, parent: Program, child: Program, rows: tuple[Evaluation, ...],
    score: Score,
) -> None:  # fmt: skip
    """Write all that a run writes of one program."""
    task = Propose(node.ticket, node.parents)
    patch = make_diff(parent, child)
    summary = f"make it program {node.number}"
    store.add_task(task)
    store.add_proposal(Proposal(node.ticket, "mutate", node.parents, patch, summary=summary), 0)
    store.add_program(child, node, 0, child.id.encode()[:16])
    store.add_evaluations(node.number, node.ticket, rows)
    result = Result(task, Outcome.ACCEPTED, node.number, node.parents, score, rows)
    store.add_result(result, 0, Standing.NEW)


if __name__ == "__main__":
    main()
