"""CPU time around a null candidate: what the engine and a sandbox use for one program, by sandbox.

    python tests/benchmarks/bench_sandbox_cpu.py [--programs 200] [--rounds 3] [--before PYTHON]

Each program is another text of one line that returns its input; every eighth is measured again in a
fresh sandbox, as what would become the best is. Counted are this process, every process below it
and the containers; not the daemon. With --before, the same with another environment's engine, in
turns: PYTHON is its interpreter.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

TOML = """
[program]
editable = ["solve.py"]
entry = "solve.py:run"
[objective]
metric = "value"
"""
SCORER = """
from cladogen.scoring import Case, number
def cases(parameters):
    return [Case("a", 1), Case("b", 2)]
def score(case, output):
    return {"value": number(output)}
"""
CONTAINERS = (
    "/sys/fs/cgroup/cpuacct/docker/cpuacct.usage",
    "/sys/fs/cgroup/docker/cpu.stat",
    "/sys/fs/cgroup/system.slice/cpu.stat",
)
SANDBOXES = ("docker", "bubblewrap", "local")
FRESH_EVERY = 8


def used_s() -> float:
    """Return the CPU seconds of this process, of all below it, and of containers."""
    from cladogen.sandboxes.inside.processes import descendants

    waited = resource.getrusage(resource.RUSAGE_CHILDREN)
    total = time.process_time() + waited.ru_utime + waited.ru_stime
    for pid in descendants():
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        total += sum(int(field) for field in fields[11:15]) / os.sysconf("SC_CLK_TCK")
    return total


def containers_s() -> float:
    for path in CONTAINERS:
        try:
            text = Path(path).read_text()
        except OSError:
            continue
        return int(text) / 1e9 if text[:1].isdigit() else int(text.split()[1]) / 1e6
    return 0.0


def resident_mb() -> float:
    """Return the proportional memory of all processes below this one."""
    from cladogen.sandboxes.inside.processes import descendants

    total = 0
    for pid in descendants():
        try:
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        total += next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)
    return total / 1024


async def measure(name: str, programs: int, workers: int) -> dict[str, float]:
    from cladogen.evaluation import Status
    from cladogen.evaluators.evaluator import ProblemEvaluator
    from cladogen.problem import load
    from cladogen.sandboxes.choose import open_sandbox

    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        root.chmod(0o755)  # a container of the scorer reads it as another user
        (root / "seed").mkdir()
        (root / "seed" / "solve.py").write_text("def run(x):\n    return x\n")
        (root / "problem.toml").write_text(TOML)
        (root / "scorer.py").write_text(SCORER)
        problem = load(root)
        async with open_sandbox(name, limits=problem.limits, slots=workers) as sandbox:
            evaluator = ProblemEvaluator(problem, sandbox)
            await evaluator.start()
            waiting = iter(range(programs + 10 * workers))

            async def work(count: int) -> None:
                for _ in range(count):
                    number = next(waiting)
                    text = f"def run(x):\n    return x + {number} - {number}\n"
                    program = problem.seeds[0].replace({"solve.py": text.encode()})
                    for fresh in (False, True) if number % FRESH_EVERY == 0 else (False,):
                        rows = await evaluator.evaluate(program, fresh=fresh)
                        assert all(row.status is Status.OK for row in rows), rows

            await asyncio.gather(*(work(10) for _ in range(workers)))
            cpu, inside, started = used_s(), containers_s(), time.monotonic()
            own = time.process_time()
            await asyncio.gather(*(work(programs // workers) for _ in range(workers)))
            wall = time.monotonic() - started
            cpu = used_s() - cpu + (containers_s() - inside if name == "docker" else 0.0)
            own = time.process_time() - own
            memory = resident_mb()
            await evaluator.close()
    done = programs // workers * workers
    return {
        "cpu_ms": 1000 * cpu / done,
        "engine_ms": 1000 * own / done,
        "per_s": done / wall,
        "memory_mb": memory,
    }


def in_turns(chosen: argparse.Namespace) -> None:
    engines = {"now": sys.executable}
    if chosen.before:
        engines = {"before": chosen.before, **engines}
    shape = f"{'':<12}{'':<8}{'CPU ms':>9}{'engine':>9}{'per s':>8}{'MB below':>10}"
    print(f"{shape}   per program; medians of {chosen.rounds} rounds of {chosen.programs}")
    for name in chosen.sandboxes:
        found: dict[str, list[dict[str, float]]] = {engine: [] for engine in engines}
        for _ in range(chosen.rounds):
            for engine, python in engines.items():
                command = [python, __file__, "--one", name, "--programs", str(chosen.programs)]
                done = subprocess.run(command, capture_output=True, text=True, check=False)
                if done.returncode:
                    print(f"{name:<12}{engine:<8}{done.stderr.strip().splitlines()[-1][:80]}")
                    break
                found[engine].append(json.loads(done.stdout))
        for engine, rounds in found.items():
            if rounds:
                middle = {key: statistics.median(each[key] for each in rounds) for key in rounds[0]}
                numbers = (middle[key] for key in ("cpu_ms", "engine_ms", "per_s", "memory_mb"))
                cpu, own, rate, memory = numbers
                print(f"{name:<12}{engine:<8}{cpu:>9.1f}{own:>9.1f}{rate:>8.0f}{memory:>10.0f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--programs", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--before", default="")
    parser.add_argument("--sandboxes", nargs="+", default=SANDBOXES)
    parser.add_argument("--one", default="")
    options = parser.parse_args()
    if options.one:
        print(json.dumps(asyncio.run(measure(options.one, options.programs, 2))))
    else:
        in_turns(options)
