"""A real Ray cluster of several nodes on this machine: one coordinator, nodes that are lost."""

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import far_world
import pytest

from cladogen import evolve
from cladogen.events import Silent
from cladogen.record.store import Store

ray = pytest.importorskip("ray")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.filterwarnings("ignore"),  # Ray's own
]
NODE = {"num_cpus": 2, "memory": 8 << 30, "object_store_memory": 100 << 20}


class Lines(Silent):
    def __init__(self):
        self.notices, self.header = [], []
        self.told_of = lambda: None

    def begin(self, header):
        self.header = header

    def notice(self, text):
        self.notices.append(text)

    def told(self, event, progress):
        self.told_of()


@pytest.fixture
def cluster(monkeypatch):
    """A head without CPUs, and two nodes with two each."""
    from ray.cluster_utils import Cluster

    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    made = Cluster(initialize_head=True, head_node_args={**NODE, "num_cpus": 0})
    nodes = [made.add_node(**NODE) for _ in range(2)]
    made.wait_for_nodes()
    try:
        yield made, nodes
    finally:
        ray.shutdown()
        made.shutdown()


def judged(hold: Path) -> list[tuple[str, str]]:
    """Return process and program of every call of an evaluator."""
    return [tuple(line.split()) for line in (hold / "calls").read_text().splitlines()]


def stored(run: Path) -> tuple[list, list]:
    store = Store.open(run)
    try:
        return list(store.results()), list(store.evaluations())
    finally:
        store.close()


def search(problem: Path, address: str, observer, **settings):
    given = {
        "machines": "ray", "ray_address": address, "proposer": "count.py:Counter", "archive": "greedy",
        "noise_repeats": 1, **settings,
    }  # fmt: skip
    return evolve(problem, problem.parent / "run", observer=observer, **given)


def test_evaluations_spread_over_nodes_and_a_killed_node_costs_none(cluster, tmp_path):
    """A node dies with evaluations in hand: each proposal has one result all the same."""
    made, nodes = cluster
    problem, lines = far_world.write_problem(tmp_path, sleep_s=0.2), Lines()
    hold, lost = tmp_path / "hold", []

    def kill_one_in_mid_run():
        processes = {process for process, _ in judged(hold)}
        if len(processes) < 2 or lost:
            return
        lost.append(True)
        for process in processes:  # from now on nobody answers: what is in hand stays in hand
            (hold / f"stop-{process}").touch()
        made.remove_node(nodes.pop(), allow_graceful=False)
        for stop in hold.glob("stop-*"):
            stop.unlink()

    lines.told_of = kill_one_in_mid_run
    ending = search(problem, made.address, lines, max_proposals=40)
    assert lost, "only one node was ever used"
    assert ending.stop.kind == "proposals"
    results, rows = stored(tmp_path / "run")
    assert sorted(result.ticket for result in results) == list(range(41))
    once = {(row.program, row.evaluation.case, row.fresh) for row in rows}
    assert len(once) == len(rows)
    assert {(number, case) for number, case, _ in once} == {(n, c) for n in range(41) for c in "ab"}
    assert [line for line in lines.notices if "put back" in line]
    assert "ray, 2 nodes, 4 slots" in dict(lines.header)["sandbox"]


def test_worker_that_is_killed_alone_is_started_again(cluster, tmp_path):
    made, nodes = cluster
    made.remove_node(nodes.pop(), allow_graceful=True)
    problem, lines = far_world.write_problem(tmp_path), Lines()
    killed = []

    def kill_once():
        if not killed:
            killed.append(judged(tmp_path / "hold")[-1][0])
            os.kill(int(killed[0]), 9)

    lines.told_of = kill_once
    ending = search(problem, made.address, lines, max_proposals=12)
    assert ending.stop.kind == "proposals"
    results, _ = stored(tmp_path / "run")
    assert sorted(result.ticket for result in results) == list(range(13))
    assert len({process for process, _ in judged(tmp_path / "hold")}) == 2


def test_node_that_comes_later_is_used(cluster, tmp_path):
    made, nodes = cluster
    made.remove_node(nodes.pop(), allow_graceful=True)
    problem, lines, workers = far_world.write_problem(tmp_path, sleep_s=0.1), Lines(), set()

    def add_once():
        workers.update(process for process, _ in judged(tmp_path / "hold"))
        if len(nodes) < 2:
            nodes.append(made.add_node(**NODE))
        if len(workers) == 2:
            (tmp_path / "hold" / "both").touch()

    lines.told_of = add_once
    search(problem, made.address, lines, max_seconds=120.0, target=1e9)
    assert len(workers) == 2


def test_address_that_does_not_answer_is_one_line(tmp_path):
    problem = far_world.write_problem(tmp_path)
    with socket.socket() as held:  # bound, and nobody listens
        held.bind(("127.0.0.1", 0))
        port = held.getsockname()[1]
        command = [
            "evolve", "run", str(problem), "--run", str(tmp_path / "run"), "--workers", "ray",
            "--ray-address", f"127.0.0.1:{port}",
        ]  # fmt: skip
        evolve_path = shutil.which("evolve", path=str(Path(sys.executable).parent))
        done = subprocess.run(
            [evolve_path, *command[1:]], capture_output=True, text=True, timeout=120, check=False
        )
    assert done.returncode == 2
    assert f"ray: 127.0.0.1:{port} does not answer" in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
