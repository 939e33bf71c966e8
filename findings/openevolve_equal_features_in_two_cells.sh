#!/usr/bin/env bash
# openevolve 0.4.1: two programs with the same features may be the elites of two cells of its
# MAP-Elites grid, and are then never compared: the worse one stays.
#
# Cells are shares of the range of a feature that was seen so far, and a program keeps the cell that it
# was given when it came. A program of a new greatest size moves the borders under all that are there
# already. Seen with Python 3.11, one island, 100 cells, the feature "size".
# What to do: let the evaluator return the feature already scaled to a fixed range, whose two ends are
# taken by the first programs.
# Output seen:
#     size 0: cell 50
#     size 100: cell 99
#     size 50: cell 50
#     size 1000: cell 99
#     size 50: cell 5
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place/venv"
"$place/venv/bin/pip" -q --disable-pip-version-check install "openevolve==0.4.1"
cat > "$place/try.py" <<'PYTHON'
import logging

from openevolve.config import DatabaseConfig
from openevolve.database import Program, ProgramDatabase

logging.disable(logging.CRITICAL)
config = DatabaseConfig(
    feature_dimensions=["size"], feature_bins=100, num_islands=1, population_size=100, random_seed=0
)
database = ProgramDatabase(config)
for at, (size, score) in enumerate([(0, 0.0), (100, 0.1), (50, 0.5), (1000, 0.2), (50, 0.4)]):
    metrics = {"combined_score": score, "size": size}
    database.add(Program(id=str(at), code=f"x = {size}", metrics=metrics))
    cells = [cell for cell, held in database.island_feature_maps[0].items() if held == str(at)]
    print(f"size {size}: cell {', '.join(cells)}")
PYTHON
found=$("$place/venv/bin/python" "$place/try.py" 2>/dev/null)
echo "$found"
[ "$found" = "size 0: cell 50
size 100: cell 99
size 50: cell 50
size 1000: cell 99
size 50: cell 5" ] || { echo "this has changed"; exit 1; }
