"""What ``evolve run`` takes until its first lines, its sandbox's line and its first evaluated program.

    python tests/benchmarks/bench_start.py [--rounds 3] [--against PYTHON] [--sandbox local ...]

Counted is the CPU time of the engine's own process; beside it that of its children (the scorer and
the supervisors; Docker's are elsewhere). ``--against`` is the Python of another checkout's .venv,
measured in turns with this one.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile

COMMAND = ["run", "cap_set", "--max-evaluations", "3", "--new", "--sandbox"]
WATCHED = r"""
import json, resource, sys, time
class Stream:
    encoding, marks = "utf-8", {}
    def isatty(self): return False
    def flush(self): pass
    def write(self, text):
        name = text.partition(" ")[0]
        name = "sandbox" if text.startswith("sandbox") and "starting" not in text else name
        if name != "sandbox" or "starting" not in text:
            self.marks.setdefault(name, time.process_time())
        return len(text)
stream = sys.stdout = Stream()
from cladogen.cli.main import main
code = main(sys.argv[1:])
below = resource.getrusage(resource.RUSAGE_CHILDREN)
found = {"first lines": stream.marks["problem"], "sandbox": stream.marks["sandbox"]}
found |= {"first program": stream.marks["seed"], "end": time.process_time()}
print(json.dumps({**found, "children": below.ru_utime + below.ru_stime}), file=sys.stderr)
"""


def as_installed() -> dict[str, str]:
    """Return an environment in which Python keeps its bytecode, as an installed package has it:
    without, each start compiles every module, which takes as long as all the rest.
    """
    return {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}


def measured(python: str, sandbox: str) -> dict[str, float]:
    """Start one run, and return the CPU seconds up to each mark."""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [python, "-c", WATCHED, *COMMAND, sandbox],
            cwd=folder, env=as_installed(), capture_output=True, text=True, check=True,
        )  # fmt: skip
    found: dict[str, float] = json.loads(done.stderr.splitlines()[-1])
    return found


def main() -> None:
    """Print a row for each sandbox and Python: medians, in seconds of CPU."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--against", default="")
    parser.add_argument("--sandbox", nargs="+", default=["local", "bubblewrap", "docker"])
    chosen = parser.parse_args()
    pythons = [python for python in (sys.executable, chosen.against) if python]
    for sandbox in chosen.sandbox:
        rows: dict[str, list[dict[str, float]]] = {python: [] for python in pythons}
        for turn in range(chosen.rounds + 1):
            for python in pythons:
                found = measured(python, sandbox)
                if turn:  # the first one may write the bytecode
                    rows[python].append(found)
        for python, of_it in rows.items():
            medians = {name: statistics.median(row[name] for row in of_it) for name in of_it[0]}
            words = ", ".join(f"{name} {value:.2f}" for name, value in medians.items())
            print(f"{sandbox:<11} {words}  ({python})", flush=True)


if __name__ == "__main__":
    main()
