"""How many sleeping evaluations a second n nodes of a Ray cluster make, beside one node.

    python tests/benchmarks/bench_ray.py [SLEEP_S] [NODES ...]

Real nodes of one cluster on this machine, four slots each; a whole run of the engine, the slope of
its results over time between a fifth and four fifths of them. A node makes 4 / SLEEP_S a second at the best.
"""

import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

import far_world
import numpy as np
import ray
from ray.cluster_utils import Cluster

from cladogen import evolve
from cladogen.record.store import Store

SLOTS, EACH = 4, 15  # slots of a node; evaluations that each slot makes in a run
NODE = {"num_cpus": SLOTS, "memory": 16 << 30, "object_store_memory": 100 << 20}


def rate(address: str, nodes: int, sleep_s: float) -> float:
    """Return evaluations a second of one run."""
    with tempfile.TemporaryDirectory() as folder:
        problem = far_world.write_problem(Path(folder), sleep_s=sleep_s)
        evolve(
            problem, Path(folder) / "run", machines=f"ray:{nodes * SLOTS}", ray_address=address,
            proposer="count.py:Falling", archive="greedy", noise_repeats=1,
            max_proposals=nodes * SLOTS * EACH,
        )  # fmt: skip
        store = Store.open(Path(folder) / "run", write=True)
        rows = store.database.execute("SELECT at FROM evaluations WHERE name = 'a' ORDER BY at")
        at = np.array([when for (when,) in rows])
        store.close()
    middle = slice(len(at) // 5, -(len(at) // 5))
    # The slope: results come in steps of all slots at once, which two points alone would misjudge.
    return float(np.polyfit(at[middle] - at[0], np.arange(len(at))[middle], 1)[0])


def main() -> None:
    sleep_s = float(sys.argv[1]) if len(sys.argv) > 1 else 2.0
    counts = [int(text) for text in sys.argv[2:]] or [1, 2, 4]
    cluster = Cluster(initialize_head=True, head_node_args={**NODE, "num_cpus": 0})
    print(f"evaluations that sleep {sleep_s:g} s, {SLOTS} slots a node")
    print("nodes  per s  of ideal  of n times one node")
    one, there = None, 0
    try:
        for count in counts:
            for _ in range(count - there):
                cluster.add_node(**NODE)
            there = count
            found = rate(cluster.address, count, sleep_s)
            one = one or found / count
            ideal = count * SLOTS / sleep_s
            print(f"{count:5} {found:6.2f} {found / ideal:9.2f} {found / (count * one):20.2f}")
    finally:
        ray.shutdown()
        cluster.shutdown()


if __name__ == "__main__":
    main()
