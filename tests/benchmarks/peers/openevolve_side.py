"""A search of OpenEvolve: python openevolve_side.py URL PROGRAMS WORKERS, in the folder it is to be in."""

import json
import runpy
import sys
from pathlib import Path

url, programs, workers = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
Path("initial.py").write_text("# EVOLVE-BLOCK-START\nx = 0.0\n# EVOLVE-BLOCK-END\n")
Path("evaluator.py").write_text(
    "def evaluate(path):\n"
    "    x = float(open(path).read().split('x =')[1].split()[0])\n"
    "    return {'combined_score': -((x - 3.0) ** 2)}\n"
)
settings = {
    "max_iterations": programs, "checkpoint_interval": 10 * programs, "log_level": "ERROR",
    "diff_based_evolution": False, "random_seed": 0,
    "llm": {"api_base": url, "api_key": "none", "primary_model": "fake", "timeout": 60, "retries": 1},
    "evaluator": {"parallel_evaluations": workers, "cascade_evaluation": False, "timeout": 60},
}  # fmt: skip
Path("config.yaml").write_text(json.dumps(settings))  # JSON is YAML
sys.argv = [
    "openevolve-run",
    "initial.py",
    "evaluator.py",
    "-c",
    "config.yaml",
    "-o",
    "out",
    "-l",
    "ERROR",
]
runpy.run_module("openevolve.cli", run_name="__main__")
