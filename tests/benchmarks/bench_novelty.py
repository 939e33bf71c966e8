"""What a likeness threshold refuses and what it loses: python tests/benchmarks/bench_novelty.py RUN...

For every program of the runs: its MinHash likeness to the nearest earlier one, and whether it beat its parent.
"""

import sys
from pathlib import Path

from cladogen.source.novelty import Sketches
from cladogen.view.run_reader import RunReader

THRESHOLDS = (0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.999)


def main(folders: list[str]) -> None:
    rows: list[tuple[float, bool]] = []
    for folder in folders:
        with RunReader(Path(folder)) as past:
            sketches, editable = Sketches(), past.problem.editable
            for entry in past.entries:
                program = past.program(entry.number)
                near = sketches.nearest(program, editable)
                parents = entry.node.parents
                before = past.entries[parents[0]].score.fitness if parents else None
                if near is not None and entry.score.fitness is not None and before is not None:
                    rows.append((near[1], entry.score.fitness > before))
                sketches.add(entry.number, program, editable)
    better = sum(gained for _, gained in rows)
    print(f"{len(rows)} children, {better} better than their parents")
    print("| threshold | refused | of the better ones lost |\n|---|---|---|")
    for threshold in THRESHOLDS:
        refused = [gained for likeness, gained in rows if likeness > threshold]
        lost = sum(refused) / max(1, better)
        print(f"| {threshold} | {len(refused) / max(1, len(rows)):.0%} | {lost:.0%} |")


if __name__ == "__main__":
    main(sys.argv[1:])
