"""Symbolic regression beside gplearn: the same data, the same CPU time.

    python -m venv V && V/bin/pip install gplearn
    python tests/benchmarks/bench_gplearn.py --python V/bin/python --ours FILE [--cpu-seconds 40]
        [--seeds 1] [--json FILE] [--page]

gplearn gets the measurements of each held-out case and half of the CPU time for each of the two;
what its best program is worth on the case's points inside and outside the range of the data is
computed as the problem's scorer does. ``--ours`` is what `bench_offline_targets.py --only
symbolic_regression --json FILE` measured with as much CPU time. ``--json`` keeps what gplearn came
to, one line a fit, and goes on from there; ``--page`` writes the table to docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from bench_offline_targets import SYSTEMS, Search, read
from page import write_part

ROOT = Path(__file__).parents[2]
PROBLEM = ROOT / "problems" / "symbolic_regression"
HEADING = "Symbolic regression beside gplearn"
PEER = """
import json, sys, time, warnings
import numpy as np
from gplearn.functions import make_function
from gplearn.genetic import SymbolicRegressor

warnings.simplefilter("ignore")
file, budget, seed = sys.argv[1], float(sys.argv[2]), int(sys.argv[3])
data = np.load(file)
exp = make_function(function=lambda x: np.exp(np.minimum(x, 50.0)), name="exp", arity=1)
names = ("add", "sub", "mul", "div", "sqrt", "log", "abs", "neg", "inv", "sin", "cos", exp)
model = SymbolicRegressor(
    population_size=1000, generations=1, function_set=names, const_range=(-10.0, 10.0),
    parsimony_coefficient=0.001, random_state=seed, warm_start=True, n_jobs=1,
)
with np.errstate(all="ignore"):
    began = time.process_time()
    model.fit(data["inputs"], data["targets"])
    while time.process_time() - began < budget:
        model.set_params(generations=model.generations + 1)
        model.fit(data["inputs"], data["targets"])
    found = [model.predict(data[side]).tolist() for side in ("inside", "outside")]
print(json.dumps([found, model.generations, time.process_time() - began]))
"""


def main() -> int:
    """Let gplearn fit every held-out case, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--python", required=True, help="an interpreter that has gplearn")
    parser.add_argument("--ours", type=Path)
    parser.add_argument("--cpu-seconds", type=float, default=40.0)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--page", action="store_true")
    args = parser.parse_args()
    ours, theirs = read(args.ours), fits(args)
    rows = [row(system, theirs, [each for each in ours.values() if each.variant == system])
            for system in SYSTEMS]  # fmt: skip
    text = page(rows, args)
    print(text)
    if args.page:
        write_part(HEADING, text)
    return 0


def fits(args: argparse.Namespace) -> dict[str, list[list[float]]]:
    """Return what gplearn comes to, by system: inside, outside, generations, for each seed."""
    lines = args.json.read_text().splitlines() if args.json and args.json.exists() else []
    known = {(system, seed): values for system, seed, values in map(json.loads, lines)}
    scorer = loaded_scorer()
    for system in SYSTEMS:
        for seed in range(args.seeds):
            if (system, seed) in known:
                continue
            known[system, seed] = list(fitted(scorer, system, seed, args))
            print(system or "oscillator", seed, known[system, seed], flush=True)
            if args.json:
                with args.json.open("a", encoding="utf-8") as file:
                    file.write(json.dumps([system, seed, known[system, seed]]) + "\n")
    return {system: [known[system, seed] for seed in range(args.seeds)] for system in SYSTEMS}


def row(system: str, theirs: dict[str, list[list[float]]], ours: list[Search]) -> str:
    """Return a system's line of the table."""
    inside, outside, rounds = (
        statistics.median(side) for side in zip(*theirs[system], strict=True)
    )
    out = f"{statistics.median(each.value for each in ours):.3g}" if ours else "-"
    return f"| {system or 'oscillator'} | {out} | {outside:.3g} | {inside:.3g} | {rounds:g} |"


def loaded_scorer() -> Any:
    """Return the problem's scorer, loaded as a file."""
    sys.path.insert(0, str(PROBLEM))
    spec = importlib.util.spec_from_file_location("scorer", PROBLEM / "scorer.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def fitted(
    scorer: Any, system: str, seed: int, args: argparse.Namespace
) -> tuple[float, float, float]:
    """Return the mean errors inside and outside over the held-out cases, and the generations."""
    parameters = {"system": system or "oscillator", "points": 400, "seed": 0}
    cases = [case for case in scorer.cases(parameters) if case.split == "heldout"]
    found = [one(scorer, case, args.cpu_seconds / len(cases), seed, args.python) for case in cases]
    inside, outside, rounds = (statistics.mean(side) for side in zip(*found, strict=True))
    return inside, outside, rounds


def one(
    scorer: Any, case: Any, budget: float, seed: int, python: str
) -> tuple[float, float, float]:
    """Return the errors of one case inside and outside, and the generations."""
    (inside, right), (outside, right_outside) = case.answer
    with tempfile.NamedTemporaryFile(suffix=".npz") as file:
        np.savez(
            file, inputs=case.input["inputs"], targets=case.input["targets"],
            inside=np.column_stack(list(inside.values())),
            outside=np.column_stack(list(outside.values())),
        )  # fmt: skip
        file.flush()
        command = [python, "-c", PEER, file.name, str(budget), str(seed)]
        said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    values, rounds, _ = json.loads(said)
    errors = [
        scorer.log_error(np.nan_to_num(np.array(side), nan=1e9), truth)
        for side, truth in zip(values, (right, right_outside), strict=True)
    ]
    return errors[0], errors[1], float(rounds)


def page(rows: list[str], args: argparse.Namespace) -> str:
    """Return the table with its command and what it means."""
    head = "| system | ours, outside | gplearn, outside | gplearn, inside | gplearn's generations |"
    words = (
        "log10 of the squared error over the variance, the mean of the two held-out cases (1 % and "
        "10 % noise), lower is\nbetter; outside is beyond the range of the measurements. gplearn "
        "0.4.3, a population of 1000, with the problem's\nfunctions, fits each held-out case by "
        f"itself for half of {args.cpu_seconds:g} CPU seconds (its own process, no sandbox); ours "
        "is\nthe search of the table above, which sees other cases of the same law and has only its "
        f"numbers fitted to these.\n{args.seeds} random seed{'s' * (args.seeds > 1)}."
    )
    command = (
        "    python tests/benchmarks/bench_gplearn.py --python V/bin/python --ours FILE "
        f"--cpu-seconds {args.cpu_seconds:g} --seeds {args.seeds}"
    )
    return "\n\n".join((words, command, "\n".join([head, "| --- |" + " --: |" * 4, *rows])))


if __name__ == "__main__":
    sys.exit(main())
