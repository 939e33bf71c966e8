"""The table of docs/records.md: what is known of each exact problem, certified again here.

    python tests/benchmarks/records.py [--seconds 60] [--seeds 1] > docs/records.md

Published constructions are scored by the shipped scorers; "offline" is the best of a search without
a model, from the shipped seed, of so many seconds on this machine.
"""

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from cladogen.evaluators.certify import certify
from cladogen.evaluators.evaluator import ProblemEvaluator
from cladogen.from_python.finished_run import FinishedRun
from cladogen.problem import load
from cladogen.sandboxes.choose import open_sandbox

ROOT = Path(__file__).parents[2]
PUBLISHED = ROOT / "tests" / "data" / "constructions"
ROWS = [  # problem, variant, published construction
    ("circle_packing", "", "circles_square_n26_certified_best"),
    ("circle_packing", "n32", "circles_square_n32_alphaevolve_v1"),
    ("circle_packing", "rect21", "circles_rect_n21_alphaevolve_v2"),
    ("heilbronn", "", "heilbronn_triangle_n11_right_triangle_alphaevolve"),
    ("heilbronn", "convex13", "heilbronn_convex_n13_alphaevolve"),
    ("minmax_ratio", "", "minmax_ratio_2d_n16_alphaevolve"),
    ("minmax_ratio", "space14", "minmax_ratio_3d_n14_alphaevolve"),
    ("hexagon_packing", "", "hexagon_packing_n11_alphaevolve"),
    ("autocorrelation", "", "autocorr1_alphaevolve_v1_n600"),
    ("autocorrelation", "c2", "autocorr2_alphaevolve_v1_n50"),
    ("autocorrelation", "c3", "autocorr3prime_alphaevolve_v1_n150"),
    ("erdos_overlap", "", "erdos_alphaevolve_n95"),
    ("uncertainty", "", "uncertainty_laguerre_alphaevolve_v2_6roots"),
    ("exact_algebra", "", "sumdiff_U1_alphaevolve"),
    ("exact_algebra", "kissing11", "kissing_d11_n593_alphaevolve"),
    ("exact_algebra", "tensor333", "matmul_333_rank23_alphaevolve"),
    ("exact_algebra", "tensor245", "matmul_245_rank32_alphaevolve"),
]  # fmt: skip
HEAD = """\
# Records

Made by `python tests/benchmarks/records.py --seconds {seconds} --seeds {seeds}`: for each exact problem the best value that
the literature claims, what the shipped scorer certifies of a published construction (its file is in
`tests/data/constructions/`, with its source; the best known one is not always published), and what this engine finds.

- **certified**: `evolve certify problems/NAME tests/data/constructions/FILE.json --entry NAME`, exact, without tolerance.
- **offline**: `evolve run problems/NAME --max-seconds {seconds}`, no model, two workers, the best of {seeds} random
  seed(s), on a machine shared with others. Seeds are as they ship; none holds a known answer.
- **with a model**: `evolve run problems/NAME --model NAME --max-usd 5`; not measured yet.

| problem, variant | best known | certified of a published one | by | seed | offline | with a model |
|---|---|---|---|---|---|---|"""


def solution(problem: str, name: str) -> tuple[object, str]:
    """Return a published construction in the form its problem takes, and its source."""
    document = json.loads((PUBLISHED / f"{name}.json").read_text())
    if problem == "hexagon_packing":
        outer = [*document["outer_center"], document["outer_angle_deg"]]
        return {"hexagons": document["inner"], "outer": outer}, document["source"]
    return document.get("points", document.get("values")), document["source"]


async def certified(problem, value):
    async with open_sandbox("local", folder=problem.folder, limits=problem.limits) as sandbox:
        evaluator = ProblemEvaluator(problem, sandbox)
        try:
            await evaluator.start()
            (found,) = await certify(problem, evaluator, value)
            seed = problem.score(await evaluator.evaluate(problem.seeds[0]))
            return found, seed.metrics[problem.objective.name]
        finally:
            await evaluator.close()


def offline(name: str, variant: str, seconds: float, seed: int) -> float:
    """Return what a search without a model reaches."""
    with tempfile.TemporaryDirectory() as place:
        command = [str(Path(sys.executable).with_name("evolve")), "run", str(ROOT / "problems" / name),
                   "--max-seconds", str(seconds), "--run", f"{place}/run", "--plain",
                   "--seed", str(seed), *(["--variant", variant] if variant else [])]  # fmt: skip
        subprocess.run(command, check=True, capture_output=True, timeout=20 * seconds + 300)
        return FinishedRun.read(f"{place}/run").score


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seeds", type=int, default=1)
    args = parser.parse_args()
    print(HEAD.format(seconds=f"{args.seconds:g}", seeds=args.seeds))
    for name, variant, file in ROWS:
        problem = load(ROOT / "problems" / name, variant).with_seed(0)
        value, source = solution(name, file)
        found, seed = asyncio.run(certified(problem, value))
        best = max if problem.objective.sign > 0 else min
        ours = best(offline(name, variant, args.seconds, at) for at in range(args.seeds))
        print(f"| `{name}`{variant and ', `' + variant + '`'} | {problem.best_known!r} | {found.value!r} | "
              f"{source.split(' cell')[0]} | {seed:.7g} | {ours:.10g} | - |", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
