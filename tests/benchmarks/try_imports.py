"""Try folders of other projects as they are: import each, evaluate its program once, print a table.

    python tests/benchmarks/try_imports.py [--jobs N] FOLDER...

The folders are read where they are and nothing of them is kept. Not part of any suite: what they
need (packages, tools, data) differs from machine to machine.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

SMALL = "[[6, 4]]"  # for FunSearch's admissible sets: dimension and weight
EVOLVE = str(Path(sys.executable).with_name("evolve"))


def tried(folder: Path, sandbox: str, with_: str) -> tuple[str, str, str, str]:
    """Return layout, name, what came of it (runs, needs, cannot), and the figure or the cause."""
    name = "/".join(folder.parts[-2:])
    with tempfile.TemporaryDirectory(prefix="try-import-", dir=Path.home()) as place:
        target = Path(place) / "problem"
        inputs = ["--inputs", SMALL] if folder.suffix == ".txt" else []
        beside = ["--with", with_] if with_ else []
        made = run("import", folder, target, "--json", *inputs, *beside)
        if made.returncode:
            return "-", name, "cannot", last(made.stderr)
        told = json.loads(made.stdout)
        needs = ", ".join(told["requirements"])
        done = run("evaluate", target, "seed", "--json", "--sandbox", sandbox)
        if done.returncode or not done.stdout:
            return told["layout"], name, "cannot", last(done.stderr)
        found = json.loads(done.stdout)
        if found["status"] != "ok":
            cause = f"{found['status']}: {found['feedback']}"
            return told["layout"], name, "cannot", cause
        shown = {key: round(value, 4) for key, value in list(found["metrics"].items())[:3]}
        figure = ", ".join(f"{key} {value:g}" for key, value in shown.items())
        return told["layout"], name, f"with {needs}" if needs else "runs", figure


def run(*words: object) -> subprocess.CompletedProcess[str]:
    command = [EVOLVE, *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, timeout=1200, check=False)


def last(text: str) -> str:
    return (text.strip().splitlines() or ["?"])[-1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--sandbox", default="bubblewrap")
    parser.add_argument("--with", default="", dest="with_", help="a checkout of AlgoTune")
    args = parser.parse_args()
    print("| layout | example | as it is | what its seed reports, or why not |\n|---|---|---|---|")
    good = 0
    with ThreadPoolExecutor(args.jobs) as pool:
        for row in pool.map(lambda each: tried(each, args.sandbox, args.with_), args.folders):
            good += row[2] != "cannot"
            print(
                "| " + " | ".join(each.replace("|", "/")[:160] for each in row) + " |", flush=True
            )
    print(f"\n{good} of {len(args.folders)} run.")


if __name__ == "__main__":
    main()
