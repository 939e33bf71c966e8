#!/usr/bin/env bash
# networkx 3.6.1: write_gexf declares an attribute with the type that it has at the first node. Where
# that is an int and a later node has a float, the file is not valid and read_gexf refuses it.
#
# A score of 1 at the first program and 1.5 at the second is enough. write_graphml declares the
# attribute once for each type, and reads both back. Seen with Python 3.11.
# What to do: make every value of an attribute a float before write_gexf.
# Output seen:
#     graphml, 1 then 1.5: {'a': 1, 'b': 1.5}
#     gexf, 1 then 1.5: declared long, ValueError: invalid literal for int() with base 10: '1.5'
#     gexf, 1.5 then 1: declared double, {'a': 1.5, 'b': 1.0}
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place/venv"
"$place/venv/bin/pip" -q --disable-pip-version-check install "networkx==3.6.1"
cat > "$place/try.py" <<'PYTHON'
import re
import sys
from pathlib import Path

import networkx

path = Path(sys.argv[1])


def graph(first, second):
    scored = networkx.DiGraph([("a", "b")])
    scored.nodes["a"]["score"], scored.nodes["b"]["score"] = first, second
    return scored


networkx.write_graphml(graph(1, 1.5), path)
print("graphml, 1 then 1.5:", dict(networkx.read_graphml(path).nodes(data="score")))
for first, second in ((1, 1.5), (1.5, 1)):
    networkx.write_gexf(graph(first, second), path)
    declared = re.search('title="score" type="(.*?)"', path.read_text())[1]
    try:
        read = dict(networkx.read_gexf(path).nodes(data="score"))
    except ValueError as error:
        read = f"ValueError: {error}"
    print(f"gexf, {first} then {second}: declared {declared}, {read}")
PYTHON
found=$("$place/venv/bin/python" "$place/try.py" "$place/graph")
echo "$found"
expected="graphml, 1 then 1.5: {'a': 1, 'b': 1.5}
gexf, 1 then 1.5: declared long, ValueError: invalid literal for int() with base 10: '1.5'
gexf, 1.5 then 1: declared double, {'a': 1.5, 'b': 1.0}"
[ "$found" = "$expected" ] || { echo "this has changed"; exit 1; }
