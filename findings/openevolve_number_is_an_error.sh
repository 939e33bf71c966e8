#!/usr/bin/env bash
# openevolve 0.4.1: an evaluator that returns a number (or a tuple, a list) scores 0.0, and its
# number is dropped, with a line in the log at most; 0.0 then beats every valid negative score.
#
# evaluate() must return a dict or an EvaluationResult. Anything else becomes {"error": 0.0}, and
# the mean of a result's numbers is the fitness where there is no combined_score. Seen with Python
# 3.11, through the engine's own evaluator.
# Output seen:
#     a dict: {'combined_score': -0.5}
#     a number: {'error': 0.0}
#     a pair: {'error': 0.0}
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place/venv"
"$place/venv/bin/pip" -q --disable-pip-version-check install "openevolve==0.4.1"
cat > "$place/try.py" <<'PYTHON'
import asyncio
import logging
import pathlib
import sys

from openevolve.config import EvaluatorConfig
from openevolve.evaluator import Evaluator

logging.disable(logging.CRITICAL)
place = pathlib.Path(sys.argv[1])
RETURNED = {"a dict": '{"combined_score": -0.5}', "a number": "-0.5", "a pair": '(-0.5, {"why": "x"})'}
for name, text in RETURNED.items():
    path = place / f"{name.replace(' ', '_')}.py"
    path.write_text(f"def evaluate(program_path):\n    return {text}\n")
    config = EvaluatorConfig(cascade_evaluation=False, max_retries=0)
    evaluator = Evaluator(config, str(path))
    print(f"{name}: {asyncio.run(evaluator.evaluate_program('x = 1', name))}")
PYTHON
found=$("$place/venv/bin/python" "$place/try.py" "$place" 2>/dev/null)
echo "$found"
[ "$found" = "a dict: {'combined_score': -0.5}
a number: {'error': 0.0}
a pair: {'error': 0.0}" ] || { echo "this has changed"; exit 1; }
