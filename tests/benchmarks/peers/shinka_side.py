"""A search of ShinkaEvolve: python shinka_side.py URL PROGRAMS WORKERS, in the folder it is to be in."""

import sys
from pathlib import Path

from shinka.core import EvolutionConfig, ShinkaEvolveRunner
from shinka.database import DatabaseConfig
from shinka.launch import LocalJobConfig

EVALUATE = """
import argparse, json
from pathlib import Path

parser = argparse.ArgumentParser()
parser.add_argument("--program_path")
parser.add_argument("--results_dir")
args = parser.parse_args()
x = float(Path(args.program_path).read_text().split("x =")[1].split()[0])
folder = Path(args.results_dir)
(folder / "metrics.json").write_text(json.dumps({"combined_score": -((x - 3.0) ** 2), "public": {}, "private": {}}))
(folder / "correct.json").write_text(json.dumps({"correct": True, "error": ""}))
"""

url, programs, workers = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
Path("initial.py").write_text("# EVOLVE-BLOCK-START\nx = 0.0\n# EVOLVE-BLOCK-END\n")
Path("evaluate.py").write_text(EVALUATE)
runner = ShinkaEvolveRunner(
    EvolutionConfig(
        task_sys_msg="Make x larger.", patch_types=["full"], patch_type_probs=[1.0], num_generations=programs,
        max_patch_resamples=1, max_patch_attempts=1, language="python", llm_models=[f"local/fake@{url}"],
        llm_dynamic_selection=None, llm_kwargs={"temperatures": 0.0, "max_tokens": 1000}, meta_rec_interval=None,
        embedding_model=None, init_program_path="initial.py", results_dir="out",
    ),
    LocalJobConfig(eval_program_path="evaluate.py"),
    DatabaseConfig(db_path="programs.sqlite"),
    verbose=False, max_evaluation_jobs=workers, max_proposal_jobs=workers,
)  # fmt: skip
runner.run()
