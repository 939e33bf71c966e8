#!/usr/bin/env bash
# gepa 0.1.4: where the evaluator gives the seed candidate NaN (a mean over nothing, 0/0), no
# candidate is ever accepted, however good, and the seed is returned as the best.
#
# A candidate must score more than its parent, and no number is more than NaN; nothing says so. Seen
# with Python 3.11, through optimize_anything with a reflection model that is a function.
# What to do: return -inf, or raise, where there is no score.
# Output seen:
#     seed scores 0.0: best candidate 1, accepted 2, scores that were seen 0.0 2.0
#     seed scores nan: best candidate 0, accepted 1, scores that were seen 2.0 nan
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place/venv"
"$place/venv/bin/pip" -q --disable-pip-version-check install "gepa==0.1.4"
cat > "$place/try.py" <<'PYTHON'
import contextlib
import io
import itertools

from gepa.optimize_anything import EngineConfig, GEPAConfig, ReflectionConfig, optimize_anything


def search(seed_score):
    numbers, seen = itertools.count(1), set()

    def evaluate(candidate):
        score = seed_score if candidate == "0" else 2.0
        seen.add(str(score))
        return score, {"candidate": candidate}

    config = GEPAConfig(
        engine=EngineConfig(max_metric_calls=8, parallel=False, use_cloudpickle=False),
        reflection=ReflectionConfig(reflection_lm=lambda prompt: f"```\n{next(numbers)}\n```"),
    )
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        found = optimize_anything("0", evaluator=evaluate, config=config)
    accepted = len(found.val_aggregate_scores)
    scores = " ".join(sorted(seen))
    return f"best candidate {found.best_candidate}, accepted {accepted}, scores that were seen {scores}"


for score in (0.0, float("nan")):
    print(f"seed scores {score}: {search(score)}")
PYTHON
found=$("$place/venv/bin/python" "$place/try.py" 2>/dev/null)
echo "$found"
[ "$found" = "seed scores 0.0: best candidate 1, accepted 2, scores that were seen 0.0 2.0
seed scores nan: best candidate 0, accepted 1, scores that were seen 2.0 nan" ] || { echo "this has changed"; exit 1; }
