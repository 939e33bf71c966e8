#!/usr/bin/env bash
# openevolve 0.4.1: a SEARCH/REPLACE block whose lines are not in the program is passed over, and the
# other blocks of the same reply are applied: the child is half of what the model meant.
#
# apply_diff() returns the text alone, not which blocks found their place, and raises nothing. Where no
# block does, the child is its parent again. Lines that stand twice are changed where they come
# first. Seen with Python 3.11.
# What to do: compare the number of blocks with what apply_diff_blocks() says that it applied.
# Output seen:
#     both blocks are there: 'a = 3\nb = 4\n'
#     one of two is there: 'a = 3\nb = 2\n'
#     none is there: 'a = 1\nb = 2\n'
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place/venv"
"$place/venv/bin/pip" -q --disable-pip-version-check install "openevolve==0.4.1"
cat > "$place/try.py" <<'PYTHON'
from openevolve.utils.code_utils import apply_diff

CODE = "a = 1\nb = 2\n"


def block(old: str, new: str) -> str:
    return f"<<<<<<< SEARCH\n{old}\n=======\n{new}\n>>>>>>> REPLACE\n"


first, other, lost = block("a = 1", "a = 3"), block("b = 2", "b = 4"), block("c = 2", "c = 4")
print(f"both blocks are there: {apply_diff(CODE, first + other)!r}")
print(f"one of two is there: {apply_diff(CODE, first + lost)!r}")
print(f"none is there: {apply_diff(CODE, lost)!r}")
PYTHON
found=$("$place/venv/bin/python" "$place/try.py" 2>/dev/null)
echo "$found"
[ "$found" = "both blocks are there: 'a = 3\nb = 4\n'
one of two is there: 'a = 3\nb = 2\n'
none is there: 'a = 1\nb = 2\n'" ] || { echo "this has changed"; exit 1; }
